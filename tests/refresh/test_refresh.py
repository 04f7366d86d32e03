"""The door in, against a publisher on this machine that behaves as publishers do."""

import datetime as dt
import gzip
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from ringfence.errors import FetchFailed, HeldBack, InputError, LayoutChanged, SourceError
from ringfence.interchange import write_parquet
from ringfence.records import Checks, Reservation
from ringfence.records.codec import canonical
from ringfence.refresh import Report, load_documents, publications, refresh
from ringfence.sources import fetch as fetching
from ringfence.sources.lists.us_csl.parse import COLUMNS
from ringfence.sources.registry import source
from ringfence.store import Store, open_store

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
LISTS = {
    "Entity List (EL) - Bureau of Industry and Security": 1_600,
    "Denied Persons List (DPL) - Bureau of Industry and Security": 320,
    "Unverified List (UVL) - Bureau of Industry and Security": 90,
    "Military End User (MEU) List - Bureau of Industry and Security": 45,
    "ITAR Debarred (DTC) - State Department": 420,
    "Nonproliferation Sanctions (ISN) - State Department": 90,
    "Specially Designated Nationals (SDN) - Treasury Department": 7_100,
    "Sectoral Sanctions Identifications List (SSI) - Treasury Department": 160,
    "Non-SDN Chinese Military-Industrial Complex Companies List (CMIC) - Treasury Department": 35,
}


def release(
    *, without: str = "", first_name: str = "Alpha Works", rows_of: dict[str, int] | None = None
) -> bytes:
    """A whole release in the publisher's shape, of invented parties."""
    lines = [",".join(COLUMNS)]
    for label, count in (rows_of or LISTS).items():
        if without and without in label:
            continue
        for number in range(count):
            fields = dict.fromkeys(COLUMNS, "")
            name = first_name if number == 0 else f"Party {number} of {label[:12].strip()}"
            fields |= {"_id": f"{number}", "source": label, "name": name, "addresses": "Hangzhou, CN"}
            if "Treasury" in label:
                fields["entity_number"] = str(number)
            if "Entity List" in label:
                fields |= {"start_date": "2020-01-02", "license_requirement": "For all items subject to the EAR",
                           "license_policy": "Presumption of denial.", "federal_register_notice": "85 FR 123"}  # fmt: skip
            lines.append(
                ",".join(
                    f'"{fields[column]}"' if "," in fields[column] else fields[column] for column in COLUMNS
                )
            )
    return ("\n".join(lines) + "\n").encode()


@pytest.fixture
def store(location: str) -> Iterator[Store]:
    with open_store(location) as opened:
        yield opened


@pytest.fixture
def from_file(store: Store, tmp_path: Path) -> Callable[..., Report]:
    def load(data: bytes, name: str = "release_2026-11-01.csv", now: dt.datetime = NOW) -> Report:
        path = tmp_path / name
        path.write_bytes(data)
        return refresh(store, "us_csl", paths=[path], now=now)

    return load


