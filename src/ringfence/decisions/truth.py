"""Answers that may be unknown: yes, no, or missing a fact. The logic of Kleene, with the facts named.

An unknown is never turned into a no; it disappears only where the answer does not depend on it.
"""

from collections.abc import Iterable


class Missing(frozenset[str]):
    """Not known, for want of these facts: paths into the transaction, or words for what has no field."""

    __slots__ = ()


Truth = bool | Missing


def missing(*facts: str) -> Missing:
    """Unknown for want of these facts."""
    return Missing(facts)


def all_of(truths: Iterable[Truth]) -> Truth:
    """No as soon as one is no; else unknown as soon as one is; else yes."""
    wanting: set[str] = set()
    for truth in truths:
        if truth is False:
            return False
        if isinstance(truth, Missing):
            wanting |= truth
    return Missing(wanting) if wanting else True


def any_of(truths: Iterable[Truth]) -> Truth:
    """Yes as soon as one is yes; else unknown as soon as one is; else no."""
    wanting: set[str] = set()
    for truth in truths:
        if truth is True:
            return True
        if isinstance(truth, Missing):
            wanting |= truth
    return Missing(wanting) if wanting else False


def negated(truth: Truth) -> Truth:
    """The opposite; unknown stays unknown."""
    return truth if isinstance(truth, Missing) else not truth
