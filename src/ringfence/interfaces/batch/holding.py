"""Files that one process at a time works on."""

from typing import IO, Any


def hold(file: IO[Any]) -> bool | None:
    """Hold a file until it is closed: True when it is held, False where another process holds it, None where the system
    holds no files.
    """
    try:
        import fcntl  # noqa: PLC0415  not on every system
    except ImportError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
