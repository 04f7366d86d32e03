"""The re-screening report: what a pass over the book found, for who signs it."""

from ringfence.interfaces.language.texts import Language, texts_in
from ringfence.interfaces.reports import template
from ringfence.sources.registry import legal_lists
from ringfence.watch.report import AFFILIATES, TITLES, Rescreening, holdings, regimes


def page(report: Rescreening, language: Language = "en") -> str:
    """The report as HTML, in a language."""
    t = texts_in(language)
    return template("rescreening.html", language).render(
        report=report,
        found=[(what, report.of(what)) for what in TITLES],
        affiliates=[(what, report.ownership.of(what)) for what in AFFILIATES] if report.ownership else [],
        regimes=regimes,
        holdings=holdings,
        list_name=lambda list_id: t.of_list(
            list_id, known.short if (known := legal_lists().get(list_id)) else list_id
        ),
    )
