"""The history of the lists, with two clocks."""

from ringfence.store.address import is_made
from ringfence.store.book import BookChange, BookParty, Imported, Kept, PartyBook
from ringfence.store.chronicle import Chronicle
from ringfence.store.dating import Dating
from ringfence.store.events import Event, EventKind
from ringfence.store.history import Attempt, AttemptOutcome, Clock, Recorded, Store, open_store
from ringfence.store.linked import BookLinks, LinkFile
from ringfence.store.parties import Join, JoinedParty, Parties, Ruling, join_parties
from ringfence.store.reconcile import Difference, Reconciliation, reconcile
from ringfence.store.saved import saved
from ringfence.store.suspensions import Stays
from ringfence.store.view import Standing, View, view_of

__all__ = [
    "Attempt",
    "AttemptOutcome",
    "BookChange",
    "BookLinks",
    "BookParty",
    "Chronicle",
    "Clock",
    "Dating",
    "Difference",
    "Event",
    "EventKind",
    "Imported",
    "Join",
    "JoinedParty",
    "Kept",
    "LinkFile",
    "Parties",
    "PartyBook",
    "Reconciliation",
    "Recorded",
    "Ruling",
    "Standing",
    "Stays",
    "Store",
    "View",
    "is_made",
    "join_parties",
    "open_store",
    "reconcile",
    "saved",
    "view_of",
]
