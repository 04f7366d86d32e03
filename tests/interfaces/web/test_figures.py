"""The figures for Prometheus: its text format to the letter, no label without an end, and all of them told in the docs."""

import datetime as dt
import re
from collections import Counter
from pathlib import Path

import pytest

from ringfence import BookParty, Query, Settings, open_store
from ringfence.interfaces.web.application import create_app
from ringfence.interfaces.web.observer import sample
from ringfence.store import Attempt
from ringfence.store.outbox import Outbox, Owed
from ringfence.watch.rescreening import Rescreener
from tests.interfaces.web.serving import serving
from tests.store.entries import entry, release

NOW = dt.datetime(2026, 3, 3, 12, tzinfo=dt.UTC)
DOCS = Path(__file__).parents[3] / "docs" / "monitoring.md"
NAME = r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*"
SAMPLE = re.compile(
    rf'({NAME})(?:\{{((?:{NAME}="(?:[^"\\\n]|\\[\\"n])*",?)*)\}})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+Inf|NaN)'
)
BASE_UNITS = re.compile(r"_(days|hours|minutes|ms|milliseconds|percent|kb|mb|kilobytes|megabytes)(_|$)")
SUFFIXES = ("_bucket", "_sum", "_count")


@pytest.fixture
def told(location: str, tmp_path: Path) -> str:
    """The figures of a service whose store has lists, a book, alerts, refreshes, a pass, and somebody to tell."""
    settings = Settings(store=location, cache=str(tmp_path / "cache"))
    with open_store(location) as store:
        store.record(release("first"), [entry("Kappa Works", key="k")])
        store.note(Attempt("us_csl", NOW, "file", "loaded", ""))
        owed = [Owed(receiver='the "desk"\\', id="1", body=b"{}")]
        watch = Rescreener(store, settings, announce=lambda _: owed)
        watch.book.put(
            [BookParty.of_query(Query(name="Kappa Works", id="a"))], at=NOW, by="ann", origin="test"
        )
        watch.run(now=NOW)
        assert [one.receiver for one in Outbox(store.database).waiting()] == ['the "desk"\\']
    with serving(create_app(settings, now=lambda: NOW + dt.timedelta(hours=1))) as client:
        for path in (
            "/api/v1/search?name=Kappa",
            "/api/v1/listings/none",
            "/no/such/path",
            "/api/v1/nothing",
        ):
            client.get(path)
        return client.get("/metrics").text


def test_every_line_is_a_sample_of_a_family_that_was_told_before_it(told: str) -> None:
    assert told.endswith("\n")
    kinds: dict[str, str] = {}
    helped: Counter[str] = Counter()
    present = ""
    series: Counter[str] = Counter()
    for line in told.splitlines():
        if line.startswith("# HELP "):
            present = line.split(" ", 3)[2]
            helped[present] += 1
            assert line.split(" ", 3)[3].endswith(".")
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == present
            kinds[name] = kind
        else:
            found = SAMPLE.fullmatch(line)
            assert found, line
            name = found[1]
            if kinds[present] == "histogram":
                assert name.removeprefix(present) in SUFFIXES
            else:
                assert name == present
            series[line.rsplit(" ", 1)[0]] += 1
    assert set(helped.values()) == {1}
    assert set(series.values()) == {1}
    for name, kind in kinds.items():
        assert (kind == "counter") == name.endswith("_total"), name
        assert not BASE_UNITS.search(name), name


def test_labels_are_few_and_none_of_them_holds_what_was_asked(told: str) -> None:
    allowed = {"list", "source", "outcome", "state", "receiver", "route", "method", "status", "le", "version"}
    assert set(re.findall(rf'[{{,]({NAME})="', told)) == allowed
    assert "Kappa" not in told
    assert "no/such" not in told
    assert r'receiver="the \"desk\"\\"' in told


def test_the_docs_tell_every_figure_with_its_labels_and_no_other(told: str) -> None:
    families = set(re.findall(r"^# TYPE (\S+)", told, re.MULTILINE))
    rows = re.findall(r"^\| `((?:ringfence|process)_\w+)` \| (.*?) \|", DOCS.read_text("utf-8"), re.MULTILINE)
    assert {name for name, _ in rows} == families
    for name, labels in rows:
        shown = re.findall(rf"^{name}(?:_bucket)?(?:\{{(.*)\}})? ", told, re.MULTILINE)
        assert shown, name
        found = set(re.findall(rf"({NAME})=", shown[0])) - {"le"}
        assert found == set(re.findall(r"`(\w+)`", labels)), name
    used = set(re.findall(r"ringfence_\w+", DOCS.read_text("utf-8").split("## Rules")[1].split("## Log")[0]))
    assert {name.removesuffix("_bucket") for name in used} <= families


def test_rules_for_alarms_ask_for_labels_that_their_figures_have() -> None:
    text = DOCS.read_text("utf-8")
    labels = {
        name: set(re.findall(r"`(\w+)`", told))
        for name, told in re.findall(r"^\| `(ringfence_\w+)` \| (.*?) \|", text, re.MULTILINE)
    }
    rules = re.findall(r"- alert: (\w+)\n +expr: (.*)\n(?: +for: \d+[mh]\n)? +annotations: (.*)\n", text)
    assert len(rules) == text.count("- alert:") > 5
    for alarm, expression, said in rules:
        for figure in re.findall(r"ringfence_\w+", expression):
            asked = {*re.findall(r"[{,](\w+)=", expression), *re.findall(r"\$labels\.(\w+)", said)}
            assert asked <= labels[figure], alarm


def test_a_label_is_escaped_as_the_format_asks_and_no_further() -> None:
    assert sample("a", 1, b='x"\\\ny\tä') == 'a{b="x\\"\\\\\\ny\tä"} 1'
