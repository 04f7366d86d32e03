"""Upload a file of parties, say what its columns mean, watch the run, read and take away the answers.

A run belongs to who brought the file; the second pair of eyes (the permission `approve`) may read all of them.
"""

import datetime as dt
from typing import Annotated, Any, BinaryIO

import msgspec
from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import File

from ringfence.errors import InputError, NotKnown, QueryError
from ringfence.interfaces.batch import targets
from ringfence.interfaces.web.access.roles import caller_of, needs
from ringfence.interfaces.web.api.asking import WorldAsked
from ringfence.interfaces.web.pages.answer import fragment, page, redirect, wants_fragment
from ringfence.interfaces.web.pages.forms import asked, fields
from ringfence.interfaces.web.pages.uploading import PRINTED_POLICY, brought, form_of, may_read
from ringfence.interfaces.web.reader import in_language, texts
from ringfence.interfaces.web.runs.alerts import raise_alerts
from ringfence.interfaces.web.runs.answers import Order, Wanted
from ringfence.interfaces.web.runs.screening import TABLE, Runs
from ringfence.interfaces.web.runs.shelf import Choice, Upload
from ringfence.sources.registry import legal_lists

AT_A_TIME = 50
FORMS = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"} | {
    "jsonl": "application/x-ndjson",
    "html": "text/html",
}
"""What the answers can be taken away as."""


class _Reading(msgspec.Struct, frozen=True):
    """Which answers of a run to show."""

    show: Wanted = "all"
    order: Order = "score"
    begin: Annotated[int, msgspec.Meta(ge=0)] = 0
    sheet: str | None = None


class _Starting(msgspec.Struct, frozen=True):
    """How a run is to be done, beside its columns."""

    sheet: str | None = None
    lists: tuple[str, ...] = ()
    as_of: dt.date | None = None
    threshold: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None


