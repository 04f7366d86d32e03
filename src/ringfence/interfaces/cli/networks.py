"""What `exposure` and `simulate` share: reading links, parties and private lists, and saying what was doubtful."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.markup import escape

from ringfence import LinkSet, Query, read_links, reference_links
from ringfence.interfaces.batch import find_columns, open_table, read_queries, titles_parties
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import affiliates_rule, extra_list

Command = TypeVar("Command", bound=Callable[..., Any])

BUNDLED = "reference-2019"
"""What stands for a file of links: the ties stated of the companies of October 2019."""

_SHOWN = 20


def network_options(command: Command) -> Command:
    """`--links`, `--holder`, `--extra-list`, `--affiliates-rule` and `--regime`."""
    for option in (
        click.option(
            "--regime",
            type=click.Choice(["bis", "ofac", "eu", "uk"]),
            default="bis",
            show_default=True,
            help="Whose rule of ownership to apply.",
        ),
        affiliates_rule,
        extra_list,
        click.option(
            "--list-ties",
            is_flag=True,
            help="Add the ties that list entries state themselves, such as Linked To.",
        ),
        click.option(
            "--holder",
            metavar="NAME",
            help="Who filed the 13F, N-PORT, positions or Exhibit 21 given with --links, where the file does not say.",
        ),
        click.option(
            "--links",
            "link_files",
            multiple=True,
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Ownership, supply and holdings: a table of links, FollowTheMoney, BODS, GLEIF, Exhibit 21, 13F, "
            "N-PORT or positions; reference-2019 is the bundled set. May be repeated.",
        ),
    ):
        command = option(command)
    return command


def links_from(files: Sequence[Path], holder: str | None) -> LinkSet:
    """The links of all files together; what was doubtful in them is told to people."""
    found = LinkSet()
    for path in files:
        found.add(reference_links() if str(path) == BUNDLED else read_links(path, holder=holder))
    told(found.remarks)
    return found


def parties_from(file: str) -> list[Query]:
    """The parties of a table, its columns found by their common names."""
    with open_table(file, titled=titles_parties) as table:
        mapping = find_columns(table, [])
        for line in mapping.lines():
            console.people.print(escape(line))
        return [query for query, _ in read_queries(table, mapping)]


def told(remarks: Iterable[str]) -> None:
    """Say what was doubtful, in lines for people."""
    lines = list(dict.fromkeys(remarks))
    for line in lines[:_SHOWN]:
        console.people.print(f"[yellow]Note: {escape(line)}[/]")
    if len(lines) > _SHOWN:
        console.people.print(f"[yellow]Note: and {len(lines) - _SHOWN:,} more of this kind[/]")
