"""The desk of a service: one for the store, opened when it is first asked for, and who acts on it."""

import datetime as dt
import threading
from typing import Any

from litestar import Request

from ringfence import Settings
from ringfence.errors import NotKnown
from ringfence.interfaces.web.access.roles import caller_of
from ringfence.review import Desk, Reviewer, read_policy
from ringfence.store import is_made


class Desks:
    """Opens the desk of a store once. Raises SettingsError for a policy that cannot be used, before anybody asks."""

    def __init__(self, settings: Settings) -> None:
        self._location = settings.store
        self.policy = read_policy(settings.review_policy)
        self._desk: Desk | None = None
        self._opening = threading.Lock()

    def desk(self) -> Desk | None:
        """The desk; None while there is no store."""
        if self._desk is None and is_made(self._location):
            with self._opening:
                if self._desk is None:
                    self._desk = Desk.open(self._location, self.policy)
        return self._desk

    def close(self) -> None:
        """Give back every connection."""
        if self._desk is not None:
            self._desk.close()


def desk_of(request: Request[Any, Any, Any]) -> Desk:
    """The desk of this service. Raises NotKnown while there is no store."""
    desk: Desk | None = request.app.state.desks.desk()
    if desk is None:
        raise NotKnown("there are no alerts yet: there is no store. Make one with: ringfence refresh")
    return desk


def reviewer_of(request: Request[Any, Any, Any]) -> Reviewer:
    """Who acts. Only a person is a second pair of eyes: a key is held by a program, or by somebody twice."""
    caller = caller_of(request)
    return Reviewer(caller.name, approves="approve" in caller.may and caller.kind in {"person", "proxy"})


def now_of(request: Request[Any, Any, Any]) -> dt.datetime:
    """The instant of this request."""
    at: dt.datetime = request.app.state.now()
    return at
