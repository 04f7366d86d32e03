"""The policy: what it may say, and how nonsense is refused."""

from pathlib import Path

import pytest

from ringfence.errors import SettingsError
from ringfence.review import Policy, read_policy, reason_codes


def test_without_a_file_one_person_decides_and_a_clearing_lasts_a_year() -> None:
    assert read_policy() == Policy(clear_for_days=365, score_rise=0.05, four_eyes=())


def test_the_example_in_the_defaults_can_be_used_as_it_stands(tmp_path: Path) -> None:
    text = Path(__file__).parents[2].joinpath("src/ringfence/review/policy.toml").read_text("utf-8")
    example = [line.removeprefix("#   ") for line in text.splitlines() if line.startswith("#   ")]
    (tmp_path / "review.toml").write_text("\n".join(example), "utf-8")
    (rule,) = read_policy(str(tmp_path / "review.toml")).four_eyes
    assert (rule.verdict, rule.lists, rule.bulk_from) == ("cleared", ("us_bis_entity", "un"), 20)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("clear_for_days = -1", "clear_for_days"),
        ("clear_for_day = 1", "clear_for_day"),
        ("score_rise = 5", "score_rise"),
        ("[[four_eyes]]\nlists = ['us']", "why"),
        ("[[four_eyes]]\nwhy = 'x'\nlists = ['us_bis_entty']", "us_bis_entty"),
        ("[[four_eyes]]\nwhy = 'x'\nreasons = ['because']", "because"),
        ("[[four_eyes]]\nwhy = 'x'\nscore = 1", "score"),
        ("[[four_eyes]]\nwhy = 'x'\namount_from = 5", r"add a table \[worth\]"),
        ("[worth]\nusd = 1", "usd = 1"),
        ("[worth]\nUSD = 0", "USD = 0"),
        ("[worth]\nUSD = inf", "USD = inf"),
        ("four_eyes = [", "not TOML"),
    ],
)
def test_a_policy_that_would_not_do_what_was_meant_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "review.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=told):
        read_policy(str(path))
    with pytest.raises(SettingsError, match="cannot be read"):
        read_policy(str(tmp_path / "none.toml"))


def test_every_reason_has_its_words_in_both_languages() -> None:
    for code, reason in reason_codes().items():
        assert reason.en and reason.zh and reason.verdicts, code
