"""Listed owners behind the parties of the book: the law of the day, alerts with the path, and only what a change touches."""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import event, given
from hypothesis import settings as depth
from hypothesis import strategies as st

from ringfence import Query, Settings
from ringfence.engine import Engine
from ringfence.graph.regimes import regimes
from ringfence.records import Link, Listing
from ringfence.review import Filter, Reviewer
from ringfence.sources.links import LinkSet
from ringfence.store import BookParty, Store, open_store
from ringfence.watch import affiliates
from ringfence.watch.report import Rescreening, lines
from ringfence.watch.rescreening import OWNERSHIP, Rescreener
from tests.graph.worlds import owns, tie
from tests.store.entries import day, entry, release
from tests.stores import Files, lent_store

NOW = dt.datetime(2025, 10, 15, tzinfo=dt.UTC)
"""The BIS rule is in force."""
STAY = dt.datetime(2025, 11, 20, tzinfo=dt.UTC)
AFTER_STAY = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
"""Nobody has told ringfence what became of the stay."""
FILLER = [entry(f"Filler {n} Gamma", key=f"f{n}") for n in range(40)]
KAPPA = entry("Kappa Works", key="k")
SDN = entry("Rosneft Bank", key="r", list_id="us_ofac_sdn", programs=("RUSSIA-EO14024",))
EU = entry("Wagner Shipyard", key="w", list_id="eu_fsf")
UK = entry("Wagner Shipyard", key="w", list_id="uk_sanctions")
LISTED = [KAPPA, SDN, EU, UK, *FILLER]
BOOK = {"a": "Alba Trading", "b": "Belo Ltd", "c": "Corso GmbH"}
ANA = Reviewer("ana")


def load(store: Store, number: int, listings: Sequence[Listing]) -> None:
    recorded = NOW + dt.timedelta(hours=number, minutes=-30)
    store.record(release(f"release {number}", published=day(number), recorded=recorded), listings)


def hours(number: float) -> dt.datetime:
    return NOW + dt.timedelta(hours=number)


def rescreener(store: Store, cache: Path) -> Rescreener:
    return Rescreener(store, Settings(store=store.location, cache=str(cache)))


def put(watch: Rescreener, book: dict[str, str], at: dt.datetime = NOW) -> None:
    parties = [BookParty.of_query(Query(name=name, id=key)) for key, name in book.items()]
    watch.book.put(parties, at=at, by="ann", origin="test", whole=True)


def say(watch: Rescreener, *links: Link, at: dt.datetime = NOW) -> None:
    watch.links.put("links.csv", links, {}, at=at, by="ann")


def news(report: Rescreening | None) -> set[tuple[str, str, str]]:
    assert report is not None
    return {(one.what, one.party, one.listing.partition(":")[2]) for one in report.news}


def held(watch: Rescreener) -> dict[tuple[str, str], str]:
    """What each regime says of each party and the listed party behind it."""
    return {
        (party, f"{capture.listing.partition(':')[2]} {one.regime}"): f"{one.status} {one.effect}"
        for party, behind in watch.passes.behind().items()
        for capture in behind.captures
        for one in capture.findings
    }


@pytest.fixture
def watch(location: str, tmp_path: Path) -> Iterator[Rescreener]:
    with open_store(location) as store:
        load(store, 0, LISTED)
        made = rescreener(store, tmp_path)
        put(made, BOOK)
        yield made


