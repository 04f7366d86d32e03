"""Refusals and remarks in Chinese: every one that a page can show is read off the source, and must be translated."""

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import ringfence
from ringfence import errors
from ringfence.interfaces.language.said import said

HOME = Path(ringfence.__file__).parent
OF_OPERATORS = {
    "SettingsError",
    "RuleError",
    "SourceError",
    "FetchFailed",
    "LayoutChanged",
    "HeldBack",
    "WrongSchema",
}
"""What goes wrong when a service is set up or lists are refreshed: told in the terminal or the log, not on a page."""
REFUSALS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.RingfenceError)
} - OF_OPERATORS
NOT_BEHIND_PAGES = (
    "interfaces/cli/", "interfaces/web/dialects/", "sources/lists/", "sources/ofac/", "sources/ear/",
    "sources/document.py", "sources/fetch.py", "sources/private_list.py", "sources/xml_records.py", "sources/uk_tables.py",
    "sources/checks.py", "sources/registry.py", "sources/party_parts.py", "interchange/", "matching/", "watch/", "refresh.py",
    "settings.py", "store/backup.py", "store/journal.py", "store/transfer.py", "store/address.py", "store/access_tables.py",
    "interfaces/batch/chunks.py", "interfaces/batch/dispositions.py", "interfaces/batch/orders.py",
    "interfaces/batch/report.py", "interfaces/batch/spark.py", "interfaces/batch/spark_ownership.py",
    "interfaces/batch/unfinished.py", "spark.py", "decisions/rule.py", "decisions/tables.py", "decisions/verify_export.py",
)  # fmt: skip
"""Modules that only the terminal, another door, or a refresh comes to."""
REMARKING = (
    "interfaces/batch/columns.py", "interfaces/batch/amounts.py", "interfaces/batch/table.py",
    "sources/links/table.py", "sources/links/shares.py", "sources/links/gleif.py", "sources/links/bods.py",
    "sources/links/ftm.py", "sources/links/filings.py", "sources/links/exhibit_21.py",
)  # fmt: skip
"""Modules whose sentences are remarks on the rows of a file."""
BEFORE = {"interfaces/batch/amounts.py": "the amount 'Abc' "}
"""What a module puts before the sentences that it raises."""
SAYING = {"append", "_refuse", "_remark", "ValueError"}


def sentences() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Where a sentence stands, and its parts: fixed texts and, as "", values."""
    for path in sorted(HOME.rglob("*.py")):
        name = path.relative_to(HOME).as_posix()
        if name.startswith(NOT_BEHIND_PAGES):
            continue
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
            if called in REFUSALS or (name in REMARKING and called in SAYING):
                spoken = node.args[1] if called in {"_refuse", "_remark"} else node.args[0]
                if isinstance(spoken, ast.JoinedStr | ast.Constant) and (parts := parts_of(spoken)):
                    yield f"{name}:{node.lineno}", parts


def parts_of(spoken: ast.JoinedStr | ast.Constant) -> tuple[str, ...]:
    """The fixed parts of a text, with a mark for each kind of value between them."""
    if isinstance(spoken, ast.Constant):
        return (spoken.value,) if isinstance(spoken.value, str) and " " in spoken.value else ()
    parts = [
        part.value
        if isinstance(part, ast.Constant)
        else "\0quoted"
        if part.conversion == ord("r")
        else "\0number"
        if part.format_spec is not None and "," in ast.unparse(part.format_spec)
        else "\0value"
        for part in spoken.values
    ]
    words = " ".join(str(part) for part in parts if not str(part).startswith("\0"))
    return tuple(map(str, parts)) if len(re.findall(r"[A-Za-z_]{2,}", words)) > 1 else ()


FOUND = list(sentences())
SAMPLES = (
    "12", "'Abc'", "", "row 3: ", " (said once for all rows)", "an amount", "the name is empty", "a folder", "a zip archive",
    "unknown field 'Abc'", "there is no such file",
)  # fmt: skip
"""What may stand for a value; those of one sentence are not of one kind."""


def test_there_are_sentences() -> None:
    assert len(FOUND) > 200


@pytest.mark.parametrize(("where", "parts"), FOUND, ids=[where for where, _ in FOUND])
def test_a_refusal_or_remark_is_said_in_chinese(where: str, parts: tuple[str, ...]) -> None:
    values = sum(part == "\0value" for part in parts)
    tried = [(one,) * values for one in SAMPLES]
    tried += itertools.product(SAMPLES, repeat=values) if 1 < values < 4 else ()
    fixed = [part.strip(" :;,.()'\"") for part in parts if not part.startswith("\0")]
    fixed = [part for part in fixed if len(re.findall(r"[A-Za-z_]{2,}", part)) > 1]
    left: list[str] = []
    for chosen in tried:
        of_values = iter(chosen)
        text = BEFORE.get(where.partition(":")[0], "") if parts[0].startswith(("is ", "can ")) else ""
        text += "".join(
            {"\0quoted": "'Abc'", "\0number": "12"}.get(part)
            or (next(of_values) if part == "\0value" else part)
            for part in parts
        )
        told = said(text, "zh")
        shown = "".join(one.text for one in told)
        if not told[0].original and not any(part in shown for part in fixed):
            return
        left.append(shown)
    pytest.fail(f"say it in messages/zh/said_refusals.toml or said_remarks.toml: {min(left, key=len)!r}")
