"""Who is told: webhooks and mailboxes, from a file of the person who runs the watch, and from nowhere else.

An address is never taken from a list, an answer or a request; redirects are not followed; plain HTTP is for this machine
alone unless the file says otherwise. Secrets are named in the file (`secret_env`, `secret_file`), read when a message is
sent, and neither stored nor shown.
"""

import ipaddress
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from ringfence.errors import SettingsError

_LEAST_SECRET = 16


class Webhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An address that takes alerts as signed JSON. `per_message` bounds the alerts of one message."""

    name: str
    url: str
    secret_env: str | None = None
    secret_file: str | None = None
    per_message: int = 100
    timeout_seconds: float = 20.0
    plain_http: bool = False

    def __post_init__(self) -> None:
        """Refuse what could not be sent, or would be sent in the clear."""
        found = urlsplit(self.url)
        if found.scheme not in {"https", "http"} or not found.hostname:
            raise ValueError(
                f"webhook {self.name!r}: {self.url!r} is not an address that begins with https://"
            )
        if found.username or found.password:
            raise ValueError(f"webhook {self.name!r}: a password does not belong in the address")
        if found.scheme == "http" and not self.plain_http and not _is_loopback(found.hostname):
            raise ValueError(
                f"webhook {self.name!r}: party names would go in the clear; use https, or say plain_http = true"
            )
        if bool(self.secret_env) == bool(self.secret_file):
            raise ValueError(f"webhook {self.name!r}: say where its secret is, secret_env or secret_file")
        if not 1 <= self.per_message <= 1_000:
            raise ValueError(f"webhook {self.name!r}: per_message is 1 to 1,000")


class Mailbox(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A mail server and whom to write to: one letter for a pass that changed an alert."""

    name: str
    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: str
    to: tuple[str, ...]
    user: str | None = None
    secret_env: str | None = None
    secret_file: str | None = None
    timeout_seconds: float = 30.0

    def __post_init__(self) -> None:
        """Refuse a letter to nobody, a header with line breaks, and a password in the clear."""
        if not self.to:
            raise ValueError(f"mailbox {self.name!r}: nobody to write to")
        if any("\n" in text or "\r" in text or "@" not in text for text in (self.sender, *self.to)):
            raise ValueError(f"mailbox {self.name!r}: an address of mail has an @ and no line break")
        if self.security == "none" and not _is_loopback(self.host):
            raise ValueError(
                f"mailbox {self.name!r}: without TLS only a server on this machine is written to"
            )
        if self.user and bool(self.secret_env) == bool(self.secret_file):
            raise ValueError(f"mailbox {self.name!r}: say where the password of {self.user!r} is")


class Receivers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everybody who is told, each under a name of its own."""

    webhook: tuple[Webhook, ...] = ()
    mailbox: tuple[Mailbox, ...] = ()

    def __post_init__(self) -> None:
        """Refuse names that stand twice, and that of the desk."""
        names = [*(one.name for one in self.webhook), *(one.name for one in self.mailbox)]
        if len(set(names)) < len(names) or "desk" in names or not all(0 < len(one) <= 100 for one in names):
            raise ValueError(
                "every receiver has a name of its own, of at most 100 characters, and none is `desk`"
            )


def read_receivers(path: str) -> Receivers:
    """The receivers of a TOML file; none without a path. Raises SettingsError."""
    if not path:
        return Receivers()
    try:
        return msgspec.convert(tomllib.loads(Path(path).expanduser().read_text("utf-8")), Receivers)
    except OSError as error:
        raise SettingsError(f"{path}: the receivers cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not TOML ({error}).") from None
    except (msgspec.ValidationError, ValueError) as error:
        raise SettingsError(f"{path}: {error}.") from None


def secret_of(one: Webhook | Mailbox, environ: Mapping[str, str]) -> str:
    """The secret of a receiver, from where its entry says. Raises SettingsError, without showing it."""
    if one.secret_env:
        found = environ.get(one.secret_env, "")
        where = f"the variable {one.secret_env}"
    else:
        where = str(one.secret_file)
        try:
            found = Path(where).expanduser().read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"{one.name}: its secret cannot be read from {where}.") from None
    if not found:
        raise SettingsError(f"{one.name}: {where} holds no secret.")
    if isinstance(one, Webhook) and len(found) < _LEAST_SECRET:
        raise SettingsError(f"{one.name}: a secret has at least {_LEAST_SECRET} characters.")
    return found


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
