"""One party across lists: which listings are of the same party, on what evidence, and who has overruled it.

Every list describes a party for itself. Listings are joined by identifiers that belong to one party alone, and by
whole names with a country in common where the name is rare; never by a weak alias, an acronym or a single word, and
never against a birth date or an identifier that differs. Each join keeps its evidence. What falls short of a join is
kept as a possibility and joins nothing. A ruling by a person goes before any evidence, and the latest ruling on a
pair holds. An affiliate is a party of its own: its tie to the parent is a link, not a join.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import combinations
from typing import Literal

import msgspec

from ringfence.names import Parsed, Role, parse
from ringfence.names.words import lexicon, role_of
from ringfence.records import Identifier, Listing, Name
from ringfence.store.wording import folded, words

Basis = Literal["ruling", "number", "identifier", "document", "reference", "entry", "name"]
"""What a join rests on, strongest first: a ruling; the publisher's own number of the party; an identifier of which a
party has its own; a personal document with a birth date; a reference to another list's entry; entries of one list
that share name and rule; the name."""

SOLE = frozenset({"lei", "uscc", "imo", "isin", "duns"})
"""Schemes whose values belong to one party alone."""
REFERENCES = frozenset({"un", "ofsi"})
"""Schemes by which one list points at an entry of another: ships bear the reference of their owner too."""
ONE_EACH = frozenset({"lei", "uscc", "imo", "un"})
"""Schemes of which a party has one value: two that differ are two parties."""
DOCUMENTS = frozenset({"passport", "national_id", "tax"})

RARE = 3
"""A name that more groups of listings than this bear says nothing by itself."""
_CROWD = 40
_TELLING_WORDS = 4
_TELLING_PLACES = 2
_SHORTEST_NUMBER = 5


class Ruling(msgspec.Struct, frozen=True):
    """What a person ruled about two listings, append-only: `join` makes them one party, `split` keeps them two."""

    action: Literal["join", "split"]
    one: str
    other: str
    why: str
    by: str
    at: dt.datetime


class Join(msgspec.Struct, frozen=True):
    """The evidence that two listings are of one party. `joined` is False for a possibility that fell short."""

    one: str
    other: str
    basis: Basis
    text: str
    joined: bool = True


class Parent(msgspec.Struct, frozen=True):
    """A party that a listing is tied to by its own text, and the listings that name resolves to, if any."""

    listing: str
    relation: str
    name: str
    parties: tuple[str, ...] = ()


class JoinedParty(msgspec.Struct, frozen=True):
    """A party with all its listings, the evidence that they are one, and what was left apart."""

    id: str
    name: str
    listings: tuple[str, ...]
    evidence: tuple[Join, ...] = ()
    possible: tuple[Join, ...] = ()
    parents: tuple[Parent, ...] = ()


class Parties(msgspec.Struct, frozen=True):
    """The parties of a view. `groups` holds those with several listings or a changed id, `ids` the id of each
    listing whose party is not simply the one its own publication gives it.
    """

    ids: dict[str, str]
    groups: dict[str, tuple[str, ...]]
    evidence: tuple[Join, ...] = ()

    def id_of(self, listing: Listing) -> str:
        """The id of the party that a listing is of."""
        return self.ids.get(listing.id, listing.party.id)

    def listings_of(self, party: str, listing: Listing | None = None) -> tuple[str, ...]:
        """The ids of the listings of a party."""
        return self.groups.get(party) or ((listing.id,) if listing else ())

    def about(self, listing: Listing, find: Callable[[str], Listing | None]) -> JoinedParty:
        """The party of a listing in full; `find` gives another listing by id."""
        party = self.id_of(listing)
        members = self.listings_of(party, listing)
        inside = frozenset(members)
        touching = [join for join in self.evidence if join.one in inside or join.other in inside]
        texts = [text for member in members if (text := find(member))]
        return JoinedParty(
            id=party,
            name=listing.party.name,
            listings=members,
            evidence=tuple(join for join in touching if join.joined and {join.one, join.other} <= inside),
            possible=tuple(join for join in touching if not {join.one, join.other} <= inside),
            parents=tuple(
                Parent(text.id, tie.relation, tie.name)
                for text in texts
                for tie in text.ties
                if tie.relation != "see_also"
            ),
        )


def join_parties(listings: Iterable[Listing], rulings: Iterable[Ruling] = ()) -> Parties:
    """The parties behind the listings of a view.

    Joins are made strongest first, so that a ruling keeps two listings apart against any evidence and through any
    third listing. The id of a party is the one its first listing gives it, by list and key; a party that another
    one's publication calls the same is told apart by its listing.
    """
    entries = {listing.id: listing for listing in listings}
    apart, ruled = _ruled(rulings, entries)
    groups = _Groups(entries, apart)
    numbers = list(_numbers(entries.values()))
    evidence = [_settled(join, groups) if join.joined else join for join in (*ruled, *numbers)]
    bearers = _bearers(entries.values())
    evidence += [_settled(join, groups) for join in _entries_of_one_list(entries, bearers)]
    for join in _named(entries, bearers, groups):
        evidence.append(_settled(join, groups) if join.joined else join)
    return _parties(entries, groups, evidence)


class _Groups:
    """Disjoint sets of listings that respect what was ruled apart and what publishers number apart."""

    def __init__(self, entries: dict[str, Listing], apart: set[frozenset[str]]) -> None:
        self._leader = {listing: listing for listing in entries}
        self._apart = [tuple(pair) for pair in apart]
        self._numbers = {key: _number(listing) for key, listing in entries.items()}

    def of(self, listing: str) -> str:
        """The leader of a listing's set."""
        while (leader := self._leader[listing]) != listing:
            self._leader[listing] = self._leader[leader]
            listing = leader
        return listing

    def join(self, evidence: Join) -> str | None:
        """Make two sets one; else what forbids it."""
        one, other = sorted((self.of(evidence.one), self.of(evidence.other)))
        if one == other:
            return None
        if any({self.of(a), self.of(b)} == {one, other} for a, b in self._apart):
            return "a ruling keeps them apart"
        mine, theirs = self._numbers[one], self._numbers[other]
        if evidence.basis in {"name", "entry", "reference"} and any(
            mine[by] != theirs[by] for by in mine.keys() & theirs.keys()
        ):
            return "their publisher numbers them apart"
        self._leader[other] = one
        self._numbers[one] = mine | theirs
        return None


