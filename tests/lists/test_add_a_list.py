"""The page on adding a list is followed to the letter, in a copy of the project, and what it promises holds."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "add-a-list.md"
_FILE = re.compile(r"^`([^`\s]+/[^`\s]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def followed(page: str, copy: Path) -> list[str]:
    """Write the files of the page into the copy; return its commands."""
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "tests" / "lists").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "lists" / "test_golden.py", copy / "tests" / "lists")
    for name, content in _FILE.findall(page):
        path = copy / name
        assert not path.exists(), f"{name} exists: the page must not change a file of the project"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return [line for block in _COMMANDS.findall(page) for line in block.splitlines()]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    copy = tmp_path_factory.mktemp("copy")
    said = []
    for command in followed(PAGE.read_text(encoding="utf-8"), copy):
        settings = dict(re.findall(r"^(\w+)=(\S+) ", command))
        words = re.findall(r'"[^"]+"|\S+', re.sub(r"^\w+=\S+ ", "", command))
        program = {
            "pytest": [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "--rootdir",
                str(copy),
            ],
            "ringfence": [sys.executable, "-c", "from ringfence.interfaces.cli import main; main()"],
        }[words[0]]
        store = {"RINGFENCE_STORE": str(copy / "store.db")}
        ran = subprocess.run(
            [*program, *(word.strip('"') for word in words[1:])],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy / "src"), "COLUMNS": "200", **store, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        said.append(ran.stdout + ran.stderr)
    return "\n".join(said)


def test_the_page_followed_to_the_letter_gives_a_list_that_is_tested_and_loaded(output: str) -> None:
    assert output.count("1 passed") == 2
    assert "3 rows read, 3 entries" in output


def test_the_new_list_is_searched_and_says_what_it_means_in_law(output: str) -> None:
    assert "xx_port:P-1" in output
    assert "get no berth in the port" in output
