"""Checks an exported ledger with nothing but Python: `python PACKAGE.zip`. Also defines the hashes of the ledger.

Stands alone on purpose: it travels inside every package, and an auditor can read it in a minute. It needs no
network and no other file. It ends with 0 when every line holds, with 1 when one does not.
"""

import hashlib
import json
import sys
import zipfile
from collections.abc import Iterable, Sequence

GENESIS = "0" * 64
"""What the first line follows."""


def text_digest(text: str) -> str:
    """The SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def line_hash(fields: Sequence[str]) -> str:
    """The hash of a line: of number, at, kind, ref, regimes, digest of the body, and hash of the line before.

    Each field is hashed by itself first, so that no two ways of cutting them give one hash.
    """
    return hashlib.sha256(b"".join(hashlib.sha256(field.encode()).digest() for field in fields)).hexdigest()


def faults_of(lines: Iterable[str], manifest: dict[str, object]) -> list[str]:
    """What is wrong with an exported ledger; nothing for a whole one."""
    faults: list[str] = []
    previous, last = GENESIS, 0
    entries = [json.loads(line) for line in lines]
    purged = {
        number
        for entry in entries
        if entry["kind"] == "purge" and entry["body"]
        for number in json.loads(entry["body"])["lines"]
    }
    for entry in entries:
        number = entry["number"]
        fields = [
            str(number),
            *(entry[key] for key in ("at", "kind", "ref", "regimes", "digest", "previous")),
        ]
        if number != last + 1:
            faults.append(f"line {last + 1} is missing: {number} follows {last}")
        if entry["previous"] != previous:
            faults.append(f"line {number} does not follow the line before it")
        if line_hash(fields) != entry["hash"]:
            faults.append(f"line {number} was changed")
        if entry["body"] is None:
            if number not in purged:
                faults.append(f"the body of line {number} is gone, and no purge tells of it")
        elif text_digest(entry["body"]) != entry["digest"]:
            faults.append(f"the body of line {number} was changed")
        previous, last = entry["hash"], number
    if (last, previous) != (manifest["lines"], manifest["head"]):
        faults.append("the ledger does not end as its manifest says")
    return faults


def main(package: str) -> int:
    """Check a package, say what was found, and give the exit code."""
    with zipfile.ZipFile(package) as bundle:
        manifest = json.loads(bundle.read("manifest.json"))
        text = bundle.read("ledger.jsonl").decode()
    faults = faults_of([line for line in text.split("\n") if line], manifest)
    if text_digest(text) != manifest["sha256"]["ledger.jsonl"]:
        faults.append("ledger.jsonl is not the file of the manifest")
    for fault in faults:
        sys.stdout.write(f"FAULT  {fault}\n")
    verdict = f"{len(faults)} faults" if faults else "every line holds"
    sys.stdout.write(f"{manifest['lines']} lines, head {manifest['head']}: {verdict}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else sys.argv[0]))