def _number(listing: Listing) -> dict[str, str]:
    """The number that its publisher gives a party, by publisher; none where the id is made of the name."""
    publisher, _, number = listing.party.id.partition("-")
    return {} if publisher == "name" else {publisher: number}


def _settled(join: Join, groups: _Groups) -> Join:
    """The evidence after it was acted upon: as it is, or as a possibility with what forbade it."""
    forbidden = groups.join(join)
    if forbidden is None:
        return join
    return msgspec.structs.replace(join, joined=False, text=f"{join.text}; but {forbidden}")


def _ruled(rulings: Iterable[Ruling], entries: dict[str, Listing]) -> tuple[set[frozenset[str]], list[Join]]:
    """The pairs ruled apart, and the joins that were ruled; of several rulings on a pair the latest holds."""
    latest = {
        frozenset((one.one, one.other)): one for one in rulings if one.one in entries and one.other in entries
    }
    apart = {pair for pair, ruling in latest.items() if ruling.action == "split"}
    joins = [
        Join(
            ruling.one, ruling.other, "ruling", f"ruled by {ruling.by} on {ruling.at:%Y-%m-%d}: {ruling.why}"
        )
        for ruling in latest.values()
        if ruling.action == "join"
    ]
    return apart, joins


def _numbers(listings: Iterable[Listing]) -> Iterator[Join]:
    """Joins by what belongs to one party alone."""
    bearers: dict[tuple[Basis, str, str], list[Listing]] = defaultdict(list)
    for listing in listings:
        if not listing.party.id.startswith("name-"):
            bearers["number", "", listing.party.id].append(listing)
        for one in listing.party.identifiers:
            value = folded(one.value).upper()
            if one.scheme in SOLE and len(value) >= _SHORTEST_NUMBER:
                bearers["identifier", one.scheme, value].append(listing)
            elif one.scheme in REFERENCES:
                bearers["reference", one.scheme, value].append(listing)
            elif one.scheme in DOCUMENTS and len(value) >= _SHORTEST_NUMBER:
                bearers["document", f"{one.scheme} {one.country or ''}".strip(), value].append(listing)
    order: tuple[Basis, ...] = ("number", "identifier", "document", "reference")
    for key in sorted(
        (key for key, found in bearers.items() if len(found) > 1), key=lambda k: (order.index(k[0]), k)
    ):
        basis, scheme, value = key
        first, *others = sorted({one.id: one for one in bearers[key]}.values(), key=lambda one: one.id)
        for other in others:
            if basis == "number":
                yield Join(first.id, other.id, basis, f"both are {value} to their publisher")
            elif basis in {"identifier", "reference"} and _same_kind(first, other):
                join = Join(first.id, other.id, basis, f"same {scheme.upper()} {value}")
                # Printed beside several entries of one publisher, a reference points at none of them for certain.
                borne = Counter(publisher for one in bearers[key] for publisher in _number(one))
                if basis == "reference" and max(borne.values(), default=0) > 1:
                    text = f"{join.text}; but several entries of one list bear it"
                    join = msgspec.structs.replace(join, joined=False, text=text)
                yield join
            elif basis == "document" and _same_birth(first, other):
                yield Join(first.id, other.id, basis, f"same {scheme} {value} and birth date")


