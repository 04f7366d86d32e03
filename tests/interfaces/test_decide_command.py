"""`ringfence decide` and its evidence, as a person uses them."""

import csv
import datetime as dt
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.interfaces.conftest import Run

HIKVISION = "Hangzhou Hikvision Digital Technology Co., Ltd."


def transaction(**changes: Any) -> dict[str, Any]:
    return {
        "id": "T-1",
        "on": "2019-10-09",
        "activity": "export",
        "actor": {"country": "US", "us_person": True},
        "parties": [{"role": "ultimate_consignee", "name": HIKVISION, "country": "CN"}],
        "items": [
            {
                "description": "hard disk",
                "kind": "commodity",
                "jurisdiction": "EAR",
                "classification": "EAR99",
                "origin": "US",
                "located_in": "US",
                "facts": [],
            }
        ],
        "destination": "CN",
        "end_use": [],
        "other_license_required": False,
        **changes,
    }


def answers(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_one_object_a_list_and_lines_are_answered_alike(run: Run) -> None:
    one, two = transaction(), transaction(id="T-2", on="2019-10-08")
    whole = answers(run("decide", "-", stdin=json.dumps([one, two])).stdout)
    lines = answers(run("decide", "-", stdin=f"{json.dumps(one)}\n\n{json.dumps(two)}\n").stdout)
    single = answers(run("decide", "-", stdin=json.dumps(one, indent=2)).stdout)
    assert [a["id"] for a in whole] == ["T-1", "T-2"]
    assert [(a["outcome"], a["review_policy"]) for a in lines] == [
        ("license_required", "presumption_of_denial"),
        ("no_requirement_found", "none"),
    ]
    assert [a["findings"] for a in whole] == [a["findings"] for a in lines]
    assert single[0]["findings"] == whole[0]["findings"]


def test_the_answer_follows_the_contract(run: Run) -> None:
    (answer,) = answers(run("decide", "-", stdin=json.dumps(transaction())).stdout)
    assert answer["schema"] == "ringfence/1"
    assert answer["license_exceptions"] == []
    assert answer["missing"] == []
    assert answer["hold"] is False
    (finding,) = answer["findings"]
    assert finding["rule"] == "entity_list"
    assert finding["rule_in_force"] == ["2008-08-21", None]
    assert {"15 CFR 744.11", "15 CFR 744.16", "84 FR 54002"} <= set(finding["citation"])
    assert finding["party"] == HIKVISION
    assert finding["listing"].startswith("us_bis_entity:")
    assert finding["listing_version"].startswith("sha256:")
    assert finding["match"]["sure"] is True
    assert "us_bis_entity" in answer["lists_checked"]
    assert set(answer["provenance"]) >= {
        "engine",
        "settings",
        "lists",
        "not_searched",
        "at",
        "valid_on",
        "known_at",
        "rules",
    }
    assert answer["provenance"]["valid_on"] == "2019-10-09"


def test_what_is_refused_names_its_path_and_the_others_are_answered(run: Run) -> None:
    wrong = transaction(id="bad", parties=[{"role": "end_user"}])
    lines = [
        json.dumps(transaction()),
        json.dumps(wrong),
        "nonsense",
        json.dumps(transaction(id="T-4", colour="red")),
        json.dumps(transaction(id="T-5")),
        '{"id":' * 20_000,
    ]
    ran = run("decide", "-", stdin="\n".join(lines))
    assert ran.returncode == 2
    got = answers(ran.stdout)
    assert [a["id"] for a in got] == ["T-1", "bad", None, "T-4", "T-5", None]
    assert [a.get("path") for a in got] == [None, "parties[0].name", "", "colour", None, ""]
    assert all(set(a) == {"id", "error", "path"} for a in got[1:4])


def test_a_private_list_joins_for_the_call(run: Run, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.csv"
    seeds.write_text(
        "list,name,country,since,until\nus_bis_denied,Qilin Widget Works,CN,2020-01-01,2020-12-31\n"
    )
    asked = [
        transaction(id=day, on=day, parties=[{"role": "bank", "name": "Qilin Widget Works", "country": "CN"}])
        for day in ("2019-12-31", "2020-01-01", "2020-12-31", "2021-01-01")
    ]
    ran = run("decide", "-", "--extra-list", seeds, stdin=json.dumps(asked))
    assert [a["outcome"] for a in answers(ran.stdout)] == [
        "no_requirement_found",
        "prohibited",
        "prohibited",
        "no_requirement_found",
    ]


@pytest.mark.parametrize(
    ("given", "outcome"), [(None, "indeterminate"), ("in_force", "license_required"), ("stayed", "red_flag")]
)
def test_the_affiliates_rule_follows_the_user_where_nobody_else_knows(
    run: Run, given: str | None, outcome: str
) -> None:
    owners = [{"name": HIKVISION, "country": "CN", "share": [0.6, 0.6]}]
    party = {
        "role": "end_user",
        "name": "Qilin Widget Works",
        "country": "CN",
        "incorporated_in": "CN",
        "owners": owners,
    }
    asked = transaction(on="2026-11-20", parties=[party], items=[{**transaction()["items"][0]}])
    options = ("--affiliates-rule", given) if given else ()
    (answer,) = answers(run("decide", "-", *options, stdin=json.dumps(asked)).stdout)
    assert answer["outcome"] == outcome


def test_what_the_user_says_never_overrules_a_day_that_is_known(run: Run) -> None:
    owners = [{"name": HIKVISION, "country": "CN", "share": [0.6, 0.6]}]
    party = {"role": "end_user", "name": "Qilin Widget Works", "country": "CN", "owners": owners}
    asked = transaction(on="2025-11-15", parties=[party])
    (answer,) = answers(run("decide", "-", "--affiliates-rule", "in_force", stdin=json.dumps(asked)).stdout)
    assert answer["outcome"] == "red_flag"


def test_orders_in_a_table_are_transactions(run: Run, tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    with orders.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["Order No", "Ship Date", "Customer", "Ctry", "ECCN", "Origin", "Destination", "End use", "Facts"]
        )
        writer.writerow(["O-1", "2019-10-09", HIKVISION, "CN", "EAR99", "US", "CN", "none", "none"])
        writer.writerow(["O-2", "2019-10-08", HIKVISION, "CN", "EAR99", "US", "CN", "none", "none"])
        writer.writerow(["O-3", "", HIKVISION, "CN", "EAR99", "US", "CN", "none", "none"])
    ran = run("decide", orders, "--map", "party.country=Ctry")
    assert ran.returncode == 2
    got = answers(ran.stdout)
    assert [(a["id"], a.get("outcome"), a.get("path")) for a in got] == [
        ("O-1", "license_required", None),
        ("O-2", "no_requirement_found", None),
        ("O-3", None, "on"),
    ]
    assert "party.name" in ran.stderr


def test_the_memo_holds_what_a_file_must_hold(run: Run, tmp_path: Path) -> None:
    memo = tmp_path / "memo.html"
    run("decide", "-", "--out", memo, "--prepared-by", "A. <Clerk>", stdin=json.dumps(transaction()))
    text = memo.read_text("utf-8")
    for held in (
        "License required", "hard disk", "15 CFR 744.11", "84 FR 54002", "Subject to the EAR", "it is of US origin",
        "Tests run", "Not searched", "A. &lt;Clerk&gt;", "Approved by", "presumption of denial", "rules sha256:",
    ):  # fmt: skip
        assert held in text, held
    assert not re.search(r"""(?:src|href)=["'](?!#)""", text), "the memo must stand alone"


def test_questions_are_asked_only_while_their_answers_matter(run: Run) -> None:
    typed = [
        "T-9",
        "2019-10-09",
        "export",
        HIKVISION,
        "ultimate_consignee",
        "CN",
        "EAR99",
        "CN",
        "none",
        "?",
        "?",
        "?",
    ]
    ran = run("decide", "--ask", stdin="\n".join(typed) + "\n")
    assert ran.returncode == 0, ran.stderr
    (answer,) = answers(ran.stdout)
    assert (answer["outcome"], answer["review_policy"]) == ("license_required", "presumption_of_denial")
    assert "ECCN" in ran.stderr
    assert "nationality" not in ran.stderr
    assert "Whose item" not in ran.stderr, "a classification of the EAR says whose item it is"


def test_a_decision_is_kept_checked_and_repeated_after_newer_lists(run_stored: Run, tmp_path: Path) -> None:
    first = run_stored("decide", "-", stdin=json.dumps(transaction()))
    assert "Recorded in the ledger" in first.stderr
    again = run_stored("replay", "T-1")
    assert again.returncode == 0
    assert again.stdout == first.stdout
    checked = run_stored("ledger", "verify")
    assert checked.returncode == 0
    assert "every line holds" in checked.stdout
    package = tmp_path / "e.zip"
    run_stored("ledger", "export", package)
    alone = subprocess.run([sys.executable, "-I", package], capture_output=True, text=True, check=False)
    assert alone.returncode == 0, alone.stdout


@pytest.mark.shared
def test_a_decision_is_repeated_to_the_byte_after_a_list_was_loaded(
    run_stored: Run, tmp_path: Path, shared: Path
) -> None:
    asked = transaction(on="2022-06-01")
    before = run_stored("decide", "-", "--known-at", "2022-06-02T00:00:00Z", stdin=json.dumps(asked))
    loaded = run_stored("refresh", "us_csl", "--file", shared / "data/us/csl/consolidated_2022-04-21.csv.gz")
    assert loaded.returncode == 0, loaded.stderr
    after = run_stored("decide", "-", "--no-ledger", stdin=json.dumps(asked))
    assert answers(after.stdout)[0]["provenance"]["lists"] != answers(before.stdout)[0]["provenance"]["lists"]
    again = run_stored("replay", "T-1")
    assert again.stdout == before.stdout
    assert again.returncode == 0
    assert run_stored("ledger", "verify").returncode == 0


def test_a_hold_and_a_purge_from_the_command_line(run_stored: Run) -> None:
    run_stored("decide", "-", stdin=json.dumps(transaction()))
    assert run_stored("ledger", "hold", "T-1", "--reason", "audit", "--by", "counsel").returncode == 0
    refused = run_stored("ledger", "purge", "T-1", "--by", "clerk")
    assert refused.returncode == 2
    assert "legal hold" in refused.stderr
    assert run_stored("ledger", "release", "T-1", "--reason", "closed", "--by", "counsel").returncode == 0
    kept = run_stored("ledger", "purge", "T-1", "--by", "clerk")
    assert kept.returncode == 2
    assert f"{dt.datetime.now(dt.UTC).year + 5}" in kept.stderr
    assert run_stored("ledger", "verify").returncode == 0


def test_the_rules_are_shown_with_their_days(run: Run) -> None:
    shown = run("rules", "--as-of", "2025-11-15")
    assert "affiliates" in shown.stdout
    assert "stayed" in shown.stdout
    assert "standards_huawei" not in shown.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("decide",),
        ("decide", "x.json", "--ask"),
        ("decide", "none.json"),
        ("decide", "-", "--out", "memo.pdf"),
        ("replay", "9"),
    ],
)
def test_a_wrong_request_is_one_line_and_exit_code_two(run: Run, arguments: tuple[str, ...]) -> None:
    ran = run(*arguments, stdin="{}")
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
