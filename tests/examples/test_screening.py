"""The shipped example does what stands beside it, against the bundled reference set."""

import csv
import datetime as dt
from pathlib import Path

import pytest

from ringfence import Engine, Settings
from ringfence.interfaces.batch import find_columns, open_table, read_queries

EXAMPLES = Path(__file__).parents[2] / "examples"
NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, set[str]]]:
    folder = tmp_path_factory.mktemp("example")
    settings = Settings(store=str(folder / "none.db"), cache=str(folder))
    with Engine.open(settings, now=NOW) as engine, open_table(str(EXAMPLES / "suppliers.csv")) as table:
        queries = [query for query, _ in read_queries(table, find_columns(table, [])) if query is not None]
        found = list(engine.screen(queries))
    return {a.query.id or "": (a.outcome, {hit.listing for hit in a.hits}) for a in found}


def expected() -> list[dict[str, str]]:
    with (EXAMPLES / "suppliers.expected.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(line for line in handle if not line.startswith("#")))


@pytest.mark.parametrize("row", expected(), ids=lambda row: next(iter(row.values())))
def test_a_supplier_has_the_outcome_that_stands_beside_it(
    row: dict[str, str], answers: dict[str, tuple[str, set[str]]]
) -> None:
    supplier, outcomes, listing, why = list(row.values())[:4]
    outcome, listings = answers[supplier]
    assert outcome in outcomes.split("|"), why
    if listing and outcome != "no_match":
        assert listings & set(listing.split("|")), why
