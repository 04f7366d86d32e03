"""`ringfence serve`: the API on one address, for this machine or, with keys, for others."""

import ipaddress
from typing import Any, Literal

import click
import msgspec

from ringfence import RuleStatus
from ringfence.errors import InputError
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import now, precisely, settings_of
from ringfence.interfaces.cli.watch import beside
from ringfence.interfaces.logs import log_to_standard_error
from ringfence.interfaces.memory import few_heaps


@click.command(
    epilog="""
Examples:

  ringfence serve

  ringfence keys add "erp" --role analyst && ringfence serve --host 0.0.0.0 --behind-tls

The document of everything that can be asked is at /api/v1/openapi.json.
"""
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8000, show_default=True)
@click.option(
    "--anonymous",
    type=click.Choice(["loopback", "never", "anywhere"]),
    default="loopback",
    show_default=True,
    help="Who may ask without a key: programs on this machine, nobody, or everybody.",
)
@click.option(
    "--access", metavar="PATH", help="Where keys and people are kept; the default is beside the store."
)
@click.option(
    "--uploads",
    metavar="FOLDER",
    help="Where files that people bring are kept, for 30 days; the default is beside the store.",
)
@click.option(
    "--proxy-header", metavar="NAME", help="The header in which an identity-aware proxy says who calls."
)
@click.option(
    "--trusted-proxy",
    "trusted",
    multiple=True,
    metavar="ADDRESS",
    help="An address or network from which that header is believed; may be repeated.",
)
@click.option(
    "--per-minute",
    type=click.IntRange(0),
    default=1_200,
    show_default=True,
    help="Calls of one caller from elsewhere; 0 is no bound.",
)
@click.option(
    "--max-body", type=click.IntRange(1), default=16_000_000, show_default=True, help="Bytes of one request."
)
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="A web origin whose pages may read answers (OpenRefine); may be repeated.",
)
@click.option(
    "--behind-tls", is_flag=True, help="Clients reach the service over HTTPS: cookies are sent over it only."
)
@click.option(
    "--log-names", is_flag=True, help="Let the access log hold what was asked, party names included."
)
@click.option(
    "--watch", "watching", is_flag=True, help="Watch as well, in a process beside: as `ringfence watch` does."
)
@click.option(
    "--receivers",
    metavar="FILE",
    help="With --watch: webhooks and mailboxes that are told. [RINGFENCE_RECEIVERS]",
)
@click.option(
    "--affiliates-rule",
    type=click.Choice(["in_force", "stayed"]),
    help="With --watch: the status of the BIS 50 percent rule, where you know it better than the table shipped.",
)
@click.pass_context
def serve(
    ctx: click.Context,
    host: str,
    port: int,
    anonymous: Literal["loopback", "never", "anywhere"],
    access: str | None,
    uploads: str | None,
    proxy_header: str | None,
    trusted: tuple[str, ...],
    per_minute: int,
    max_body: int,
    origins: tuple[str, ...],
    behind_tls: bool,
    log_names: bool,
    watching: bool,
    receivers: str | None,
    affiliates_rule: RuleStatus | None,
) -> None:
    """Answer over HTTP: pages for people, an API for programs, and the APIs of OpenSanctions, OpenRefine and trade.gov.

    Programs on this machine may ask without a key; all others need one (`ringfence keys add`). A refresh of the lists
    takes effect by itself, without a pause.
    """
    if affiliates_rule and not watching:
        raise click.UsageError("--affiliates-rule goes with --watch; a question says it by itself.")
    uvicorn, create_app, service_of = _web()
    try:
        service = service_of(
            anonymous=anonymous,
            access=access or "",
            uploads=uploads or "",
            proxy_header=proxy_header,
            trusted_proxies=trusted,
            per_minute=per_minute,
            max_body=max_body,
            allow_origins=origins,
            secure_cookies=behind_tls or not _is_loopback(host),
            log_names=log_names,
        )
    except (ValueError, msgspec.ValidationError) as error:
        raise InputError(f"{error}.") from None
    log_to_standard_error()
    few_heaps()
    settings = settings_of(ctx, receivers=receivers)
    app = create_app(settings, now=now, learned=precisely, service=service)
    if watching:
        beside(settings, affiliates_rule)
    if not _is_loopback(host) and not behind_tls:
        console.people.print(
            "[yellow]Note: keys and answers go over the network in the clear; put a TLS proxy before it, and say --behind-tls.[/]"
        )
    console.people.print(
        f"Open http://{host}:{port} in a browser  (API: /api/v1/openapi.json; stop with Ctrl-C)"
    )
    # Forwarded headers are not taken at their word: who is at the other end of the connection counts.
    uvicorn.run(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=30,
        limit_concurrency=512,
        h11_max_incomplete_event_size=65_536,
    )


def _web() -> tuple[Any, Any, Any]:
    try:
        import uvicorn  # noqa: PLC0415

        from ringfence.interfaces.web.application import create_app  # noqa: PLC0415
        from ringfence.interfaces.web.service import Service  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise InputError(
            f"the service needs {error.name}, which is not installed. Install it with: pip install 'ringfence[web]'"
        ) from None
    return uvicorn, create_app, Service


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