def test_half_a_party_held_along_a_chain_by_a_listed_one_raises_an_alert_with_path_shares_and_rule(
    watch: Rescreener,
) -> None:
    say(watch, owns("Kappa Works", "60%", "Holding"), owns("Holding", "50%", "Alba Trading"))
    report = watch.run(now=hours(0))
    assert news(report) == {("raised", "a", "k")}
    assert report is not None
    (alert,) = watch.desk.queue(Filter(source=OWNERSHIP)).alerts
    case = watch.desk.alert(alert.alert).events[0].case
    assert case is not None
    assert case.facts.owners == (
        "BIS 50 percent rule (Affiliates Rule): owned, 50%; license required (rule in force, 90 FR 47201)",
        "Kappa Works has 60% of Holding (test)",
        "Holding has 50% of Alba Trading (test)",
    )
    assert (case.matched_name, case.listed.name) == ("Kappa Works", "Kappa Works")
    (one,) = report.ownership.affiliates if report.ownership else ()
    assert (one.what, one.party, one.after[0].status, one.after[0].total) == ("gained", "a", "owned", "50%")
    assert [(stake.owner, stake.share, stake.owned) for stake in one.path] == [
        ("Kappa Works", "60%", "Holding"),
        ("Holding", "50%", "Alba Trading"),
    ]
    told = "\n".join(lines(report))
    assert "Affiliates of listed owners gained: 1" in told
    assert "Kappa Works → 60% → Holding" in told
    assert msgspec.json.decode(watch.passes.report() or b"", type=Rescreening) == report


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([owns("Kappa Works", "49.99%", "Alba Trading")], {"k bis": "minority red_flag"}),
        ([owns("Rosneft Bank", "50%", "Alba Trading")], {"r ofac": "owned blocked", "r bis": "owned license_required"}),
        (
            [owns("Wagner Shipyard", "50%", "Alba Trading")],
            {"w eu": "owned asset_freeze", "w uk": "minority red_flag"},
        ),
        (
            [tie("Wagner Shipyard", "controls", "Alba Trading")],
            {"w eu": "owned asset_freeze", "w uk": "owned asset_freeze"},
        ),
        ([owns("Kappa Works", "", "Alba Trading")], {"k bis": "possibly_owned indeterminate"}),
        ([tie("Alba Trading", "branch_of", "Kappa Works")], {"k bis": "listed license_required"}),
        (
            [owns("Kappa Works", "30%", "Alba Trading"), owns("Rosneft Bank", "20%", "Alba Trading")],
            {"k bis": "owned license_required", "r bis": "owned license_required", "r ofac": "minority red_flag"},
        ),
        ([tie("Kappa Works", "supplies", "Alba Trading")], {}),
    ],
)  # fmt: skip
def test_each_regime_says_what_its_own_rule_says(
    watch: Rescreener, links: list[Link], expected: dict[str, str]
) -> None:
    say(watch, *links)
    watch.run(now=hours(0))
    assert held(watch) == {("a", what): said for what, said in expected.items()}


def test_the_status_of_the_affiliates_rule_is_the_one_given_where_the_table_knows_none(
    watch: Rescreener,
) -> None:
    say(watch, owns("Kappa Works", "60%", "Alba Trading"))
    watch.run(now=AFTER_STAY)
    assert held(watch) == {("a", "k bis"): "owned indeterminate"}
    watch.affiliates_rule = "in_force"
    report = watch.run(now=AFTER_STAY + dt.timedelta(hours=1))
    assert held(watch) == {("a", "k bis"): "owned license_required"}
    assert news(report) == {("changed", "a", "k")}
    (alert,) = watch.desk.queue(Filter(source=OWNERSHIP)).alerts
    case = watch.desk.alert(alert.alert).events[-1].case
    assert case is not None
    assert "its status was given by the user" in case.facts.owners[0]
    assert watch.run(now=AFTER_STAY + dt.timedelta(hours=2)) is None


def test_the_stay_of_the_affiliates_rule_turns_a_license_into_a_red_flag_and_says_so(
    watch: Rescreener,
) -> None:
    say(watch, owns("Kappa Works", "60%", "Alba Trading"))
    watch.run(now=hours(0))
    report = watch.run(now=STAY)
    assert held(watch) == {("a", "k bis"): "owned red_flag"}
    assert news(report) == {("changed", "a", "k")}
    assert report is not None
    assert report.news[0].cause == "rule_change"
    assert "rule stayed, 90 FR 50857" in report.news[0].why[0]
    (one,) = report.ownership.of("moved") if report.ownership else ()
    assert (one.before[0].effect, one.after[0].effect) == ("license_required", "red_flag")


def test_links_that_change_raise_change_and_close_alerts_and_a_clearance_falls_with_them(
    watch: Rescreener,
) -> None:
    say(watch, owns("Kappa Works", "60%", "Alba Trading"))
    watch.run(now=hours(0))
    (alert,) = watch.desk.queue(Filter(source=OWNERSHIP)).alerts
    watch.desk.clear(alert.alert, reason="not_owned", text="sold", by=ANA, at=hours(0.1))
    say(watch, owns("Kappa Works", "60%", "Alba Trading"), owns("Nobody", "5%", "Elsewhere"), at=hours(0.5))
    kept = watch.run(now=hours(1))
    assert news(kept) == set()  # a tie elsewhere is none of its business
    say(
        watch,
        owns("Kappa Works", "70%", "Alba Trading"),
        owns("Rosneft Bank", "80%", "Belo Ltd"),
        at=hours(1.5),
    )
    moved = watch.run(now=hours(2))
    assert news(moved) == {("reopened", "a", "k"), ("raised", "b", "r")}
    assert moved is not None
    assert {one.cause for one in moved.news} == {"link_change"}
    watch.links.remove("links.csv", at=hours(2.5), by="ann")
    over = watch.run(now=hours(3))
    assert news(over) == {("withdrawn", "a", "k"), ("withdrawn", "b", "r")}
    assert held(watch) == {}
    assert {one.what for one in over.ownership.affiliates} == {"lost"} if over and over.ownership else False


