"""The procedure: every rule is asked of every case, all findings are kept, the most severe is the outcome.

A pure function of the transaction, the matches of its parties and the rules. What the law leaves unknown
stays unknown; a listing that cannot be read reaches everything.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ringfence.decisions import facts as f
from ringfence.decisions.decision import (
    OUTCOMES,
    POLICIES,
    TESTS,
    Decision,
    Finding,
    ItemSubject,
    MatchShown,
    Outcome,
    ReviewPolicy,
    TestRun,
    most_severe,
    strictest,
)
from ringfence.decisions.facts import Case, Sheet
from ringfence.decisions.party import Find
from ringfence.decisions.rule import InForce, Rule, rules
from ringfence.decisions.truth import Missing
from ringfence.graph.regimes import RuleStatus
from ringfence.records import Listing
from ringfence.records.codec import canonical, digest
from ringfence.records.transaction import Transaction

_AUTHORIZATIONS = {
    "bis_license": "BIS license",
    "exception": "license exception",
    "tgl_certification": "certification under the temporary general license",
    "ofac_license": "OFAC license",
    "uvl_statement": "UVL statement",
}


def decide(
    transaction: Transaction,
    find: Find,
    *,
    affiliates_rule: RuleStatus | None = None,
    upcoming: Find | None = None,
    asked: Iterable[Rule] | None = None,
) -> Decision:
    """The decision for one transaction, without provenance, which the caller adds.

    `find` gives the listings in force on the day that a party may be. `affiliates_rule` is the status of the
    Affiliates rule where the table does not know it; it never overrules what the table knows. `upcoming` gives the
    listings that are announced for a later day.
    """
    given = affiliates_rule if _affiliates_unknown(transaction.on) else None
    sheet = Sheet(transaction, find, affiliates_rule=given, upcoming=upcoming)
    displaced: set[tuple[str, int | None, int | None, str | None]] = set()
    findings: list[Finding] = []
    for rule in rules() if asked is None else asked:
        interval = rule.interval(transaction.on)
        if interval is None:
            continue
        if given and interval.status == "unknown":
            interval = msgspec.structs.replace(interval, status=given)
        if rule.last:
            sheet.license_required = any(one.outcome == "license_required" for one in findings)
        for case in _cases(sheet, rule):
            if _is_stayed(case) and not rule.asks_for_stays:
                continue  # a stayed entry has no effect under any rule
            place = _place(case)
            if (rule.id, *place) in displaced:
                continue
            truth = f.condition(case, rule.when)
            if truth is False:
                continue
            if truth is True:
                displaced |= {(other, *place) for other in rule.displaces}
            finding = _finding(rule, interval, case, truth)
            if finding is not None and finding not in findings:
                findings.append(finding)
    order = list(TESTS)
    findings.sort(key=lambda one: (order.index(one.test), OUTCOMES.index(one.outcome), one.rule))
    return _decision(sheet, tuple(findings))


def _affiliates_unknown(on: dt.date) -> bool:
    return any(
        interval.status == "unknown" and interval.holds(on)
        for rule in rules()
        if rule.id == "affiliates"
        for interval in rule.in_force
    )


def _place(case: Case) -> tuple[int | None, int | None, str | None]:
    return (
        case.party.place if case.party else None,
        case.item,
        case.found.listing.id if case.found else None,
    )


def _is_stayed(case: Case) -> bool:
    return case.found is not None and case.found.sure and case.listing.stayed


def _cases(sheet: Sheet, rule: Rule) -> Iterator[Case]:
    """Everything that a rule looks at, one by one."""
    over = rule.for_each.removesuffix("_item")
    items: Iterable[int | None] = range(len(sheet.items)) if "item" in rule.for_each else (None,)
    if over in ("transaction", "item"):
        yield from (Case(sheet, item) for item in items)
        return
    for party in sheet.parties:
        for item in items:
            match over:
                case "party":
                    yield Case(sheet, item, party)
                case "listing":
                    yield from (Case(sheet, item, party, found) for found in party.found)
                case "owner":
                    yield from (Case(sheet, item, party, owner.found, owner) for owner in party.owners)
                case "upcoming":
                    yield from (Case(sheet, item, party, found) for found in sheet.upcoming(party))
                case "owner_listing":
                    yield from (
                        Case(sheet, item, party, found)
                        for found in (*party.owner_listings, *party.resembling_owners)
                    )


def _finding(rule: Rule, interval: InForce, case: Case, truth: bool | Missing) -> Finding | None:
    outcome: Outcome = rule.outcome
    wanting: Missing = truth if isinstance(truth, Missing) else Missing()
    if interval.status in ("stayed", "absent"):
        if rule.when_not_in_force == "nothing":
            return None
        outcome, wanting = rule.when_not_in_force, Missing()
    elif interval.status == "unknown":
        outcome = "indeterminate"
        wanting = wanting | Missing((f"the status of the rule on {case.on}",))  # type: ignore[assignment]
    elif wanting:
        if rule.when_unknown == "nothing":
            return None
        outcome = "indeterminate"
    reservation = case.listing.reservation if case.found else None
    if reservation and OUTCOMES.index(outcome) <= OUTCOMES.index("indeterminate"):
        outcome, wanting = "indeterminate", wanting | Missing((f.whether_in_force(case),))  # type: ignore[assignment]
    policy: ReviewPolicy = "none"
    if outcome == "license_required" and rule.review_policy != "none":
        policy, unsure = _policy(rule, case)
        wanting = unsure
    exceptions = tuple(rule.license_exceptions)
    if case.found and case.listing.license_requirement:
        exceptions = (*exceptions, *case.listing.license_requirement.license_exceptions)
    words = _words(case)
    conditions = tuple(condition.format_map(words) for condition in rule.conditions)
    if outcome in ("license_required", "prohibited") and (held := _held(rule, case, exceptions)):
        outcome, policy, wanting = "conditional", "none", Missing()
        conditions = (
            f"the {held} covers this item, these parties and this use, and its terms are kept",
            *conditions,
        )
    text = rule.text.format_map(words)
    if interval.status != "in_force" and interval.note:
        text = f"{text} {interval.note.format_map(words)}"
    if reservation:
        text = f"{text} But {reservation.text}."
    if wanting:
        text = f"{text} Not known: {', '.join(sorted(wanting))}."
    held_back = rule.hold or (rule.hold_when_unknown and outcome == "indeterminate")
    return Finding(
        rule=rule.id,
        test=rule.test,
        title=rule.title,
        rule_in_force=(interval.since, interval.until),
        rule_status=interval.status,
        citation=(*rule.citation, *_entry_citations(case)),
        link=rule.link,
        outcome=outcome,
        text=text,
        party=case.stated.name if case.party else None,
        role=case.stated.role if case.party else None,
        item=case.facts.path if case.item is not None else None,
        listing=case.listing.id if case.found else None,
        listing_version=digest(canonical(case.listing)) if case.found else None,
        listing_text=_as_listed(case.listing) if case.found else None,
        match=_match(case),
        owner=case.owner.found.matched if case.owner else None,
        ownership=case.owner.arithmetic if case.owner else None,
        review_policy=policy,
        license_exceptions=exceptions if outcome == "license_required" else (),
        conditions=conditions if outcome == "conditional" else (),
        missing=tuple(sorted(wanting)),
        hold=held_back,
    )


def _policy(rule: Rule, case: Case) -> tuple[ReviewPolicy, Missing]:
    if rule.review_policy != "entry":
        return rule.review_policy, Missing()  # type: ignore[return-value]
    policy, wanting = f.entry_policy(case)
    return (policy if policy in POLICIES else "indeterminate"), wanting


def _held(rule: Rule, case: Case, exceptions: tuple[str, ...]) -> str | None:
    """The authorization claimed that this rule accepts, in words; None where there is none."""
    for authorization in case.transaction.authorizations:
        named = f"{_AUTHORIZATIONS[authorization.kind]} {authorization.id or ''}".strip()
        if authorization.kind == "exception":
            opened = any(
                exception.split()[0] == (authorization.id or "").split(" ")[0] for exception in exceptions
            )
            if case.sheet.exceptions_suspended or not (opened or "exception" in rule.cured_by):
                continue
            return named
        if authorization.kind in rule.cured_by:
            return named
    return None


def _entry_citations(case: Case) -> tuple[str, ...]:
    return tuple(str(citation) for citation in case.listing.citations) if case.found else ()


def _as_listed(listing: Listing) -> dict[str, Any]:
    """The entry as the list prints it, for the memo: what a reader would look up."""
    requirement, policy = listing.license_requirement, listing.license_review_policy
    said = {
        "name": listing.party.name,
        "list": listing.list,
        "license_requirement": requirement.text if requirement else None,
        "license_review_policy": policy.text if policy else None,
        "footnotes": list(listing.footnotes),
        "programs": list(listing.programs),
        "directives": list(listing.directives),
        "citations": [str(citation) for citation in listing.citations],
        "valid_from": listing.valid_from,
        "valid_until": listing.valid_until,
        "reservation": listing.reservation.text if listing.reservation else None,
    }
    return {key: value for key, value in said.items() if value}


def _match(case: Case) -> MatchShown | None:
    if case.found is None:
        return None
    found = case.found
    return MatchShown(
        sure=found.sure, score=found.score, matched_name=found.matched, by=found.by, reasons=found.reasons
    )


def _words(case: Case) -> dict[str, Any]:
    """What the words in braces of a rule's text stand for in this case."""
    said: dict[str, Any] = dict.fromkeys(
        (
            "party",
            "role",
            "listed",
            "list",
            "owner",
            "share",
            "item",
            "effective",
            "entry",
            "program",
            "term",
        ),
        "?",
    )
    said |= {
        "day": case.on,
        "destination": case.sheet.destination or "the destination",
        "credit": case.transaction.credit_days,
        "contradiction": "; ".join(f"{path}: {why}" for path, why in f.contradictions(case)),
    }
    if case.item is not None:
        stated = case.facts.stated
        said["item"] = stated.description or stated.classification or case.facts.path
        # Where it is not known, what grounds there are do not settle it.
        grounds = () if isinstance(case.subject.truth, Missing) else case.subject.grounds
        said["grounds"] = "; ".join(grounds) or "not known"
    if case.party is not None:
        said["party"], said["role"] = case.stated.name, case.stated.role.replace("_", " ")
    if case.found is not None:
        listing = case.listing
        said |= {
            "listed": listing.party.name,
            "list": listing.list,
            "entry": listing.license_requirement.text.strip().rstrip(".")
            if listing.license_requirement
            else "all items",
            "effective": listing.valid_from or "a day not stated",
            "published": listing.valid_until or "open",
            "score": f"{case.found.score:.2f}",
        }
        program = f.program_of(case) if listing.list == "us_ofac_sdn" else None
        said["program"] = f"{program.program} ({program.section})" if program else ", ".join(listing.programs)
        terms = f.debt_terms(case)
        said["term"] = " or ".join(map(str, terms)) or "the directive's"
        if dates := f.cmic_dates(listing):
            said["effective_cmic"], said["divest_by"] = dates
    if case.owner is not None:
        said["owner"], said["share"] = case.owner.found.matched, case.owner.arithmetic
    for word in ("effective_cmic", "divest_by", "grounds", "score", "published"):
        said.setdefault(word, "not stated")
    return said


