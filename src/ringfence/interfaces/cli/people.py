"""`ringfence people`: who may sign in to the service, and with which role."""

from typing import TextIO

import click
from rich.markup import escape

from ringfence.errors import InputError
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.keys import access_option, registry_of, role_option
from ringfence.interfaces.cli.options import now

_LEAST = 12


@click.group()
def people() -> None:
    """Add, list and end the people of the service."""


@people.command()
@click.argument("name")
@role_option
@click.option("--by-proxy", is_flag=True, help="No password: an identity-aware proxy says who they are.")
@click.option(
    "--password-from", type=click.File("r"), help="Read the password from a file, or - for standard input."
)
@access_option
@click.pass_context
def add(
    ctx: click.Context,
    name: str,
    role: str,
    by_proxy: bool,
    password_from: TextIO | None,
    access: str | None,
) -> None:
    """Add NAME, or change their role and password; their sessions end."""
    password = None
    if not by_proxy:
        password = (
            password_from.read().rstrip("\n")
            if password_from
            else click.prompt("Password", hide_input=True, confirmation_prompt=True)
        )
        if len(password) < _LEAST:
            raise click.UsageError(f"a password has at least {_LEAST} characters.")
    registry_of(ctx, access).put_person(name, role, now=now(), password=password)
    console.people.print(f"{escape(name)} may sign in as {role}.")


@people.command("list")
@access_option
@click.pass_context
def list_people(ctx: click.Context, access: str | None) -> None:
    """Everybody who was ever let in."""
    table = console.table_of("name", "role", "signs in by", "since", "until")
    for one in registry_of(ctx, access).people():
        table.add_row(
            escape(one.name),
            one.role,
            "password" if one.by_password else "proxy",
            f"{one.created_at:%Y-%m-%d}",
            f"{one.ended_at:%Y-%m-%d}" if one.ended_at else "",
            style="dim" if one.ended_at else "",
        )
    console.data.print(table)


def second_eyes(ctx: click.Context, name: str) -> bool:
    """Whether somebody of this name is let in and may approve. Nobody is, where the service is not installed."""
    try:
        registry = registry_of(ctx, None)
    except InputError:
        return False
    caller = registry.caller_by_name(name)
    return caller is not None and "approve" in caller.may


@people.command()
@click.argument("name")
@access_option
@click.pass_context
def end(ctx: click.Context, name: str, access: str | None) -> None:
    """Let NAME in no more."""
    registry_of(ctx, access).end_person(name, now=now())
    console.people.print(f"{escape(name)} is let in no more.")
