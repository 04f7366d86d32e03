"""The nouns: parties, listings, links, citations, dates, sources and snapshots."""

from ringfence.records.citation import Citation, Citations, parse_citations
from ringfence.records.dates import PartialDate, parse_day, parse_partial
from ringfence.records.link import Link, LinkRelation, Share
from ringfence.records.listing import (
    LicenseRequirement,
    LicenseReviewPolicy,
    ListedTie,
    Listing,
    PolicyTest,
    Remark,
    RequirementScope,
    ReviewPolicyClass,
)
from ringfence.records.party import Address, Identifier, Name, NameOrigin, NameRole, Party, PartyKind, Vessel
from ringfence.records.screening import (
    SCHEMA,
    Hit,
    ListUsed,
    Match,
    Outcome,
    Provenance,
    Query,
    QueryEcho,
    Reason,
    Screening,
    score_of,
)
from ringfence.records.source import Checks, Feed, LegalList, Snapshot, Source

__all__ = [
    "SCHEMA",
    "Address",
    "Checks",
    "Citation",
    "Citations",
    "Feed",
    "Hit",
    "Identifier",
    "LegalList",
    "LicenseRequirement",
    "LicenseReviewPolicy",
    "Link",
    "LinkRelation",
    "ListUsed",
    "ListedTie",
    "Listing",
    "Match",
    "Name",
    "NameOrigin",
    "NameRole",
    "Outcome",
    "PartialDate",
    "Party",
    "PartyKind",
    "PolicyTest",
    "Provenance",
    "Query",
    "QueryEcho",
    "Reason",
    "Remark",
    "RequirementScope",
    "ReviewPolicyClass",
    "Screening",
    "Share",
    "Snapshot",
    "Source",
    "Vessel",
    "parse_citations",
    "parse_day",
    "parse_partial",
    "score_of",
]
