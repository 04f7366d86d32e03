"""A backup: one SQLite file (and one for keys and people beside it) that is a store itself, taken while others work."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from ringfence.errors import InputError
from ringfence.store.address import address_of, is_made, registry_beside
from ringfence.store.journal import copy_file, fold
from ringfence.store.transfer import copy_store

Progress = Callable[[str, int, int], None]
"""Called with what is written, the pages or rows done and those there are."""


def back_up(location: str, file: Path, progress: Progress | None = None) -> list[Path]:
    """Write the state of a store at one instant to `file`, whole or not at all; the files that were written.

    An SQLite file is copied page by page in one read, which readers and writers hardly notice; a PostgreSQL database is
    read in one repeatable transaction into a store of its own. Either gives a file without a log beside it. Raises
    InputError when `file` is there already, or there is no store.
    """
    if not is_made(location):
        raise InputError(f"{address_of(location).shown}: there is no store to back up.")
    beside = Path(registry_beside(str(file)))
    for one in (file, beside):
        if one.exists():
            raise InputError(f"{one}: is there already. A backup overwrites nothing; name a new file.")
    source = address_of(location).path
    if source is None:
        with _whole(file) as part, _whole(beside) as part_beside:
            copy_store(location, str(part), progress)
            fold(part)
            made = Path(registry_beside(str(part)))
            if made.exists():
                fold(made)
                made.replace(part_beside)
    else:
        keys = Path(registry_beside(location))
        with _whole(file) as part, _whole(beside) as part_beside:
            copy_file(source, part, progress)
            if keys.exists():
                part_beside.touch(mode=0o600)
                copy_file(keys, part_beside, progress)
    return [one for one in (file, beside) if one.exists()]


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its name at the end, if all went well."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        yield part
        if part.exists():
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