def _bearers(listings: Iterable[Listing]) -> dict[str, list[str]]:
    """The listings that bear each name, by a key that spellings of one whole name share."""
    bearers: dict[str, dict[str, None]] = defaultdict(dict)
    for listing in listings:
        for name in listing.party.names:
            if _stands_for(name):
                for key in _keys(name.text):
                    bearers[key][listing.id] = None
    return {key: sorted(found) for key, found in sorted(bearers.items()) if 1 < len(found) <= _CROWD}


def _entries_of_one_list(entries: dict[str, Listing], bearers: dict[str, list[str]]) -> Iterator[Join]:
    """Joins of entries that one list prints under one name by one rule, one for each destination or address."""
    for found in bearers.values():
        for one, other in combinations((entries[key] for key in found), 2):
            if one.list == other.list and _same_kind(one, other) and not _contradicted(one, other):
                names = {folded(name) for name in _printed(one)} & {folded(name) for name in _printed(other)}
                cited = {str(c) for c in one.citations} & {str(c) for c in other.citations}
                if names and cited:
                    text = f"one list prints {one.party.name!r} twice by one rule, {min(cited)}"
                    yield Join(one.id, other.id, "entry", text)


def _named(entries: dict[str, Listing], bearers: dict[str, list[str]], groups: _Groups) -> list[Join]:
    """Joins by name, and the possibilities that fell short; those that join come first."""
    common = _Common(
        Counter(w for e in entries.values() for w in {w for n in e.party.names for w in words(n.text)}),
        Counter(w for e in entries.values() for w in {w for a in e.party.addresses for w in words(a.text)}),
    )
    judged: set[tuple[str, str]] = set()
    found: list[Join] = []
    for listings in bearers.values():
        rare = len({groups.of(listing) for listing in listings}) <= RARE
        for pair in combinations(listings, 2):
            if pair not in judged and groups.of(pair[0]) != groups.of(pair[1]):
                judged.add(pair)
                if join := _by_name(entries[pair[0]], entries[pair[1]], rare=rare, common=common):
                    found.append(join)
    return sorted(found, key=lambda join: (not join.joined, join.one, join.other))


class _Common(msgspec.Struct, frozen=True):
    """In how many entries each word stands, in names and in addresses."""

    names: Counter[str]
    addresses: Counter[str]


