"""`ringfence keys`: API keys for the service. A key is shown once, and only its digest is kept."""

import datetime as dt
from typing import Any

import click
from rich.markup import escape

from ringfence.errors import InputError
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import now, settings_of
from ringfence.store.address import registry_beside


def registry_of(ctx: click.Context, access: str | None) -> Any:
    """The registry of keys and people that a service on the same store uses; closed when the command ends."""
    try:
        from ringfence.interfaces.web.access.registry import Registry  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise InputError(
            f"the service needs {error.name}, which is not installed. Install it with: pip install 'ringfence[web]'"
        ) from None
    return ctx.with_resource(Registry(access or registry_beside(settings_of(ctx).store)))


access_option = click.option(
    "--access", metavar="PATH", help="Where keys and people are kept; the default is beside the store."
)
role_option = click.option(
    "--role",
    type=click.Choice(["viewer", "analyst", "approver", "administrator"]),
    default="analyst",
    show_default=True,
    help="What they may do.",
)


@click.group()
def keys() -> None:
    """Make, list, rotate and revoke API keys."""


@keys.command()
@click.argument("name")
@role_option
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(["read", "screen", "decide", "review", "approve", "administer"]),
    help="Hold the key to this, of what the role may do; may be repeated.",
)
@click.option(
    "--days", type=click.IntRange(1), default=365, show_default=True, help="How long it is good for."
)
@access_option
@click.pass_context
def add(
    ctx: click.Context, name: str, role: str, scopes: tuple[str, ...], days: int, access: str | None
) -> None:
    """Make a key for NAME (a program, not a person). It is printed once; keep it safe."""
    at = now()
    key, text = registry_of(ctx, access).add_key(
        name, role, now=at, scopes=scopes, expires_at=at + dt.timedelta(days=days)
    )
    console.people.print(f"Key {key.id} for {escape(name)}, {role}, good until {key.expires_at:%Y-%m-%d}.")
    click.echo(text)


@keys.command("list")
@access_option
@click.pass_context
def list_keys(ctx: click.Context, access: str | None) -> None:
    """Every key there ever was."""
    at = now()
    table = console.table_of("key", "name", "role", "scopes", "made", "good until")
    for key in registry_of(ctx, access).all_keys():
        ended = key.expires_at is not None and key.expires_at <= at
        table.add_row(
            key.id,
            escape(key.name),
            key.role,
            ", ".join(key.scopes) or "all of the role",
            f"{key.created_at:%Y-%m-%d}",
            f"{key.expires_at:%Y-%m-%d %H:%M}Z" if key.expires_at else "",
            style="dim" if ended else "",
        )
    console.data.print(table)


@keys.command()
@click.argument("key")
@click.option(
    "--grace-hours",
    type=click.FloatRange(0),
    default=24,
    show_default=True,
    help="How long the old one works on.",
)
@access_option
@click.pass_context
def rotate(ctx: click.Context, key: str, grace_hours: float, access: str | None) -> None:
    """Make a new key in place of KEY (its short name); the old one works on for a while."""
    made, text = registry_of(ctx, access).rotate_key(key, now=now(), grace=dt.timedelta(hours=grace_hours))
    console.people.print(
        f"Key {made.id} takes the place of {key}, which works for {grace_hours:g} hours more."
    )
    click.echo(text)


@keys.command()
@click.argument("key")
@access_option
@click.pass_context
def revoke(ctx: click.Context, key: str, access: str | None) -> None:
    """End KEY (its short name) at once."""
    registry_of(ctx, access).revoke_key(key, now=now())
    console.people.print(f"Key {key} has ended.")
