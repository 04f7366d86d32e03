"""The door in: fetch -> parse -> check -> load -> Report.

A release is taken whole or not at all. Whatever goes wrong, the last good snapshot stays in force, and
the attempt is remembered so that `ringfence lists` can show it.
"""

import datetime as dt
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path

import msgspec

from ringfence.errors import FetchFailed, HeldBack, InputError, RingfenceError, SourceError
from ringfence.records import Listing, PublishedBy, Snapshot, Source, parse_day
from ringfence.records.dates import year_month_day
from ringfence.records.rule import FederalRegisterDocument
from ringfence.sources.checks import Layout, check
from ringfence.sources.document import Document, document_of, joined, read_document
from ringfence.sources.ear.federal_register import joined as both
from ringfence.sources.ear.federal_register import next_page, read_documents
from ringfence.sources.editorial import with_editorial_names
from ringfence.sources.fetch import Fetched, fetch
from ringfence.sources.registry import addresses, parser, refreshable, source
from ringfence.sources.row import Account
from ringfence.store import Attempt, AttemptOutcome, Clock, Store

Progress = Callable[[str, int, int | None], None]
"""Called with the step (`fetching`, `reading`, `loading`), how far it is, and how far it goes if known."""

RULES_ADDRESS = (
    "https://www.federalregister.gov/api/v1/documents.json?conditions[agencies][]=industry-and-security-bureau"
    "&conditions[type][]=RULE&conditions[cfr][title]=15&conditions[cfr][part]=744&order=newest&per_page=1000"
    + "".join(
        f"&fields[]={field}"
        for field in (
            "document_number", "title", "type", "action", "abstract", "dates", "effective_on", "publication_date",
            "citation", "volume", "start_page", "end_page", "docket_ids", "regulation_id_numbers", "cfr_references",
            "correction_of", "corrections", "html_url",
        )
    )
)  # fmt: skip
"""The newest thousand rules of the Bureau of Industry and Security that amend 15 CFR part 744."""
MOST_DOCUMENT_BYTES = 200_000_000
MOST_PAGES = 20
MOST_REGISTER_BYTES = 1_000_000

