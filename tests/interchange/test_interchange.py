"""What is written for other programs reads back as it was."""

import csv
import datetime as dt
import gzip
import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import InputError
from ringfence.interchange import read_parquet, write_csl, write_ftm, write_parquet
from ringfence.interchange.csl import COLUMNS
from ringfence.records import Address, Identifier, Listing, Name, Party, Reservation
from ringfence.sources.document import document_of, read_document
from ringfence.sources.lists.us_csl import parse as us_csl
from ringfence.sources.reference import reference_release
from ringfence.sources.registry import legal_lists, parser
from ringfence.sources.row import Account

SAMPLES = Path(__file__).parents[1] / "lists"


def csl_sample() -> list[Listing]:
    return list(parser("us_csl")(read_document(SAMPLES / "us_csl" / "sample.csv", 1_000_000), Account()))


def ofac_sample() -> list[Listing]:
    document = read_document(SAMPLES / "us_ofac_sdn" / "sample_advanced.xml", 1_000_000)
    return list(parser("us_ofac_sdn")(document, Account()))


def through_csl(listings: list[Listing]) -> list[Listing]:
    buffer = io.BytesIO()
    assert write_csl(listings, legal_lists(), buffer) == len(listings)
    return list(parser("us_csl")(document_of("out.csv", buffer.getvalue(), 300_000_000), Account()))


def through_ftm(listings: list[Listing]) -> list[Listing]:
    buffer = io.BytesIO()
    write_ftm(listings, legal_lists(), buffer)
    return list(parser("ftm_back")(document_of("out.json", buffer.getvalue(), 300_000_000), Account()))


def test_the_columns_are_those_of_the_list() -> None:
    assert us_csl.COLUMNS == COLUMNS


def test_the_csl_sample_goes_out_and_comes_back_unchanged() -> None:
    assert {one.id: one for one in through_csl(csl_sample())} == {one.id: one for one in csl_sample()}


names = st.from_regex(r"[A-Z][a-z]{2,9}( [A-Z][a-z]{2,9}){0,3}", fullmatch=True)


@given(
    name=names,
    aliases=st.lists(names, max_size=3),
    since=st.dates(dt.date(2000, 1, 1), dt.date(2026, 1, 1)),
    country=st.sampled_from(["CN", "RU", "IR"]),
    number=st.from_regex(r"[0-9A-Z]{6,12}", fullmatch=True),
)
def test_a_sanctioned_party_goes_through_the_columns_unchanged(
    name: str, aliases: list[str], since: dt.date, country: str, number: str
) -> None:
    others = [alias for alias in dict.fromkeys(aliases) if alias.casefold() != name.casefold()]
    party = Party(
        "ofac-1",
        "organization",
        (Name(name), *(Name(alias, "alias") for alias in others)),
        (country,),
        (Address(f"1 Main Street, Harbin, {country}", "Harbin", country=country),),
        (Identifier("tax", number, country, "Tax ID No."),),
    )
    listing = Listing(
        "us_ofac_sdn:1",
        "us_ofac_sdn",
        "us_csl",
        party,
        programs=("SDGT",),
        valid_from=since,
        dated_by="start_date",
    )
    assert through_csl([listing]) == [listing]


def test_followthemoney_keeps_names_places_dates_and_citations() -> None:
    listings = [*csl_sample(), *ofac_sample()]
    back = through_ftm(listings)
    assert len(back) == len(listings)

    def told(one: Listing) -> tuple[object, ...]:
        return (
            one.party.names[0].text,
            one.valid_from,
            one.valid_until,
            tuple(str(citation) for citation in one.citations),
        )

    assert sorted(map(repr, map(told, back))) == sorted(map(repr, map(told, listings)))


def test_a_party_on_two_lists_is_one_entity_with_two_sanctions() -> None:
    party = Party("ofac-7", "organization", (Name("EXAMPLE BANK"),))
    listings = [
        Listing(f"{list_id}:7", list_id, "us_csl", party) for list_id in ("us_ofac_ssi", "us_ofac_mbs")
    ]
    buffer = io.BytesIO()
    assert write_ftm(listings, legal_lists(), buffer) == 3
    schemata = [msgspec.json.decode(line)["schema"] for line in buffer.getvalue().splitlines()]
    assert sorted(schemata) == ["Organization", "Sanction", "Sanction"]


