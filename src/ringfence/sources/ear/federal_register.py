"""Documents of the Federal Register: API metadata in JSON and full text in XML, into records.

A rule prints fragments of a table, never the whole list: star rows stand for what it leaves out. Each row is tied to
the amendatory instruction that speaks of it, and stays `unclassified` where none does. Copies from public inspection
print `[INSERT FR PAGE NUMBER]` where citations belong; they are refused.
"""

import copy
import datetime as dt
import re
from collections.abc import Iterator, Sequence

import msgspec

from ringfence.errors import HeldBack, LayoutChanged
from ringfence.records import parse_citations, parse_day
from ringfence.records.citation import FIRST_VOLUME_YEAR
from ringfence.records.rule import Amendment, AmendmentKind, EffectiveDate, FederalRegisterDocument
from ringfence.sources.document import Document, json_document
from ringfence.sources.ear.entity_cells import read_cell, tidy_name
from ringfence.sources.row import Account, Row
from ringfence.sources.xml_records import Element, Vocabulary, read_records, root_of

_IGNORED = (
    "post", "page_length", "agencies", "agency_names", "json_url", "body_html_url", "full_text_xml_url", "raw_text_url",
    "pdf_url", "public_inspection_pdf_url", "excerpts", "images", "images_metadata", "significant", "toc_doc",
    "toc_subject", "topics", "comment_url", "comments_close_on", "mods_url", "page_views", "regulations_dot_gov_info",
    "regulations_dot_gov_url", "signing_date", "subtype", "disposition_notes", "executive_order_notes",
    "executive_order_number", "not_received_for_publication", "presidential_document_number", "proclamation_number",
    "regulation_id_number_info", "dockets", "cfr_topics", "explanation", "dates_note", "president",
)  # fmt: skip
_INSERT = re.compile(r"\[\s*INSERT\b", re.IGNORECASE)
_ROOTS = {"RULE", "PRORULE", "NOTICE"}
_FRAMES = "FEDREG RULES PRORULES NOTICES NEWPART VOL NO DATE UNITNAME CNTNTS"
_DATE = r"(?:January|February|March|April|May|June|July|August|September|October|November|December) \d{1,2}, \d{4}"
_EFFECTIVE = re.compile(
    r"(?P<scope>(?:except(?: for)?|amendatory instructions?|paragraphs?|sections?|§+)[^.;]*?,?\s"
    r"(?:which|that|and)?\s*(?:is|are) )?"
    rf"\beffective(?: (?:on|from|beginning))? (?P<on>{_DATE})(?:,? (?:until|through) (?P<until>{_DATE}))?",
    re.IGNORECASE,
)
_FILED = re.compile(r"FR Doc\.?\s*(?P<number>[A-Z]?\d+[–-]\d+)\s*Filed\s*(?P<day>\d{1,2}-\d{1,2}-\d{2,4})")
_CORRECTS = re.compile(r"(?:FR Doc\.?|rule document|document)\s+(?P<number>20\d\d[–-]\d{4,6})")
_VERBS: tuple[tuple[AmendmentKind, str], ...] = (
    ("redesignate", r"redesignat\w+"),
    ("reinstate", r"reinstat\w+|lift\w* the stay"),
    ("stay", r"\bstay(?:ed|ing|s)?\b|suspend\w*"),
    ("correct", r"correct\w+"),
    ("remove", r"remov\w+"),
    ("revise", r"revis\w+|amend(?:ing|ed) the entr"),
    ("add", r"\badd\w*"),
)
_VERB = re.compile("|".join(f"(?P<{kind}>{words})" for kind, words in _VERBS), re.IGNORECASE)
_QUOTED = re.compile(r"[“\"](?P<name>[^“”\"]{2,300})[”\"]")
_SECTION = re.compile(
    r"(?P<section>supplement no\. ?\d+ to part \d+|section \d+\.\d+|§ ?\d+\.\d+)", re.IGNORECASE
)
_INSTRUCTION_DATE = re.compile(rf"effective (?:on )?(?P<on>{_DATE})", re.IGNORECASE)
_STARS = re.compile(r"(?:\*\s*){2,}")
_STAR_COLUMNS = frozenset({"22", "28"})