def _by_name(one: Listing, other: Listing, *, rare: bool, common: _Common) -> Join | None:
    """What the names of two listings say; None when they say nothing or other facts speak against it."""
    if not _same_kind(one, other) or _contradicted(one, other):
        return None
    match = _best_name(one, other)
    if match is None:
        return None
    mine, theirs, exact, primary = match
    also = _names_in_common(one, other)
    person = "person" in {one.party.kind, other.party.kind}
    countries = set(one.party.countries) & set(other.party.countries)
    place = _place_in_common(one, other, common.addresses)
    birth = _same_birth(one, other)
    named = f"same name {mine!r}" if mine == theirs else f"name {mine!r} is {theirs!r}"
    telling = len(words(mine)) >= _TELLING_WORDS or any(common.names[word] <= _CROWD for word in words(mine))
    doubts = []
    if not rare:
        doubts.append("several parties bear it")
    if not telling:
        doubts.append("it has only common words")
    if not countries:
        doubts.append("no country in common")
    if one.list == other.list and not primary:
        doubts.append("one list has an entry for each")
    if not exact and not place and len(also) < 2:
        doubts.append("the legal form stands on one side only, and neither address nor second name agrees")
    if person and not birth and not place and len(also) < 2:
        doubts.append("a person's name alone")
    agrees = [f"country {', '.join(sorted(countries))}"] if countries else []
    agrees += [f"address {place!r}"] if place else []
    agrees += ["birth date"] if birth else []
    agrees += [f"also {', '.join(map(repr, also[:3]))}"] if len(also) > 1 else []
    text = "; ".join([named, *agrees])
    if doubts:
        return Join(one.id, other.id, "name", f"{text}; but {', '.join(doubts)}", joined=False)
    return Join(one.id, other.id, "name", text)


def _best_name(one: Listing, other: Listing) -> tuple[str, str, bool, bool] | None:
    """The best pair of names that are the same, one of them primary at least.

    With it, whether the legal form agrees too and whether both are primary.
    """
    found: list[tuple[bool, bool, str, str]] = []
    for a in _whole_names(one):
        for b in _whole_names(other):
            if (a.primary or b.primary) and a.bare & b.bare:
                exact = bool(a.full & b.full)
                if exact or not (a.form and b.form):
                    found.append((exact, a.primary and b.primary, a.text, b.text))
    if not found:
        return None
    exact, primary, mine, theirs = max(found, key=lambda row: row[:2])
    return mine, theirs, exact, primary


class _Whole(msgspec.Struct, frozen=True):
    """A name that can stand for a party: what it is compared as, with (`full`) and without (`bare`) its form."""

    text: str
    primary: bool
    full: frozenset[str]
    bare: frozenset[str]
    form: bool


def _whole_names(listing: Listing) -> Iterator[_Whole]:
    for place, name in enumerate(listing.party.names):
        if not _stands_for(name):
            continue
        read = [parse(text) for text in _without_short_name(_in_order(listing, name.text))]
        # A single word, an acronym above all, names many.
        bare = frozenset(key for key in map(_bare, read) if " " in key)
        if bare:
            full = frozenset(one.text for one in read)
            form = any(word.role is Role.LEGAL for word in read[0].words)
            yield _Whole(name.text, place == 0, full, bare, form)


def _in_order(listing: Listing, text: str) -> str:
    """The name of a person with the surname last, where the list prints `SURNAME, Given names`."""
    surname, comma, given = text.partition(",")
    return f"{given.strip()} {surname}" if comma and listing.party.kind == "person" else text


def _stands_for(name: Name) -> bool:
    """Whether a name can stand for the party: published, whole, and not called weak by its publisher."""
    return name.origin != "editorial" and name.role != "part" and not name.weak


def _printed(listing: Listing) -> Iterator[str]:
    """The primary name with and without a short name in brackets."""
    return _without_short_name(listing.party.name)


def _without_short_name(text: str) -> Iterator[str]:
    """A name, and without the brackets at its end when they hold its own acronym or words of it.

    `(XPCC)` and `(Huawei)` are short names; `(Vietnam)` and `(Beijing)` tell one affiliate from another.
    """
    yield text
    outside, bracket, rest = text.partition("(")
    inside = rest.partition(")")[0].strip()
    if bracket and not rest.partition(")")[2].strip(" .,"):
        own = frozenset(words(outside)).issuperset(words(inside))
        acronym = inside.isupper() and inside.isalpha() and role_of(inside.lower()) is not Role.PLACE
        if outside.strip() and (own or acronym):
            yield outside.strip()


