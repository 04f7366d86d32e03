"""Tables of links: what is read exactly, what is refused by row and field, and what is kept but reported."""

import datetime as dt
import gzip
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import InputError
from ringfence.records import Share
from ringfence.sources.links import read_bill, read_links, read_orders, table
from ringfence.sources.links.shares import parse_share
from ringfence.sources.private_list import read_private_list

HEADER = "subject,relation,object,share,from,until\n"


def write(folder: Path, text: str, name: str = "links.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("0.5", Share(Decimal("0.5"), Decimal("0.5"))),
        ("50%", Share(Decimal("0.5"), Decimal("0.5"))),
        ("25-50%", Share(Decimal("0.25"), Decimal("0.5"), open_low=True)),
        ("25% – 50 %", Share(Decimal("0.25"), Decimal("0.5"), open_low=True)),
        (">50%", Share(Decimal("0.5"), Decimal(1), open_low=True)),
        (">=75%", Share(Decimal("0.75"), Decimal(1))),
        ("<25%", Share(Decimal(0), Decimal("0.25"), open_high=True)),
        (
            "33.333333333333333333%",
            Share(Decimal("0.33333333333333333333"), Decimal("0.33333333333333333333")),
        ),
        ("", None),
        ("  ", None),
    ],
)
def test_a_share_is_read_exactly(text: str, share: Share | None) -> None:
    assert parse_share(text) == share


@pytest.mark.parametrize(
    "text", ["50", "1.5", "150%", "half", "-5%", "50-25%", ">100%", "25-", "%", "1e-1", "NaN", "٥٠%x"]
)
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_share(text)


@given(st.decimals(min_value=0, max_value=100, places=6))
def test_a_percentage_keeps_every_digit(number: Decimal) -> None:
    share = parse_share(f"{number}%")
    assert share is not None
    assert share.low == number / 100


@given(st.text(max_size=30))
def test_any_text_is_a_share_or_refused(text: str) -> None:
    try:
        share = parse_share(text)
    except ValueError:
        return
    assert share is None or 0 <= share.low <= share.high <= 1


def test_a_table_gives_links_with_their_rows_and_source(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "L,owns,A,25-50%,2020-01-01,\nS,supplies,L,,,\n")
    first, second = read_links(path).links
    assert (first.subject, first.relation, first.object, first.since) == (
        "L",
        "owns",
        "A",
        dt.date(2020, 1, 1),
    )
    assert first.source == "links.csv, row 2"
    assert (second.row, second.share) == (3, None)


def test_both_ends_of_low_and_high_are_included(tmp_path: Path) -> None:
    path = write(tmp_path, "subject,relation,object,share_low,share_high\nL,owns,A,0.25,50%\nL,owns,B,0.5,\n")
    low, half = (link.share for link in read_links(path).links)
    assert low == Share(Decimal("0.25"), Decimal("0.5"))
    assert half == Share(Decimal("0.5"), Decimal(1))


@pytest.mark.parametrize("form", ["csv", "semicolons", "jsonl", "array", "xlsx", "gz"])
def test_every_form_gives_the_same_links(tmp_path: Path, form: str) -> None:
    rows = [("L", "owns", "A", "0.5"), ("N", "nominee_for", "", "")]
    if form in ("csv", "gz", "semicolons"):
        sign = ";" if form == "semicolons" else ","
        text = "\n".join(sign.join(row) for row in [("subject", "relation", "object", "share"), *rows])
        path = tmp_path / "links.csv"
        path.write_bytes(gzip.compress(text.encode()) if form == "gz" else text.encode())
    elif form == "xlsx":
        path = tmp_path / "links.xlsx"
        book = xlsxwriter.Workbook(str(path))
        sheet = book.add_worksheet()
        for number, row in enumerate([("subject", "relation", "object", "share"), *rows]):
            sheet.write_row(number, 0, [0.5 if cell == "0.5" else cell for cell in row])
        book.close()
    else:
        objects = [
            '{"subject": "L", "relation": "owns", "object": "A", "share": 0.5}',
            '{"subject": "N", "relation": "nominee_for"}',
        ]
        text = "[" + ",".join(objects) + "]" if form == "array" else "\n".join(objects)
        path = write(tmp_path, text, "links.json")
    found = read_links(path).links
    assert [(link.subject, link.relation, link.object, link.share) for link in found] == [
        ("L", "owns", "A", Share(Decimal("0.5"), Decimal("0.5"))),
        ("N", "nominee_for", "", None),
    ]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("L,owns,A,half,,", "share"),
        ("L,owns,A,150%,,", "share"),
        ("L,own,A,50%,,", "relation"),
        (",owns,A,50%,,", "subject"),
        ("L,owns,,50%,,", "object"),
        ("L,owns,A,50%,soon,", "from"),
        ("L,owns,A,50%,,2020-13-01", "until"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_by_file_row_and_field(
    tmp_path: Path, row: str, field: str
) -> None:
    path = write(tmp_path, HEADER + "L,owns,B,10%,,\n" + row + "\n")
    with pytest.raises(InputError, match=rf"links\.csv, row 3, {field}: "):
        read_links(path)


def test_all_bad_cells_are_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "L,owns,A,half,,\nL,owned,B,1%,,\n")
    with pytest.raises(InputError, match=r"row 2, share: .*row 3, relation: "):
        read_links(path)