def read_documents(document: Document, account: Account) -> Iterator[FederalRegisterDocument]:
    """The documents of one file: a page or list of API answers, or one or more full texts.

    Raises HeldBack for a copy from public inspection and for damaged files, LayoutChanged for an unknown shape.
    """
    if _INSERT.search(document.data.decode("utf-8", errors="replace")):
        raise HeldBack(
            f"{document.name}: a copy from public inspection ([INSERT ...] stands where pages and dates belong). "
            f"Get the document again after its publication."
        )
    if document.format == "json":
        yield from _from_api(document, account)
    elif document.format == "xml":
        yield from _from_full_text(document, account)
    else:
        raise HeldBack(
            f"{document.name}: this is {document.format}, not JSON or XML of the Federal Register. Get it again."
        )


def next_page(document: Document) -> str | None:
    """The address of the page that follows an answer of the API; None for the last one and for full texts."""
    body = json_document(document) if document.format == "json" else None
    found = body.get("next_page_url") if isinstance(body, dict) else None
    return str(found) if found else None


def _from_api(document: Document, account: Account) -> Iterator[FederalRegisterDocument]:
    body = json_document(document)
    rows = body if isinstance(body, list) else None
    if isinstance(body, dict):
        rows = body.get("results") or body.get("rules") or ([body] if "document_number" in body else None)
    if not isinstance(rows, list):
        raise LayoutChanged(
            f"{document.name}: no list of documents. This is not an answer of the Federal Register."
        )
    for number, fields in enumerate(rows, start=1):
        if not isinstance(fields, dict) or not fields.get("document_number"):
            account.refuse(number, "no document number", str(fields))
            continue
        row = Row(fields, number, account)
        found = _metadata(row)
        row.ignore(*_IGNORED)
        row.close()
        account.entries += 1
        yield found


def _metadata(row: Row) -> FederalRegisterDocument:
    cited = parse_citations(row.text("citation") or row.text("fr_citation")).found
    row.text("fr_citation")
    citation = cited[0] if cited else None
    dates, published = row.text("dates"), parse_day(row.text("publication_date"))
    volume = _whole(row.text("volume")) or (citation.volume if citation else None)
    effective = _effective_dates(dates)
    if not effective and (day := parse_day(row.text("effective_on"))):
        effective = (EffectiveDate(day),)
    row.text("effective_on")
    title, abstract = row.text("title"), row.text("abstract")
    number = row.text("document_number")
    return FederalRegisterDocument(
        document=number,
        title=title,
        type=row.text("type") or None,
        action=row.text("action") or None,
        abstract=abstract or None,
        volume=volume or (published.year - FIRST_VOLUME_YEAR if published else None),
        first_page=_whole(row.text("start_page")) or (citation.page if citation else None),
        last_page=_whole(row.text("end_page")),
        published_on=published,
        effective=effective,
        dates=dates or None,
        cfr=tuple(f"{ref.get('title')} CFR {ref.get('part')}" for ref in row.get("cfr_references") or ()),
        dockets=(*row.many("docket_ids"), *row.many("docket_id")),
        rins=row.many("regulation_id_numbers"),
        correction_of=_document_number(row.text("correction_of")),
        corrections=tuple(filter(None, map(_document_number, row.many("corrections")))),
        suspends=_suspended(title, abstract),
        url=row.text("html_url") or row.text("url") or None,
    )


def _from_full_text(document: Document, account: Account) -> Iterator[FederalRegisterDocument]:
    root = root_of(document)
    if root in _ROOTS:
        # One document alone: its parts are the records.
        names = ("PREAMB", "SUPLINF", "FRDOC", "BILCOD", "PRTPAGE")
        parts = list(_copied(document, root, names, account))
        yield _full_text(root, parts, account)
        return
    records = dict.fromkeys(_ROOTS, Vocabulary("*"))
    for element in read_records(document, root, _FRAMES, records, account):
        yield _full_text(str(element.tag), [element], account)


def _copied(document: Document, root: str, names: Sequence[str], account: Account) -> Iterator[Element]:
    for element in read_records(document, root, "", dict.fromkeys(names, Vocabulary("*")), account):
        yield copy.deepcopy(element)


