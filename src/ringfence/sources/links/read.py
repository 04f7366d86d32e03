"""One door for every file of links: what a file is, is told by its content, not by its name."""

from pathlib import Path

from ringfence.sources.links.linkset import LinkSet
from ringfence.sources.links.table import head_of, read_table


def read_links(path: Path, *, holder: str | None = None) -> LinkSet:
    """The links of a file. `holder` names whoever files it, for forms that do not say so themselves.

    Reads tables of links (CSV, JSON Lines, XLSX), FollowTheMoney entities, BODS 0.4 statements, GLEIF data (API
    answers, golden copy, LEI-CDF, RR-CDF and reporting exceptions), SEC Exhibit 21, 13F information tables, N-PORT and
    tables of positions. Raises InputError, with file, row and field, for what cannot be read.
    """
    head_of(path)
    return read_table(path)


def reference_links() -> LinkSet:
    """The ties that were stated of the companies of October 2019, each with who said so."""
    from ringfence.sources.lists.us_reference_2019.statements import links  # noqa: PLC0415 - read only when asked for

    return LinkSet(links=list(links()))
