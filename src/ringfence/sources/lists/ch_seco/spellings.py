"""Names that are printed in parts, each in several spellings, put together without exploding.

Every spelling of every part stands in at least one name, and no name mixes scripts; beyond a bound, parts vary
one at a time.
"""

import itertools
import math
from collections.abc import Sequence

MOST = 24
"""Names made of one printed name. The largest real products run into thousands."""


def spellings(parts: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], bool]:
    """The names that `parts` can be joined to, the published first, and whether some were left out.

    Each part is its spellings, the published one first; all are of one script.
    """
    options = [list(dict.fromkeys(part)) for part in parts if part]
    if not options:
        return (), False
    if math.prod(map(len, options)) <= MOST:
        return tuple(dict.fromkeys(" ".join(chosen) for chosen in itertools.product(*options))), False
    published = [spelled[0] for spelled in options]
    found = [" ".join(published)]
    for place, spelled in enumerate(options):
        found += [" ".join((*published[:place], other, *published[place + 1 :])) for other in spelled[1:]]
    return tuple(dict.fromkeys(found)), True