def _full_text(kind: str, parts: Sequence[Element], account: Account) -> FederalRegisterDocument:
    def texts(path: str) -> list[str]:
        return [text for part in parts for e in part.iter(path) if (text := _words(e))]

    filed = _FILED.search(" ".join(texts("FRDOC")))
    number = filed["number"].replace("–", "-") if filed else ""
    if not number:
        account.refuse(1, "no document number", " ".join(texts("SUBJECT")))
    pages = [int(page) for part in parts for e in part.iter("PRTPAGE") if (page := e.get("P", "")).isdigit()]
    dates = " ".join(_words(p) for part in parts for e in part.iter("EFFDATE", "DATES") for p in e.iter("P"))
    summary = " ".join(_words(p) for part in parts for e in part.iter("SUM") for p in e.iter("P"))
    inspected = _filed_on(filed["day"]) if filed else None
    title = " ".join(texts("SUBJECT"))
    effective = _effective_dates(dates)
    account.entries += 1
    corrects = _CORRECTS.search(f"{summary} {dates}") if "correct" in title.lower() else None
    return FederalRegisterDocument(
        document=number,
        title=title,
        type={"RULE": "Rule", "PRORULE": "Proposed Rule", "NOTICE": "Notice"}.get(kind),
        action=" ".join(_words(p) for part in parts for e in part.iter("ACT") for p in e.iter("P")) or None,
        abstract=summary or None,
        volume=_volume_of(inspected),
        first_page=min(pages, default=None),
        last_page=max(pages, default=None),
        inspected_on=inspected,
        announced_on=inspected,
        effective=effective,
        dates=dates or None,
        cfr=tuple(dict.fromkeys(ref for text in texts("CFR") for ref in _parts(text))),
        dockets=tuple(text.strip("[]").removeprefix("Docket No. ") for text in texts("DEPDOC")),
        rins=tuple(text.removeprefix("RIN ") for text in texts("RIN")),
        correction_of=corrects["number"].replace("–", "-") if corrects else None,
        suspends=_suspended(title, summary),
        amendments=tuple(a for part in parts for text in part.iter("REGTEXT") for a in _amendments(text)),
    )


def joined(metadata: FederalRegisterDocument, full_text: FederalRegisterDocument) -> FederalRegisterDocument:
    """One document from its metadata and its full text: each gives what the other leaves out.

    Raises LayoutChanged when they are not the same document.
    """
    if metadata.document != full_text.document:
        raise LayoutChanged(
            f"{metadata.document} and {full_text.document} are two documents and cannot be joined."
        )
    fields = {
        name: getattr(full_text, name)
        for name in metadata.__struct_fields__
        if getattr(metadata, name) in (None, ()) and getattr(full_text, name) not in (None, ())
    }
    if full_text.effective and not any(date.scope for date in metadata.effective):
        # The metadata gives only the first day where the text states several.
        fields |= {"effective": full_text.effective, "dates": full_text.dates}
    return msgspec.structs.replace(metadata, **fields)


def _amendments(regtext: Element) -> Iterator[Amendment]:
    """What one amended text does: rows of its tables by the instruction that names them, and what is removed."""
    place = f"Part {regtext.get('PART')}"
    section = place
    instructions: list[tuple[AmendmentKind, str, str]] = []
    named: set[str] = set()
    destination: str | None = None
    for element in regtext.iter("AMDPAR", "GPOTABLE"):
        if element.tag == "AMDPAR":
            text = _words(element)
            if match := _SECTION.search(text):
                section = _titled(match["section"])
            for kind, clause in _clauses(text, instructions[-1][0] if instructions else None):
                instructions.append((kind, clause, section))
        else:
            for row in _rows(element):
                destination = row[0].upper() or destination
                if len(row) < 2 or not row[1]:
                    continue
                name = _name_of(row[1])
                kind, instruction = _instruction_for(name, instructions)
                named.add(_key(name))
                yield Amendment(kind, section, instruction, destination, name, row, _day_of(instruction))
    for kind, clause, where in instructions:
        heading = None
        for match in _QUOTED.finditer(clause):
            name = tidy_name(match["name"])
            if name.isupper():
                heading = name
            elif _key(name) not in named:
                yield Amendment(kind, where, clause, heading, name, (), _day_of(clause))


def _clauses(text: str, inherited: AmendmentKind | None) -> Iterator[tuple[AmendmentKind, str]]:
    """The clauses of an instruction, each with its verb; a clause without one goes on with the verb before it."""
    matches = list(_VERB.finditer(text))
    if not matches:
        if inherited and _QUOTED.search(text):
            yield inherited, text
        return
    for place, match in enumerate(matches):
        end = matches[place + 1].start() if place + 1 < len(matches) else len(text)
        begin = match.start() if place else 0
        kind: AmendmentKind = match.lastgroup  # type: ignore[assignment]
        yield kind, text[begin:end].strip()


