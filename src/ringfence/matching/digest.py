"""What the matcher is made of, as one digest: every source file and word table of `names` and `matching`.

Two engines with the same digest give the same answers to the same lists; a saved index, and a score that was
kept, belong to one digest. Never reads what is built from the sources: both scans answer the same.
"""

import functools
import hashlib
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_ROOMS = ("matching", "names")
_MADE_OF = frozenset({".py", ".cpp", ".hpp", ".csv"})


@functools.cache
def tables_digest() -> str:
    """The SHA-256 over word tables and sources, as `sha256:<hex>`; read once in a process."""
    return digest_of(_PACKAGE)


def digest_of(package: Path) -> str:
    """The digest of the matcher whose rooms lie in a folder."""
    total = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted((package / room).rglob("*")):
            if path.suffix in _MADE_OF:
                content = path.read_bytes()
                total.update(f"{path.relative_to(package).as_posix()} {len(content)}\n".encode())
                total.update(content)
    return f"sha256:{total.hexdigest()}"
