"""Export Control Classification Numbers, compared on paragraph boundaries.

`1A004.c` covers `1A004.c` and `1A004.c.2`, not `1A004.a`; of the bare `1A004` it may or may not speak, and
neither is guessed. EAR99 is no ECCN and is covered by none.
"""

from functools import cache

EAR99 = "EAR99"


def covers(described: str, item: str) -> bool | None:
    """Whether `described` speaks of an item classified `item`; None where `item` is too short to tell.

    >>> covers("1A004.c", "1A004.c.2"), covers("1A004.c", "1A004.a"), covers("1A004.c", "1A004")
    (True, False, None)
    """
    wide, narrow = described.split("."), item.split(".")
    shared = min(len(wide), len(narrow))
    if wide[:shared] != narrow[:shared]:
        return False
    return True if len(narrow) >= len(wide) else None


@cache
def in_set(described: str, item: str) -> bool | None:
    """Whether a set written `3B001 3B002 -3B002.c` holds an item; None where the item is too short to tell."""
    if item == EAR99:
        return False
    taken: bool | None = False
    for word in described.split():
        if word.startswith("-"):
            left_out = covers(word[1:], item)
            if left_out or taken is False:
                taken = False
            elif left_out is None:
                taken = None
        elif taken is not True:
            found = covers(word, item)
            taken = True if found else taken if found is False else None
    return taken


def product_group(eccn: str) -> str:
    """A equipment, B test and production, C materials, D software, E technology."""
    return eccn[1]


def is_600_series(eccn: str) -> bool:
    """Whether it is a military item of the 600 series (or of an entry ending in A018)."""
    return eccn[2:3] == "6" or eccn[1:5] == "A018"


def is_9x515(eccn: str) -> bool:
    """Whether it is a spacecraft item of the 9x515 entries."""
    return eccn[0] == "9" and eccn[2:5] == "515"
