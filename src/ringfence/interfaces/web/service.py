"""How a service is run: who is let in, how much is taken, what is logged. Frozen, handed in, refuses nonsense."""

import datetime as dt
import ipaddress
from typing import Literal

import msgspec

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_BATCH = 1_000
"""Parties of one screening call."""


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every choice of the person who runs a service; the defaults are the careful ones.

    `anonymous` callers act as `anonymous_role`: only from this machine (`loopback`), never, or from `anywhere`.
    `uploads` is the folder of the files that people bring; when empty it is beside the store.
    `proxy_header` names the header in which an identity-aware proxy says who calls; it counts only from
    `trusted_proxies`. `per_minute` bounds the calls of one caller from outside this machine (0 is no bound),
    `sign_ins_per_minute` the failed attempts to get in of one address. `max_body` is in bytes. A session ends after
    `session_idle` without use and after `session_life` at the latest. `log_names` lets the access log hold what was
    asked. `allow_origins` are web origins whose pages may read answers. `secure_cookies` is off only for plain HTTP.
    """

    anonymous: Literal["loopback", "never", "anywhere"] = "loopback"
    anonymous_role: Literal["viewer", "analyst"] = "analyst"
    access: str = ""
    uploads: str = ""
    proxy_header: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    per_minute: int = 1_200
    sign_ins_per_minute: int = 10
    max_body: int = 16_000_000
    session_idle: dt.timedelta = dt.timedelta(minutes=30)
    session_life: dt.timedelta = dt.timedelta(hours=12)
    secure_cookies: bool = True
    log_names: bool = False
    allow_origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would let in more people than was meant."""
        for one in self.trusted_proxies:
            ipaddress.ip_network(one)
        if self.proxy_header and not self.trusted_proxies:
            raise ValueError(
                "proxy_header needs trusted_proxies: the addresses from which it may be believed"
            )
        if "*" in self.allow_origins:
            raise ValueError("allow_origins names origins one by one; * would let every page on the web ask")

    @property
    def proxies(self) -> tuple[Network, ...]:
        """The trusted addresses, read."""
        return tuple(ipaddress.ip_network(one) for one in self.trusted_proxies)