class Publisher:
    """A server on the loopback address whose answers a test sets; it remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes, dict[str, str]]] = []
        self.asked: list[dict[str, str]] = []
        self.paths: list[str] = []
        publisher = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.paths.append(self.path)
                publisher.asked.append({key.lower(): value for key, value in self.headers.items()})
                status, body, headers = (
                    publisher.answers.pop(0) if len(publisher.answers) > 1 else publisher.answers[0]
                )
                self.send_response(status)
                for key, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self.server.server_port}"
        self.url = f"{self.root}/consolidated.csv"


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    monkeypatch.setattr(fetching, "WAIT_SECONDS", 0.001)
    serving = Publisher()
    thread = threading.Thread(target=serving.server.serve_forever, daemon=True)
    thread.start()
    yield serving
    serving.server.shutdown()
    serving.server.server_close()
    thread.join()


def test_a_release_is_downloaded_once_and_then_asked_for_conditionally(
    store: Store, publisher: Publisher
) -> None:
    marks = {"ETag": '"v1"', "Last-Modified": "Sun, 22 Nov 2026 09:00:00 GMT"}
    publisher.answers = [(200, release(), marks), (304, b"", {})]
    loaded = refresh(store, "us_csl", url=publisher.url, now=NOW)
    assert (loaded.outcome, loaded.snapshot.published_on, loaded.snapshot.published_by) == (
        "loaded", dt.date(2026, 11, 22), "publisher",
    )  # fmt: skip
    assert refresh(store, "us_csl", url=publisher.url, now=NOW).outcome == "unchanged"
    assert "if-none-match" not in publisher.asked[0]
    assert publisher.asked[1]["if-none-match"] == '"v1"'
    assert publisher.asked[1]["if-modified-since"] == marks["Last-Modified"]


def test_a_publisher_that_stumbles_is_asked_again(store: Store, publisher: Publisher) -> None:
    publisher.answers = [(503, b"busy", {}), (500, b"", {}), (200, release(), {})]
    assert refresh(store, "us_csl", url=publisher.url, now=NOW).outcome == "loaded"
    assert len(publisher.asked) == 3


def test_a_publisher_that_keeps_failing_is_given_up_with_a_ceiling(
    store: Store, publisher: Publisher
) -> None:
    publisher.answers = [(503, b"busy", {})]
    with pytest.raises(FetchFailed, match="answered 503, 4 times.*--file"):
        refresh(store, "us_csl", url=publisher.url, now=NOW)
    assert len(publisher.asked) == fetching.ATTEMPTS
    assert store.attempts()[0].outcome == "failed"


def test_an_error_page_with_status_200_is_not_a_list(store: Store, publisher: Publisher) -> None:
    publisher.answers = [
        (200, b"<!DOCTYPE html><html><body>Maintenance</body></html>", {"Content-Type": "text/html"})
    ]
    with pytest.raises(HeldBack, match="this is html"):
        refresh(store, "us_csl", url=publisher.url, now=NOW)


def test_a_body_larger_than_the_list_may_be_is_cut_off(publisher: Publisher) -> None:
    publisher.answers = [(200, b"x" * 100_000, {})]
    with pytest.raises(HeldBack, match="larger than the 1,000 bytes"):
        fetching.fetch(publisher.url, max_bytes=1_000)


def test_a_list_that_has_moved_is_followed(store: Store, publisher: Publisher) -> None:
    publisher.answers = [(302, b"", {"Location": "/new/place.csv"}), (200, release(), {})]
    assert refresh(store, "us_csl", url=publisher.url, now=NOW).outcome == "loaded"


@pytest.mark.parametrize(
    ("place", "asked"), [("/again", 6), ("file:///etc/hosts", 1), ("gopher://elsewhere/", 1)]
)
def test_an_address_that_leads_nowhere_is_not_tried_again(
    store: Store, publisher: Publisher, place: str, asked: int
) -> None:
    publisher.answers = [(302, b"", {"Location": place})]
    with pytest.raises(FetchFailed, match="no address that can be fetched, or it leads to none"):
        refresh(store, "us_csl", url=publisher.url, now=NOW)
    assert len(publisher.asked) == asked


def test_an_export_in_parquet_reads_back_as_the_release_of_its_day(store: Store, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    day = dt.date(2026, 11, 1)
    (tmp_path / "full.csv").write_bytes(release())
    first = refresh(store, "us_csl", paths=[tmp_path / "full.csv"], published_on=day, now=NOW)
    listings = [one for _, one in store.listings(store.manifest(first.snapshot))]
    stayed = msgspec.structs.replace(listings[0], reservation=Reservation(kind="stayed", text="by 90 FR 500"))
    doubtful = msgspec.structs.replace(
        listings[1],
        id="us_bis_denied:x",
        list="us_bis_denied",
        reservation=Reservation(kind="in_doubt", text="?"),
    )
    other = msgspec.structs.replace(listings[1], source="un_sc")
    path = tmp_path / "lists.parquet"
    with path.open("wb") as out:
        write_parquet([stayed, *listings[1:], doubtful, other], out)
    with open_store(str(tmp_path / "back.db")) as back:
        with pytest.raises(InputError, match="--published"):
            refresh(back, "us_csl", paths=[path], now=NOW)
        with pytest.raises(
            HeldBack, match="holds no entry of ca_sema, but of entry of un_sc, entry of us_csl"
        ):
            refresh(back, "ca_sema", paths=[path], published_on=day, now=NOW)
        report = refresh(back, "us_csl", paths=[path], published_on=day, now=NOW)
        again = [one for _, one in back.listings(back.manifest(report.snapshot))]
    assert sorted(map(canonical, again)) == sorted(map(canonical, listings))
    assert report.account.ignored == {"entry of un_sc": 1, "entry in doubt": 1}


def test_a_gzip_transfer_is_unpacked(store: Store, publisher: Publisher) -> None:
    publisher.answers = [(200, gzip.compress(release()), {"Content-Encoding": "gzip"})]
    assert refresh(store, "us_csl", url=publisher.url, now=NOW).outcome == "loaded"


def test_a_gzip_transfer_that_was_damaged_is_asked_for_again(store: Store, publisher: Publisher) -> None:
    whole = gzip.compress(release())
    damaged = whole[:200] + b"\xff\xff\xff\xff" + whole[204:]
    publisher.answers = [(200, one, {"Content-Encoding": "gzip"}) for one in (damaged, whole)]
    assert refresh(store, "us_csl", url=publisher.url, now=NOW).outcome == "loaded"


def test_not_modified_is_no_answer_to_who_holds_nothing(store: Store, publisher: Publisher) -> None:
    publisher.answers = [(304, b"", {})]
    with pytest.raises(FetchFailed, match="the publisher answered 304"):
        refresh(store, "us_csl", url=publisher.url, now=NOW)


def test_a_header_that_states_no_day_does_not_date_a_release(store: Store, publisher: Publisher) -> None:
    publisher.answers = [(200, release(), {"Last-Modified": "yesterday"})]
    assert refresh(store, "us_csl", url=publisher.url, now=NOW).snapshot.published_by == "fetched"


def test_nobody_at_the_address_is_said_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "WAIT_SECONDS", 0.001)
    with pytest.raises(FetchFailed, match="try again later"):
        refresh(store, "us_csl", url="http://127.0.0.1:9/none.csv", now=NOW)


def test_loading_the_same_release_twice_adds_nothing(from_file: Callable[..., Report], store: Store) -> None:
    assert from_file(release()).outcome == "loaded"
    assert from_file(release(), "other_name.csv").outcome == "unchanged"
    assert len(store.snapshots()) == 1


def test_changes_are_counted_against_the_release_before(from_file: Callable[..., Report]) -> None:
    from_file(release(first_name="Alpha Works"), "release_2026-10-01.csv")
    second = from_file(release(first_name="Beta Works"), "release_2026-11-01.csv")
    assert second.changes["us_bis_entity"] == {"added": 1, "removed": 1}
    assert second.changes["us_ofac_sdn"] == {"changed": 1}


@pytest.mark.parametrize("stores", ["sqlite"], indirect=True)  # what is refused never reaches a database
@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda good: good[:-30], "cut off|fields, not"),
        (lambda good: good[: len(good) // 2] + b'"', "cut off|fields, not"),
        (lambda good: good.split(b"\n", 1)[0] + b"\n" + good, "header stands again in row 1"),
        (lambda good: good.replace(b"license_policy", b"licence_policy", 1), "missing license_policy"),
        (lambda good: good.replace(b"_id,source", b"source,_id", 1), "another order"),
        (lambda _: release(without="SDN"), "us_ofac_sdn has 0 entries, at least 7,000"),
        (lambda _: release(rows_of={**LISTS, next(iter(LISTS)): 13_000}), "at most 12,000"),
        (lambda good: good.replace(b"85 FR 123", b"88 FR [INSERT FR PAGE NUMBER]", 1), "public-inspection"),
        (
            lambda good: good.replace(b"ITAR Debarred (DTC)", b"ITAR Newly Named"),
            "of the list 'ITAR Newly Named', which the Consolidated Screening List has not had",
        ),
        (lambda good: good.decode().encode("utf-16"), "not utf-8"),
        (lambda _: b"", "empty"),
    ],
)
def test_a_damaged_release_is_held_back_and_nothing_changes(
    from_file: Callable[..., Report], store: Store, damage: Callable[[bytes], bytes], says: str
) -> None:
    good = from_file(release(), "release_2026-10-01.csv").snapshot
    with pytest.raises(SourceError, match=says) as refused:
        from_file(damage(release(first_name="Changed")), "release_2026-11-01.csv")
    assert f"The snapshot of {good.published_on} stays in force." in str(refused.value)
    assert "\n" not in str(refused.value)
    assert [held.id for held in store.snapshots()] == [good.id]
    assert store.attempts()[0].outcome == "held_back"


def test_a_release_that_shrank_is_held_back(from_file: Callable[..., Report]) -> None:
    from_file(
        release(rows_of={**LISTS, "Specially Designated Nationals (SDN) - Treasury Department": 20_000}),
        "a_2026-10-01.csv",
    )
    with pytest.raises(HeldBack, match="entries where the last good release had"):
        from_file(release(), "b_2026-11-01.csv")


def test_a_shape_that_nobody_foresaw_is_held_back_without_a_traceback(
    from_file: Callable[..., Report],
) -> None:
    with pytest.raises(SourceError, match="has a shape this parser does not know"):
        from_file(
            b'{"results": [{"source": "Entity List (EL) - X", "name": "A", "addresses": [7]}]}', "odd.json"
        )


def test_a_day_in_the_file_name_counts_only_when_no_entry_is_later(from_file: Callable[..., Report]) -> None:
    assert from_file(release(), "release_2026-10-01.csv").snapshot.published_by == "file_name"
    lying = from_file(release(first_name="Other"), "release_2011-01-01.csv").snapshot
    assert (lying.published_on, lying.published_by) == (dt.date(2020, 1, 2), "content")


@pytest.fixture
def code(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> Publisher:
    """The publisher as the versioner of the code: a small part 744, of any number of entries."""
    described = source("us_ecfr_744")
    urls = tuple(url.replace("https://www.ecfr.gov", publisher.root) for url in described.urls)
    feeds = tuple(msgspec.structs.replace(feed, least=0) for feed in described.feeds)
    nearby = msgspec.structs.replace(described, urls=urls, feeds=feeds, checks=Checks())
    monkeypatch.setattr("ringfence.refresh.source", {"us_ecfr_744": nearby}.__getitem__)
    return publisher


PART_744 = (Path(__file__).parent.parent / "lists" / "us_ecfr_744" / "sample.xml").read_bytes()


def test_the_code_is_downloaded_as_of_the_day_its_register_names(store: Store, code: Publisher) -> None:
    titles = [
        {"number": 14, "up_to_date_as_of": "2026-11-20"},
        {"number": 15, "name": "Commerce and Foreign Trade", "up_to_date_as_of": "2026-11-19"},
        {"number": 35, "up_to_date_as_of": None, "reserved": True},
    ]
    packed = (200, gzip.compress(PART_744), {"Content-Encoding": "gzip"})
    code.answers = [(200, json.dumps({"titles": titles, "meta": {}}).encode(), {}), packed]
    report = refresh(store, "us_ecfr_744", now=NOW)
    assert code.paths == [
        "/api/versioner/v1/titles.json",
        "/api/versioner/v1/full/2026-11-19/title-15.xml?part=744",
    ]
    assert "gzip" in code.asked[1]["accept-encoding"]
    assert (report.outcome, report.snapshot.published_on, report.snapshot.published_by) == (
        "loaded", dt.date(2026, 11, 19), "publisher",
    )  # fmt: skip
    assert report.snapshot.origin.endswith("/full/2026-11-19/title-15.xml?part=744")


@pytest.mark.parametrize(
    "register", [b'{"titles": []}', b'{"titles": [{"number": 15}]}', b"<html>busy</html>", b'{"titles": 3}']
)
def test_a_register_that_names_no_day_is_held_back(store: Store, code: Publisher, register: bytes) -> None:
    code.answers = [(200, register, {})]
    with pytest.raises(LayoutChanged, match="titles.json: .*--file PATH"):
        refresh(store, "us_ecfr_744", now=NOW)
    assert [(one.source, one.outcome) for one in store.attempts()] == [("us_ecfr_744", "held_back")]


def test_the_publications_with_addresses_can_be_downloaded() -> None:
    assert "us_ecfr_744" in publications()
    assert "private" not in publications()


def test_documents_of_the_federal_register_are_read_page_by_page(store: Store, publisher: Publisher) -> None:
    def page(number: str, following: str | None) -> tuple[int, bytes, dict[str, str]]:
        body = {
            "count": 2, "total_pages": 2, "next_page_url": following,
            "results": [{"document_number": number, "title": "Additions", "publication_date": "2024-12-05"}],
        }  # fmt: skip
        return 200, json.dumps(body).encode(), {}

    publisher.answers = [page("2024-1", f"{publisher.root}/documents.json?page=2"), page("2024-2", None)]
    report = load_documents(store, url=f"{publisher.root}/documents.json", now=NOW)
    assert (report.read, report.new) == (2, 2)
    assert publisher.paths == ["/documents.json", "/documents.json?page=2"]


def test_a_month_in_the_file_name_is_its_last_day(from_file: Callable[..., Report]) -> None:
    report = from_file(release(), "release_2024-02.csv")
    assert (report.snapshot.published_on, report.snapshot.published_by) == (dt.date(2024, 2, 29), "file_name")
    assert from_file(release(first_name="Another"), "release_0000-02.csv").snapshot.published_by == "content"
    # The month that is not over yet ends today.
    current = from_file(release(first_name="Other"), "release_2026-11.csv").snapshot
    assert current.published_on == NOW.date()


def test_a_release_keeps_its_day(store: Store, from_file: Callable[..., Report], tmp_path: Path) -> None:
    from_file(release())
    path = tmp_path / "release_2026-11-01.csv"
    with pytest.raises(InputError, match=r"as the release of 2026-11-01\. A release keeps its day"):
        refresh(store, "us_csl", paths=[path], published_on=dt.date(2020, 1, 1), now=NOW)
    assert refresh(store, "us_csl", paths=[path], now=NOW).outcome == "unchanged"


def test_metadata_and_full_text_of_a_document_complete_each_other(store: Store, tmp_path: Path) -> None:
    metadata = tmp_path / "document.json"
    metadata.write_text(json.dumps({"results": [{
        "document_number": "2019-22210", "title": "Addition of Certain Entities", "publication_date": "2019-10-09",
        "citation": "84 FR 54002", "start_page": 54002, "end_page": 54009,
    }]}))  # fmt: skip
    full = tmp_path / "document.xml"
    full.write_text(
        '<?xml version="1.0"?><RULE><PREAMB><SUBJECT>Addition of Certain Entities</SUBJECT><EFFDATE><P>This rule is effective '
        "October 9, 2019.</P></EFFDATE></PREAMB><FRDOC>[FR Doc. 2019-22210 Filed 10-7-19; 4:15 pm]</FRDOC></RULE>"
    )
    for order in ((metadata, full), (full, metadata)):
        for path in order:
            load_documents(store, paths=[path], now=NOW)
        (known,) = store.documents()
        assert (known.volume, known.first_page, known.published_on) == (84, 54002, dt.date(2019, 10, 9))
        assert (known.announced_on, known.effective_on) == (dt.date(2019, 10, 7), dt.date(2019, 10, 9))
