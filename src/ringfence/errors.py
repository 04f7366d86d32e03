"""Every error ringfence raises on purpose. Each says what happened, where, and what to do now.

RingfenceError
├── SettingsError            a setting is unknown, missing or malformed
├── InputError               a file, row, column or option given by the user cannot be used
├── QueryError               the question is malformed
├── SourceError              a list cannot be had or trusted
│   ├── FetchFailed          the publisher did not answer (may be tried again)
│   ├── LayoutChanged        a field is new, missing or of an unknown kind
│   └── HeldBack             the release failed its checks; the last good snapshot stays in force
├── StoreError               the store cannot be opened, read or written
│   ├── NotKnown             no such record at that instant
│   └── WrongSchema          the store belongs to another version of ringfence
├── Conflict                 what was to be changed is in a state that does not allow it
│   └── MovedOn              somebody else has acted on it since the caller looked
├── RuleError                a rule file, or one of its examples, does not hold
└── AccessDenied             the caller may not do this
    ├── NotAuthenticated     nobody knows who calls
    └── TooManyRequests      the caller has to wait

`exit_code` is what the command line ends with; `status` is the HTTP status. Both belong to the
class, so one table (the tree above) decides them for every door.
"""

from typing import ClassVar


class RingfenceError(Exception):
    """The base of all errors a caller may want to catch. Its text is written for people."""

    exit_code: ClassVar[int] = 4
    status: ClassVar[int] = 500


class SettingsError(RingfenceError):
    """A setting is unknown, missing or malformed."""

    exit_code = 2
    status = 500


class InputError(RingfenceError):
    """A file, row, column or option given by the user cannot be used."""

    exit_code = 2
    status = 400


class QueryError(RingfenceError):
    """The question itself is malformed; `path` names the field at fault where there is one."""

    exit_code = 2
    status = 400

    def __init__(self, message: str, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path


class SourceError(RingfenceError):
    """A list cannot be had or trusted."""

    exit_code = 3
    status = 503


class FetchFailed(SourceError):
    """The publisher did not answer as expected. The same call may succeed later."""


class LayoutChanged(SourceError):
    """A published file has a field that is new, missing or of an unknown kind."""


class HeldBack(SourceError):
    """A release failed its checks. Nothing was loaded; the last good snapshot stays in force."""


class StoreError(RingfenceError):
    """The store cannot be opened, read or written."""

    exit_code = 4
    status = 503


class NotKnown(StoreError):
    """No such record, or none at that day and instant."""

    exit_code = 2
    status = 404


class WrongSchema(StoreError):
    """The store was written by another version of ringfence."""


class Conflict(RingfenceError):
    """What was to be changed is in a state that does not allow it."""

    exit_code = 2
    status = 409


class MovedOn(Conflict):
    """Somebody else has acted since the caller looked: look again, then decide."""

    status = 412


class RuleError(RingfenceError):
    """A rule file is malformed, or one of its own examples does not hold."""


class AccessDenied(RingfenceError):
    """The caller may not do this."""

    exit_code = 4
    status = 403


class NotAuthenticated(AccessDenied):
    """Who calls is not known, or what they show is not valid."""

    status = 401


class TooManyRequests(AccessDenied):
    """The caller has asked too often; `retry_after` is how many seconds to wait."""

    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
