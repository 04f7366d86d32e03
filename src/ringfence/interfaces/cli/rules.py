"""`ringfence rules`: the rules of a decision, with their days and citations."""

import datetime as dt
import sys

import click

from ringfence import decision_rules, rule_pages
from ringfence.interfaces.cli import console
from ringfence.interfaces.cli.options import Day


@click.command(epilog="Example:  ringfence rules --as-of 2019-10-09")
@click.option("--as-of", type=Day(), metavar="DAY", help="Only rules that have a life on this day.")
@click.option("--page", is_flag=True, help="The whole reference page, in Markdown.")
def rules(as_of: dt.date | None, page: bool) -> None:
    """Show every rule: what it gives, since when, and the law it stands on."""
    if page:
        sys.stdout.write(rule_pages())
        return
    table = console.table_of("test", "rule", "gives", "in force", "citation")
    for rule in decision_rules():
        interval = rule.interval(as_of) if as_of else rule.in_force[-1]
        if interval is None:
            continue
        status = "" if interval.status == "in_force" else f" ({interval.status})"
        days = f"{interval.since or 'always'} to {interval.until or 'open'}{status}"
        table.add_row(rule.test, rule.id, rule.outcome.replace("_", " "), days, "; ".join(rule.citation[:2]))
    console.data.print(table)
