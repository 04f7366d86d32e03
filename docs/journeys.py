"""Records the journeys through the pages, step by step: pictures into docs/journeys/, their story into docs/journeys.md.

    python docs/journeys.py             # all of them, in a minute or two
    python docs/journeys.py review      # those whose name begins so, as pictures only

A service of its own starts on a free port of 127.0.0.1, on the bundled reference set of October 2019 and made-up parties;
Debian's Chromium is driven by Playwright. What stands on the pages is what a reader would get from a fresh checkout.
"""

import base64
import datetime as dt
import inspect
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from ringfence import Settings, open_store
from ringfence.interfaces.web.access.registry import Registry
from ringfence.interfaces.web.application import create_app
from ringfence.interfaces.web.service import Service

DOCS = Path(__file__).resolve().parent
PICTURES = DOCS / "journeys"
SUPPLIERS = DOCS.parent / "examples" / "suppliers.csv"
CHROMIUM = (
    os.environ.get("RINGFENCE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)
NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
"""Later than every entry of the bundled set, the investment list of 2021 included."""
PASSWORD = "correct horse battery"  # noqa: S105  of made-up people, on a service that lives for a minute
HIKVISION = "us_bis_entity:hangzhou-hikvision-digital-technology-co-ltd-cn"
WIDTH, TALLEST, QUALITY = 1280, 1000, 64
POLICY = """
[[four_eyes]]
lists = ["us_bis_entity"]
verdict = "cleared"
why = "Entries of the Entity List are cleared by two."
"""
LINKS = """subject,relation,object,share,value,currency,item,source,asserted_by
Chipmaker Inc,supplies,Hangzhou Hikvision Digital Technology Co.,,120000,USD,imaging chips,invoice 7,our own books
Hangzhou Hikvision Digital Technology Co.,owns,Ezviz Inc,60%,,,,annual report,Hikvision
Ezviz Inc,owns,Ezviz Retail GmbH,100%,,,,register,Handelsregister
Harbour Cameras Ltd,customer_of,Ezviz Retail GmbH,,40000,EUR,cameras,order book,our own books
Plain Bakery,supplies,Chipmaker Inc,,100,EUR,bread,invoice 8,our own books
"""
ORDERS = """id,party,party_country,direction,item,value,currency,on,origin,eccn,subject_to_ear
O-1,Hangzhou Hikvision Digital Technology Co.,CN,sell,imaging chips,5000,USD,2019-10-12,US,3A991,yes
O-2,Plain Bakery,FR,sell,flour,300,EUR,2019-10-12,foreign,EAR99,no
"""
Step = tuple[str, str]
"""What a picture shows, in words, and the name of the picture."""


class Scene:
    """A service, a browser, and the folder of made-up files."""

    def __init__(self, home: str, browser: Browser, folder: Path) -> None:
        self.home, self.browser, self.folder = home, browser, folder
        self.pictures: list[Path] = []

    def enter(self, name: str, path: str = "/") -> Page:
        """The page at `path`, for somebody who has signed in."""
        context = self.browser.new_context(
            viewport={"width": WIDTH, "height": 720},
            color_scheme="light",
            locale="en-US",
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto(f"{self.home}/sign-in")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_text("Signed in as").wait_for()
        page.goto(f"{self.home}/")
        page.goto(f"{self.home}{path}")
        return page

    def shoot(self, page: Page, name: str, *, top: str | None = None, tallest: int = TALLEST) -> str:
        """Saves what stands on a page between its head and its foot, from the element `top` on."""
        page.wait_for_load_state("networkidle")
        box = page.evaluate(
            """top => {
              scrollTo(0, 0);
              const begin = top ? document.querySelector(top).getBoundingClientRect().top - 16 : 0;
              const end = document.querySelector("main")?.getBoundingClientRect().bottom ?? document.body.scrollHeight;
              return [Math.max(0, begin), end];
            }""",
            top,
        )
        height = min(tallest, box[1] - box[0])
        clip = {"x": 0, "y": box[0], "width": WIDTH, "height": height, "scale": 1}
        asked = {"format": "webp", "quality": QUALITY, "clip": clip, "captureBeyondViewport": True}
        taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", asked)
        path = PICTURES / f"{name}.webp"
        path.write_bytes(base64.b64decode(taken["data"]))
        self.pictures.append(path)
        return path.name


def search(scene: Scene) -> Iterator[Step]:
    """Search.

    Somebody asks about one name.
    """
    page = scene.enter("ana", "/search")
    page.get_by_label("Name, alias or identifier").press_sequentially("Hangzou Hikvison", delay=10)
    page.locator("article").first.wait_for()
    page.wait_for_url("**q=Hangzou**")
    yield (
        "The answer comes while one types: misspelt, in any script, by an identifier. What met is marked.",
        scene.shoot(page, "search-1"),
    )
    page.locator("details.why summary").first.click()
    yield (
        "*Why* opens the reasons; they are log-odds and add up to the score.",
        scene.shoot(page, "search-2", top="#results"),
    )
    page.goto(f"{scene.home}/listings/{HIKVISION}")
    yield (
        "The entry reads like the law: requirement and policy to the letter and test by test, and what being listed means.",
        scene.shoot(page, "search-3"),
    )


def screen(scene: Scene) -> Iterator[Step]:
    """Upload a file and screen it.

    Seventy-eight suppliers, of whom nothing is known but what their table says.
    """
    page = scene.enter("ana", "/screenings")
    page.set_input_files("input[name=file]", SUPPLIERS)
    page.click("form[enctype] button")
    page.wait_for_selector("table.mapping")
    yield (
        "A supplier file was brought. What each column was taken for stands over its first rows, and can be changed.",
        scene.shoot(page, "screen-1", tallest=760),
    )
    page.click("form[action$='/start'] button:not(.quiet)")
    page.wait_for_selector("ul.counts.filters")
    yield (
        "Screened in the background: answers by outcome, to be taken away as CSV, XLSX, JSON Lines or a report.",
        scene.shoot(page, "screen-2", tallest=860),
    )
    page.click("a[href*='show=hit']")
    page.wait_for_selector("main tbody tr")
    page.locator("tbody details summary").first.click()
    yield "Each hit has its reasons, its law and its citations.", scene.shoot(page, "screen-3", tallest=860)
    page.click("form[action$='/alerts'] button")
    page.get_by_role("status").wait_for()
    yield (
        "The hits go to the review desk as alerts; a pair that is known already raises none.",
        scene.shoot(page, "screen-4", tallest=420),
    )


def network(scene: Scene) -> Iterator[Step]:
    """Explore a network.

    Who owns and supplies whom, in a made-up file.
    """
    page = scene.enter("ana", "/network")
    page.set_input_files("input[name=links]", scene.folder / "links.csv")
    page.click("form[enctype] button")
    page.wait_for_selector(".picture svg")
    yield (
        "A file of links, drawn: what is listed stands on the left, what it owns in orange.",
        scene.shoot(page, "network-1", tallest=760),
    )
    page.locator(".picture a", has_text="Harbour Cameras").first.click()
    page.wait_for_selector(".verdict")
    page.locator("#paths ~ .panel button").first.click()
    yield (
        "Around one party: what the law makes of it, and each path to something listed, lit in the picture.",
        scene.shoot(page, "network-2", tallest=1150),
    )


def review(scene: Scene) -> Iterator[Step]:
    """Review with four eyes.

    A hit is a question: is this party of ours the one that is listed? Ana reviews, Ben approves.
    """
    page = scene.enter("ana", "/alerts")
    page.keyboard.press("j")
    yield (
        "The queue, sorted by score: `j` and `k` move, `Enter` opens.",
        scene.shoot(page, "review-1", tallest=820),
    )
    page.goto(f"{scene.home}/alerts?list=us_bis_entity&q=hikvision")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator("#sides").wait_for()
    yield (
        "Both sides fact by fact, down to the letter; beside them what can be done.",
        scene.shoot(page, "review-2", tallest=900),
    )
    yield (
        "Further down: the law of the entry, its other entries, its history; who stands behind, by the links brought before.",
        scene.shoot(page, "review-3", top="[aria-labelledby=entry]", tallest=1250),
    )
    address = page.url
    page.keyboard.press("c")
    page.locator("#c-reason").select_option("different_country")
    page.locator("#c-text").fill("The register of Chile shows another company of that name.")
    yield "`c` clears: a reason of a closed list, and words.", scene.shoot(page, "review-4", tallest=760)
    page.locator("#clear button").click()
    page.get_by_text("waits for a second reviewer").first.wait_for()
    yield (
        "The policy asks for four eyes here, so it waits for a second reviewer.",
        scene.shoot(page, "review-5", tallest=520),
    )
    second = scene.enter("ben", "/alerts?view=inbox")
    yield (
        "Ben approves: what waits for him, with what is proposed and why.",
        scene.shoot(second, "review-6", tallest=620),
    )
    second.goto(address)
    second.get_by_role("button", name="Approve").click()
    second.get_by_text("Approved by ben").wait_for()
    yield (
        "Approved. The decision says what it rests on and until when; when a fact changes, the alert opens again and says which.",
        scene.shoot(second, "review-7", top="[aria-labelledby=decisions]", tallest=620),
    )


def many(scene: Scene) -> Iterator[Step]:
    """Clear many at once.

    From the keyboard, with a preview and a way back.
    """
    page = scene.enter("ana", "/alerts?list=us_ofac")
    page.locator("details.panel > summary").first.click()
    for key in "jxjx":
        page.keyboard.press(key)
    page.locator("#b-reason").select_option("other")
    page.locator("#b-text").fill("Raised on an older list.")
    yield (
        "`x` chooses; the form comes along at the foot of the window.",
        scene.shoot(page, "many-1", tallest=720),
    )
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Clear 2 alerts").wait_for()
    yield (
        "The preview says what would become of each. Nothing is written yet.",
        scene.shoot(page, "many-2", tallest=620),
    )
    page.get_by_role("button", name="Clear 2 alerts").click()
    page.get_by_text("2 decided, 0 left alone").wait_for()
    yield (
        "Done, and taken back by one button as long as nobody has acted on them.",
        scene.shoot(page, "many-3", tallest=520),
    )


def decide(scene: Scene) -> Iterator[Step]:
    """Decide a transaction, with its memo.

    An EAR99 hard disk to a listed consignee, on the day of the listing.
    """
    page = scene.enter("ana", "/decide")
    page.fill("[name='id']", "T-7")
    page.fill("[name='on']", "2019-10-09")
    page.select_option("[name='activity']", "export")
    page.fill("[name='parties[0].name']", "Hangzhou Hikvision Digital Technology Co., Ltd.")
    page.select_option("[name='parties[0].role']", "ultimate_consignee")
    page.fill("[name='parties[0].country']", "China")
    yield "A few questions first.", scene.shoot(page, "decide-1", tallest=620)
    page.click(".row button[value=ask]")
    page.wait_for_selector(".verdict")
    yield (
        "The answer so far, and the facts that would settle it: an unknown fact never becomes a no.",
        scene.shoot(page, "decide-2", tallest=900),
    )
    for _ in range(6):
        for field, value in {
            "items[0].classification": "EAR99", "destination": "CN", "items[0].located_in": "US", "items[0].made_in": "US",
        }.items():  # fmt: skip
            if page.locator(f"input:not([type=hidden])[name='{field}']").count():
                page.fill(f"[name='{field}']", value)
        for field, value in {
            "items[0].origin": "US", "items[0].jurisdiction": "EAR", "items[0].kind": "commodity", "actor.us_person": "yes",
        }.items():  # fmt: skip
            if page.locator(f"select[name='{field}']").count():
                page.select_option(f"[name='{field}']", value)
        for field in ("end_use", "items[0].facts", "items[0].direct_product_of"):
            if page.locator(f"input[type=radio][name='{field}?']").count():
                page.check(f"[name='{field}?'][value=none]")
        if not page.locator(".wanted").count():
            break
        page.click(".row button[value=ask]")
    page.locator("button[value=record]").first.click()
    page.wait_for_url("**/decisions/*")
    yield (
        "Settled and recorded: every finding with its rule, its citation and the text of the entry on that day.",
        scene.shoot(page, "decide-3", tallest=1000),
    )
    page.goto(f"{page.url}/memo")
    yield "The memo, to be printed and signed.", scene.shoot(page, "decide-4", tallest=1100)


def simulate(scene: Scene) -> Iterator[Step]:
    """Simulate a listing.

    The rule of 9 October 2019, supposed the day before.
    """
    page = scene.enter("ana", "/simulate")
    page.fill("[name=listed]", "84 FR 54002")
    page.fill("[name=on]", "2019-10-09")
    page.fill("[name=as_of]", "2019-10-08")
    page.set_input_files("[name=links]", scene.folder / "links.csv")
    page.set_input_files("[name=orders]", scene.folder / "orders.csv")
    page.check("[value=reference-2019]")
    yield (
        "A rule is supposed by its citation: every entry that it added. Links and orders say what it could touch.",
        scene.shoot(page, "simulate-1", tallest=900),
    )
    page.click("form[enctype] .row > button")
    page.wait_for_selector(".picture svg")
    yield (
        "What turns red, counted and drawn; *before* and *after* are one click apart.",
        scene.shoot(page, "simulate-2", tallest=1100),
    )
    yield (
        "The same in a table: who, from what to what, by which path, and what it means in law.",
        scene.shoot(page, "simulate-3", top="main h2:nth-of-type(2)", tallest=900),
    )


def compare(scene: Scene) -> Iterator[Step]:
    """Compare two days.

    What the law was, and what it became.
    """
    page = scene.enter("ana", f"/listings/{HIKVISION}")
    yield (
        "The texts that an entry had stand on a line in time, each with its rule.",
        scene.shoot(page, "compare-1", top="[aria-labelledby=compare]", tallest=900),
    )
    page.goto(f"{scene.home}/listings/{HIKVISION}?from=2020-07-21&to=2020-07-22")
    yield (
        "Two days beside each other: on 22 July 2020 the review policy became milder, word by word.",
        scene.shoot(page, "compare-2", top="[aria-labelledby=compare]", tallest=560),
    )


def over_time(scene: Scene) -> Iterator[Step]:
    """Lists over time.

    What came and went.
    """
    page = scene.enter("ana", "/lists")
    yield (
        "Which lists answer, what being on them means, how old their releases are.",
        scene.shoot(page, "over-time-1", tallest=560),
    )
    page.goto(f"{scene.home}/over-time?list=us_bis_entity")
    yield (
        "Additions and removals by year, by rule, by country; every bar and line narrows the rest. (The bundled set is small.)",
        scene.shoot(page, "over-time-2", tallest=860),
    )
    page.goto(f"{scene.home}/over-time?list=us_bis_entity&year=2019")
    yield "One year by month.", scene.shoot(page, "over-time-3", tallest=760)


def rule(scene: Scene) -> Iterator[Step]:
    """Rule on a party, and read the ledger.

    Where the evidence that joins entries is wrong, a person rules.
    """
    page = scene.enter("ben", f"/rulings?one={HIKVISION}&other=us_bis_entity:dahua-technology-cn")
    yield (
        "Two entries beside each other, and how they stand: an approver may rule against the evidence.",
        scene.shoot(page, "rule-1", tallest=1050),
    )
    page.check("[name=action][value=split]")
    page.fill("[name=why]", "Two groups; each has a registration of its own.")
    page.get_by_role("button", name="Record the ruling").click()
    page.get_by_text("Two groups").wait_for()
    yield "Rulings are added to the record and never erased.", scene.shoot(page, "rule-2", tallest=620)
    page.goto(f"{scene.home}/ledger")
    page.get_by_role("link", name="Check the chain").click()
    page.get_by_text("lines hold").wait_for()
    yield (
        "The ledger: what was screened, decided and reviewed, in a chain that is checked by a click.",
        scene.shoot(page, "rule-3", tallest=700),
    )


JOURNEYS: tuple[Callable[[Scene], Iterator[Step]], ...] = (
    search,
    screen,
    network,
    review,
    many,
    decide,
    simulate,
    compare,
    over_time,
    rule,
)
"""In the order of the page; the first line of each is its title there, the rest what it is about."""


@contextmanager
def scene() -> Iterator[Scene]:
    """Everything that the journeys need, gone afterwards."""
    if not CHROMIUM:
        sys.exit("journeys: needs Chromium: apt-get install chromium, or name one in RINGFENCE_CHROMIUM")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in (("review.toml", POLICY), ("links.csv", LINKS), ("orders.csv", ORDERS)):
            (folder / file).write_text(text, "utf-8")
        store = str(folder / "store.db")
        with open_store(store):
            pass
        settings = Settings(
            store=store, cache=str(folder / "cache"), review_policy=str(folder / "review.toml")
        )
        with Registry(str(folder / "access.db")) as people:
            for who, role in (("ana", "analyst"), ("ben", "approver")):
                people.put_person(who, role, now=NOW, password=PASSWORD)  # type: ignore[arg-type]
            service = Service(anonymous="never", access=people.location, secure_cookies=False, per_minute=0)
            app = create_app(settings, now=lambda: NOW, service=service)
            server = uvicorn.Server(
                uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False)
            )
            thread = threading.Thread(target=server.run, daemon=True)
            thread.start()
            while not server.started:
                time.sleep(0.05)
            port = server.servers[0].sockets[0].getsockname()[1]
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=CHROMIUM,
                    args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
                )
                yield Scene(f"http://127.0.0.1:{port}", browser, folder)
                browser.close()
            server.should_exit = True
            thread.join(10)


def main() -> None:
    """Record the journeys that are asked for, and write the page when that is all of them."""
    wanted = sys.argv[1:]
    PICTURES.mkdir(exist_ok=True)
    page = [
        "# The journeys, in pictures",
        "",
        "Recorded by `python docs/journeys.py`, on the bundled reference set of October 2019 and made-up parties. What each",
        "page can do stands in [pages.md](pages.md), what the desk keeps in [review.md](review.md).",
    ]
    with scene() as stage:
        for journey in JOURNEYS:
            title, _, about = inspect.cleandoc(journey.__doc__ or "").partition(".\n\n")
            if wanted and not any(journey.__name__.startswith(one) for one in wanted):
                continue
            page += ["", f"## {title}", "", about]
            for number, (words, picture) in enumerate(journey(stage), start=1):
                alone = words.replace("*", "").replace("`", "")
                page += ["", f"{number}. {words}", "", f"   ![{alone}](journeys/{picture})"]
                print(picture, flush=True)
        taken = {path.name for path in stage.pictures}
    if not wanted:
        (DOCS / "journeys.md").write_text("\n".join(page) + "\n", "utf-8")
        for path in PICTURES.glob("*.webp"):
            if path.name not in taken:
                path.unlink()
    total = sum(path.stat().st_size for path in PICTURES.glob("*.webp"))
    print(f"{len(taken)} pictures recorded; {total / 1e6:.1f} MB in docs/journeys")


if __name__ == "__main__":
    main()