_DAY_IN_NAME = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")
_MONTH_IN_NAME = re.compile(r"(?<!\d)(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])(?![\d-])")


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a refresh did, for people and for programs.

    `outcome` is `loaded`, or `unchanged` when the release was in the store already. `changes` counts added,
    changed and removed listings by list, against the release that precedes it.
    """

    source: str
    outcome: str
    snapshot: Snapshot
    previous: Snapshot | None
    changes: dict[str, Counter[str]]
    account: Account


def _clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def publications() -> tuple[str, ...]:
    """The ids of every publication that can be downloaded."""
    return tuple(source_id for source_id, publication in refreshable().items() if publication.urls)


def refresh(
    store: Store,
    source_id: str,
    *,
    paths: Sequence[Path] = (),
    published_on: dt.date | None = None,
    url: str | None = None,
    new_layout: bool = False,
    now: dt.datetime | None = None,
    learned: Clock | None = None,
    progress: Progress | None = None,
) -> Report:
    """Bring one list up to date from its publisher, or from the local copy in `paths`.

    A release may consist of several files. `published_on` states the day of the release where the file does
    not say; `url` replaces the publisher's address. `new_layout` takes a release whose columns were moved or left out
    since the one before. `now` is when the refresh was begun; `learned` reads the clock when the release is recorded, which
    is `now` where neither is left out.

    Raises SourceError when the release cannot be had or trusted; nothing is changed then.
    """
    publication = source(source_id)
    learned = learned or (_clock if now is None else None)
    now = now or _clock().replace(microsecond=0)
    urls = (url,) if url else publication.urls
    origin = " ".join(map(str, paths or urls))
    held = store.snapshots(source_id)
    last = held[-1] if held else None
    stands = (
        f"The snapshot of {last.published_on} stays in force."
        if last
        else "No snapshot of it was held before."
    )
    try:
        fetched: list[Fetched] = []
        if paths:
            document = read_document(paths, publication.max_bytes)
        else:
            if not url:
                urls = addresses(publication, _small)
                origin = " ".join(urls)
            fetched = _fetch(publication, urls, last, progress)
            if not fetched:
                assert last is not None  # noqa: S101 - a publisher can only say "unchanged" against a release
                store.note(
                    Attempt(source_id, now, origin, "unchanged", "not modified since the last snapshot")
                )
                return _unchanged(source_id, last)
            document = joined(
                [
                    document_of(_file_name(one.url) or source_id, one.data, publication.max_bytes)
                    for one in fetched
                ]
            )
        already = next((release for release in held if release.id == document.digest), None)
        if already:
            if published_on and published_on != already.published_on:
                raise InputError(
                    f"{document.name}: the same bytes are in the store as the release of {already.published_on}. A release "
                    f"keeps its day, so that every answer given from it can be repeated; to date it otherwise, load it into "
                    f"a new store."
                )
            store.note(Attempt(source_id, now, origin, "unchanged", "the same bytes as a snapshot held"))
            return _unchanged(source_id, already)
        account = Account()
        if document.format == "parquet":
            if published_on is None:
                raise InputError(
                    f"{document.name}: an export does not say of which day it is. State the day with --published."
                )
            listings = list(_exported(publication, document, account))
            publication = msgspec.structs.replace(  # what fills a publisher's columns is not told by records
                publication, checks=msgspec.structs.replace(publication.checks, filled={})
            )
        else:
            listings = _read(publication, document, account, progress)
        dated_urls = () if url or urls == publication.urls else urls
        day, dated_by = _published(published_on, document, fetched, dated_urls, account, now)
        before = [release for release in held if release.published_on <= day]
        check(
            publication,
            document.name,
            account,
            store.counts(before[-1]) if before else None,
            None if new_layout else _last_layout(store, before),
        )
        release = Snapshot(
            id=document.digest,
            source=source_id,
            published_on=day,
            published_by=dated_by,
            fetched_at=fetched[-1].at if fetched else now,
            recorded_at=now,
            origin=origin,
            size=sum(len(part.data) for part in (document, *document.parts)),
            entries=account.entries,
            etag=fetched[0].etag if len(fetched) == 1 else None,
            last_modified=fetched[0].last_modified if len(fetched) == 1 else None,
        )
        recorded = store.record(
            release,
            listings,
            account=account,
            progress=(lambda done: progress("loading", done, len(listings))) if progress else None,
            learned=learned,
        )
    except SourceError as error:
        # One line, whatever text of the file it quotes.
        message = " ".join(str(error).split())
        refused = type(error)(message if "in force" in message else f"{message} {stands}")
        outcome: AttemptOutcome = "failed" if isinstance(error, FetchFailed) else "held_back"
        store.note(Attempt(source_id, now, origin, outcome, str(refused)))
        raise refused from error.__cause__
    outcome = "loaded" if recorded.new else "unchanged"
    message = f"{recorded.snapshot.entries:,} entries of {recorded.snapshot.published_on}"
    store.note(Attempt(source_id, now, origin, outcome, message))
    return Report(
        source=source_id,
        outcome=outcome,
        snapshot=recorded.snapshot,
        previous=recorded.previous,
        changes=recorded.changes,
        account=account,
    )


class DocumentsReport(msgspec.Struct, frozen=True, kw_only=True):
    """What loading Federal Register documents did: how many were read, and how many the store had not."""

    read: int
    new: int
    account: Account


def load_documents(
    store: Store,
    *,
    paths: Sequence[Path] = (),
    url: str = RULES_ADDRESS,
    now: dt.datetime | None = None,
    learned: Clock | None = None,
) -> DocumentsReport:
    """Keep the Federal Register documents of local copies, or of an answer of the Federal Register's API.

    They name the rule behind each change, with its days. `now` and `learned` mean what they mean for `refresh`.

    Raises SourceError when they cannot be had or trusted; nothing is kept then.
    """
    learned = learned or (_clock if now is None else None)
    copies = (read_document([path], MOST_DOCUMENT_BYTES) for path in paths)
    files = list(copies if paths else _answers(url))
    account = Account()
    documents = [one for file in files for one in read_documents(file, account)]
    kept = _completed(documents, store.documents())
    return DocumentsReport(
        read=len(documents), new=store.keep_documents(kept, at=now, learned=learned), account=account
    )


def _completed(
    documents: Iterable[FederalRegisterDocument], known: Iterable[FederalRegisterDocument]
) -> list[FederalRegisterDocument]:
    """Documents with what another text of the same one says: pages from the metadata, amendments from the full text."""
    found = {one.document: one for one in known}
    read = []
    for document in documents:
        if other := found.get(document.document):
            # A full text states no volume; what was read last fills what it does not say from what was known.
            document = both(document, other) if document.volume else both(other, document)  # noqa: PLW2901
        found[document.document] = document
        read.append(document.document)
    return [found[number] for number in dict.fromkeys(read)]


def _answers(url: str) -> Iterator[Document]:
    """The answer at an address of the Federal Register, and the pages that follow it."""
    following = url
    for number in range(1, MOST_PAGES + 1):
        fetched = fetch(following, max_bytes=MOST_DOCUMENT_BYTES)
        if fetched is None:
            return
        document = document_of(f"documents-{number}.json", fetched.data, MOST_DOCUMENT_BYTES)
        yield document
        if not (page := next_page(document)):
            return
        following = page
    raise HeldBack(
        f"{url}: more than {MOST_PAGES} pages of documents. Nothing was kept; ask for fewer years."
    )


def _fetch(
    publication: Source, urls: Sequence[str], last: Snapshot | None, progress: Progress | None
) -> list[Fetched]:
    """The files of a release; none when the publisher says that it has not changed since `last`."""
    if not urls:
        raise InputError(
            f"{publication.id}: has no address to download from. Read a local copy with --file PATH."
        )
    same = last if last and last.origin == " ".join(urls) and len(urls) == 1 else None
    found = [
        fetch(
            url,
            max_bytes=publication.max_bytes,
            etag=same.etag if same else None,
            last_modified=same.last_modified if same else None,
            progress=(lambda done, total: progress("fetching", done, total)) if progress else None,
        )
        for url in urls
    ]
    return [one for one in found if one is not None]


def _small(url: str) -> bytes:
    """A file that says where the release is."""
    fetched = fetch(url, max_bytes=MOST_REGISTER_BYTES)
    return fetched.data if fetched else b""


def _file_name(url: str) -> str:
    return url.split("?", maxsplit=1)[0].rstrip("/").rsplit("/", 1)[-1]


def _read(
    publication: Source, document: Document, account: Account, progress: Progress | None
) -> list[Listing]:
    listings = []
    try:
        for count, listing in enumerate(
            with_editorial_names(parser(publication.id)(document, account)), start=1
        ):
            listings.append(listing)
            if progress and count % 1_000 == 0:
                progress("reading", count, None)
    except RingfenceError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        # A parser met a shape nobody foresaw: hold the release back rather than show a traceback.
        raise SourceError(
            f"{document.name}: row {account.rows + 1:,} has a shape this parser does not know "
            f"({type(error).__name__}: {error}). Nothing was loaded. Please report it with that row."
        ) from error
    return listings


def _exported(publication: Source, document: Document, account: Account) -> Iterator[Listing]:
    """The entries of a publication in a file that `ringfence export` wrote; those of other publications are counted.

    An entry that was in doubt on the day of the export is no evidence that it stood then, and is left out.
    """
    from ringfence.interchange import read_parquet  # noqa: PLC0415 - few releases are of this form

    for listing in read_parquet(io.BytesIO(document.data), document.name):
        account.rows += 1
        if listing.source != publication.id:
            account.ignored[f"entry of {listing.source}"] += 1
        elif listing.in_doubt:
            account.ignored["entry in doubt"] += 1
        else:
            account.entries += 1
            account.lists[listing.list] += 1
            yield msgspec.structs.replace(listing, reservation=None)
    if not account.entries:
        raise HeldBack(
            f"{document.name}: holds no entry of {publication.id}, but of {', '.join(sorted(account.ignored)) or 'none'}. "
            f"Name the publication that it was exported from."
        )


def _published(
    stated: dt.date | None,
    document: Document,
    fetched: Sequence[Fetched],
    dated_urls: Sequence[str],
    account: Account,
    now: dt.datetime,
) -> tuple[dt.date, PublishedBy]:
    """The day of a release, and what that day rests on.

    A stated day wins, then the one that the content states of itself, then the one in an address that the
    publisher's own register led to (`dated_urls`), then the publisher's header. File names prove nothing by
    themselves: a day in the name, or the last day of a month in it, is taken only when no entry speaks of a later one.
    Else it is the latest day any entry speaks of.
    """
    if stated:
        return stated, "user"
    latest = parse_day(account.latest_day or "")
    if account.published_on:
        return account.published_on, "content"
    for url in dated_urls:
        if (match := _DAY_IN_NAME.search(url)) and (day := parse_day(match[1])):
            return day, "publisher"
    modified = [day for one in fetched if (day := _day_of_header(one.last_modified))]
    if modified:
        return max(modified), "publisher"
    if fetched:
        return fetched[-1].at.date(), "fetched"
    named = _day_in_name(document.name, now.date())
    if named and (not latest or latest <= named):
        return named, "file_name"
    if latest and latest <= now.date():
        return latest, "content"
    return now.date(), "fetched"


def _day_of_header(text: str | None) -> dt.date | None:
    """The day that a publisher's header states; None where it states none that can be read."""
    try:
        return parsedate_to_datetime(text).date() if text else None
    except ValueError:
        return None


def _day_in_name(name: str, today: dt.date) -> dt.date | None:
    """The day that a file's name holds; of a month alone its last day, which no entry of the file can be later than."""
    if match := _DAY_IN_NAME.search(name):
        return parse_day(match[1])
    if (match := _MONTH_IN_NAME.search(name)) and (
        days := year_month_day(int(match["year"]), int(match["month"]))
    ):
        return min(days[1], today)
    return None


def _last_layout(store: Store, releases: Sequence[Snapshot]) -> Layout | None:
    """The headings of the last release that was a table known by its headings."""
    for release in reversed(releases):
        if columns := store.account(release).get("columns"):
            return Layout(release.published_on, tuple(columns))
    return None


def _unchanged(source_id: str, release: Snapshot) -> Report:
    return Report(
        source=source_id, outcome="unchanged", snapshot=release, previous=None, changes={}, account=Account()
    )
