"""The review desk: alerts, what people decide about them, and when a decision no longer holds."""

from ringfence.review.alert import (
    CAUSES,
    FACTS,
    OPEN,
    STATES,
    AlertEvent,
    Basis,
    Case,
    Cause,
    Fact,
    FactChange,
    Facts,
    Standing,
    State,
    Subject,
    Verdict,
)
from ringfence.review.contrast import Contrast, contrasts
from ringfence.review.desk import MOST_AT_ONCE, Bulk, Desk, Foreseen, Raised, Reopened, Reviewer
from ringfence.review.dossier import Alert, Disposition
from ringfence.review.policy import FourEyes, Policy, ReasonCode, read_policy, reason_codes
from ringfence.review.queue import NOBODY, SORTS, AlertPage, Filter, Sort, Waiting
from ringfence.review.stake import NOTHING, Stake, Stakes

__all__ = [
    "CAUSES",
    "FACTS",
    "MOST_AT_ONCE",
    "NOBODY",
    "NOTHING",
    "OPEN",
    "SORTS",
    "STATES",
    "Alert",
    "AlertEvent",
    "AlertPage",
    "Basis",
    "Bulk",
    "Case",
    "Cause",
    "Contrast",
    "Desk",
    "Disposition",
    "Fact",
    "FactChange",
    "Facts",
    "Filter",
    "Foreseen",
    "FourEyes",
    "Policy",
    "Raised",
    "ReasonCode",
    "Reopened",
    "Reviewer",
    "Sort",
    "Stake",
    "Stakes",
    "Standing",
    "State",
    "Subject",
    "Verdict",
    "Waiting",
    "contrasts",
    "read_policy",
    "reason_codes",
]
