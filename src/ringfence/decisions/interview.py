"""Asks a person for the facts that still matter, one at a time, each with the reason why.

Knows which fields a question fills and how to read an answer. Which question comes next follows from the
decision so far: only what the decision calls missing is asked, after the few facts without which there is no
transaction.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

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
        if self.path == "credit_days":
            return int(said)
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


class _Later(NamedTuple):
    """What is asked about a field that turned out to matter; `words` are its answers, if closed."""

    ask: str
    why: str
    words: tuple[str, ...] = ()
    several: bool = False


_LATER = {
    "items[].classification": _Later(
        "Its ECCN with the paragraph, or EAR99",
        "Review policy, the Control List and military end use rules go by it.",
    ),
    "destination": _Later(
        "The destination (two letters)", "De minimis levels, embargoes and the Country Chart depend on it."
    ),
    "actor.us_person": _Later("Is the actor a US person", "OFAC's rules bind US persons.", ("yes", "no")),
    "end_use": _Later(
        "What it is for",
        "A listed project or use changes what is required.",
        get_args(t.EndUse),
        several=True,
    ),
    "items[].jurisdiction": _Later(
        "Whose item is it", "Items of the State Department are outside these rules.", get_args(t.Jurisdiction)
    ),
    "items[].origin": _Later(
        "Is it of US origin", "US origin makes it subject to the EAR anywhere.", get_args(t.Origin)
    ),
    "items[].located_in": _Later(
        "Where it is when it moves (two letters)", "What is in the United States is subject to the EAR."
    ),
    "items[].made_in": _Later(
        "Where it is made (two letters)", "Some direct product rules leave out items of partner countries."
    ),
    "items[].kind": _Later(
        "What kind of item", "Releases of technology have rules of their own.", get_args(t.ItemKind)
    ),
    "items[].us_controlled_share": _Later(
        "Controlled US content (25% or 0.25)",
        "More than 25 percent, or 10 for embargoed countries, makes it subject.",
    ),
    "items[].direct_product_of": _Later(
        "ECCNs of US technology or software that it is the direct product of, or none",
        "Foreign-direct product rules reach it through them.",
        several=True,
    ),
    "items[].plant_direct_product_of": _Later(
        "ECCNs of US technology or software that its plant is the direct product of, or none",
        "Foreign-direct product rules reach it through them.",
        several=True,
    ),
    "items[].facts": _Later(
        "Facts that hold of it, or none",
        "Exceptions and review policies go by them.",
        get_args(t.ItemFact),
        several=True,
    ),
    "parties[].nationality": _Later(
        "Its country of nationality", "Foreign and US parties are treated differently."
    ),
    "parties[].incorporated_in": _Later(
        "Its country of incorporation", "Foreign and US parties are treated differently."
    ),
    "credit_days": _Later("The days of credit", "Directives allow debt of some days and no more."),
    "en_route.order_dated": _Later(
        "The day of the order (YYYY-MM-DD)", "A savings clause asks for an actual order."
    ),
}
"""By the field it fills, with `[]` for any place in a list; first those that make others idle."""

_FILLED_BY = {"items": "items[0].classification", "actor": "actor.us_person"}
"""Where a whole part is missing, the field that says most of it."""

_PLACE = re.compile(r"\[\d+\]")


def opening() -> dict[str, Any]:
    """What is known before the first question: nothing but the shape. The actor is asked about only when it matters."""
    return {"parties": [{}]}


def questions(decision: Decision, asked: set[str]) -> Iterator[Question]:
    """The questions that still matter, those first that make others idle. `asked` are paths already asked."""
    wanted = dict.fromkeys(_FILLED_BY.get(path, path) for path in decision.missing)
    for field, later in _LATER.items():
        for path in wanted:
            if _PLACE.sub("[]", path) == field and path not in asked:
                yield Question(
                    path=path, ask=later.ask, why=later.why, words=later.words, several=later.several
                )


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
