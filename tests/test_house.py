"""The house rules: what may import what, what is public, what rooms are called, and how light it stays."""

import subprocess
import sys
from pathlib import Path

import pytest

import ringfence
from ringfence import errors

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "ringfence"
FORBIDDEN_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "core",
    "base",
    "misc",
    "manager",
    "managers",
    "shared",
}


def test_imports_flow_one_way() -> None:
    script = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run([script, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_no_room_is_named_for_leftovers() -> None:
    names = {path.stem for path in SOURCE.rglob("*") if path.is_dir() or path.suffix == ".py"}
    assert not names & FORBIDDEN_NAMES


def test_the_public_names_are_sorted_and_all_there() -> None:
    assert ringfence.__all__ == sorted(
        ringfence.__all__, key=lambda name: (not name[0].isupper(), name.startswith("_") is False, name)
    )
    for name in ringfence.__all__:
        assert getattr(ringfence, name) is not None


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        ringfence.nonsense  # noqa: B018


def test_importing_ringfence_loads_nothing_heavy() -> None:
    code = "import ringfence, sys; print(*sorted(m for m in sys.modules if '.' not in m))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {
        "alembic",
        "httpx2",
        "jinja2",
        "lxml",
        "numpy",
        "opencc",
        "pyarrow",
        "pycountry",
        "pypinyin",
        "rich",
        "sqlalchemy",
        "xlsxwriter",
    }
    assert not heavy & set(loaded)


def test_searching_does_not_load_what_only_other_commands_need() -> None:
    code = "import ringfence.engine, sys; print(*sorted(m for m in sys.modules if '.' not in m))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {
        "alembic",
        "httpx2",
        "jinja2",
        "numpy",
        "pyarrow",
        "pycountry",
        "pypinyin",
        "opencc",
        "xlsxwriter",
    } & set(loaded)


def every_error() -> list[type[errors.RingfenceError]]:
    found, waiting = [], [errors.RingfenceError]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return [kind for kind in found if kind.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_error_is_drawn_in_the_tree_and_has_its_codes(kind: type[errors.RingfenceError]) -> None:
    assert kind.__doc__
    assert kind.__name__ in (errors.__doc__ or "")
    assert kind.exit_code in {2, 3, 4}
    assert 400 <= kind.status < 600


def test_only_the_edges_read_the_clock_and_the_environment() -> None:
    allowed = {"settings.py", "refresh.py", "options.py", "fetch.py"}
    offenders = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if path.name not in allowed
        and any(
            call in path.read_text(encoding="utf-8")
            for call in ("datetime.now(", "dt.datetime.now(", "date.today(", "os.environ")
        )
    ]
    assert not offenders


def test_no_committed_file_names_a_machine_or_a_package_registry() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    marks = (
        "/ro" + "ot/",
        "/wo" + "rk/",
        "pypi" + ".org",
        "files.python" + "hosted",
        "registry.np" + "mjs",
        "deb.deb" + "ian",
    )
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".xlsx", ".ico", ".woff2"}:
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not [mark for mark in marks if mark in text], name
