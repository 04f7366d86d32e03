"""Writes the parts of README and docs that are output of the program, between their marks.

python docs/generate.py            write them anew
python docs/generate.py --check    only say whether they still hold (exit code 1 when not)
"""

import argparse
import datetime as dt
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_MARKED = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_SHOWN_ROWS = 14


def ringfence(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command on an empty store, so that the reference set answers."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("RINGFENCE_")}
        environment |= {
            "RINGFENCE_STORE": f"{folder}/none.db",
            "RINGFENCE_CACHE": folder,
            "XDG_CONFIG_HOME": folder,
        }
        command = [str(Path(sys.executable).with_name("ringfence")), *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)


def demo() -> str:
    """The beginning of what `make demo` prints, and its summary."""
    found = ringfence("screen", "examples/suppliers.csv")
    lines = [line.rstrip() for line in found.stdout.splitlines()]
    summary = next(line for line in found.stderr.splitlines() if " parties: " in line)
    note = next(line for line in found.stderr.splitlines() if line.startswith("Note:"))
    return "\n".join(["```", *lines[:_SHOWN_ROWS], "...", summary, note, "```", ""])


def hit() -> str:
    """One party answered in full."""
    found = ringfence(
        "search",
        "Hangzou Hikvison Digital Technolgy",
        "--country",
        "CN",
        "--list",
        "us_bis_entity",
        "--limit",
        "1",
    )
    return "\n".join(['```', '$ ringfence search "Hangzou Hikvison Digital Technolgy" --country CN --list us_bis_entity',
                      *(line.rstrip() for line in found.stdout.splitlines()), "```", ""])  # fmt: skip


def decision() -> str:
    """One transaction decided, shortened to what the README explains."""
    found = json.loads(ringfence("decide", "examples/transaction.json").stdout)
    finding = found["findings"][0]
    shown = {
        **{key: found[key] for key in ("outcome", "review_policy", "license_exceptions", "missing", "hold")},
        "items": [
            {key: item[key] for key in ("subject_to_ear", "grounds", "citation")} for item in found["items"]
        ],
        "findings": [
            {
                key: finding[key]
                for key in ("rule", "rule_in_force", "citation", "listing", "listing_version", "text")
            }
        ],
    }
    shown["findings"][0]["listing_text"] = {
        key: finding["listing_text"][key]
        for key in ("license_requirement", "license_review_policy", "valid_from")
    }
    text = json.dumps(shown, indent=2, ensure_ascii=False)
    return "\n".join(["```", "$ ringfence decide examples/transaction.json     (shortened)", text, "```", ""])


def commands() -> str:
    """The help of every command."""
    top = ringfence("--help").stdout
    names = re.findall(r"^  ([a-z-]+)  ", top.split("Commands:")[1], re.MULTILINE)
    parts = ["## ringfence", "", "```", top.rstrip(), "```", ""]
    for name in names:
        parts += [f"## ringfence {name}", "", "```", ringfence(name, "--help").stdout.rstrip(), "```", ""]
    return "\n".join(parts)


GENERATED = {"demo": demo, "hit": hit, "decision": decision, "commands": commands}


def renewed(text: str) -> str:
    """The text with each marked part written anew."""
    return _MARKED.sub(lambda found: found[1] + GENERATED[found["name"]]() + found[3], text)


def openapi() -> str:
    """The document of the service: what may be asked of it, and what it answers."""
    from ringfence import Settings  # noqa: PLC0415  needs the web extra, which the pages do not
    from ringfence.interfaces.web.application import create_app  # noqa: PLC0415
    from ringfence.interfaces.web.document import document  # noqa: PLC0415

    app = create_app(Settings(store="none.db"), now=lambda: dt.datetime(2019, 10, 20, tzinfo=dt.UTC))
    return json.dumps(document(app), indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write or check every page that has generated parts."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page does not hold")
    check = asked.parse_args().check
    stale = []
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        text = page.read_text(encoding="utf-8")
        new = renewed(text)
        if new != text:
            stale.append(page)
            if not check:
                page.write_text(new, encoding="utf-8")
    served, page = openapi(), ROOT / "docs" / "openapi.json"
    if not page.exists() or page.read_text(encoding="utf-8") != served:
        stale.append(page)
        if not check:
            page.write_text(served, encoding="utf-8")
    for page in stale:
        print(
            f"{page.relative_to(ROOT)}: {'does not hold; write it anew with: make docs' if check else 'written'}"
        )  # noqa: T201
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
