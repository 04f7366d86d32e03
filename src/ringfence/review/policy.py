"""What a decision needs: a reason from the closed list, and a second reviewer where the policy asks for one."""

import datetime as dt
import math
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

import msgspec

from ringfence.errors import QueryError, SettingsError
from ringfence.records.codec import canonical, digest
from ringfence.review.alert import FACTS, Case, Fact, Facts, Verdict
from ringfence.review.stake import UNSTATED, Stake, worth
from ringfence.sources.registry import legal_lists

ALWAYS: frozenset[Fact] = frozenset({"name", "kind", "identifiers", "owners"})
"""The facts that every decision rests on."""

MOST_TEXT = 10_000
"""Characters of a text that is kept with an event."""


class ReasonCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One reason of the closed list: which verdicts it serves, what it rests on, and its words."""

    code: str
    verdicts: tuple[Verdict, ...] = msgspec.field(name="for")
    rests_on: tuple[Fact, ...]
    en: str
    zh: str


@cache
def reason_codes() -> dict[str, ReasonCode]:
    """The closed list of reasons, in its order."""
    table = tomllib.loads(resources.files("ringfence.review").joinpath("reasons.toml").read_text("utf-8"))
    return {code: msgspec.convert({"code": code, **said}, ReasonCode) for code, said in table.items()}


def rests_on(verdict: Verdict, reason: str, text: str) -> tuple[Fact, ...]:
    """The facts that a decision for this reason rests on, in the order of `FACTS`.

    Raises QueryError for a reason that is not in the list, or does not serve the verdict, and for a missing text.
    """
    found = reason_codes().get(reason)
    if found is None or verdict not in found.verdicts:
        known = ", ".join(code for code, one in reason_codes().items() if verdict in one.verdicts)
        raise QueryError(f"{reason[:60]!r} is no reason for {verdict}. Reasons: {known}.", "reason")
    if not text.strip():
        raise QueryError("say in a few words why: the text is kept with the decision.", "text")
    bounded(text)
    return tuple(fact for fact in FACTS if fact in ALWAYS or fact in found.rests_on)


def bounded(text: str) -> str:
    """The text, without blanks around it. Raises QueryError for one that is too long."""
    if len(text) > MOST_TEXT:
        raise QueryError(f"a text of {len(text):,} characters; at most {MOST_TEXT:,} are kept.", "text")
    return text.strip()


class FourEyes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When a second reviewer is asked for: all that is said must hold. `lists` may name jurisdictions (`us`).

    `amount_from` is in the unit of the policy's `worth`. It holds too where what is at stake may be more than is known: an
    amount that could not be read, has no currency, or one that the policy gives no worth. `amount_unstated` says whether
    it holds where nobody stated any amount.
    """

    why: str
    verdict: Verdict | None = None
    lists: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    score_from: float | None = None
    amount_from: float | None = None
    amount_unstated: bool = True
    bulk_from: int | None = None

    def asks(
        self, case: Case, verdict: Verdict, reason: str, bulk: int, rates: Mapping[str, float]
    ) -> str | None:
        """Why it asks for one here, None where it does not; `bulk` is how many alerts are decided at once."""
        holds = (
            self.verdict in {None, verdict}
            and (not self.lists or bool({case.list, case.list.partition("_")[0]} & set(self.lists)))
            and (not self.reasons or reason in self.reasons)
            and (self.score_from is None or case.score >= self.score_from)
            and (self.bulk_from is None or bulk >= self.bulk_from)
        )
        if not holds or self.amount_from is None:
            return self.why if holds else None
        total, unknown = worth(case.facts.at_stake, rates)
        if total >= self.amount_from:
            return self.why
        if unknown == (UNSTATED,) and not self.amount_unstated:
            return None
        return f"{self.why} (asked because {'; '.join(unknown)})" if unknown else None


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How alerts are decided. `clear_for_days` 0 lets a cleared pair stay so without end.

    `worth` is what one unit of each currency is worth, in the unit of `amount_from`: the only way in which amounts of
    different currencies are compared or added.
    """

    clear_for_days: int = 365
    score_rise: float = 0.05
    worth: dict[str, float] = {}
    four_eyes: tuple[FourEyes, ...] = ()

    @property
    def digest(self) -> str:
        """A name of the policy, kept with every decision."""
        return digest(canonical(self))

    def second(self, case: Case, verdict: Verdict, reason: str, bulk: int = 1) -> str | None:
        """Why a second reviewer is asked for; None where one person decides."""
        asked = (one.asks(case, verdict, reason, bulk, self.worth) for one in self.four_eyes)
        return next((why for why in asked if why), None)

    def leading(self, facts: Facts) -> Facts:
        """The facts with the greatest of several stakes first, where the policy says what they are worth."""

        def rank(one: Stake) -> tuple[bool, float]:
            return one.amount is None, -(one.amount or 0.0) * self.worth.get(one.currency or "", 0.0)

        return facts.with_stakes(tuple(sorted(facts.stakes, key=rank))) if facts.stakes else facts

    def expires(self, verdict: Verdict, on: dt.date, asked: dt.date | None) -> dt.date | None:
        """The last day on which a decision of day `on` holds; None is without end.

        Raises QueryError for a day that is past, or further away than the policy allows.
        """
        latest = None
        if verdict == "cleared" and self.clear_for_days:
            latest = on + dt.timedelta(days=self.clear_for_days)
        if asked is None:
            return latest
        if verdict == "confirmed":
            raise QueryError("a confirmed match does not expire; leave the day out.", "expires_on")
        if asked < on:
            raise QueryError(f"{asked} is past: give a day from {on} on.", "expires_on")
        if latest and asked > latest:
            raise QueryError(f"{asked} is too far away: the policy allows up to {latest}.", "expires_on")
        return asked


def read_policy(path: str = "") -> Policy:
    """The policy in a file; without one the defaults. Raises SettingsError."""
    where = path or "policy.toml"
    try:
        text = (
            Path(path).expanduser().read_text("utf-8")
            if path
            else resources.files("ringfence.review").joinpath("policy.toml").read_text("utf-8")
        )
        policy = msgspec.convert(tomllib.loads(text), Policy)
    except OSError as error:
        raise SettingsError(f"{where}: the review policy cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{where}: not TOML ({error}).") from None
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where}: {error}.") from None
    if policy.clear_for_days < 0 or not 0 <= policy.score_rise <= 1:
        raise SettingsError(f"{where}: clear_for_days must not be below 0, score_rise is from 0 to 1.")
    for currency, unit in policy.worth.items():
        if not re.fullmatch(r"[A-Z]{3}", currency) or not 0 < unit < math.inf:
            raise SettingsError(
                f"{where}: worth: {currency} = {unit}: write the ISO code of a currency and a number above 0."
            )
    lists = legal_lists()
    known = {*lists, *(one.jurisdiction.lower() for one in lists.values())}
    for number, one in enumerate(policy.four_eyes, start=1):
        for asked in one.lists:
            if asked not in known and asked not in lists:
                raise SettingsError(f"{where}: four_eyes {number}: {asked!r} is no list and no jurisdiction.")
        if one.amount_from is not None and not policy.worth:
            raise SettingsError(
                f"{where}: four_eyes {number}: amount_from is compared in one unit: add a table [worth] that says what one "
                "unit of each currency is worth in it, such as USD = 1."
            )
        for reason in one.reasons:
            if reason not in reason_codes():
                raise SettingsError(f"{where}: four_eyes {number}: {reason!r} is not in the list of reasons.")
    return policy
