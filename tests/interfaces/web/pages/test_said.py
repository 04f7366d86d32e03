"""What the engine says, in Chinese: every sentence of its finite set is translated, and nobody's own words are."""

import datetime as dt
import json
import re
import string
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence import Engine, read_settings
from ringfence.decisions.decision import TESTS
from ringfence.decisions.rule import rules
from ringfence.graph import exposure
from ringfence.interfaces.language.said import SUBJECTS, said
from ringfence.interfaces.language.texts import messages
from ringfence.records.transaction import read_transaction
from ringfence.sources.private_list import read_private_list
from ringfence.sources.registry import legal_lists, sources

DECISIONS = Path(__file__).resolve().parents[3] / "decisions"
KNOWN = {
    key.partition(".")[2].partition(".")[2]: str(message)
    for key, message in messages("zh").items()
    if key.partition(".")[0] in SUBJECTS
}


def shown(text: str) -> str:
    """The translation, with what was left in its language in brackets."""
    return "".join(f"[{one.text}]" if one.original else one.text for one in said(text, "zh"))


def values(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_every_rule_list_test_and_meaning_is_translated() -> None:
    told = [words for rule in rules() for words in (rule.title, rule.text, *rule.conditions)]
    told += TESTS.values()
    told += [
        words
        for one in sources().values()
        for words in (one.title, one.publisher, one.warning)
        if words and words != "ringfence"
    ]
    told += [
        words
        for one in legal_lists().values()
        for words in (one.consequence, one.effect, one.who_must_act, one.way_out, one.authority)
        if words
    ]
    tables = Path(exposure.__file__).parent
    told += [one["text"] for one in tomllib.loads((tables / "meanings.toml").read_text("utf-8"))["meanings"]]
    regimes = tomllib.loads((tables / "regimes.toml").read_text("utf-8"))["regimes"]
    told += [one["title"] for one in regimes]
    told += [period["text"] for one in regimes for period in one["periods"] if period.get("text")]
    missing = [words for words in told if words not in KNOWN]
    assert not missing, f"say these in messages/zh/said*.toml, under the same text: {missing}"


def test_a_translation_says_the_same_values() -> None:
    assert {text: values(text) for text in KNOWN} == {text: values(zh) for text, zh in KNOWN.items()}


def test_everything_that_the_worked_cases_say_is_translated(tmp_path: Path) -> None:
    cases = [json.loads(line) for line in (DECISIONS / "worked_cases.jsonl").read_text("utf-8").splitlines()]
    settings = read_settings({}, store=str(tmp_path / "none.db"), cache=str(tmp_path / "cache"))
    seeds = read_private_list(DECISIONS / "worked_seeds.csv")
    with Engine.open(settings, now=dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC), extra=seeds) as engine:
        answers = list(
            engine.decide([read_transaction(one["transaction"]) for one in cases if one["lists"] != "shared"])
        )
    told = {
        words
        for answer in answers
        for words in (
            answer.summary,
            *answer.missing,
            *answer.conditions,
            *(one.title for one in answer.tests),
            *(ground for item in answer.items for ground in item.grounds),
            *(one.text for one in answer.findings),
            *(one.ownership for one in answer.findings if one.ownership),
        )
    }
    assert len(told) > 200
    assert not [words for words in told if said(words, "zh") == ((words, True),)]
    heads = (
        "is required on|No requirement found|May go ahead|Not to be told|Prohibited on|Outside these rules"
    )
    assert not [shown(one.summary) for one in answers if re.search(heads, shown(one.summary))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("license required; case by case or presumption of denial", "须申领许可证；逐案审查或推定拒绝"),
        (
            "same name 'A and B Co.'; country CN, HK; also 'A', 'B'",
            "名称相同 'A and B Co.'；国家 CN, HK；另有 'A', 'B'",
        ),
        (
            "name 'A' is \"A's\"; but several parties bear it, no country in common",
            "名称 'A' 即 \"A's\"；但多个主体使用此名、无共同国家",
        ),
        ("ruled by ben on 2026-03-02: nothing; said", "ben 于 2026年3月2日 裁定：[nothing; said]"),
        ("ruled by ben on 2026-03-02: lost; correct it", "ben 于 2026年3月2日 裁定：[lost; correct it]"),
        ("f.csv: cannot be read (Is a directory); split it", "f.csv：无法读取（[Is a directory]）；请拆分"),
        ("share: nothing", "[share: nothing]"),
        (
            "OFAC 50 Percent Rule: if Acme is Acme Ltd.: possibly owned, 25–60%; blocked (rule in force, 31 CFR 589.411)",
            "OFAC 50% 规则：若 Acme 即 Acme Ltd.：可能拥有，25–60%；冻结（规则有效，31 CFR 589.411）",
        ),
        ("Acme has more than 50% of Bolt (register)", "Acme 持有 Bolt 的 超过 50%（register）"),
        (
            "alert 5 is in review: it cannot be approved. It can be when it is proposed.",
            "预警 5 的状态是“复核中”，不能执行“批准”；状态为“待批准”时可以。",
        ),
        ("A registry says otherwise.", "[A registry says otherwise.]"),
        ("items[0].origin", "物项 1: 原产地"),
        (
            (
                "Entity List (end user) is Nuclear end use on the Unverified List: no license exception may be used, and an "
                "act that needs no license needs its UVL statement first. Not known: destination, items[1].origin."
            ),
            (
                "Entity List（最终用户）即未经核实清单上的 Nuclear end use：不得使用许可例外；无须许可证的行为须先取得其 UVL "
                "声明。尚不清楚：目的地、物项 2: 原产地。"
            ),
        ),
        (
            "A license is required on 2019-11-01. Foo Co., Ltd. (end user) is Foo on the Unverified List: no license.",
            "2019年11月1日 须申领许可证。[Foo Co., Ltd. (end user) is Foo on the Unverified List: no license.]",
        ),
        (
            (
                "Huawei Device (Dongguan) Co., Ltd. (end user) is Huawei on the Entity List since 2019-05-16; its entry "
                "requires a license: For all items subject to the EAR. The item is subject to the EAR: it is of US origin."
            ),
            (
                "Huawei Device (Dongguan) Co., Ltd.（最终用户）即自 2019年5月16日 起列于实体清单的 Huawei；其条目要求许可证："
                "[For all items subject to the EAR]。物项受 EAR 管辖：物项原产于美国。"
            ),
        ),
    ],
)
def test_sentences_are_put_together_from_what_is_known(text: str, expected: str) -> None:
    assert shown(text) == expected


@given(st.text(max_size=300))
def test_what_fits_no_template_stays_to_the_letter(text: str) -> None:
    pieces = said(text, "zh")
    if pieces[0].original and len(pieces) == 1:
        assert pieces[0].text == text
    assert "".join(one.text for one in said(text, "en")) == text or re.match(r"\w+\[", text)