def _bare(name: Parsed) -> str:
    return " ".join(
        word.key for word in name.words if word.role not in {Role.LEGAL, Role.PARTICLE, Role.TITLE}
    )


def _names_in_common(one: Listing, other: Listing) -> list[str]:
    """Published names that both listings print, folded with their legal forms left out."""
    mine, theirs = (
        {
            _bare(parse(_in_order(side, n.text))): n.text
            for n in side.party.names
            if n.origin != "editorial" and not n.weak
        }
        for side in (one, other)
    )
    return [mine[key] for key in mine if key and key in theirs]


@cache
def _forms() -> frozenset[str]:
    """Words that are left out of the keys of names: legal forms and their parts, and particles."""
    lex = lexicon()
    spelt = {term for term, means in lex.single.items() if any(lex.roles.get(w) is Role.LEGAL for w in means)}
    spelt |= {
        word
        for terms in lex.phrases.values()
        for term, means in terms
        for word in term
        if len(means) == 1 and lex.roles.get(means[0]) is Role.LEGAL
    }
    return frozenset(
        spelt | {word for word, role in lex.roles.items() if role in {Role.LEGAL, Role.PARTICLE}}
    )


def _keys(text: str) -> Iterator[str]:
    """Cheap keys that two spellings of one whole name share: its words without their legal forms."""
    for form in _without_short_name(text):
        kept = [word for word in words(form) if word not in _forms()]
        if len(kept) > 1:
            yield " ".join(sorted(kept))


def _same_kind(one: Listing, other: Listing) -> bool:
    kinds = {one.party.kind, other.party.kind}
    bodies = {"company", "government", "organization", "unknown"}
    return len(kinds) == 1 or kinds <= bodies or kinds == {"person", "unknown"}


def _contradicted(one: Listing, other: Listing) -> bool:
    """Whether an identifier or a birth date says that they are two."""
    for scheme in ONE_EACH:
        mine, theirs = (_values(side.party.identifiers, scheme) for side in (one, other))
        if mine and theirs and not mine & theirs:
            return True
    born = one.party.birth_dates, other.party.birth_dates
    return all(born) and not any(a.overlaps(b) for a in born[0] for b in born[1])


def _values(identifiers: Iterable[Identifier], scheme: str) -> frozenset[str]:
    return frozenset(folded(one.value) for one in identifiers if one.scheme == scheme)


def _same_birth(one: Listing, other: Listing) -> bool:
    born = one.party.birth_dates, other.party.birth_dates
    return any(a.exact and b.exact and a.overlaps(b) for a in born[0] for b in born[1])


def _place_in_common(one: Listing, other: Listing, common: Counter[str]) -> str | None:
    """An address whose words the other side's address holds too, telling ones among them: not a city alone."""
    for a in one.party.addresses:
        for b in other.party.addresses:
            mine, theirs = set(words(a.text)), set(words(b.text))
            shared = mine & theirs
            telling = sum(common[word] <= _CROWD for word in shared)
            if telling >= _TELLING_PLACES and len(shared) >= 0.5 * min(len(mine), len(theirs)):
                return a.text
    return None


def _parties(entries: dict[str, Listing], groups: _Groups, evidence: list[Join]) -> Parties:
    members: dict[str, list[str]] = defaultdict(list)
    for listing in sorted(entries):
        members[groups.of(listing)].append(listing)
    called: dict[str, list[str]] = defaultdict(list)
    for leader, group in members.items():
        called[entries[group[0]].party.id].append(leader)
    ids: dict[str, str] = {}
    named: dict[str, tuple[str, ...]] = {}
    for given, leaders in called.items():
        for place, leader in enumerate(sorted(leaders, key=lambda one: members[one][0])):
            group = members[leader]
            party = given if place == 0 else f"{given}@{group[0]}"
            ids |= {listing: party for listing in group if entries[listing].party.id != party}
            if len(group) > 1:
                named[party] = tuple(group)
    named |= {ids[group[0]]: (group[0],) for group in members.values() if len(group) == 1 and group[0] in ids}
    return Parties(ids, named, tuple(evidence))
