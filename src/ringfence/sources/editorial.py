"""Names that are not in the rules but that people use: Chinese names, other spellings of places.

They come from the bundled reference set, are marked `editorial`, and are laid over entries of the same
name when a list is loaded, so that 杭州海康威视数字技术股份有限公司 finds the entry whatever copy of the list it was
read from.
"""

from collections.abc import Iterable, Iterator
from functools import cache

import msgspec

from ringfence.records import Listing, Name
from ringfence.records.codec import slug
from ringfence.sources.lists.us_reference_2019.parse import listings


@cache
def _editorial_names() -> dict[tuple[str, str], tuple[Name, ...]]:
    found: dict[tuple[str, str], dict[str, Name]] = {}
    for listing in listings():
        names = [name for name in listing.party.names if name.origin == "editorial"]
        if names:
            # Copies of the law spell a name differently: every name that the entry prints leads to its others.
            for printed in listing.party.names:
                if printed.origin != "editorial":
                    held = found.setdefault((listing.list, slug(printed.text)), {})
                    held.update({name.text: name for name in names})
    return {key: tuple(names.values()) for key, names in found.items()}


def with_editorial_names(listings: Iterable[Listing]) -> Iterator[Listing]:
    """The same listings, those of the reference set with its editorial names added."""
    table = _editorial_names()
    for listing in listings:
        extra = table.get((listing.list, slug(listing.party.name)), ())
        held = {name.text.casefold() for name in listing.party.names}
        added = tuple(name for name in extra if name.text.casefold() not in held)
        if not added:
            yield listing
            continue
        party = msgspec.structs.replace(listing.party, names=(*listing.party.names, *added))
        yield msgspec.structs.replace(listing, party=party)
