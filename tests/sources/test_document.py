import gzip
import io
import zipfile
from pathlib import Path

import pytest

from ringfence.errors import HeldBack, InputError, LayoutChanged
from ringfence.sources.document import csv_rows, document_of, json_document, read_document

COLUMNS = ("a", "b")


def rows(text: bytes) -> list[dict[str, str]]:
    return [row for _, row in csv_rows(document_of("list.csv", text, 10_000), COLUMNS)]


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_the_same_release_has_the_same_digest_however_it_is_packed() -> None:
    plain = b"a,b\n1,2\n"
    digests = {
        document_of("x", packed, 100).digest for packed in (plain, gzip.compress(plain), zipped(list=plain))
    }
    assert len(digests) == 1


def test_a_small_file_may_not_unfold_into_a_large_one() -> None:
    bomb = b"0" * 1_000_000
    for packed in (gzip.compress(bomb), zipped(list=bomb)):
        with pytest.raises(HeldBack, match="larger than"):
            document_of("bomb", packed, 10_000)


def test_every_member_of_a_gzip_file_is_read() -> None:
    members = gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n") + b"\0" * 512
    assert document_of("x.gz", members, 100).data == b"a,b\n1,2\n3,4\n"
    with pytest.raises(HeldBack, match="larger than"):
        document_of("x.gz", members, 10)
    with pytest.raises(HeldBack, match="damaged gzip data"):
        document_of("x.gz", members + b"and more", 100)


def test_files_of_one_name_in_a_zip_are_held_back() -> None:
    with pytest.raises(HeldBack, match=r"two files called list\.csv"):
        document_of("x.zip", zipped(**{"old/list.csv": b"a,b\n", "new/list.csv": b"a,b\n1,2\n"}), 100)


def test_a_cut_off_gzip_is_held_back() -> None:
    with pytest.raises(HeldBack, match="cut off"):
        document_of("x.gz", gzip.compress(b"a,b\n" * 100)[:-9], 10_000)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b'a,b\n1,"2', "after row 0 is cut off"),
        (b"a,b\n1,2\n3\n", "row 2 has 1 fields, not 2"),
        (b"a,b\n1,2\na,b\n3,4\n", "header stands again in row 2"),
        (b"a,b\n\xff,2\n", "not utf-8 text at byte 4 .row 2."),
    ],
)
def test_damage_is_held_back_and_located(text: bytes, says: str) -> None:
    with pytest.raises(HeldBack, match=says):
        rows(text)


@pytest.mark.parametrize("header", [b"b,a", b"a,c", b"a", b"a,b,c", b"a,a"])
def test_another_header_is_refused(header: bytes) -> None:
    with pytest.raises(LayoutChanged, match="Nothing was loaded"):
        rows(header + b"\n1,2\n")


def test_half_a_json_document_is_held_back() -> None:
    with pytest.raises(HeldBack, match="not complete JSON"):
        json_document(document_of("x.json", b'{"results": [{"a": 1}', 100))


def test_content_decides_the_format_and_an_error_page_is_html() -> None:
    kinds = {
        text: document_of("x", text, 1000).format
        for text in (b"a,b\n", b'{"a":1}', b"<?xml?>", b"<!DOCTYPE html>")
    }
    assert list(kinds.values()) == ["csv", "json", "xml", "html"]


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing-here"):
        read_document(tmp_path / "nothing-here", 100)
