"""The history of the lists, with two clocks."""

from ringfence.store.history import Attempt, AttemptOutcome, Change, Recorded, Store, open_store
from ringfence.store.view import View, view_of

__all__ = ["Attempt", "AttemptOutcome", "Change", "Recorded", "Store", "View", "open_store", "view_of"]
