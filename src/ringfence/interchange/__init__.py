"""Listings in the shapes that other programs read: FollowTheMoney, the CSL's 29 columns, Parquet.

What is written here is read back by the list folders `ftm` and `us_csl`; Parquet also by `read_parquet`.
"""

from collections.abc import Iterable, Mapping
from typing import BinaryIO, Literal

from ringfence.interchange.csl import write_csl
from ringfence.interchange.ftm import write_ftm
from ringfence.interchange.parquet import read_parquet, write_parquet
from ringfence.records import LegalList, Listing

__all__ = ["Form", "read_parquet", "write", "write_csl", "write_ftm", "write_parquet"]

Form = Literal["ftm", "csl", "parquet"]


def write(form: Form, listings: Iterable[Listing], legal: Mapping[str, LegalList], out: BinaryIO) -> int:
    """Write some listings in one of the forms; the number of entities or rows written.

    `legal` says what each list is in law. Raises InputError for Parquet without pyarrow.
    """
    match form:
        case "ftm":
            return write_ftm(listings, legal, out)
        case "csl":
            return write_csl(listings, legal, out)
        case "parquet":
            return write_parquet(listings, out)
