"""`exposure` and `simulate` as a user calls them: the contract's fields, the exit codes, the pages."""

import csv
import gzip
import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ringfence.interfaces.cli import main

LINKS = """subject,relation,object,share,from,until,value,currency,source,asserted_by
L,owns,A,50%,,,,,register,registrar
A,owns,B,40%,,,,,register,registrar
L,owns,B,10%,,,,,register,registrar
L,owns,C,25-50%,,,,,register,registrar
L,owns,D,49.9%,,,,,register,registrar
Maker,supplies,L,,,,1000,USD,book,us
"""
SEEDS = """list,name,license_requirement,license_review_policy,footnotes
us_bis_entity,L,For all items subject to the EAR,Presumption of denial,4
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RINGFENCE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "links.csv").write_text(LINKS, encoding="utf-8")
    (tmp_path / "seeds.csv").write_text(SEEDS, encoding="utf-8")
    return tmp_path


def run(files: Path, *arguments: str, links: str = "links.csv") -> Result:
    asked = [*arguments, "--links", str(files / links), "--extra-list", str(files / "seeds.csv")]
    return CliRunner().invoke(main, ["--store", str(files / "none.db"), *asked])


def answers(result: Result) -> dict[str, dict[str, Any]]:
    assert result.exit_code == 0, result.output
    found = [json.loads(line) for line in result.stdout.splitlines()]
    return {one["party"]["name"]: one for one in found}


def test_exposure_gives_one_object_a_party_with_the_fields_of_the_contract(files: Path) -> None:
    found = answers(run(files, "exposure", "--json", "--as-of", "2025-10-15"))
    assert {name: (one["status"], one["effect"], one["red_flag"]) for name, one in found.items()} == {
        "L": ("listed", "license_required", False),
        "A": ("owned", "license_required", False),
        "B": ("owned", "license_required", False),
        "C": ("possibly_owned", "indeterminate", True),
        "D": ("minority", "red_flag", True),
        "Maker": ("none", "none", False),
    }
    b = found["B"]
    assert {"schema", "party", "regime", "on", "status", "red_flag", "effect", "proof", "paths"} <= b.keys()
    assert (b["schema"], b["regime"], b["on"]) == ("ringfence/1", "bis", "2025-10-15")
    assert b["party"].keys() == {"id", "name", "country"}
    assert [(line["owner"], line["share"], line["step"], line["source"]) for line in b["proof"]] == [
        ("L", [0.5, 0.5], 1, "register"),
        ("L", [0.1, 0.1], 2, "register"),
        ("A", [0.4, 0.4], 2, "register"),
    ]
    assert b["footnotes"] == [4]
    assert b["license_review_policy"] == "presumption_of_denial"
    (path,) = found["Maker"]["paths"]
    assert (path["way"], path["effect"], path["amount"]["high"]) == ("supply_to", "license_required", 1000)
    assert path["links"][0]["asserted_by"] == "us"
    sums = found["Maker"]["totals"]
    assert (sums["revenue_at_risk"], sums["unknown_amounts"]) == ({"USD": 1000}, 0)
    assert sums["by_tier"]["1"]["revenue_at_risk"] == {"USD": 1000}


def test_exposure_sums_up_on_standard_error(files: Path) -> None:
    result = run(files, "exposure", "--json", "--as-of", "2025-10-15")
    assert "6 parties, 5 with a path to something listed" in result.stderr
    assert "revenue at risk 1,000 USD" in result.stderr
    assert "amounts unknown" in result.stderr


@pytest.mark.parametrize(
    ("options", "effect"),
    [
        (["--as-of", "2025-11-15"], "red_flag"),
        (["--as-of", "2025-11-15", "--affiliates-rule", "in_force"], "license_required"),
        (["--as-of", "2026-11-20"], "indeterminate"),
        (["--as-of", "2026-11-20", "--affiliates-rule", "stayed"], "red_flag"),
    ],
)
def test_the_status_of_the_rule_decides_the_effect_and_never_the_status(
    files: Path, options: list[str], effect: str
) -> None:
    one = answers(run(files, "exposure", "A", "--json", *options))["A"]
    assert (one["status"], one["effect"]) == ("owned", effect)


def test_a_party_without_a_tie_is_answered_from_the_lists(files: Path) -> None:
    found = answers(run(files, "exposure", "Hikvision", "Nobody at all", "--json", "--as-of", "2020-01-01"))
    assert found["Hikvision"]["status"] == "listed"
    assert found["Nobody at all"]["status"] == "none"
    assert found["Nobody at all"]["remarks"]


def test_a_file_of_parties_is_asked_about_by_id_and_name(files: Path) -> None:
    (files / "parties.csv").write_text("id,name,country\nP-1,A,CN\nP-2,Maker,US\n", encoding="utf-8")
    found = answers(
        run(files, "exposure", "--file", str(files / "parties.csv"), "--json", "--as-of", "2025-10-15")
    )
    assert found["A"]["party"] == {"id": "P-1", "name": "A", "country": "CN"}
    assert found["Maker"]["paths"]


def test_an_owner_named_as_one_listing_of_a_party_is_recognized_as_all_of_them(files: Path) -> None:
    (files / "seeds.csv").write_text(
        "list,name,country,since\n"
        'us_ofac_cmic,"Hangzhou Hikvision Digital Technology Co., Ltd.",CN,2021-06-03\n',
        encoding="utf-8",
    )
    # HikVision is an alias of the Entity List's entry alone.
    (files / "owner.csv").write_text(
        "subject,relation,object,share,value,currency\nHikVision,owns,Sub,60%,,\n"
        'Fund,holds_securities_of,"Hangzhou Hikvision Digital Technology Co., Ltd.",,9,USD\n',
        encoding="utf-8",
    )
    found = answers(run(files, "exposure", "--json", "--as-of", "2025-10-15", links="owner.csv"))
    assert found.keys() == {"HikVision", "Sub", "Fund"}
    listings = {one["list"]: one["evidence"] for one in found["HikVision"]["listings"]}
    assert listings.keys() >= {"us_bis_entity", "us_ofac_cmic"}
    assert found["Sub"]["status"] == "owned"
    assert {(path["listed"]["list"], path["effect"]) for path in found["Fund"]["paths"]} >= {
        ("us_ofac_cmic", "securities_prohibited"),
        ("us_bis_entity", "none"),
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("subject,relation,object,shares\nL,owns,A,5%\n", "unknown column 'shares'"),
        ("subject,relation,object,share\nL,owns,A,half\n", "bad.csv, row 2, share"),
        ("", "empty"),
    ],
)
def test_a_wrong_request_ends_with_two_and_one_line(files: Path, content: str, message: str) -> None:
    (files / "bad.csv").write_text(content, encoding="utf-8")
    result = run(files, "exposure", "A", links="bad.csv")
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_what_is_doubtful_is_said_and_the_answer_is_still_given(files: Path) -> None:
    rows = (
        "subject,relation,object,share,from,until\nL,owns,A,60%,2026-01-01,2025-01-01\n"
        "L,owns,B,60%,,\nX,owns,B,70%,,\nB,owns,B,5%,,\n"
    )
    (files / "odd.csv").write_text(rows, encoding="utf-8")
    result = run(files, "exposure", "A", "B", "--json", "--as-of", "2025-10-15", links="odd.csv")
    found = answers(result)
    assert (found["A"]["status"], found["B"]["status"]) == ("possibly_owned", "owned")
    assert "odd.csv, row 2, until" in result.stderr
    assert "more than 100 percent" in result.stderr
    assert "tied to itself" in result.stderr


def test_simulate_gives_the_fields_of_the_contract(files: Path) -> None:
    (files / "orders.csv").write_text(
        "id,party,value,currency,subject_to_ear\nO-1,Maker,5,USD,yes\nO-2,Beta,7,USD,yes\n", encoding="utf-8"
    )
    (files / "bill.csv").write_text("item,component,supplier\nCamera,Chip,Beta\n", encoding="utf-8")
    (files / "trade.csv").write_text(
        "subject,relation,object,value,currency\nMaker,supplies,Beta,300,USD\nFund,invested_in,Beta,20,USD\n",
        encoding="utf-8",
    )
    more = ["--orders", str(files / "orders.csv"), "--products", str(files / "bill.csv")]
    result = run(files, "simulate", "--list", "Beta", "--on", "2025-10-15", *more, links="trade.csv")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert {"schema", "simulated", "effects", "products", "orders", "holdings", "totals"} <= found.keys()
    assert all(
        {"party", "relation", "effect", "rule", "path", "amount"} <= one.keys() for one in found["effects"]
    )
    assert {(one["party"], one["relation"]): one["effect"] for one in found["effects"]} == {
        ("Beta", "listed"): "license_required",
        ("Maker", "supplies"): "license_required",
        ("Fund", "invested_in"): "none",
    }
    assert [one["id"] for one in found["orders"]] == ["O-2"]
    assert found["products"][0]["without_source"]
    assert found["holdings"][0]["holder"] == "Fund"
    assert found["totals"]["revenue_at_risk"] == {"USD": 300}


def test_the_event_of_october_2019_is_simulated_on_the_ties_that_come_with_ringfence(files: Path) -> None:
    arguments = [
        "simulate",
        "--list",
        "84 FR 54002",
        "--as-of",
        "2019-10-08",
        "--on",
        "2019-10-09",
        "--links",
        "reference-2019",
    ]
    result = CliRunner().invoke(main, ["--store", str(files / "none.db"), *arguments])
    found = json.loads(result.stdout)
    assert len(found["simulated"]) == 28
    assert found["totals"]["parties_listed"] == 28
    licensed = {
        one["party"]
        for one in found["effects"]
        if one["way"] == "supply_to" and one["effect"] == "license_required"
    }
    assert licensed == {"Ambarella", "Nvidia", "Techpoint"}


def test_simulate_without_a_supposition_is_a_wrong_request(files: Path) -> None:
    assert run(files, "simulate").exit_code == 2


def test_a_watch_list_is_ranked(files: Path) -> None:
    (files / "watch.csv").write_text("name\nNobody\nL\n", encoding="utf-8")
    arguments = ["simulate", "--rank", str(files / "watch.csv"), "--links", str(files / "links.csv")]
    result = CliRunner().invoke(main, ["--store", str(files / "none.db"), *arguments])
    assert [json.loads(line)["candidate"] for line in result.stdout.splitlines()] == ["L", "Nobody"]


@pytest.mark.parametrize("command", [["exposure"], ["simulate", "--list", "Maker"]])
def test_a_page_stands_alone_and_escapes_what_it_shows(files: Path, command: list[str]) -> None:
    (files / "odd.csv").write_text(
        "subject,relation,object\n<script>alert(1)</script>,supplies,L\nMaker,supplies,<b>\n",
        encoding="utf-8",
    )
    page = files / "page.html"
    result = run(files, *command, "--html", str(page), links="odd.csv")
    assert result.exit_code == 0, result.output
    text = page.read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert "<b>" not in re.sub(r"<b>[\d,a-zA-Z ]*</b>", "", text)
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!#)", text)
    assert "<svg" in text
    assert "Skip the picture" in text


def seeded(files: Path, list_id: str, name: str, *arguments: str, country: str = "") -> Result:
    """The command with one party listed privately."""
    with (files / "seeds.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("list", "name", "country"), (list_id, name, country)])
    asked = [*arguments, "--json", "--as-of", "2025-10-15", "--extra-list", str(files / "seeds.csv")]
    return CliRunner().invoke(main, ["--store", str(files / "none.db"), "exposure", *asked])


@pytest.mark.shared
def test_a_consolidated_company_of_gleif_may_be_owned_by_its_listed_parent(files: Path, shared: Path) -> None:
    folder, lei = shared / "data/ownership/gleif/api", "851WYGNLUQLFZBSYGB56"
    links = [
        argument
        for kind in ("single_lei_record", "direct-child-relationships", "direct-children")
        for argument in ("--links", str(folder / f"{kind}_{lei}.json"))
    ]
    result = seeded(files, "us_bis_entity", "COMMERZBANK Aktiengesellschaft", *links, country="DE")
    found = answers(result)
    parent = found.pop("COMMERZBANK Aktiengesellschaft")
    assert (parent["party"]["id"], parent["status"]) == (lei, "listed")
    assert len(found) == 15
    assert {(one["status"], one["effect"]) for one in found.values()} == {("possibly_owned", "indeterminate")}
    ways = {(path["way"], path["parties"][-1]) for one in found.values() for path in one["paths"]}
    assert ways == {("owned_by", "COMMERZBANK Aktiengesellschaft")}
    (link,) = found["COMMERZ NOMINEES LIMITED"]["paths"][0]["links"]
    assert (link["relation"], link["subject"]) == ("controls", "COMMERZBANK Aktiengesellschaft")
    assert link["source"].startswith("GLEIF, direct-child-relationships")
    assert "holds records 1 to 15 of 35" in result.stderr
    assert "is an LEI that no file describes" in result.stderr


@pytest.mark.shared
def test_a_fund_that_files_n_port_holds_what_is_listed(files: Path, shared: Path) -> None:
    path, issuer = shared / "data/holdings/nport.xml", "KENTUCKY ASSET / LIABILITY COMMN"
    blocks = path.read_text(encoding="utf-8").split("<invstOrSec>")
    held = [
        Decimal(re.findall(r"<valUSD>([\d.]+)", block)[0]) for block in blocks if f"<name>{issuer}<" in block
    ]
    result = seeded(files, "us_ofac_cmic", issuer, "--links", str(path))
    (fund,) = [one for one in answers(result).values() if one["paths"]]
    assert fund["party"]["name"].startswith("Dupree Mutual Funds")
    assert {(path["way"], path["effect"]) for path in fund["paths"]} == {
        ("equity_in", "securities_prohibited")
    }
    assert len(fund["paths"]) == len(held) == 3
    assert fund["totals"]["position_at_risk"] == {"USD": float(sum(held))}
    assert fund["totals"]["by_rule"].keys() == {"Executive Order 14032"}


@pytest.mark.shared
def test_the_filer_of_a_13f_table_is_named_by_its_user(files: Path, shared: Path) -> None:
    links = ["--links", str(shared / "data/holdings/13f_infotable.xml"), "--holder", "Our Pension Fund"]
    found = answers(seeded(files, "us_bis_entity", "ABBVIE INC", "Our Pension Fund", *links))
    (path,) = found["Our Pension Fund"]["paths"]
    assert (path["way"], path["effect"], path["amount"]["high"]) == ("equity_in", "none", 1_200_749)
    assert path["links"][0]["source"].startswith("13F, 13f_infotable.xml, line ")


@pytest.mark.shared
def test_the_positions_of_twenty_filers_are_summed_as_the_file_states_them(files: Path, shared: Path) -> None:
    path, issuer = shared / "data/holdings/13f_positions_2026-03-31_sample.csv.gz", "NVIDIA Corporation"
    stated: Counter[str] = Counter()
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["issuer_name"].casefold() == issuer.casefold():
                stated[row["filer_name"]] += int(row["value_usd"])
    result = seeded(files, "us_ofac_cmic", issuer, *stated, "--links", str(path))
    found = answers(result)
    assert {name: one["totals"]["position_at_risk"] for name, one in found.items()} == {
        name: {"USD": value} for name, value in stated.items()
    }
    assert f"positions at risk {sum(stated.values()):,} USD" in result.stderr
