"""Pages and reports in Chinese, as people use them: nothing of the interface stays English.

What may: names and words that somebody typed, citations, ids, and law as printed, which is marked with its language.
"""

import datetime as dt
import re
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import httpx2
import msgspec
import pytest
from lxml import html

import ringfence
from ringfence import BookParty, Engine, Query, Settings, open_store
from ringfence.decisions.rule import rules
from ringfence.interfaces.batch import find_columns, open_table, screened, writer_for
from ringfence.interfaces.reports.rescreening import page as rescreening_page
from ringfence.records import Listing
from ringfence.records.party import PartyKind
from ringfence.refresh import refresh
from ringfence.review import Reviewer
from ringfence.sources.links.table import COLUMNS, RELATIONS
from ringfence.watch.report import Rescreening, Tried
from ringfence.watch.rescreening import Rescreener
from tests.graph.worlds import owns
from tests.interfaces.web.conftest import HIKVISION
from tests.interfaces.web.desks import NOW, PASSWORD, desk_service
from tests.interfaces.web.pages.conftest import Read
from tests.interfaces.web.pages.reading import Reader
from tests.interfaces.web.pages.test_decisions import EXPORT, SETTLED
from tests.interfaces.web.pages.test_networks import BILL, LINKS, ORDERS
from tests.store.entries import day, entry, release

ROWS = """id,name,country,kind,date of birth,annual spend
1,Hangzhou Hikvision Digital Technology Co.,Chinaa,company,,"1,200"
2,=1+1,DE,person,03/04/1970,USD 12
3,#REF!,DE,whatever,soon,-5
4,,DE,,,
5,Plain Bakery,FR,,,12 XYZ
6,Plain Bakery,FR,,,5 $
7,Trading Company,,,,
"""
DOUBTFUL = """subject,relation,object,share,from,until,source,asserted_by
Chipmaker Inc,supplies,Hangzhou Hikvision Digital Technology Co.,,2020-01-01,2019-01-01,invoice 7,our own books
Chipmaker Inc,owns,Chipmaker Inc,60%,,,annual report,us
Hangzhou Hikvision Digital Technology Co.,owns,Ezviz Inc,60%,,,annual report,Hikvision
Dahua Technology,owns,Ezviz Inc,70%,,,annual report,Dahua
"""
SUPPLIERS = Path(__file__).resolve().parents[4] / "examples" / "suppliers.csv"
REAL = {
    "us_csl": "us/csl/consolidated_2026-07-31_projection.json.gz",
    "un_sc": "un/consolidated_2026-08-01.xml.gz",
    "uk_ofsi": "uk/ofsi_conlist_2018-04-13.csv.gz",
    "ca_sema": "ca/sema_2020-03.xml.gz",
    "au_dfat": "au/dfat_2026-08-02.xlsx",
    "us_ecfr_744": "us/ecfr/title-15_part-744_2026-07-23.xml.gz",
    "us_bis_denied": "us/denied_persons/dpl_2021-07.txt.gz",
}
"""One release of every publication at hand that is whole."""
PEOPLE = {"ana", "ben"}
WRITTEN = {
    "English",
    "Entries of the Entity List are cleared by two.",
    "nobody of this name",
    "Trading",
    "Another register.",
    "Which register?",
    "See the register.",
    "Two groups.",
    "Looked up.",
}
"""What people of this test write."""

