"""What tests share: the real lists beside the repository, where they are to be had."""

from pathlib import Path

import hypothesis
import pytest

# Tests measure no time: a busy machine must not make a property fail.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real lists beside the repository; the test is skipped where there is none."""
    if not (SHARED / "data").is_dir():
        pytest.skip("needs the real lists in ../shared/data, which are not part of the repository")
    return SHARED
