"""The HTML report stands alone, says everything once, and runs nothing of what it shows."""

from pathlib import Path

import pytest
from batch_answers import SNAPSHOT, make_answer, make_hit, make_provenance
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from ringfence.interfaces.batch import page as page_module
from ringfence.interfaces.batch import writer_for
from ringfence.records import Screening

Tree = html.HtmlElement


def write(folder: Path, *answers: Screening, **how: object) -> Tree:
    with writer_for(folder / "o.html", **how) as writer:  # type: ignore[arg-type]
        for answer in answers:
            writer.write(answer)
    return html.fromstring((folder / "o.html").read_bytes())


def text_of(tree: Tree) -> str:
    body = tree.find("body") if tree.find("body") is not None else tree
    return " ".join(body.text_content().split())


def test_counts_cover_every_row(tmp_path: Path) -> None:
    tree = write(
        tmp_path,
        make_answer(hits=1),
        make_answer("Maybe", row=2, hits=1, outcome="review"),
        make_answer("Deere", row=3),
        make_answer("Haier", row=4),
        make_answer("", row=5, remarks=("p.csv, row 6: the name is empty",)),
    )
    counts = [" ".join(item.text_content().split()) for item in tree.xpath("//ul[@class='counts']/li")]
    assert counts == [
        "5 parties in the file",
        "1 hit: very likely listed",
        "1 to review: may be listed",
        "2 without a match",
        "1 not screened: no name",
    ]
    assert "p.csv, row 6: the name is empty" in text_of(tree)


def test_the_law_stands_verbatim_and_the_sources_beside_it(tmp_path: Path) -> None:
    tree = write(tmp_path, make_answer(hits=1))
    quotes = [quote.text_content() for quote in tree.xpath("//blockquote")]
    assert quotes == [make_hit().license_requirement, make_hit().license_review_policy]
    assert tree.xpath("//a[@href='https://www.federalregister.gov/citation/84-FR-54004']")
    shown = text_of(tree)
    assert "since 9 October 2019" in shown
    assert "81 FR No. 12" in shown
    assert SNAPSHOT in shown


def test_what_was_searched_and_what_not_is_there_without_any_hit(tmp_path: Path) -> None:
    tree = write(
        tmp_path, make_answer("Deere"), list_titles={"us_bis_entity": "Entity List", "eu_fsf": "EU list"}
    )
    shown = text_of(tree)
    assert "Entity List us_bis_entity" in shown
    assert "31 July 2026" in shown
    assert "uk_sanctions; EU list eu_fsf" in shown
    assert "No party in the file met an entry" in shown
    details = tree.xpath("//details[not(@open)]")
    assert "Deere" in details[0].text_content()


def test_it_says_once_that_it_is_not_legal_advice(tmp_path: Path) -> None:
    assert text_of(write(tmp_path, make_answer(hits=2))).count("not legal advice") == 1


def test_warnings_and_mixed_answers_are_noticed(tmp_path: Path) -> None:
    old = make_provenance(warnings=("a reference set, not a current list",))
    new = make_provenance(engine="ringfence 0.2.0")
    shown = text_of(write(tmp_path, make_answer(provenance=old), make_answer(row=2, provenance=new)))
    assert shown.count("A reference set, not a current list") == 1
    assert "not all given with the same engine" in shown


def test_what_follows_stands_in_the_overview_and_beside_the_entry(tmp_path: Path) -> None:
    hit = make_hit(consequence="license required; presumption of denial")
    shown = text_of(write(tmp_path, make_answer(hits=(hit,)))).lower()
    assert shown.count("license required; presumption of denial") == 2


def test_weights_stand_with_their_sum(tmp_path: Path) -> None:
    (row,) = write(tmp_path, make_answer(hits=1)).xpath("//tr[contains(., 'Sum of weights')]")
    assert "+2.50" in row.text_content()
    assert f"{make_hit().score:.4f}" in row.text_content()


def test_beyond_its_bounds_the_page_counts_and_says_where_the_rest_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "MOST_HITS", 3)
    monkeypatch.setattr(page_module, "MOST_NAMES", 1)
    answers = [make_answer(f"Party {n}", row=n, hits=2 * (n % 2)) for n in range(1, 7)]
    shown = text_of(write(tmp_path, *answers))
    assert "2 more parties with hits are not shown: this page holds at most 3 hits" in shown
    assert "3 parties not found" in shown
    assert "And 2 more, which are in the other formats" in shown


@settings(max_examples=40)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1).filter(str.strip))
def test_no_name_becomes_markup(name: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        tree = write(
            Path(folder), make_answer(f"<script>{name}</script><img src=x>", hits=1), title=f"<b>{name}"
        )
    assert not tree.xpath("//script | //img | //b[not(ancestor::ul)]")


def test_nothing_is_loaded_from_anywhere(tmp_path: Path) -> None:
    tree = write(tmp_path, make_answer(hits=1))
    assert not tree.xpath("//script | //img | //iframe | //link | //object | //*[@src]")
    assert not tree.xpath("//*[@*[starts-with(name(), 'on')]]")
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'")
    assert "@import" not in html.tostring(tree).decode()
    assert "url(" not in html.tostring(tree).decode()


def test_the_page_can_be_heard_and_steered(tmp_path: Path) -> None:
    tree = write(tmp_path, make_answer(hits=2), make_answer("Deere", row=2))
    assert tree.get("lang") == "en"
    assert len(tree.xpath("//h1")) == 1
    assert not tree.xpath("//thead//th[not(@scope)] | //tbody//th[not(@scope)]")
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {target.removeprefix("#") for target in tree.xpath("//a[starts-with(@href, '#')]/@href")} <= set(
        ids
    )
    assert set(tree.xpath("//@aria-labelledby")) <= set(ids)
