"""Where a party is: countries as publishers print them, addresses in the forms of their files, places in prose."""

from ringfence.sources.places.addresses import jurisdiction, read_address, split_addresses
from ringfence.sources.places.countries import country_code
from ringfence.sources.places.prose import (
    address,
    country_codes,
    distinct_codes,
    enumerated,
    joined,
    last_country,
    tidy,
)

__all__ = [
    "address",
    "country_code",
    "country_codes",
    "distinct_codes",
    "enumerated",
    "joined",
    "jurisdiction",
    "last_country",
    "read_address",
    "split_addresses",
    "tidy",
]
