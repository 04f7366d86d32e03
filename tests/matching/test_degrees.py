"""What the compiled scan is told that words earn is what the plain comparison says."""

from ringfence.matching.compiled import LONGEST, _degrees
from ringfence.names.compare import MOST_HALVES, earned


def test_every_degree_is_that_of_the_comparison_to_the_last_digit() -> None:
    degrees, width = _degrees(), len(MOST_HALVES)
    for length in range(1, LONGEST):
        for halves in range(max(MOST_HALVES) + 1):
            assert degrees[length * width + halves] == earned(halves / (2 * length)), (length, halves)