def _decision(sheet: Sheet, findings: tuple[Finding, ...]) -> Decision:
    transaction = sheet.transaction
    outcome = most_severe(finding.outcome for finding in findings)
    required = [finding for finding in findings if finding.outcome == "license_required"]
    opened = [set(finding.license_exceptions) for finding in required]
    exceptions = sorted(set.intersection(*opened)) if opened else []
    return Decision(
        id=transaction.id,
        on=transaction.on,
        outcome=outcome,
        review_policy=strictest(finding.review_policy for finding in required),
        license_exceptions=tuple(exceptions),
        conditions=tuple(dict.fromkeys(c for finding in findings for c in finding.conditions)),
        missing=tuple(sorted({fact for finding in findings for fact in finding.missing})),
        hold=any(finding.hold for finding in findings),
        summary=_summary(outcome, findings, transaction),
        items=tuple(_subject(sheet, place) for place in range(len(sheet.items))),
        findings=findings,
        tests=tuple(_tests(sheet, findings)),
    )


def _subject(sheet: Sheet, place: int) -> ItemSubject:
    subject = sheet.subjects[place]
    unknown = isinstance(subject.truth, Missing)
    return ItemSubject(
        item=sheet.items[place].path,
        subject_to_ear="unknown" if unknown else "yes" if subject.truth else "no",
        grounds=subject.grounds,
        citation=subject.citation,
        missing=tuple(sorted(subject.truth)) if isinstance(subject.truth, Missing) else (),
    )


