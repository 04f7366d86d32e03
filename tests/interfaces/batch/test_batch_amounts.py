"""Amounts are read as they are written, refused where two readings differ, and never dropped in silence."""

from pathlib import Path

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.interfaces.batch.test_batch_columns import table_of

from ringfence.errors import InputError
from ringfence.interfaces.batch import find_columns, open_table, read_queries, read_staked
from ringfence.interfaces.batch.amounts import MOST, _table, read_stake, split_heading
from ringfence.review import Stake

GROUPINGS = [
    ("", "."),
    ("", ","),
    (",", "."),
    (".", ","),
    (" ", ","),
    (" ", "."),
    ("'", "."),
    ("\u202f", ","),
]


@pytest.mark.parametrize(
    ("cell", "amount", "currency"),
    [
        ("0", 0, None),
        ("1234", 1234, None),
        ("+5", 5, None),
        (".5", 0.5, None),
        ("0,125", 0.125, None),
        ("1,23", 1.23, None),
        ("1234,567", 1234.567, None),
        ("1,234.5", 1234.5, None),
        ("1.234,5", 1234.5, None),
        ("1.234.567", 1234567, None),
        ("1 234,567", 1234.567, None),
        ("1’234.50", 1234.5, None),
        ("12,34,567.00", 1234567, None),
        ("１２３４", 1234, None),
        ("1.5e+16", 1.5e16, None),
        ("USD 5", 5, "USD"),
        ("5eur", 5, "EUR"),
        ("€1.234.567", 1234567, "EUR"),
        ("US$ 5,000.00", 5000, "USD"),
        ("100 人民币", 100, "CNY"),
    ],
)
def test_a_plain_amount_is_read(cell: str, amount: float, currency: str | None) -> None:
    assert read_stake(cell) == (Stake(amount, currency), ())


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("1,234", "can be 1234 or 1.234"),
        ("1.234", "can be 1234 or 1.234"),
        ("USD 12,500", "can be 12500 or 12.5"),
        ("-5", "negative"),
        ("\u22125", "negative"),
        ("$-5", "negative"),
        ("-$5", "negative"),
        ("5-", "negative"),
        ("(5.00)", "negative"),
        ("inf", "not a number"),
        ("NaN", "not a number"),
        ("1e999", "too large"),
        ("9" * 30, "too large"),
        ("9" * 10_000, "not a number"),
        ("120万", "not a number"),
        ("5 k", "not a number"),
        ("≤5", "not a number"),
        ("5 (est.)", "not a number"),
        ("1-2", "not a number"),
        ("1,234,56", "not a number"),
        ("5.", "not a number"),
        ("٥", "not a number"),
        ("-", "not a number"),
        ("#N/A", "not a number"),
        ("=A1", "not a number"),
        ("USD 5 EUR", "in EUR and in USD"),
    ],
)
def test_what_is_no_plain_amount_is_told_and_not_used(cell: str, why: str) -> None:
    stake, (remark,) = read_stake(cell)
    assert stake.amount is None
    assert stake.unread, "it is kept as it was written: somebody stated something"
    assert why in remark
    assert "was not used" in remark
    assert len(remark) < 250


@given(st.integers(0, 10**15), st.integers(0, 99), st.sampled_from(GROUPINGS))
def test_a_number_with_two_decimals_reads_back(whole: int, cents: int, marks: tuple[str, str]) -> None:
    group, decimal = marks
    text = f"{whole:,}".replace(",", group) + f"{decimal}{cents:02}"
    assert read_stake(text) == (Stake(float(f"{whole}.{cents:02}")), ())


@given(st.integers(0, 10**17))
def test_a_whole_number_reads_back(whole: int) -> None:
    assert read_stake(str(whole)) == (Stake(float(whole)), ())


@given(st.text("0123456789.,' ", max_size=14))
def test_points_and_commas_weigh_the_same(text: str) -> None:
    if text.count(",") < 2 and text.count(".") < 2:  # Indian groups are of commas alone
        swapped = text.translate(str.maketrans(".,", ",."))
        assert read_stake(text)[0].amount == read_stake(swapped)[0].amount


@given(st.text(max_size=80), st.text(max_size=20), st.text(max_size=80))
def test_whatever_stands_there_is_used_or_told(cell: str, currency: str, heading: str) -> None:
    stake, remarks = read_stake(cell, currency, heading)
    assert stake.amount is None or 0 <= stake.amount < MOST
    assert remarks or stake.amount is not None or not any(c.isprintable() and not c.isspace() for c in cell)