@get("/screenings", sync_to_thread=True, opt=needs("screen"))
def screenings(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The runs that the reader may see, and the form for another."""
    return _overview(request)


@post("/screenings", opt=needs("screen"), status_code=200)
async def upload(request: Request[Any, Any, Any]) -> Response[Any]:
    """Take a file, unless it is no table."""
    async with form_of(request) as form:
        files = list(brought(form, "file").values())
        if not files:
            return await sync_to_thread(_overview, request, "screenings.no_file")
        return await sync_to_thread(_taken, request, files[0])


@get("/screenings/{upload_id:str}", sync_to_thread=True, opt=needs("screen"))
def screening(request: Request[Any, Any, Any], upload_id: FromPath[str]) -> Response[bytes]:
    """A run as it stands: its columns to be chosen, its progress, its answers, or why there are none."""
    run = _mine(request, upload_id)
    if wants_fragment(request):
        return fragment(request, "screening_progress.html", run=run)
    if run.state == "done":
        return _answers(request, run)
    if run.working:
        return page(request, "screening_progress_page.html", run=run)
    return _columns(request, run)


@post("/screenings/{upload_id:str}/start", opt=needs("screen"), status_code=200)
async def start(request: Request[Any, Any, Any], upload_id: FromPath[str]) -> Response[Any]:
    """Start a run with the columns that were chosen."""
    form = await request.form()
    given = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    return await sync_to_thread(_started, request, upload_id, given)


@post("/screenings/{upload_id:str}/cancel", sync_to_thread=True, opt=needs("screen"), status_code=200)
def cancel(request: Request[Any, Any, Any], upload_id: FromPath[str]) -> Response[Any]:
    """Stop a run. Nothing of it is kept; the file stays."""
    run = _mine(request, upload_id)
    _runs(request).cancel(run)
    return redirect(f"/screenings/{run.id}", "screenings.canceling")


@post("/screenings/{upload_id:str}/delete", sync_to_thread=True, opt=needs("screen"), status_code=200)
def delete(request: Request[Any, Any, Any], upload_id: FromPath[str]) -> Response[Any]:
    """Delete a file with its answers. Its line in the ledger stays."""
    run = _mine(request, upload_id)
    _runs(request).shelf.drop(run)
    return redirect("/screenings", "screenings.deleted", name=run.name)


@post("/screenings/{upload_id:str}/alerts", sync_to_thread=True, opt=needs("review"), status_code=200)
def alerts(request: Request[Any, Any, Any], upload_id: FromPath[str]) -> Response[Any]:
    """Raise an alert on the review desk for every hit; a pair that is known already raises none."""
    run, runs = _mine(request, upload_id), _runs(request)
    desk = request.app.state.desks.desk()
    if desk is None:
        return redirect(f"/screenings/{run.id}", "screenings.no_desk")
    raised = raise_alerts(runs, run, desk, runs.engine_of(run), by=caller_of(request).name)
    runs.shelf.keep(msgspec.structs.replace(run, alerts=len(raised.raised)))
    return redirect(
        f"/screenings/{run.id}",
        "screenings.alerts_raised",
        raised=len(raised.raised),
        reopened=len(raised.reopened),
        known=raised.known + len(raised.changed),
        kept=raised.kept,
    )


@get("/screenings/{upload_id:str}/results/{form:str}", sync_to_thread=True, opt=needs("screen"))
def results(
    request: Request[Any, Any, Any], world: WorldAsked, upload_id: FromPath[str], form: FromPath[str]
) -> File:
    """The answers as a file; the report in the reader's language, the others as data."""
    run = _mine(request, upload_id)
    if form not in FORMS or run.state != "done":
        raise NotKnown(f"there are no results as {form[:20]!r}. Known: {', '.join(FORMS)}.")
    titles = {status.legal.id: status.legal.title for status in world.engine.statuses()}
    t = texts(request)
    path = _runs(request).written(run, form, titles, t.language)
    stem = run.name.rpartition(".")[0] or run.name
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if form == "html":
        headers |= {"Content-Security-Policy": PRINTED_POLICY, **in_language(t.language)}
    return File(
        path=path,
        filename=f"{stem}-screened.{form}",
        media_type=FORMS[form],
        content_disposition_type="inline" if form == "html" else "attachment",
        headers=headers,
    )


def _taken(request: Request[Any, Any, Any], file: tuple[str, BinaryIO]) -> Response[Any]:
    runs, owner = _runs(request), caller_of(request).name
    upload = runs.shelf.put({TABLE: file}, use="screening", owner=owner, now=request.app.state.now())
    try:
        runs.sample(upload)
    except InputError as error:
        runs.shelf.drop(upload)
        return _overview(request, fault=str(error))
    return redirect(f"/screenings/{upload.id}")


def _overview(
    request: Request[Any, Any, Any], said: str | None = None, *, fault: str | None = None
) -> Response[bytes]:
    """`said` is the key of a text, `fault` a refusal in the words of the engine."""
    return page(
        request,
        "screenings.html",
        status=422 if said or fault else 200,
        runs=[one for one in _runs(request).uploads() if one.use == "screening" and may_read(request, one)],
        said=said,
        fault=fault,
        most=request.app.state.service.max_body,
        me=caller_of(request).name,
    )


def _columns(
    request: Request[Any, Any, Any],
    run: Upload,
    *,
    chosen: dict[int, str] | None = None,
    typed: dict[str, Any] | None = None,
    fault: str | None = None,
) -> Response[bytes]:
    """The form that says what each column is: as chosen before, as sent with a fault, or as found."""
    sheet = asked(request, _Reading).sheet if request.method == "GET" else (typed or {}).get("sheet")
    before = run.choice
    sheet = sheet or (before.sheet if before else None)
    sample = _runs(request).sample(run, sheet)
    if chosen is None:
        chosen = dict(before.columns) if before and before.sheet == sheet else sample.found
    if typed is None:
        typed = {
            "as_of": before.as_of.isoformat() if before and before.as_of else "",
            "threshold": before.threshold if before else None,
            "lists": before.lists or () if before else (),
        }
    return page(
        request,
        "screening_columns.html",
        status=422 if fault else 200,
        run=run,
        sample=sample,
        sheet=sheet or (sample.sheets[0] if sample.sheets else ""),
        chosen=chosen,
        targets=targets(),
        lists=list(legal_lists().values()),
        typed={"as_of": "", "threshold": None, "lists": ()} | typed,
        fault=fault,
    )


def _started(request: Request[Any, Any, Any], upload_id: str, given: list[tuple[str, str]]) -> Response[Any]:
    run = _mine(request, upload_id)
    if run.working:
        return redirect(f"/screenings/{run.id}")
    chosen = {
        int(place): target
        for name, target in given
        if target
        and (place := name.removeprefix("column.")) != name
        and place.isascii()
        and place.isdigit()
        and len(place) < 6
    }
    typed: dict[str, Any] = {name: value for name, value in given if name in ("as_of", "threshold", "sheet")}
    typed["lists"] = tuple(value for name, value in given if name == "lists")
    try:
        said = fields(given, _Starting)
        choice = Choice(
            columns=tuple(sorted(chosen.items())),
            sheet=said.sheet,
            lists=said.lists or None,
            as_of=said.as_of,
            threshold=said.threshold,
        )
        _runs(request).start(run, choice)
    except (InputError, QueryError) as error:
        return _columns(request, run, chosen=chosen, typed=typed, fault=str(error))
    return redirect(f"/screenings/{run.id}")


def _answers(request: Request[Any, Any, Any], run: Upload) -> Response[bytes]:
    wanted = asked(request, _Reading)
    reading = _runs(request).answers(run)
    if reading is None:
        raise NotKnown("this run has no answers.")
    count = reading.count(wanted.show)
    return page(
        request,
        "screening.html",
        provenance=run.provenance,
        run=run,
        wanted=wanted,
        count=count,
        counts={kind: reading.count(kind) for kind in ("all", "hit", "review", "no_match", "remarks")},
        answers=reading.some(wanted.show, order=wanted.order, begin=wanted.begin, most=AT_A_TIME),
        at_a_time=AT_A_TIME,
        forms=tuple(FORMS),
    )


def _mine(request: Request[Any, Any, Any], upload_id: str) -> Upload:
    """The upload, if the reader may see it; else it is as if there were none. Raises NotKnown."""
    run = _runs(request).upload(upload_id)
    if run.use != "screening" or not may_read(request, run):
        raise NotKnown("there is no such upload. It may have been deleted, or kept for its 30 days.")
    return run


def _runs(request: Request[Any, Any, Any]) -> Runs:
    runs: Runs = request.app.state.runs
    return runs


handlers = (screenings, upload, screening, start, cancel, delete, alerts, results)
