"""What the matcher is made of, as one digest: every source file and word table of `names` and `matching`.

Two engines with the same digest give the same answers to the same lists; a saved index, and a score that was
kept, belong to one digest. Both scans answer the same, so what is built from the sources does not count.
"""

from ringfence.version import made_of


def tables_digest() -> str:
    """The SHA-256 over word tables and sources, as `sha256:<hex>`; read once in a process."""
    return made_of("matching", "names")
