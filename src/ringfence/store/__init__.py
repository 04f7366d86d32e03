"""The history of the lists, with two clocks."""

from ringfence.store.chronicle import Chronicle
from ringfence.store.events import Event, EventKind
from ringfence.store.history import Attempt, AttemptOutcome, Recorded, Store, open_store
from ringfence.store.parties import Join, JoinedParty, Parties, Ruling, join_parties
from ringfence.store.view import View, view_of

__all__ = [
    "Attempt",
    "AttemptOutcome",
    "Chronicle",
    "Event",
    "EventKind",
    "Join",
    "JoinedParty",
    "Parties",
    "Recorded",
    "Ruling",
    "Store",
    "View",
    "join_parties",
    "open_store",
    "view_of",
]