_WORDS = """
ringfence CSV TSV XLSX XLS ODS XLSB Parquet JSON Lines HTML UTF-8 UTF-16 ETag API OpenAPI HTTP Atom UTC ISO EAR EAR99 ECCN OFAC
ITAR BIS CFR FR LEI GLEIF BODS XML DDTC UFLPA SDN FCC NDAA FollowTheMoney FTM USD EUR CNY AES UVL gzip MB GB KB SSI CMIC MBS CAPTA
SHA-256 eCFR PLC FSE OFSI EO AECA DPL MEU PNG PDF RFC YYYY-MM-DD YYYY uscc BIC IMO SECO direction sell buy on id party
"""
KEPT = re.compile(
    rf"""
    ringfence[ ](?:refresh|search|decide|screen|review|exposure|serve|book|watch|ledger|lists|keys|people)(?:[ ][a-zA-Z-]+)*
    | `[^`]*` | '[^']*' | "[^"]*" | “[^”]*”                     # what is quoted
    | (?<![A-Za-z0-9])[0-9a-f]{{12,64}}(?![A-Za-z0-9]) | (?<![\w.])/[a-z0-9./-]+ | items\[0\][.\w]*
    | Exhibit[ ]21 | N-PORT | [A-Z]+-EO\d+ | \d+[ ]CFR[ ][\d.]+[ ]\([A-Z][A-Za-z ]+\)
    | --[a-z]+(?:[ =][a-z\d-]+)? | (?<![A-Za-z])(?:https?|sha256):\S+ | [\w-]+\.(?:csv|toml|json|jsonl|xlsx)
    | (?<![A-Za-z])[a-z]+(?:[_/-][a-z0-9]+)+(?::[\w.-]+)?      # ids: of lists, entries, rules, columns
    | (?<![A-Za-z])(?:{"|".join(map(re.escape, sorted(_WORDS.split(), key=len, reverse=True)))})(?![A-Za-z])
    | (?:supplement[ ]no\.[ ]\d+[ ]to[ ])?part[ ]\d+ | Executive[ ]Order[ ]\d+ | (?<![A-Za-z])(?:T|T-|NS-)\d*(?![A-Za-z])
    | (?<![A-Za-z])[A-Z]{{2}}(?![A-Za-z]) | \d[A-E]\d{{3}}\S* | [A-Z]{{2,4}}-EO\d+
    """,
    re.VERBOSE,
)
"""What stays as it is in any language: commands, ids, formats, abbreviations of the trade, citations, what is quoted."""
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SKIPPED = {"script", "style", "code", "kbd", "time"}
SPOKEN = ("title", "placeholder", "aria-label", "alt", "data-label")