def test_an_unknown_column_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "subject,relation,object,shares\nL,owns,A,50%\n")
    with pytest.raises(InputError, match="unknown column 'shares'"):
        read_links(path)


def test_an_unknown_field_of_an_object_is_named_with_its_row(tmp_path: Path) -> None:
    good = '{"subject": "L", "relation": "owns", "object": "A"}'
    path = write(
        tmp_path, good + '\n{"subject": "L", "relation": "owns", "object": "A", "percent": 5}\n', "l.jsonl"
    )
    with pytest.raises(InputError, match=r"row 2: unknown field 'percent'"):
        read_links(path)


def test_reversed_dates_are_reported_and_the_tie_is_only_possible(tmp_path: Path) -> None:
    found = read_links(write(tmp_path, HEADER + "L,owns,A,60%,2025-12-31,2025-01-01\n"))
    assert found.links[0].share == Share(Decimal(0), Decimal("0.6"))
    assert "row 2, until" in found.remarks[0]


def test_a_tie_to_itself_is_reported(tmp_path: Path) -> None:
    assert "tied to itself" in read_links(write(tmp_path, HEADER + "A,owns,a,60%,,\n")).remarks[0]


def test_a_file_beyond_all_bounds_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "links.csv"
    with path.open("wb") as handle:
        handle.truncate(10 << 30)  # a hole: ten gigabytes that take no room
    with pytest.raises(InputError, match=r"links\.csv: the file has 10\.0 GB"):
        read_links(path)


def test_a_packed_file_is_bounded_by_what_it_unfolds_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "LINK_FILE_BYTES", 10_000)
    path = tmp_path / "links.csv"
    path.write_bytes(gzip.compress((HEADER + "L,owns,A,50%,,\n" * 5_000).encode()))
    with pytest.raises(InputError, match="split it"):
        read_links(path)


def test_a_line_without_an_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_bytes(HEADER.encode() + b"x" * (2 << 20))
    with pytest.raises(InputError, match="longer than"):
        read_links(path)


PACKED = gzip.compress(b"subject,relation,object\nL,owns,A\n" * 99)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"subject,relation\n\xe9\n",
        b'subject,relation,object\n"L,owns',
        PACKED[:40],
        PACKED[:20] + b"\xff\xff" + PACKED[22:],
        PACKED[:-4] + b"\0\0\0\0",
        b'{"a":' * 20_000,
        b'{"subject": "L", "relation": "owns", "object": "A", "value": 1e9999999999999999999999}',
        b'{"subject": "L", "relation": "owns", "object": "A", "tier": 1e9999}',
        b'{"subject": "L", "relation": "owns", "object": "A", "value": 1e-999999}',
        b'{"subject": "\\ud800", "relation": "owns", "object": "A"}',
    ],
    ids=range(12),
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "links.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match="links.csv"):
        read_links(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_links(tmp_path / "nothing.csv")


def test_a_private_list_carries_what_its_list_carries(tmp_path: Path) -> None:
    header = "list,name,country,since,until,programs,license_requirement,license_review_policy,footnotes\n"
    row = "us_bis_entity,Alpha,cn,2020-01-01,,,For all items subject to the EAR,Presumption of denial,1;4\n"
    (listing,) = read_private_list(write(tmp_path, header + row, "seeds.csv"))
    assert (listing.list, listing.party.name, listing.party.countries) == ("us_bis_entity", "Alpha", ("CN",))
    assert listing.footnotes == (1, 4)
    assert listing.license_review_policy is not None
    assert listing.license_review_policy.strictest == "presumption_of_denial"


@pytest.mark.parametrize(
    "row", ["us_bis,A,,", "us_bis_entity,,,", "us_bis_entity,A,soon,", "us_bis_entity", "us_bis_entity,A,,,²"]
)
def test_a_bad_cell_of_a_private_list_is_named_by_its_row(tmp_path: Path, row: str) -> None:
    with pytest.raises(InputError, match=r"seeds\.csv, row 2: "):
        read_private_list(write(tmp_path, "list,name,since,until,footnotes\n" + row + "\n", "seeds.csv"))


def test_bills_and_orders_are_read_strictly(tmp_path: Path) -> None:
    bill = read_bill(
        write(
            tmp_path,
            "item,component,supplier,tier,value,currency,origin,eccn\nCam,Chip,Acme,2,10.5,USD,TW,5A992\n",
        )
    )
    assert (bill[0].supplier, bill[0].tier, bill[0].value) == ("Acme", 2, Decimal("10.5"))
    orders = read_orders(write(tmp_path, "id,party,value,subject_to_ear\nO-1,Beta,7,yes\n"))
    assert (orders[0].party, orders[0].subject_to_ear, orders[0].direction) == ("Beta", "yes", "sell")
    with pytest.raises(InputError, match="row 2, direction"):
        read_orders(write(tmp_path, "id,party,direction\nO-1,Beta,lend\n"))
    with pytest.raises(InputError, match="unknown column 'qty'"):
        read_bill(write(tmp_path, "item,component,qty\nCam,Chip,2\n"))
