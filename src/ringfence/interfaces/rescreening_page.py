"""The re-screening report as one page that stands alone: no script, nothing loaded, prints well."""

from collections.abc import Iterable
from html import escape

from ringfence.watch.report import AFFILIATES, TITLES, Ownership, Rescreening, headline, told_affiliate

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color-scheme: light dark }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #8884 }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
td { white-space: pre-line }
h2 { font-size: 1.1rem; margin-top: 2rem } small { opacity: .75 }
"""


def page(report: Rescreening) -> str:
    """The report as HTML."""
    effort, coverage = report.effort, report.coverage
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Re-screening {report.number}</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>Re-screening report {report.number}</h1><p>{escape(headline(report))}</p>",
        (
            f"<p>Law of {report.valid_on}, as known at {report.known_at:%Y-%m-%d %H:%M:%S} UTC. {escape(report.engine)}; "
            f"settings <code>{report.settings[:19]}</code>, tables <code>{report.tables[:19]}</code>.</p>"
        ),
        "<h2>Lists before and after</h2>",
        _table(
            ("list", "before", "after", "#entries", "#added", "#changed", "#removed", "Federal Register"),
            (
                (
                    one.list,
                    str(one.before_as_of or ""),
                    str(one.after_as_of or ""),
                    f"{one.entries:,}",
                    f"{one.added:,}",
                    f"{one.changed:,}",
                    f"{one.removed:,}",
                    ", ".join(one.citations),
                )
                for one in report.lists
            ),
        ),
        "<h2>Population and work</h2>",
        _table(
            ("what", "#figure"),
            (
                ("parties in the book", f"{coverage.parties:,}"),
                ("screened", f"{coverage.screened:,} ({coverage.share:.1%})"),
                *(
                    (f"parties {what} since the pass before", f"{n:,}")
                    for what, n in report.party_changes.items()
                ),
                ("kind", "in full" if effort.kind == "full" else "what the change can touch"),
                *((("why in full", effort.why),) if effort.why else ()),
                ("parties against every entry", f"{effort.parties_in_full:,}"),
                ("entries touched", f"{effort.entries_touched:,}"),
                (
                    "pairs compared",
                    f"{effort.pairs:,} of {effort.pairs_of_all:,} ({effort.spared:.1%} spared)",
                ),
                ("time", f"{effort.seconds:.1f} s ({effort.cpu_seconds:.1f} s of one core)"),
                ("pairs met as before; what was decided stands", f"{report.kept:,}"),
            ),
        ),
    ]
    if report.ownership is not None:
        parts += _ownership(report.ownership)
    for what, title in TITLES.items():
        if found := report.of(what):
            parts += [
                f"<h2>{title}: {len(found):,}</h2>",
                _table(
                    ("#alert", "#score", "party", "listed as", "entry", "state", "why"),
                    (
                        (
                            str(one.alert),
                            f"{one.score:.2f}",
                            f"{one.name} ({one.party})",
                            one.listed_name,
                            one.listing,
                            one.state.replace("_", " "),
                            "; ".join(one.why) or one.cause.replace("_", " "),
                        )
                        for one in found
                    ),
                ),
            ]
    if report.refreshes:
        rows = ((one.source, one.outcome, f"{one.failures:,}", one.message) for one in report.refreshes)
        parts += [
            "<h2>Refreshes</h2>",
            _table(("source", "outcome", "#failures before", "what was said"), rows),
        ]
    parts.append("<h2>Sign-off</h2><p>Reviewed by ______________________  on ______________</p>")
    parts.append("<p><small>What lists say, not legal advice.</small></p></main></body></html>\n")
    return "\n".join(parts)


def _ownership(owned: Ownership) -> Iterable[str]:
    yield "<h2>Who stands behind the book</h2>"
    yield _table(
        ("what", "#figure"),
        (
            ("links", f"{owned.links:,}"),
            ("parties of the book that they speak of", f"{owned.linked:,}"),
            ("of these captured by a listed owner, or maybe", f"{owned.captured:,}"),
            ("ends of links screened in full", f"{owned.ends_in_full:,} of {owned.ends:,}"),
            ("components computed", f"{owned.components_computed:,} of {owned.components:,}"),
        ),
    )
    for what, title in AFFILIATES.items():
        if found := owned.of(what):
            yield f"<h2>{title}: {len(found):,}</h2>"
            yield _table(
                ("party", "listed owner", "entry", "what the rules say, and by which holdings"),
                (
                    (f"{one.name} ({one.party})", one.owner, one.listing, "\n".join(told_affiliate(one)))
                    for one in found
                ),
            )


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(head)
    numeric = [title.startswith("#") for title in titles]
    cells = "".join(
        f'<th scope="col"{" class=n" if n else ""}>{escape(title.lstrip("#"))}</th>'
        for title, n in zip(titles, numeric, strict=True)
    )
    lines = [f"<table><thead><tr>{cells}</tr></thead><tbody>"]
    for row in rows:
        told = "".join(
            f"<td{' class=n' if n else ''}>{escape(text)}</td>" for text, n in zip(row, numeric, strict=True)
        )
        lines.append(f"<tr>{told}</tr>")
    return "\n".join([*lines, "</tbody></table>"])
