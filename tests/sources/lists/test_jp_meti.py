"""METI's End User List: the table of a PDF, in full-width letters, with running numbers that are no keys."""

import datetime as dt
from pathlib import Path

import pytest
from tests.sources.lists.reading import read, read_bytes

from ringfence.errors import HeldBack, LayoutChanged

SAMPLES = Path(__file__).parents[2] / "lists" / "jp_meti"
HEADER = "No.,Country or Region,Company or Organization,Also Known As,Type of WMD"


def test_full_width_letters_are_read_in_their_usual_width_and_kept_as_printed() -> None:
    listings, _ = read("jp_meti", SAMPLES / "sample.csv")
    names = {
        name.text: name
        for name in listings["jp_meti_end_user:beijing-alite-technologies-co-ltd-alco-cn"].party.names
    }
    assert set(names) == {
        "Beijing Alite Technologies Co., Ltd.(ALCO)",
        "ALCO",
        "北京阿力特科技有限公司",
        "Beijing Yali Huanan Technology Co., Ltd.",
    }
    assert (
        names["Beijing Yali Huanan Technology Co., Ltd."].published
        == "・Beijing Yali Huanan Technology Co., Ltd．"
    )


def test_aliases_open_with_a_middle_dot_and_one_between_katakana_is_part_of_a_name() -> None:
    listings, _ = read("jp_meti", SAMPLES / "sample.csv")
    names = [
        name.text for name in listings["jp_meti_end_user:aban-commercial-industrial-company-ir"].party.names
    ]
    assert names == [
        "Aban Commercial & Industrial Company",
        "Aban Air",
        "サナム・インダストリアル",
        "Aban Trading",
    ]


def test_a_name_that_runs_over_two_lines_is_one_name() -> None:
    listings, _ = read("jp_meti", SAMPLES / "sample.csv")
    assert "The Islamic Salvation Foundation" in {
        name.text for name in listings["jp_meti_end_user:al-qa-ida-islamic-army-af"].party.names
    }


def test_letters_and_words_of_concern_say_the_same() -> None:
    listings, account = read("jp_meti", SAMPLES / "sample.csv")
    assert listings["jp_meti_end_user:beijing-alite-technologies-co-ltd-alco-cn"].programs == (
        "missiles",
        "nuclear weapons",
        "conventional weapons",
    )
    assert not [text for text in account.unclassified if text.startswith("concern")]
    tabs, other = read("jp_meti", SAMPLES / "sample_tabs.txt")
    assert tabs["jp_meti_end_user:example-trading-hk-limited-hk"].programs == ("missiles", "X")
    assert other.unclassified == {"concern: X": 1}


def test_the_running_number_is_no_key_and_no_change() -> None:
    text = (SAMPLES / "sample.csv").read_text(encoding="utf-8")
    before, _ = read_bytes("jp_meti", text.encode())
    after, _ = read_bytes("jp_meti", text.replace('"211"', '"215"').replace('"302"', '"377"').encode())
    assert before == after


def test_a_page_begins_with_the_header_again_and_a_cell_runs_on_in_the_next_row() -> None:
    listings, account = read("jp_meti", SAMPLES / "sample.csv")
    assert account.ignored == {"header of a page": 1}
    assert (account.rows, len(listings)) == (6, 6)
    assert account.published_on == dt.date(2025, 1, 31)


def test_a_workbook_of_a_sheet_for_each_page_is_one_table() -> None:
    listings, _ = read("jp_meti", SAMPLES / "sample_pages.xlsx")
    assert [listing.party.countries for listing in listings.values()] == [("RU",), ("TW",)]


def test_two_end_users_of_one_name_keep_their_keys_in_any_order() -> None:
    rows = ["1,China,Example Works,・A,B", "2,China,Example Works,・B,N"]
    straight, _ = read_bytes("jp_meti", "\n".join([HEADER, *rows]).encode())
    turned, _ = read_bytes("jp_meti", "\n".join([HEADER, *reversed(rows)]).encode())
    assert straight == turned
    assert set(straight) == {"jp_meti_end_user:example-works-cn", "jp_meti_end_user:example-works-cn~2"}


def test_the_japanese_era_dates_an_edition() -> None:
    text = f"外国ユーザーリスト（令和７年１月３１日）,,,,\n{HEADER}\n1,China,Example Works,,B"
    _, account = read_bytes("jp_meti", text.encode())
    assert account.published_on == dt.date(2025, 1, 31)


def test_the_code_page_of_japanese_spreadsheets_is_read() -> None:
    text = (SAMPLES / "sample_tabs.txt").read_text(encoding="utf-8")
    assert read_bytes("jp_meti", text.encode("cp932"))[0] == read_bytes("jp_meti", text.encode())[0]


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        (b"%PDF-1.7 ...", HeldBack, "this is the PDF itself"),
        (b"<html><body>503</body></html>", HeldBack, "this is html"),
        (
            HEADER.replace("Also Known As", "Alias").encode() + b"\n1,China,A,,B",
            LayoutChanged,
            "heads the columns",
        ),
        (HEADER.encode() + b",Website\n1,China,A,,B,", LayoutChanged, "'Website' is not one"),
        (HEADER.encode() + b",Country\n1,China,A,,B,", LayoutChanged, "two columns are headed as country"),
        (HEADER.encode() + b'\n1,China,"A,,B', HeldBack, "cut off"),
        (HEADER.encode() + b"\n1,China,A,,B,C,D", HeldBack, "7 cells under 5 headings"),
    ],
)
def test_what_is_not_the_whole_table_is_refused(data: bytes, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason) as caught:
        read_bytes("jp_meti", data)
    assert "\n" not in str(caught.value)
