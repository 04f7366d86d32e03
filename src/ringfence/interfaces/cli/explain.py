"""`ringfence explain`: how two names meet."""

import datetime as dt
import sys

import click
import msgspec

from ringfence import Query
from ringfence.errors import InputError
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import clocks, engine_of, kind_choice


@click.command(
    epilog='Example:  ringfence explain "Hangzhou Haikang Weishi" "Hangzhou Hikvision Digital Technology"'
)
@click.argument("name")
@click.argument("other")
@kind_choice("What both are.")
@clocks
@click.option("--json", "as_json", is_flag=True, help="The comparison as one line of JSON.")
@click.pass_context
def explain(
    ctx: click.Context,
    name: str,
    other: str,
    kind: str,
    as_of: dt.date | None,
    known_at: dt.datetime | None,
    as_json: bool,
) -> None:
    """Compare NAME with OTHER: which words meet, how, what each weighs, and the score they add up to.

    Words are weighed by how rare they are on the lists in force, so the same two names can score differently
    on other lists.
    """
    if not (name.strip() and other.strip()):
        raise InputError("the name is empty, so nothing can be compared; give two names")
    with engine_of(ctx, as_of, known_at) as engine:
        match = engine.compare(Query(name=name, kind=kind), other)  # type: ignore[arg-type]
        review_at, hit_at = engine.review_at, engine.hit_at
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(match) + b"\n")
        return
    outcome = "hit" if match.score >= hit_at else "review" if match.score >= review_at else "no_match"
    console.line(f"[{console.STYLES[outcome]}]{console.WORDS[outcome]}[/]  {match.score:.4f}")
    console.reasons(match.reasons)
