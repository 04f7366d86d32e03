"""Alerts as files, for audits: every decision with the evidence compared, who made it, with whom, and what became of it."""

import csv
from collections.abc import Iterable
from pathlib import Path

from ringfence.errors import InputError
from ringfence.interfaces.batch.pieces import neutralized
from ringfence.records.codec import to_json
from ringfence.review import Alert

DISPOSITION_COLUMNS = (
    "alert", "cause", "state", "source", "party_id", "party", "listing", "listed_as", "score", "raised_at", "assigned_to",
    "verdict", "reason", "text", "by", "at", "second_reviewer", "second_at", "status", "ended_at", "ended_because",
    "rests_on", "expires_on", "versions", "listing_version", "snapshot", "events",
)  # fmt: skip


def write_alerts(path: Path, found: Iterable[Alert]) -> int:
    """Write alerts by the ending of the name, `.jsonl` (each in full) or `.csv` (a row a decision); how many.

    The file is written whole or not at all. Raises InputError.
    """
    if path.suffix not in {".jsonl", ".csv"}:
        raise InputError(f"{path}: alerts are written as .jsonl or .csv.")
    as_csv = path.suffix == ".csv"
    part = path.with_name(f"{path.name}.part")
    count = 0
    try:
        with part.open("w", encoding="utf-8-sig" if as_csv else "utf-8", newline="") as file:
            writer = csv.writer(file)
            if as_csv:
                writer.writerow(DISPOSITION_COLUMNS)
            for one in found:
                count += 1
                if as_csv:
                    writer.writerows([neutralized(cell) for cell in row] for row in disposition_rows(one))
                else:
                    file.write(to_json(one).decode() + "\n")
        part.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}).") from None
    finally:
        part.unlink(missing_ok=True)
    return count


def disposition_rows(alert: Alert) -> Iterable[tuple[str, ...]]:
    """One row a decision on an alert, the latest last; one row with empty cells where there is none."""
    one, case = alert.standing, alert.case
    begins = (str(one.alert), case.cause, one.state, one.source, one.subject, case.facts.name, one.listing,
              case.listed.name, f"{one.score:.4f}", alert.events[0].at.isoformat(), one.assigned_to or "")  # fmt: skip
    ends = (case.listing_version, case.basis.snapshot or "", str(len(alert.events)))
    decisions = [*alert.earlier, *([alert.disposition] if alert.disposition else [])]
    for decision in decisions:
        because = "; ".join(
            [*map(str, decision.changes), *([decision.ended_why] if decision.ended_why else [])]
        )
        yield (
            *begins,
            decision.verdict,
            decision.reason,
            decision.text,
            decision.by,
            decision.at.isoformat(),
            decision.approved_by or "",
            decision.approved_at.isoformat() if decision.approved_at else "",
            decision.status,
            decision.ended_at.isoformat() if decision.ended_at else "",
            because,
            ", ".join(decision.rests_on),
            str(decision.expires_on or ""),
            decision.versions,
            *ends,
        )
    if not decisions:
        yield (*begins, *("" for _ in range(len(DISPOSITION_COLUMNS) - len(begins) - len(ends))), *ends)
