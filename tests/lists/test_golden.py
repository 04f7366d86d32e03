"""Every list has a real sample in the publisher's shape and the records it must give, reviewed by a person.

After a deliberate change, write the records anew with `RINGFENCE_GOLDEN=write pytest tests/lists` and read
the diff before committing it.
"""

import os
from pathlib import Path

import msgspec
import pytest

from ringfence.sources.document import read_document
from ringfence.sources.registry import parser, refreshable
from ringfence.sources.row import Account

HERE = Path(__file__).parent


@pytest.mark.parametrize("source_id", sorted(refreshable()))
def test_a_list_reads_its_sample_into_the_reviewed_records(source_id: str) -> None:
    samples = sorted((HERE / source_id).glob("sample*"))
    assert samples, f"{source_id} has no sample"
    for sample in samples:
        account = Account()
        files = sorted(sample.iterdir()) if sample.is_dir() else sample
        listings = list(parser(source_id)(read_document(files, 5_000_000), account))
        lines = [msgspec.json.format(msgspec.json.encode(listing), indent=1) for listing in listings]
        found = b"\n".join(lines).decode() + "\n"
        expected = sample.with_name(
            f"expected_{sample.stem.removeprefix('sample').strip('_') or 'records'}.json"
        )
        if os.environ.get("RINGFENCE_GOLDEN") == "write":
            expected.write_text(found, encoding="utf-8")
        assert found == expected.read_text(encoding="utf-8")
        assert account.entries == len(listings) <= 50
        assert not account.not_understood
        assert not account.refused