def test_a_row_put_in_above_a_tie_changes_nothing_that_is_said_of_it(watch: Rescreener) -> None:
    def stated(row: int) -> Link:
        return owns("Kappa Works", "60%", "Alba Trading", source=f"links.csv, row {row:,}", row=row)

    say(watch, stated(2))
    watch.run(now=hours(0))
    say(watch, stated(1_003), owns("Nobody", "5%", "Elsewhere"), at=hours(0.5))
    report = watch.run(now=hours(1))
    assert news(report) == set()
    assert report is not None
    assert report.ownership is not None
    assert report.ownership.linked_computed == 0
    assert watch.passes.behind()["a"].captures[0].path[0].source == "links.csv, said by test"


def test_an_owner_that_is_listed_today_is_a_list_change(watch: Rescreener) -> None:
    say(watch, owns("Huawei", "60%", "Alba Trading"))
    assert news(watch.run(now=hours(0))) == set()
    load(watch._store, 1, [*LISTED, entry("Huawei", key="h")])
    report = watch.run(now=hours(1))
    assert news(report) == {("raised", "a", "h")}
    assert report is not None
    assert report.news[0].cause == "list_change"
    assert report.effort.kind == "delta"
    assert report.ownership is not None
    assert (report.ownership.ends, report.ownership.ends_in_full) == (
        2,
        1,
    )  # the one with a word that weighs otherwise
    load(watch._store, 2, LISTED)
    gone = watch.run(now=hours(2))
    assert news(gone) == {("withdrawn", "a", "h")}
    assert gone is not None
    assert gone.news[0].why == ("the entry is no longer in force",)


def test_an_owner_who_only_resembles_a_listed_party_is_shown_as_something_to_look_at(
    watch: Rescreener,
) -> None:
    say(watch, owns("Kappa", "60%", "Alba Trading"))
    report = watch.run(now=hours(0))
    assert report is not None
    captures = watch.passes.behind()["a"].captures
    assert captures
    assert all(not one.sure for one in captures)
    assert {one.effect for capture in captures for one in capture.findings} == {"indeterminate"}
    assert "if Kappa is Kappa Works" in "\n".join(lines(report))
    assert report.ownership is not None
    assert report.ownership.captured == 0


def test_a_listed_party_of_the_book_is_alerted_once_by_its_name_and_its_owners_by_theirs(
    watch: Rescreener,
) -> None:
    put(watch, {"k": "Kappa Works", "a": "Alba Trading"})
    say(watch, owns("Kappa Works", "60%", "Alba Trading"), owns("Rosneft Bank", "90%", "Kappa Works"))
    assert news(watch.run(now=hours(0))) == {
        ("raised", "k", "k"),
        ("raised", "k", "r"),  # blocked besides: OFAC asks who owns it, whatever else it is on
        ("raised", "a", "k"),
        ("raised", "a", "r"),
    }


def test_a_party_that_the_links_name_by_its_id_is_met_though_its_name_is_another(watch: Rescreener) -> None:
    say(watch, owns("Kappa Works", "60%", "a"))
    assert news(watch.run(now=hours(0))) == {("raised", "a", "k")}


def test_a_component_that_no_change_touches_is_not_computed_again(watch: Rescreener) -> None:
    chains = [owns("Kappa Works", "60%", "Alba Trading"), owns("Rosneft Bank", "60%", "Belo Ltd")]
    say(watch, *chains)
    first = watch.run(now=hours(0))
    assert first is not None
    assert first.ownership is not None
    assert (first.ownership.components, first.ownership.components_computed) == (2, 2)
    say(watch, *chains, owns("Kappa Works", "60%", "Corso GmbH"), at=hours(0.5))
    second = watch.run(now=hours(1))
    assert news(second) == {("raised", "c", "k")}
    assert second is not None
    assert second.ownership is not None
    assert (second.ownership.components_computed, second.ownership.linked_computed) == (1, 2)