@pytest.mark.parametrize(
    ("heading", "rest", "code"),
    [
        ("Annual spend (USD)", "Annual spend", "USD"),
        ("annual spend usd", "annual spend", "USD"),
        ("spend_eur", "spend", "EUR"),
        ("Amount in GBP", "Amount", "GBP"),
        ("Umsatz [CHF]", "Umsatz", "CHF"),
        ("采购金额（美元）", "采购金额", "USD"),
        ("采购金额（元）", "采购金额", None),
        ("Spend TRY", "Spend", "TRY"),
        ("采购金额（万元）", "采购金额（万元）", None),
        ("Spend (thousands)", "Spend (thousands)", None),
        ("spend top", "spend top", None),
        ("SPEND ALL", "SPEND ALL", None),
        ("USD", "USD", None),
    ],
)
def test_a_heading_may_end_in_its_currency(heading: str, rest: str, code: str | None) -> None:
    assert split_heading(heading) == (rest, code)


def test_the_codes_are_those_of_the_standard() -> None:
    known = {one.alpha_3 for one in pycountry.currencies}
    assert set(_table().codes) - {"ANG", "BGN"} <= known
    assert set(_table().words) <= set(_table().codes)
    assert set(_table().english) <= set(_table().codes)


def test_cell_heading_and_column_may_name_the_currency_but_not_two() -> None:
    assert read_stake("5", "eur")[0] == Stake(5, "EUR")
    assert read_stake("$5", "USD", "Spend") == (Stake(5, "USD"), ())
    assert read_stake("5", "", "Spend (CHF)")[0] == Stake(5, "CHF")
    stake, (remark,) = read_stake("5", "EUR", "Spend USD")
    assert stake == Stake(unread="5")
    assert "in EUR and in USD" in remark
    for vague in ("$", "Taler"):
        stake, (remark,) = read_stake("5", vague)
        assert stake == Stake(5)
        assert f"the currency {vague!r}" in remark
    assert read_stake("", "EUR") == (Stake(), ())


@pytest.mark.parametrize(
    ("header", "found", "spare"),
    [
        (["Name", "Annual spend", "Currency"], "name amount currency", []),
        (["Name", "Annual Spend USD", "Currency"], "name amount", ["Currency"]),
        (["Name", "Amount", "Annual spend (EUR)"], "name amount", ["Amount"]),
        (["供应商", "年采购额", "币种"], "name amount currency", []),
        (["供应商", "采购金额（元）"], "name amount", []),
        (["Lieferant", "Umsatz", "Währung"], "name amount currency", []),
        (["Fournisseur", "Montant", "Devise"], "name amount currency", []),
        (["Proveedor", "Importe", "Moneda"], "name amount currency", []),
        (["取引先", "取引金額", "通貨"], "name amount currency", []),
        (["Name", "Amount", "Amount"], "name", ["Amount", "Amount"]),
        (["Name", "采购金额（万元）", "Spend (thousands)", "Spend k USD", "Amount due"], "name", []),
    ],
)
def test_columns_of_amounts_are_recognised(
    tmp_path: Path, header: list[str], found: str, spare: list[str]
) -> None:
    with open_table(table_of(tmp_path, header)) as table:
        mapping = find_columns(table, stakes=True)
        assert " ".join(column.target for column in mapping.columns) == found
        assert [column.title for column in mapping.spare] == spare
        for_answers = find_columns(table)
        assert not for_answers.of("amount")
        assert not for_answers.of("currency")


def test_amounts_named_where_nothing_reads_them_are_refused(tmp_path: Path) -> None:
    with (
        open_table(table_of(tmp_path, ["Name", "Spend"])) as table,
        pytest.raises(InputError, match="where alerts are made"),
    ):
        find_columns(table, ["amount=Spend"])


def test_a_row_asks_the_same_with_its_amount_and_says_what_was_not_used(tmp_path: Path) -> None:
    rows = (["Acme", "USD 1,200.50"], ["Bolt", "1,200"], ["Coil", ""])
    with open_table(table_of(tmp_path, ["Name", "Volume"], *rows)) as table:
        mapping = find_columns(table, ["amount=Volume"], stakes=True)
        staked = list(read_staked(table, mapping))
    with open_table(tmp_path / "p.csv") as table:
        plain = list(read_queries(table, find_columns(table)))
    assert [query for query, _, _ in staked] == [query for query, _ in plain]
    assert [stake for _, _, stake in staked] == [Stake(1200.5, "USD"), Stake(unread="1,200"), Stake()]
    assert [len(remarks) for _, remarks, _ in staked] == [0, 1, 0]
    assert f"{tmp_path / 'p.csv'}, row 3: the amount '1,200' can be" in staked[1][1][0]
