"""The encoding of a text is told rightly or not at all."""

import codecs
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import InputError
from ringfence.interfaces.batch.bounds import Bounds
from ringfence.interfaces.batch.encoding import examine

CHINESE = "公司名称,国家\n杭州海康威视数字技术股份有限公司,中国\n华为技术有限公司,中国\n"
WESTERN = "Name,Land\nMüller & Söhne GmbH,Österreich\nSociété Générale d’Électricité,France\n"
BEYOND = {
    "big5": "公司名稱,國家\n台積電股份有限公司,台灣\n鴻海精密工業股份有限公司,台灣\n",
    "shift_jis": "会社名,国\n株式会社日立製作所,日本\nトヨタ自動車,日本\n",
    "euc_jp": "会社名,国\n株式会社日立製作所,日本\n三菱重工業株式会社,日本\n",
    "euc_kr": "name,나라\n삼성전자 주식회사,한국\n현대자동차 주식회사,대한민국\n",
    "cp1251": "Name,Страна\nООО Ромашка,Россия\n",
    "cp1253": "Name,Χώρα\nΕλληνικά Πετρέλαια,Ελλάδα\n",
    "cp1254": "Ad,Ülke\nŞişe Cam,Türkiye\nGüneş Işık,Türkiye\n",
}


def told(content: bytes, forced: str | None = None) -> str:
    return examine(io.BytesIO(content), "p.csv", Bounds(), forced).encoding


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_chinese_is_told(encoding: str) -> None:
    assert told(CHINESE.encode(encoding)) == encoding


@pytest.mark.parametrize("text", ["name\n张伟\n王芳\n", "公司名稱,國家\n華為技術有限公司,中國\n"])
def test_short_and_traditional_chinese_in_gb18030_is_told(text: str) -> None:
    assert told(text.encode("gb18030")) == "gb18030"


@pytest.mark.parametrize(("encoding", "found"), [("utf-8", "utf-8"), ("cp1252", "cp1252")])
def test_a_western_language_is_told(encoding: str, found: str) -> None:
    assert told(WESTERN.encode(encoding)) == found


@pytest.mark.parametrize("encoding", sorted(BEYOND))
def test_what_cannot_be_told_is_refused_and_can_be_said(encoding: str) -> None:
    content = BEYOND[encoding].encode(encoding)
    with pytest.raises(InputError, match=r"p\.csv, line \d: the byte .. at offset \d+ is not .*--encoding"):
        told(content)
    assert told(content, encoding) == encoding


def test_a_forced_encoding_that_does_not_fit_is_refused_with_the_place() -> None:
    with pytest.raises(InputError, match=r"line 3: the byte ff at offset 20 is not utf-8"):
        told(b"name,country\nFoo,CN\n\xff\n", "utf-8")


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(InputError, match="no encoding is called 'klingon'"):
        told(b"name\n", "klingon")


def test_utf_16_without_a_mark_gets_a_hint() -> None:
    with pytest.raises(InputError, match="--encoding utf-16-le"):
        told("name\nFoo\n".encode("utf-16-le"))


def test_a_truncated_character_at_the_end_is_noticed() -> None:
    with pytest.raises(InputError, match="at offset"):
        told(codecs.BOM_UTF8 + "name\n海".encode()[:-1])


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_utf_8_is_never_taken_for_anything_else(text: str) -> None:
    assert told(text.encode()) in ("utf-8", "utf-8-sig")
