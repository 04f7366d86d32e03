"""A transaction as flat fields of a form, and back. What fields there are follows from the contract itself.

The name of a field is its path in the contract (`items[0].origin`). Beside a list stands a field `PATH?` that says whether
it is `unknown` (absent), known to be `none` (`[]`), or given (`some`): the three are never mixed up. What cannot be read stays
as it was typed, so that the contract refuses it at its place.
"""

import re
import types
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from ringfence import Transaction
from ringfence.engine import MAX_NAME
from ringfence.errors import QueryError
from ringfence.interfaces.batch import countries_in
from ringfence.records.transaction import Country, transaction_faults

Flat = dict[str, tuple[str, ...]]
"""The texts of a form by field, in the order sent."""

Kind = Literal[
    "text", "lines", "pairs", "day", "country", "word", "words", "codes", "yes_no", "fraction", "span", "amount",
    "count", "part", "parts",
]  # fmt: skip
"""How a field is filled in: `words` are any of a closed list, `codes` any ECCNs, `span` a share from one fraction to
another, `part` a nested struct, `parts` a list of them."""

MOST_PARTS = 40
"""Parties, items or owners of one list in a form."""
_MOST_DEEP = 3
_MOST_DIGITS = 30
_STATES = ("unknown", "none", "some")
_NAME = re.compile(r"([a-z_]+)(?:\[(\d{1,6})\])?")
_PLACE = re.compile(r"\[\d+\]")
_SEPARATORS = re.compile(r"[\s,;]+")
_SPAN = re.compile(r"\s*(?:-|–|to|至)\s*")
_BY_NAME: dict[str, Kind] = {
    "addresses": "lines",
    "identifiers": "pairs",
    "direct_product_of": "codes",
    "plant_direct_product_of": "codes",
    "us_controlled_share": "fraction",
    "share": "span",
    "value_usd": "amount",
    "credit_days": "count",
}


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the contract: its name, how it is filled in, the words of a closed list, whether absent is unknown."""

    name: str
    kind: Kind
    words: tuple[str, ...] = ()
    unknowable: bool = False
    of: type[msgspec.Struct] | None = None

    @property
    def several(self) -> bool:
        """Whether it is a list, of which unknown, none and some are told apart."""
        return self.kind in ("words", "codes", "lines", "pairs", "parts")


@cache
def fields_of(struct: type[msgspec.Struct]) -> dict[str, Field]:
    """The fields of a struct of the contract, by name."""
    hints = get_type_hints(struct, include_extras=True)
    return {one.name: _field(one.name, hints[one.name]) for one in msgspec.structs.fields(struct)}


def field_at(path: str) -> Field:
    """The field at a path (`items[0].origin`). Raises KeyError."""
    fields, found = fields_of(Transaction), None
    for name, _ in _NAME.findall(path):
        found = fields[name]
        fields = fields_of(found.of) if found.of else {}
    if found is None:
        raise KeyError(path)
    return found


def key_of(path: str) -> str:
    """What the texts call the field at a path: `items_origin`; those of owners, and of their owners, `owners_share`."""
    plain = _PLACE.sub("", path)
    while ".owners.owners" in plain:
        plain = plain.replace(".owners.owners", ".owners")
    return plain.replace("parties.owners.", "owners.").replace(".", "_")


def flat(said: Mapping[str, Any]) -> Flat:
    """The fields of a form that say what `said` does, which has the shape of the contract (plain JSON values)."""
    return dict(_flattened(said, Transaction, ""))


def said_in(form: Flat) -> dict[str, Any]:
    """What a form says, in the shape of the contract. Parts of a list in which nothing is filled in are left out."""
    return _said(form, Transaction, "")


def tidied(form: Mapping[str, Iterable[str]]) -> Flat:
    """A form with the parts of its lists counted from 0 without gaps, and without empty and unknown fields."""
    known: Flat = {}
    for name, values in form.items():
        if _is_field(name.removesuffix("?")):
            known[name] = tuple(values)
    return dict(_tidied(known, Transaction, "", ""))


def faults_in(form: Flat) -> dict[str, str]:
    """What the contract refuses, by the path at fault: what is wrong in the words of the contract."""
    found: dict[str, str] = {}
    for path in (name[:-1] for name in form if name.endswith("?")):
        if state(form, path) == "none" and _filled(form, path):
            found[path] = "said to be none, and yet something is given."
    for path, values in form.items():
        if any(len(value) > MAX_NAME for value in values):
            found[path] = f"more than {MAX_NAME:,} characters."
    for path, message in transaction_faults(said_in(form)):
        one_of_a_text = path.endswith("]") and _is_field(path) and field_at(path).kind != "parts"
        found.setdefault(path.rpartition("[")[0] if one_of_a_text else path, message)
    return found


def state(form: Flat, path: str) -> str:
    """Whether the list at `path` is unknown, none or some. What is filled in counts, unless `none` was said."""
    said = form.get(f"{path}?", ("",))[-1]
    if said == "none":
        return "none"
    return "some" if said == "some" or _filled(form, path) else "unknown"


def parts_at(form: Flat, path: str) -> list[int]:
    """The places that parts of the list at `path` take in a form, in order."""
    begin = f"{path}["
    places = {int(name[len(begin) :].partition("]")[0]) for name in form if name.startswith(begin)}
    return sorted(places)


def with_part(form: Flat, path: str) -> Flat:
    """The form with one more, empty part at the end of the list at `path`. Raises QueryError when it holds too many."""
    field = field_at(path)
    places = parts_at(form, path)
    if field.of is None or len(places) >= MOST_PARTS or path.count("owners") > _MOST_DEEP:
        raise QueryError(
            f"a form takes up to {MOST_PARTS} of these; give more in a file, with `ringfence decide`.", path
        )
    place = places[-1] + 1 if places else 0
    empty = {f"{path}[{place}].{name}": ("",) for name, one in fields_of(field.of).items() if not one.of}
    given = {f"{path}?": ("some",)} if field.unknowable else {}
    return {**form, **given, **empty}


def without_part(form: Flat, path: str) -> Flat:
    """The form without the part at `path` (`items[1]`), those behind it moved up."""
    rest = {name: values for name, values in form.items() if name != path and not name.startswith(f"{path}.")}
    return tidied(rest)


def _field(name: str, hint: Any) -> Field:
    unknowable = False
    if get_origin(hint) in (Union, types.UnionType):
        unknowable = True
        hint = next(one for one in get_args(hint) if one is not type(None))
    if hint == Country:
        return Field(name=name, kind="country", unknowable=unknowable)
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if name in _BY_NAME:
        return Field(name=name, kind=_BY_NAME[name], unknowable=unknowable)
    if get_origin(hint) is Literal:
        return Field(name=name, kind="word", words=get_args(hint), unknowable=unknowable)
    if get_origin(hint) is tuple:
        member = get_args(hint)[0]
        if get_origin(member) is Literal:
            return Field(name=name, kind="words", words=get_args(member), unknowable=unknowable)
        return Field(name=name, kind="parts", of=member, unknowable=unknowable)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return Field(name=name, kind="part", of=hint, unknowable=unknowable)
    kinds: dict[Any, Kind] = {bool: "yes_no", str: "text"}
    return Field(name=name, kind=kinds.get(hint, "day"), unknowable=unknowable)


def _is_field(path: str) -> bool:
    try:
        field_at(path)
    except KeyError:
        return False
    return len(path) < 200 and ".".join(_rebuilt(path)) == path


def _rebuilt(path: str) -> Iterator[str]:
    for name, place in _NAME.findall(path):
        yield f"{name}[{place}]" if place else name


def _filled(form: Flat, path: str) -> bool:
    """Whether anything is said at or below a path; that a list below it is known to be none is something."""
    own = any(value.strip() for value in form.get(path, ()))
    return own or any(
        value == "none" if name.endswith("?") else value.strip()
        for name, values in form.items()
        if name.startswith((f"{path}[", f"{path}."))
        for value in values
    )


def _tidied(
    form: Flat, struct: type[msgspec.Struct], here: str, there: str
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, field in fields_of(struct).items():
        old, new = f"{here}{name}", f"{there}{name}"
        if field.several and field.unknowable and (value := form.get(f"{old}?", ())):
            yield f"{new}?", value[-1:] if value[-1] in _STATES else ("unknown",)
        if field.kind == "parts" and field.of is not None and new.count("owners") <= _MOST_DEEP:
            for number, place in enumerate(parts_at(form, old)[:MOST_PARTS]):
                yield from _tidied(form, field.of, f"{old}[{place}].", f"{new}[{number}].")
        elif field.kind == "part" and field.of is not None:
            yield from _tidied(form, field.of, f"{old}.", f"{new}.")
        elif old in form:
            yield new, form[old]


def _flattened(
    said: Mapping[str, Any], struct: type[msgspec.Struct], here: str
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, field in fields_of(struct).items():
        path, value = f"{here}{name}", said.get(name)
        if field.several and field.unknowable:
            yield f"{path}?", ("some" if value else "unknown" if value is None else "none",)
        if field.kind == "parts" and field.of is not None:
            for number, one in enumerate(value or ()):
                yield from _flattened(one, field.of, f"{path}[{number}].")
        elif field.kind == "part" and field.of is not None:
            yield from _flattened(value or {}, field.of, f"{path}.")
        else:
            yield path, _typed(field, value)


def _typed(field: Field, value: Any) -> tuple[str, ...]:
    """How a value is typed into its field."""
    if value is None:
        return () if field.kind == "words" else ("",)
    match field.kind:
        case "words":
            return tuple(map(str, value))
        case "codes":
            return (", ".join(value),)
        case "lines":
            return ("\n".join(value),)
        case "pairs":
            return ("\n".join(f"{scheme}: {text}" for scheme, text in value.items()),)
        case "yes_no":
            return ("yes" if value else "no",)
        case "fraction":
            return (_percent(value),)
        case "span":
            low, high = map(_percent, value)
            return (low if low == high else f"{low} - {high}",)
    return (str(value),)


def _said(form: Flat, struct: type[msgspec.Struct], here: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, field in fields_of(struct).items():
        value = _value(form, field, f"{here}{name}")
        if value is not None:
            found[name] = value
    return found


def _value(form: Flat, field: Field, path: str) -> Any:
    """What is said at `path`; None where nothing is."""
    if field.kind == "part" and field.of is not None:
        return _said(form, field.of, f"{path}.") or None
    if field.several and state(form, path) == "none":
        return {} if field.kind == "pairs" else []
    if field.kind == "parts" and field.of is not None:
        parts = [
            _said(form, field.of, f"{path}[{place}].")
            for place in parts_at(form, path)
            if _filled(form, f"{path}[{place}]")
        ]
        return parts or (None if field.unknowable else [])
    texts = [text.strip() for text in form.get(path, ()) if text.strip()]
    if not texts:
        return None if field.unknowable or not field.several else []
    return _read(field, texts)


def _read(field: Field, texts: list[str]) -> Any:
    """What was typed, as a value of the contract; what cannot be read stays as it was typed."""
    text = texts[-1]
    match field.kind:
        case "words":
            return list(dict.fromkeys(texts))
        case "codes":
            return [code for code in _SEPARATORS.split(text) if code]
        case "lines":
            return [line.strip() for line in text.splitlines() if line.strip()]
        case "pairs":
            return _pairs(text)
        case "country":
            codes, unknown = countries_in(text)
            return codes[0] if len(codes) == 1 and not unknown else text
        case "yes_no":
            return {"yes": True, "no": False}.get(text, text)
        case "fraction":
            return _fraction(text)
        case "span":
            ends = _SPAN.split(text)
            return [_fraction(ends[0]), _fraction(ends[-1])] if len(ends) <= 2 else text
        case "amount":
            return text.replace(",", "")
        case "count":
            return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text
    return text


def _pairs(text: str) -> Any:
    found = {}
    for line in text.splitlines():
        scheme, colon, value = line.partition(":")
        if line.strip():
            if not (colon and scheme.strip() and value.strip()):
                return text
            found[scheme.strip().lower()] = value.strip()
    return found


def _fraction(text: str) -> str:
    """`25%` and `0.25` as the fraction `0.25`; anything else as it is."""
    text = text.strip()
    try:
        number = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        return text
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        return text
    return _plain(number / 100 if text.endswith("%") else number)


def _percent(value: Any) -> str:
    return f"{_plain(Decimal(str(value)) * 100)}%"


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