def unsaid(page: html.HtmlElement, names: set[str]) -> Iterator[str]:
    """English that the page itself says."""
    law: set[str] = set()
    names = names | {said_by(one) for one in page.iter("bdi") if not len(one) and not one.get("lang")}
    longest = sorted((one for one in names if not CHINESE.search(one)), key=len, reverse=True)
    for element, text in _texts(page, law):
        kept = text
        for name in longest:
            if len(name) > 9:
                kept = kept.replace(name, " ")
        kept = KEPT.sub(" ", kept)
        for name in longest:
            if name in kept:
                kept = re.sub(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", " ", kept)
        if element.tag == "text" and any(text.rstrip("…") in name for name in names):
            continue  # a name in a picture is broken into lines
        if re.search(r"[A-Za-z]{2,}", kept):
            yield f"<{element.tag} {element.get('class') or ''}> {text[:200]}"
    for text in law:
        undated = re.sub(r"^\d{4}-\d\d-\d\d: ", "", text)
        if not any(text in one for one in names) and undated not in printed():
            yield f"marked as original, but nobody's words: {text[:200]}"


@cache
def printed() -> str:
    """All data of the lists and rules, as their publishers print it: what a page may quote."""
    files = (
        path
        for path in Path(ringfence.__file__).parent.rglob("*")
        if path.suffix in {".toml", ".csv", ".jsonl", ".json"}
    )
    return " ".join(
        " ".join(path.read_text("utf-8").split()) for path in files if "messages" not in path.parts
    )


def said_by(element: html.HtmlElement) -> str:
    """The text of an element in one line."""
    return " ".join(element.text_content().split())


def _texts(element: Any, law: set[str]) -> Iterator[tuple[Any, str]]:
    if not isinstance(element.tag, str) or element.tag in SKIPPED:
        return
    if (element.get("lang") or "zh").startswith("en"):
        law.add(said_by(element))
        return
    if (
        element.tag == "bdi"
        and {one.tag for one in element} <= {"mark", "span"}
        and not CHINESE.search(said_by(element))
    ):
        return
    for name in SPOKEN:
        if said := element.get(name):
            yield element, said
    if element.tag in ("textarea", "option") or (element.tag == "a" and element.get("rel")):
        return
    if element.text and element.text.strip():
        yield element, " ".join(element.text.split())
    for child in element:
        yield from _texts(child, law)
        if child.tail and child.tail.strip():
            yield element, " ".join(child.tail.split())


class Walk:
    """Opens and sends as somebody does, and looks at each page."""

    def __init__(self, reader: Reader, names: set[str]) -> None:
        self.reader = reader
        self.found: dict[str, list[str]] = {}
        self._names = names

    def open(self, path: str, /, **query: Any) -> html.HtmlElement:
        self.reader.open(path, **query)
        return self.looked(path)

    def send(self, action: str, /, **fields: Any) -> html.HtmlElement:
        self.reader.send(action, **fields)
        return self.looked(action)

    def looked(self, at: str) -> html.HtmlElement:
        page = self.reader.page
        assert page.get("lang", "").startswith("zh"), at
        if said := list(dict.fromkeys(unsaid(page, self._names))):
            self.found.setdefault(at, []).extend(said)
        return page


@pytest.fixture(scope="module")
def names() -> set[str]:
    """Law as printed, every name of the reference set, and what this test types."""
    found = {*WRITTEN, *PEOPLE, *COLUMNS, *RELATIONS, *get_args(PartyKind), *(rule.id for rule in rules())}
    found |= set(re.findall(r"[A-Za-z]{2,}", ROWS + DOUBTFUL + LINKS + ORDERS + BILL))
    for now in (NOW, dt.datetime(2019, 10, 9, 12, tzinfo=dt.UTC)):
        with Engine.open(Settings(store="/none.db"), now=now) as engine:
            for _, listing in engine.view.entries():
                found |= written_in(listing)
    return found


def written_in(listing: Listing) -> set[str]:
    """What an entry prints, and what is remarked of it in nobody's template."""
    party = listing.party
    laws = (listing.license_requirement, listing.license_review_policy)
    found = {name.text for name in party.names} | {one.text for one in party.addresses}
    found |= {text.text for text in laws if text} | {remark.text for remark in listing.remarks}
    found |= {*listing.notes, *listing.programs, "; ".join(listing.programs), *map(str, listing.citations)}
    return {" ".join(text.split()) for text in found}


@pytest.fixture
def service(settings: Settings, tmp_path: Path) -> Iterator[httpx2.Client]:
    from ringfence.store import open_store

    location = str(tmp_path / "store.db")
    with open_store(location):
        pass
    with desk_service(location, settings.cache, tmp_path) as client:
        yield client


def test_no_page_says_anything_in_english(service: httpx2.Client, read: Read, names: set[str]) -> None:
    chinese = {"Accept-Language": "zh-CN,zh;q=0.9"}
    ana, ben = (Walk(read(service, **chinese), names) for _ in range(2))
    for walk, who in ((ana, "ana"), (ben, "ben")):
        walk.open("/sign-in")
        walk.send("/sign-in", name=who, password="wrong")
        walk.open("/sign-in")
        walk.send("/sign-in", name=who, password=PASSWORD)
    exploring(ana)
    screening(ana)
    deciding(ana)
    networks(ana)
    reviewing(ana, ben)
    refused(ana)
    told = [f"{at}: {one}" for walk in (ana, ben) for at, several in walk.found.items() for one in several]
    assert not told, "\n" + "\n".join(dict.fromkeys(told))


def exploring(walk: Walk) -> None:
    walk.open("/")
    for query in ("Hikvision", "海康威视", "Trading", "nobody of this name", "<b>"):
        walk.open("/search", q=query)
    walk.open(f"/listings/{HIKVISION}")
    walk.open(f"/listings/{HIKVISION}", **{"from": "2020-07-21", "to": "2020-07-22"})
    walk.open("/lists")
    walk.open("/lists/us_bis_entity")
    walk.open("/changes")
    walk.open("/changes", list="us_bis_entity")
    walk.open("/over-time", list="us_bis_entity")
    walk.open("/over-time", list="us_bis_entity", year="2019", month="2019-10")
    walk.open("/ledger")
    walk.open("/ledger", check="1")


def screening(walk: Walk) -> None:
    walk.open("/screenings")
    walk.send("/screenings", files={"file": ("rows.csv", ROWS)})
    path = str(walk.reader.answer.url.path)
    walk.send(f"{path}/start")
    for _ in range(600):
        page = walk.open(path)
        if page.xpath("//ul[contains(@class, 'filters')]"):
            break
        time.sleep(0.05)
    walk.open(path, show="remarks")
    walk.send(f"{path}/alerts")
    for content in (
        b"",
        b"%PDF-1.7",
        b"a,b\n1,2\n",
        b"name\n",
        b"name,country\nA,B,C\n" * 2,
        b"\x00\x01name\n",
    ):
        walk.open("/screenings")
        walk.send("/screenings", files={"file": ("bad.csv", content)})
    walk.open("/screenings")


def deciding(walk: Walk) -> None:
    walk.open("/decide")
    walk.send("/decide", do="ask", **EXPORT)
    walk.open("/decide", whole="1")
    walk.send("/decide", do="ask", whole="1", **(EXPORT | {"items[0].classification": "3Z9", "on": "soon"}))
    walk.open("/decide", whole="1")
    walk.send("/decide", do="record", **SETTLED)
    path = str(walk.reader.answer.url.path)
    walk.open(f"{path}/memo")
    walk.open(path)
    walk.send(f"{path}/replay")
    walk.open("/decide", whole="1")
    walk.send("/decide", do="memo", **(EXPORT | {"whole": "1"}))


def networks(walk: Walk) -> None:
    walk.open("/network")
    walk.send("/network", files={"links": ("links.csv", DOUBTFUL)})
    path = str(walk.reader.answer.url.path)
    walk.open(path, find="Ezviz Inc")
    for bad in (
        b"",
        b"subject,relation\nA,owns\n",
        b"subject,relation,object,share\nA,owns,B,lots\nA,eats,B,1\n",
    ):
        walk.open("/network")
        walk.send("/network", files={"links": ("bad.csv", bad)})
    for name in ("reference-2019", "listed-ties"):
        walk.open(f"/network/{name}")
    walk.open("/simulate")
    files = [("links", ("links.csv", LINKS)), ("orders", ("orders.csv", ORDERS)), ("bom", ("bom.csv", BILL))]
    walk.send("/simulate", files=files, listed="Chipmaker Inc", as_list="sdn", on="2019-10-12")


def reviewing(ana: Walk, ben: Walk) -> None:
    page = ana.open("/alerts")
    for view in ("mine", "nobody", "decided", "all"):
        ana.open("/alerts", view=view)
    ana.open("/alerts", sort="amount")
    numbers = [str(one).partition(":")[0] for one in page.xpath("//input[@name='alert']/@value")]
    values = page.xpath("//input[@name='alert']/@value")
    first, second, *_ = numbers
    for number in numbers:
        ana.open(f"/alerts/{number}")
    ana.open(f"/alerts/{first}")
    ana.send(f"/alerts/{first}/start")
    ana.send(f"/alerts/{first}/note", text="Looked up.")
    ana.send(f"/alerts/{first}/clear", reason="different_country", text="")
    ana.send(f"/alerts/{first}/clear", reason="different_country", text="Another register.")
    ana.open(f"/alerts/{first}")
    ben.open("/alerts", view="inbox")
    ben.open(f"/alerts/{first}")
    ben.send(f"/alerts/{first}/return", text="Which register?")
    ana.open(f"/alerts/{first}")
    ana.send(f"/alerts/{first}/clear", reason="different_country", text="See the register.")
    ben.open(f"/alerts/{first}")
    ben.send(f"/alerts/{first}/approve")
    ana.open(f"/alerts/{second}")
    ana.send(f"/alerts/{second}/escalate", text="Looked up.")
    token = ana.reader.token()
    chosen = {"csrf": token, "alert": values, "reason": "other", "text": "Looked up."}
    for path in ("/alerts/bulk/preview", "/alerts/bulk"):
        ana.reader.post(path, **chosen)
        ana.looked(path)
    undo = ana.reader.page.xpath("//form[contains(@action, '/undo')]/@action")[0]
    ana.send(str(undo))
    ben.open("/rulings", one=HIKVISION, other="us_bis_entity:dahua-technology-cn")
    ben.reader.post("/rulings", csrf=ben.reader.token(), one=HIKVISION, other="us_bis_entity:dahua-technology-cn",
                    action="split", why="Two groups.")  # fmt: skip
    ben.looked("/rulings")
    ben.open("/ledger")


def refused(walk: Walk) -> None:
    for path in (
        "/nowhere", "/alerts/999", "/alerts?page=0", "/alerts?sort=color", "/lists/mars", "/listings/x:y", "/search?q=a&page=99",
        "/changes?list=mars", "/screenings/none", "/network/none", "/decisions/99", "/over-time?list=mars",
        f"/listings/{HIKVISION}?from=2021-01-01&to=2020-01-01", "/search?q=Hikvision&as_of=never", "/alerts/bulk/x",
        "/static/x/y.js",
        "/rulings?one=x&other=y", "/simulate/none", "/network/reference-2019?hops=99", "/network/reference-2019?regime=mars",
        "/api/v1/parties/none", "/api/v1/listings/none",
    ):  # fmt: skip
        walk.open(path)
    walk.reader.post("/alerts/1/clear", text="x")
    walk.looked("without a token")
    walk.open("/alerts?view=all")
    walk.reader.post("/rulings", csrf=walk.reader.token(), one="x", other="y", action="split", why="x")
    walk.looked("not allowed")


def test_no_report_of_a_screening_says_anything_in_english(names: set[str], tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(ROWS, encoding="utf-8")
    typed = set(re.split(r"[,\n]", SUPPLIERS.read_text("utf-8")))
    kept = Settings(store="/none.db", cache=str(tmp_path / "cache"))
    with Engine.open(kept, now=dt.datetime(2019, 10, 20, tzinfo=dt.UTC)) as engine:
        pages = [reported(engine, file, tmp_path / "report.html") for file in (rows, SUPPLIERS)]
    told = [one for page in pages for one in unsaid(page, names | typed)]
    assert not told, "\n" + "\n".join(told)


@pytest.mark.shared
@pytest.mark.slow
def test_no_report_on_the_real_lists_says_anything_in_english(shared: Path, tmp_path: Path) -> None:
    location, now = str(tmp_path / "store.db"), dt.datetime(2026, 8, 3, tzinfo=dt.UTC)
    with open_store(location) as store:
        for source, path in REAL.items():
            refresh(store, source, paths=[shared / "data" / path], now=now)
    rows = tmp_path / "rows.csv"
    with Engine.open(Settings(store=location, cache=str(tmp_path / "cache")), now=now) as engine:
        entries = [listing for _, listing in engine.view.entries()]
        # Some entries of every list, and whatever carries a remark that nothing else has.
        kinds: dict[tuple[str, ...], list[Listing]] = {}
        for one in entries:
            of_kind = kinds.setdefault((one.list, *(remark.code for remark in one.remarks)), [])
            if len(of_kind) < 6:
                of_kind.append(one)
        some = [one for several in kinds.values() for one in several]
        rows.write_text(
            "name\n" + "".join(f'"{one.party.name}"\n' for one in some if '"' not in one.party.name), "utf-8"
        )
        page = reported(engine, rows, tmp_path / "report.html")
        shown = {said_by(code) for code in page.iter("code")}
        printed_there = {text for one in entries if one.id in shown for text in written_in(one)}
    assert len({one.list for one in some}) >= 15
    told = list(dict.fromkeys(unsaid(page, printed_there)))
    assert not told, "\n" + "\n".join(told)


def reported(engine: Engine, file: Path, out: Path) -> html.HtmlElement:
    """The Chinese report of a screening of a file."""
    titles = {status.legal.id: status.legal.title for status in engine.statuses()}
    with (
        writer_for(out, input_path=file, list_titles=titles, language="zh") as writer,
        open_table(file, name=file.name) as table,
    ):
        for answer in screened(table, find_columns(table), engine.screen):
            writer.write(answer)
    return html.fromstring(out.read_bytes())


def test_no_report_of_the_watch_says_anything_in_english(tmp_path: Path) -> None:
    now = dt.datetime(2025, 10, 15, tzinfo=dt.UTC)
    kappa = entry("Kappa Works", key="k", cites="84 FR 54002")
    bank = entry("Rosneft Bank", key="r", list_id="us_ofac_sdn", programs=("RUSSIA-EO14024",))
    book = {"a": "Alba Trading", "b": "Belo Ltd", "k": "Kappa Works", "r": "Rosneft Bank"}
    settings = Settings(store=str(tmp_path / "store.db"), cache=str(tmp_path / "cache"))
    reports: list[Rescreening] = []

    def after(hours: int) -> dt.datetime:
        return now + dt.timedelta(hours=hours)

    with open_store(settings.store) as store:
        watch = Rescreener(store, settings)

        def passed(number: int, *listings: Listing, links: tuple[Any, ...] | None = None, **how: Any) -> None:
            if listings:
                store.record(release(f"r{number}", published=day(number), recorded=after(number)), listings)
            parties = [BookParty.of_query(Query(name=name, id=key), "customer") for key, name in book.items()]
            watch.book.put(parties, at=after(number), by="ann", origin="test", whole=True)
            if links is not None:
                watch.links.put("links.csv", links, {}, at=after(number), by="ann")
            found = watch.run(now=after(number + 1), **how)
            assert found is not None, number
            reports.append(found)

        passed(0, kappa, bank)
        register = {"source": "register", "asserted_by": "ann", "stated_on": now.date()}
        passed(
            2,
            links=(
                owns("Kappa Works", "60%", "Alba Trading"),
                owns("Rosneft Bank", "50%", "Belo Ltd", **register),
            ),
        )
        (kappa_alert,) = (one for one in watch.desk.queue().alerts if one.subject == "k")
        watch.desk.clear(
            kappa_alert.alert,
            reason="different_country",
            text="Another.",
            by=Reviewer("ana"),
            at=after(4),
        )
        moved = entry(
            "Kappa Works", "Kappa", key="k", cites="84 FR 54002, 90 FR 47201", addresses=("1 Main Street",)
        )
        passed(
            4,
            moved,
            bank,
            links=(owns("Kappa Works", "40%", "Alba Trading"), owns("Kapa Works", "70%", "Belo Ltd")),
        )
        book.pop("r")
        passed(6, moved, links=())
        passed(
            8,
            full=True,
            refreshes=[
                Tried(source="us_csl", outcome="loaded", message="release of 2025-10-14, 25,921 entries")
            ],
        )
    names = {
        "ann",
        "register",
        "test",
        "Kapa Works",
        *book.values(),
        *(name for one in (moved, bank) for name in written_in(one)),
    }
    seen = {one.what for report in reports for one in report.news}
    assert seen == {"raised", "changed", "reopened", "withdrawn"}
    assert {one.what for report in reports if report.ownership for one in report.ownership.affiliates} == {
        "gained",
        "moved",
        "lost",
    }
    for report in reports:
        again = msgspec.json.decode(msgspec.json.encode(report), type=Rescreening)
        told = list(unsaid(html.fromstring(rescreening_page(again, "zh")), names))
        assert not told, "\n" + "\n".join(told)