def test_parquet_reads_back_exactly() -> None:
    pytest.importorskip("pyarrow")
    listings = [*csl_sample(), *ofac_sample(), *reference_release()[1]]
    buffer = io.BytesIO()
    assert write_parquet(listings, buffer) == len(listings)
    buffer.seek(0)
    assert list(read_parquet(buffer)) == listings


def test_a_file_that_is_no_parquet_is_refused() -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(InputError, match="not a Parquet file"):
        list(read_parquet(io.BytesIO(b"nothing of the kind"), "x.parquet"))


def judged(listings: Iterable[Listing]) -> int:
    """How many entities the `followthemoney` package accepts: each schema, property and value, none of them dropped."""
    model = pytest.importorskip("followthemoney").model
    buffer = io.BytesIO()
    written = write_ftm(listings, legal_lists(), buffer)
    for line in buffer.getvalue().splitlines():
        entity = msgspec.json.decode(line)
        model.get(entity["schema"]).validate(entity)
        proxy = model.get_proxy(entity)
        assert proxy.id == entity["id"]
        for name, values in entity["properties"].items():
            prop = proxy.schema.get(name)
            assert prop is not None, (entity["schema"], name)
            refused = [value for value in values if prop.type.clean(value, proxy=proxy) is None]
            assert not refused, (name, refused)
            assert len(proxy.get(name)) == len(values), (name, values)
    return written


def test_the_followthemoney_package_accepts_every_entity_and_value() -> None:
    reserved = [
        msgspec.structs.replace(one, reservation=Reservation(kind=kind, text=f"{kind} by 90 FR 500"))
        for one in csl_sample()
        for kind in ("stayed", "in_doubt")
    ]  # fmt: skip
    assert judged([*csl_sample(), *ofac_sample(), *reference_release()[1]]) > 200
    assert judged(reserved)


@pytest.mark.shared
@pytest.mark.slow
def test_the_followthemoney_package_accepts_the_real_lists(shared: Path) -> None:
    for source, name in (
        ("us_csl", "us/csl/consolidated_2026-07-31_projection.json.gz"),
        ("us_ecfr_744", "us/ecfr/title-15_part-744_2026-07-23.xml.gz"),
        ("us_ofac_consolidated", "us/ofac/CONS_ENHANCED_2025-01.zip"),
        ("un_sc", "un/consolidated_2026-08-01.xml.gz"),
        ("au_dfat", "au/dfat_2026-08-02.xlsx"),
    ):
        document = read_document(shared / "data" / name, 300_000_000)
        assert judged(list(parser(source)(document, Account()))) > 500, source


def test_an_entry_without_certain_effect_says_so_in_every_form() -> None:
    (entry,) = csl_sample()[:1]
    said = "stayed by 90 FR 500 from 2025-10-01 until 2026-03-01: no effect while it is stayed"
    stayed = msgspec.structs.replace(entry, reservation=Reservation(kind="stayed", text=said))
    in_doubt = msgspec.structs.replace(entry, reservation=Reservation(kind="in_doubt", text="not known"))
    assert write_csl([in_doubt], legal_lists(), io.BytesIO()) == 0  # its columns cannot say it
    for write in (write_ftm, write_csl):
        buffer = io.BytesIO()
        write([stayed], legal_lists(), buffer)
        assert said in buffer.getvalue().decode()
    lines = io.BytesIO()
    write_ftm([stayed], legal_lists(), lines)
    party = msgspec.json.decode(lines.getvalue().splitlines()[0])
    assert party["properties"]["topics"] == ["export.risk"]


@pytest.mark.shared
def test_the_real_list_goes_out_and_comes_back(shared: Path) -> None:
    path = shared / "data/us/csl/consolidated_2022-04-21.csv.gz"
    listings = list(parser("us_csl")(read_document(path, 300_000_000), Account()))
    before = {one.id: one for one in listings}
    after = {one.id: one for one in through_csl(listings)}
    assert before.keys() == after.keys()
    written = io.BytesIO()
    write_csl(listings, legal_lists(), written)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as published:
        labels = Counter(row["source"] for row in csv.DictReader(published))
    back = csv.DictReader(io.StringIO(written.getvalue().decode()))
    assert Counter(row["source"] for row in back) == labels
    different = [key for key in before if before[key] != after[key]]
    # Cells with a notice number inside a citation read without the remark that says so.
    assert len(different) <= 11
    assert all(msgspec.structs.replace(before[key], remarks=()) == after[key] for key in different)
