"""The digest of the matcher: any change of a table or a source file makes another engine."""

import shutil
from pathlib import Path

import pytest

import ringfence
from ringfence.matching import tables_digest
from ringfence.version import made_of

PACKAGE = Path(ringfence.__file__).parent


def digest_of(copy: Path) -> str:
    made_of.cache_clear()
    return made_of("matching", "names", package=copy)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for room in ("matching", "names"):
        shutil.copytree(
            PACKAGE / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.pyd")
        )
    return tmp_path


def test_the_digest_does_not_hang_on_the_place_or_on_what_was_built(copy: Path) -> None:
    (copy / "matching" / "_kernel.built.so").write_bytes(b"anything")
    assert digest_of(copy) == tables_digest()


def test_every_table_and_every_source_file_counts(copy: Path) -> None:
    before = digest_of(copy)
    files = [path for path in copy.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".py", ".cpp", ".hpp", ".csv"}
    for path in files:
        content = path.read_bytes()
        path.write_bytes(content + b"\n")
        assert digest_of(copy) != before, path.name
        path.write_bytes(content)
    assert digest_of(copy) == before


def test_a_file_that_is_moved_counts(copy: Path) -> None:
    before = digest_of(copy)
    (copy / "names" / "tables" / "units.csv").rename(copy / "names" / "tables" / "others.csv")
    assert digest_of(copy) != before