def _instruction_for(
    name: str, instructions: Sequence[tuple[AmendmentKind, str, str]]
) -> tuple[AmendmentKind, str]:
    """The instruction that quotes an entry; else the only one that adds or revises; else none is known."""
    for kind, clause, _ in instructions:
        if any(_same(match["name"], name) for match in _QUOTED.finditer(clause)):
            return kind, clause
    bringing = {(kind, clause) for kind, clause, _ in instructions if kind in ("add", "revise", "correct")}
    if len({kind for kind, _ in bringing}) == 1:
        return next(iter(sorted(bringing)))
    return "unclassified", " ".join(clause for _, clause, _ in instructions)


def _same(quoted: str, name: str) -> bool:
    one, other = _key(quoted), _key(name)
    return bool(one) and (one == other or other.startswith(one) or one.startswith(other))


def _key(name: str) -> str:
    """A name without case and punctuation, which instructions and tables print differently."""
    return re.sub(r"\W+", "", name).casefold()


def _rows(table: Element) -> Iterator[tuple[str, ...]]:
    """The rows of a table fragment without the star rows, which stand for entries left out."""
    for row in table.iter("ROW"):
        cells = [_lines(ent) for ent in row.iterchildren("ENT")]
        columns = {ent.get("I", "") for ent in row.iterchildren("ENT")}
        if all(not cell or _STARS.fullmatch(cell) for cell in cells):
            continue
        if columns & _STAR_COLUMNS and not any(cell and not _STARS.fullmatch(cell) for cell in cells[1:]):
            cells = [cells[0], *([""] * 4)]
        yield tuple(cells)


def _name_of(cell: str) -> str:
    """The name that an entity cell lists first."""
    bodies = read_cell(cell)
    return bodies[0].name if bodies else cell


def _lines(ent: Element) -> str:
    """The text of a table cell; line items begin lines of their own."""
    parts = [ent.text or ""]
    for child in ent:
        text = "".join(child.itertext())
        parts.append(f"\n{text}" if child.tag == "LI" else text)
        parts.append(child.tail or "")
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


def _effective_dates(text: str) -> tuple[EffectiveDate, ...]:
    """The days of effect that a DATES paragraph states, each with its scope, in printed order."""
    found = []
    for match in _EFFECTIVE.finditer(" ".join(text.split())):
        on = parse_day(match["on"])
        if on is None:
            continue
        scope = re.sub(
            r"^except(?: for)? |,?\s*(?:which|that|and)?\s*(?:is|are) $", "", match["scope"] or ""
        ).strip(" ,")
        found.append(EffectiveDate(on, parse_day(match["until"] or ""), scope or None))
    return tuple(found)


def _suspended(title: str, summary: str) -> tuple[str, ...]:
    """The rules that a document stays or delays, as it names them: by citation, or by their title in quotes."""
    if not re.search(r"\bstay|suspen|delay", f"{title} {summary}", re.IGNORECASE):
        return ()
    cited = (str(citation) for citation in parse_citations(summary).found)
    return (*cited, *(match["name"].strip(" ,.") for match in _QUOTED.finditer(summary)))


def _day_of(instruction: str) -> dt.date | None:
    match = _INSTRUCTION_DATE.search(instruction)
    return parse_day(match["on"]) if match else None


def _document_number(text: str) -> str | None:
    """The number at the end of an address of the API, or the number itself."""
    match = re.search(r"([A-Z]?\d{1,4}-\d{3,6})(?:\.json)?$", text)
    return match[1] if match else None


def _parts(text: str) -> Iterator[str]:
    title = re.match(r"\s*(\d+) CFR Parts?\s+(.*)", text)
    if title:
        yield from (f"{title[1]} CFR {part}" for part in re.findall(r"\d+", title[2]))


def _titled(section: str) -> str:
    supplement = re.match(r"supplement no\. ?(\d+) to part (\d+)", section, re.IGNORECASE)
    if supplement:
        return f"Supplement No. {supplement[1]} to Part {supplement[2]}"
    return re.sub(r"^(?:section|§) ?", "", section, flags=re.IGNORECASE)


def _filed_on(text: str) -> dt.date | None:
    return parse_day(text.replace("-", "/"))


def _volume_of(filed: dt.date | None) -> int | None:
    """The volume of a document by the day it was filed: it is printed some days later, so in December either may be."""
    return filed.year - FIRST_VOLUME_YEAR if filed and filed.month < 12 else None


def _whole(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())
