"""What was typed by hand against the Code of Federal Regulations, read here in the simplest way."""

import gzip
import re
from pathlib import Path

import pytest
from lxml import etree

from ringfence.sources.lists.us_reference_2019.parse import _EntityList, _Entry, _Rules, table

ENTRIES = table("entity_list.toml", _EntityList).entries
RULES = table("rules.toml", _Rules)

# The eCFR of July 2026 respells one name; the reference set keeps the form of October 2019.
RESPELLED = {
    "Xinjiang Uighur Autonomous Region (XUAR) People's Government Public Security Bureau": "Xinjiang Uyghur"
}


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[list[str]]:
    """The rows of supplement no. 4, each cell as plain text with its white space folded."""
    path = shared / "data/us/ecfr/title-15_part-744_2026-07-23.xml.gz"
    tree = etree.fromstring(gzip.decompress(path.read_bytes()))
    found = []
    for row in tree.iter("TR"):
        for mark in row.iter("sup"):
            mark.text = ""
        found.append([re.sub(r"\s+", " ", "".join(cell.itertext())).strip() for cell in row.iter("TD")])
    return [row for row in found if len(row) == 5]


def row_of(entry: _Entry, rows: list[list[str]]) -> list[str]:
    start = RESPELLED.get(entry.name, entry.name)
    matching = [row for row in rows if row[1].startswith(start) and "FR" in row[4]]
    # `Huawei Device Co., Ltd.` must not meet a longer name that begins alike.
    return next(row for row in matching if start in RESPELLED.values() or row[1][len(start)] == ",")


def bare(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


@pytest.mark.shared
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_reads_as_codified(entry: _Entry, rows: list[list[str]]) -> None:
    _, cell, requirement, policy, citations = row_of(entry, rows)

    pages = re.findall(r"(\d+ FR \d+), (\d+)/(\d+)/(\d+)", citations)
    assert [page for page, *_ in pages] == list(entry.cited)
    for page, month, day, year in pages:
        published = RULES.of_page(page).published
        assert (published.month, published.day, published.year % 100) == (int(month), int(day), int(year))

    if not entry.name.startswith(("Kezilesu", "Huawei Technologies Co")):
        assert all(bare(alias) in bare(cell) for alias in entry.aliases)
    for address in entry.addresses:
        printed = bare((address.as_printed or address.text).removesuffix(", China"))
        # Copies of the list put city and province in another order: every word must be there.
        words = re.findall(r"[A-Za-z0-9]+", address.as_printed or address.text)
        assert printed in bare(cell) or all(bare(word) in bare(cell) for word in words), address.text

    last = [RULES.of_page(page) for page in entry.cited]
    text = next(RULES.requirements[rule.requirement].text for rule in reversed(last) if rule.requirement)
    assert bare(text) == bare(requirement)
    keys = [entry.policy_by_page.get(page, RULES.of_page(page).policy) for page in entry.cited]
    assert bare(RULES.policies[next(key for key in reversed(keys) if key)]) == bare(policy)
