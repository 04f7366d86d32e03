"""Files of links: tables of the contract, registers of owners, and filings, as one set of links.

Knows formats, never which party is listed. What a file does not say stays unsaid: accounts that consolidate
a company show control and no percentage, a list of subsidiaries shows control and no share.
"""

from ringfence.sources.links.linkset import LinkSet, party_of
from ringfence.sources.links.read import read_links, reference_links
from ringfence.sources.links.trade import BillLine, Order, read_bill, read_orders

__all__ = [
    "BillLine",
    "LinkSet",
    "Order",
    "party_of",
    "read_bill",
    "read_links",
    "read_orders",
    "reference_links",
]
