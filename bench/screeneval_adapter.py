"""The matcher as an engine of `screeneval`: its records become listings, its kinds become ours."""

from collections.abc import Sequence
from typing import Any

from ringfence.matching import Index
from ringfence.records import Listing, Name, Party, Query

KINDS = {"person": "person", "entity": "organization", "vessel": "vessel", "aircraft": "aircraft"}


def listing_of(record: Any) -> Listing:
    """One of the harness's records as a listing."""
    return Listing(
        id=f"eval:{record.id}",
        list="eval",
        source="eval",
        party=Party(
            id=record.id,
            kind=KINDS.get(record.kind, "unknown"),
            names=tuple(Name(text) for text in record.names),
            countries=tuple(code.upper() for code in record.countries),
        ),
    )


class Ours:
    """The adapter: class, `index` and `search` as `screeneval` asks for them."""

    name = "ringfence"
    default_threshold = 0.5
    least = 0.001

    def index(self, records: Sequence[Any]) -> None:
        self.ids = [record.id for record in records]
        self.index_ = Index.build((n, listing_of(record)) for n, record in enumerate(records))

    def query(self, name: str, country: str | None, kind: str | None) -> Query:
        countries = (country.upper(),) if country and len(country) == 2 else ()
        return Query(name=name, kind=KINDS.get(kind or "", "unknown"), countries=countries)

    def search(
        self, name: str, country: str | None = None, k: int = 10, kind: str | None = None
    ) -> list[tuple[str, float]]:
        found = self.index_.search(self.query(name, country, kind), threshold=self.least, limit=k)
        return [(self.ids[match.ref], match.score) for match in found]

    def search_many(self, queries: Sequence[tuple[str, str | None, str | None]], k: int) -> list[Any]:
        asked = (self.query(*query) for query in queries)
        return [
            [(self.ids[match.ref], match.score) for match in found]
            for found in self.index_.search_many(asked, threshold=self.least, limit=k)
        ]

    def close(self) -> None:
        pass