NAMES = (
    "Alba Trading",
    "Belo Ltd",
    "Corso GmbH",
    "Holding",
    "Fund",
    "Kappa Works",
    "Rosneft Bank",
    "Wagner Shipyard",
    "Huawei",
)
SHARES = st.sampled_from(["10%", "25%", "49.9%", "50%", "50.1%", "100%", "", "25-50%", ">50%"])
TIES = st.one_of(
    st.builds(
        lambda a, s, b, until: owns(a, s, b, until=until),
        st.sampled_from(NAMES),
        SHARES,
        st.sampled_from(NAMES),
        st.sampled_from([None, NOW.date(), dt.date(2020, 1, 1)]),
    ),
    st.builds(
        tie, st.sampled_from(NAMES), st.sampled_from(["controls", "branch_of", "supplies", "nominee_for"]), st.sampled_from(NAMES)
    ),
)  # fmt: skip
ALL = [KAPPA, SDN, EU, UK, entry("Huawei", key="h"), entry("Kappa Works International", key="ki")]
LISTINGS = st.sets(st.integers(0, 5)).map(lambda chosen: [ALL[n] for n in sorted(chosen)])
BOOKS = st.sets(st.sampled_from(NAMES), min_size=1)


def statuses(
    watch: Rescreener, now: dt.datetime, links: Sequence[Link], book: set[str]
) -> dict[tuple[str, str], str]:
    """What `ringfence exposure` says of each party of the book that a link speaks of, by regime."""
    last = watch.passes.last()
    assert last is not None
    engine = Engine(watch._store, watch._settings, now=now, known_at=last.known_at)
    found = {}
    for regime in regimes():
        asked = [Query(name=name, id=f"id {name}") for name in sorted(book)]
        for query, one in zip(
            asked, engine.exposure(LinkSet(links=list(links)), asked, regime=regime), strict=True
        ):
            if one.inherited_from and not one.remarks:
                found[query.id or "", regime] = one.status
    return found


@depth(max_examples=25)
@given(
    steps=st.lists(
        st.tuples(LISTINGS, st.lists(TIES, max_size=8), BOOKS, st.integers(0, 2)), min_size=2, max_size=3
    ),
    at_once=st.sampled_from([1, 3, 20_000]),
)
def test_answers_after_any_change_of_lists_links_book_and_day_equal_those_of_computing_everything(
    steps: list[tuple[list[Listing], list[Link], set[str], int]],
    at_once: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with lent_store(Files(tmp_path_factory.mktemp("store"))) as store:
        watch = rescreener(store, tmp_path_factory.mktemp("cache"))
        at = NOW
        for number, (listings, links, book, days) in enumerate(steps):
            at += dt.timedelta(days=days * 20, hours=1)
            recorded = at - dt.timedelta(minutes=30)
            store.record(
                release(f"release {number}", published=day(number), recorded=recorded), [*listings, *FILLER]
            )
            put(watch, {f"id {name}": name for name in book}, at - dt.timedelta(minutes=20))
            if links or watch.links.files():
                say(watch, *links, at=at - dt.timedelta(minutes=10))
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(affiliates, "_TIES", at_once)
                report = watch.run(now=at)
            if report is None:
                continue
            event(f"{report.effort.kind}, {len(watch.passes.behind())} linked")
            found, names = watch.passes.behind(), watch.passes.answers()
            full = watch.run(now=at, full=True)
            assert full is not None
            assert (full.news, full.ownership and full.ownership.affiliates) == ((), full.ownership and ())
            assert (watch.passes.behind(), watch.passes.answers()) == (found, names)
            said = statuses(watch, at, links, book)
            for (party, regime), status in said.items():
                mine = {
                    one.status
                    for capture in (found[party].captures if party in found else ())
                    for one in capture.findings
                    if capture.sure and one.regime == regime
                }
                # A party that is listed by its own name has its alert; here only its owners would be told.
                assert mine == {status} or (status == "listed" and not mine), (party, regime, mine, status)
            told = {
                (party, one.regime)
                for party, behind in found.items()
                for capture in behind.captures
                for one in capture.findings
                if capture.sure
            }
            assert told <= said.keys()