def _tests(sheet: Sheet, findings: tuple[Finding, ...]) -> Iterator[TestRun]:
    for test, title in TESTS.items():
        if test == "T2" and sheet.items:
            told = {_subject(sheet, place).subject_to_ear for place in range(len(sheet.items))}
            yield TestRun(test=test, title=title, outcome=" and ".join(sorted(told)))
            continue
        found = [finding.outcome for finding in findings if finding.test == test]
        yield TestRun(test=test, title=title, outcome=most_severe(found) if found else "nothing")


_SUMMARIES: dict[Outcome, str] = {
    "prohibited": "Prohibited on {day}",
    "license_required": "A license is required on {day}",
    "indeterminate": "Not to be told for {day} before a fact is known",
    "conditional": "May go ahead on {day} if the conditions are met",
    "red_flag": "No requirement found for {day}, but a duty to inquire",
    "out_of_scope": "Outside these rules on {day}: another regime must be checked",
    "no_requirement_found": "No requirement found for {day} in the lists checked",
}


def _summary(outcome: Outcome, findings: tuple[Finding, ...], transaction: Transaction) -> str:
    """The answer in one or two sentences."""
    head = _SUMMARIES[outcome].format(day=transaction.on)
    lead = next((finding.text for finding in findings if finding.outcome == outcome), "")
    return f"{head}. {lead}".strip()
