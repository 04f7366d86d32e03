"""The pages in Chinese, walked as people use them: nothing of the interface stays English.

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
import pytest
from lxml import html

import ringfence
from ringfence import Engine, Settings
from ringfence.decisions.rule import rules
from ringfence.records.party import PartyKind
from ringfence.sources.links.table import COLUMNS, RELATIONS
from tests.interfaces.web.conftest import HIKVISION
from tests.interfaces.web.desks import NOW, PASSWORD, desk_service
from tests.interfaces.web.pages.conftest import Read
from tests.interfaces.web.pages.reading import Reader
from tests.interfaces.web.pages.test_decisions import EXPORT, SETTLED
from tests.interfaces.web.pages.test_networks import BILL, LINKS, ORDERS

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
PLC FSE OFSI EO AECA DPL MEU PNG PDF RFC YYYY-MM-DD YYYY uscc BIC IMO SECO direction sell buy on id party
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
                party = listing.party
                found |= {name.text for name in party.names} | {one.text for one in party.addresses}
                for text in (listing.license_requirement, listing.license_review_policy):
                    found |= {" ".join(text.text.split())} if text else set()
                found |= {remark.text for remark in listing.remarks} | set(listing.notes)
    return found


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
