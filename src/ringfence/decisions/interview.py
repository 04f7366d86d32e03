"""Asks a person for the facts that still matter, one at a time, each with the reason why.

Knows which fields a question fills and how to read an answer. Which question comes next follows from the
decision so far: only what the decision calls missing is asked, after the few facts without which there is no
transaction.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, get_args

import msgspec

from ringfence.decisions.decision import Decision
from ringfence.records import transaction as t

_LIST = re.compile(r"[\s,;]+")


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question: the `path` it fills, what to ask, why it matters, and the words that are answers, if closed."""

    path: str
    ask: str
    why: str
    words: tuple[str, ...] = ()
    several: bool = False

    def read(self, answer: str) -> Any:
        """The value of an answer; None for one that does not know. `none` is an empty list."""
        said = answer.strip()
        if not said or said in {"?", "unknown"}:
            return "unknown" if "unknown" in self.words and said else None
        if self.several:
            return [] if said == "none" else [word for word in _LIST.split(said) if word]
        if self.words == ("yes", "no"):
            return {"y": True, "n": False}.get(said[:1].lower(), said)
        if self.path.endswith("us_controlled_share"):
            return float(said.rstrip("%")) / 100 if said.endswith("%") else float(said)
        return said


first_questions = (
    Question(path="id", ask="Your reference for this transaction", why="The answer and the ledger carry it."),
    Question(
        path="on",
        ask="The day on which it happens (YYYY-MM-DD)",
        why="The law of that day decides, and the lists as they stood.",
    ),
    Question(
        path="activity",
        ask="What is done",
        why="Export rules reach exports, reexports and transfers; purchases, securities and credit have other rules.",
        words=get_args(t.Activity),
    ),
    Question(
        path="parties[0].name", ask="The name of the other party", why="It is looked for on every list."
    ),
    Question(
        path="parties[0].role",
        ask="Its part",
        why="The Entity List reaches purchasers, consignees and end-users, not manufacturers or sellers.",
        words=get_args(t.PartyRole),
    ),
    Question(
        path="parties[0].country",
        ask="Its country (two letters; ? if unknown)",
        why="Country tells parties of one name apart.",
    ),
)
"""Asked of everybody."""

_LATER: tuple[tuple[str, Callable[[str], Question]], ...] = (
    (
        r"items\[\d+\]\.classification",
        lambda p: Question(
            path=p,
            ask="Its ECCN with the paragraph, or EAR99",
            why="Review policy, the Control List and military end use rules go by it.",
        ),
    ),
    (
        r"destination",
        lambda p: Question(
            path=p,
            ask="The destination (two letters)",
            why="De minimis levels, embargoes and the Country Chart depend on it.",
        ),
    ),
    (
        r"actor(\.us_person)?",
        lambda _: Question(
            path="actor.us_person",
            ask="Is the actor a US person",
            why="OFAC's rules bind US persons.",
            words=("yes", "no"),
        ),
    ),
    (
        r"end_use",
        lambda p: Question(
            path=p,
            ask="What it is for",
            why="A listed project or use changes what is required.",
            words=get_args(t.EndUse),
            several=True,
        ),
    ),
    (
        r"items\[\d+\]\.jurisdiction",
        lambda p: Question(
            path=p,
            ask="Whose item is it",
            why="Items of the State Department are outside these rules.",
            words=get_args(t.Jurisdiction),
        ),
    ),
    (
        r"items\[\d+\]\.origin",
        lambda p: Question(
            path=p,
            ask="Is it of US origin",
            why="US origin makes it subject to the EAR anywhere.",
            words=get_args(t.Origin),
        ),
    ),
    (
        r"items\[\d+\]\.located_in",
        lambda p: Question(
            path=p,
            ask="Where it is when it moves (two letters)",
            why="What is in the United States is subject to the EAR.",
        ),
    ),
    (
        r"items\[\d+\]\.made_in",
        lambda p: Question(
            path=p,
            ask="Where it is made (two letters)",
            why="Some direct product rules leave out items of partner countries.",
        ),
    ),
    (
        r"items\[\d+\]\.kind",
        lambda p: Question(
            path=p,
            ask="What kind of item",
            why="Releases of technology have rules of their own.",
            words=get_args(t.ItemKind),
        ),
    ),
    (
        r"items\[\d+\]\.us_controlled_share",
        lambda p: Question(
            path=p,
            ask="Controlled US content (25% or 0.25)",
            why="More than 25 percent, or 10 for embargoed countries, makes it subject.",
        ),
    ),
    (
        r"items\[\d+\]\.(plant_)?direct_product_of",
        lambda p: Question(
            path=p,
            ask="ECCNs of US technology or software that it"
            + (" (its plant)" if "plant" in p else "")
            + " is the direct product of, or none",
            why="Foreign-direct product rules reach it through them.",
            several=True,
        ),
    ),
    (
        r"items\[\d+\]\.facts",
        lambda p: Question(
            path=p,
            ask="Facts that hold of it, or none",
            why="Exceptions and review policies go by them.",
            words=get_args(t.ItemFact),
            several=True,
        ),
    ),
    (
        r"parties\[\d+\]\.(nationality|incorporated_in)",
        lambda p: Question(
            path=p,
            ask="Its country of " + ("nationality" if "nat" in p else "incorporation"),
            why="Foreign and US parties are treated differently.",
        ),
    ),
    (
        r"en_route\.order_dated",
        lambda p: Question(
            path=p, ask="The day of the order (YYYY-MM-DD)", why="A savings clause asks for an actual order."
        ),
    ),
)


def opening() -> dict[str, Any]:
    """What is known before the first question: nothing but the shape. The actor is asked about only when it matters."""
    return {"parties": [{}]}


def questions(decision: Decision, asked: set[str]) -> Iterator[Question]:
    """The questions that still matter, those first that make others idle. `asked` are paths already asked."""
    wanted = dict.fromkeys(
        "items[0].classification" if path == "items" else path for path in decision.missing
    )
    for pattern, question in _LATER:
        for path in wanted:
            if re.fullmatch(pattern, path) and (found := question(path)).path not in asked:
                yield found


def placed(said: dict[str, Any], path: str, value: Any) -> None:
    """Put an answer where its path says; an unknown one leaves the field absent."""
    if value is None:
        return
    place: Any = said
    steps = re.findall(r"([a-z_]+)(?:\[(\d+)\])?", path)
    for number, (name, index) in enumerate(steps):
        last = number == len(steps) - 1
        if index:
            members = place.setdefault(name, [])
            while len(members) <= int(index):
                members.append({})
            place = members[int(index)]
        elif last:
            place[name] = value
        else:
            place = place.setdefault(name, {})
