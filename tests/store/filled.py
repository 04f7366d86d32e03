"""A store with something in each of its tables, and everything that it answers."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from ringfence.decisions.ledger import Ledger
from ringfence.interfaces.web.access.registry import KeptAnswer, Registry
from ringfence.records.codec import canonical
from ringfence.records.rule import FederalRegisterDocument
from ringfence.review import Desk
from ringfence.store import Attempt, Ruling, open_store
from ringfence.store.access_tables import access_metadata
from ringfence.store.address import registry_beside
from ringfence.store.database import Database
from ringfence.store.tables import metadata
from tests.review import cases
from tests.store.entries import day, entry, instant, release

AT = dt.datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=dt.UTC)
ODD = "Łódź “Ω” 杭州\u2028\U0001f9ed"


def fill(location: str) -> None:
    """Two releases, attempts, rulings, a document, ledger lines (one purged), an alert with its decision, keys and people."""
    with open_store(location) as store:
        store.record(
            release("first"),
            [entry(f"Party {n}", ODD, valid_from=day(n)) for n in range(30)],
            account={"rows": 30},
        )
        store.record(
            release("second", published=day(9), recorded=instant(1)),
            [entry(f"Party {n}") for n in range(10, 40)],
        )
        store.note(Attempt("us_csl", AT, "file", "held_back", ODD))
        store.rule(Ruling("split", "us_bis_entity:party-1", "us_bis_entity:party-2", ODD, "Ann", AT))
        store.keep_documents(
            [FederalRegisterDocument(document="2019-22210", title=ODD, published_on=day(3))], at=AT
        )
    with Ledger.open(location) as ledger:
        old = AT.replace(year=2010)
        ledger.append("decision", [("T-0", {"outcome": "conditional"})], at=old)
        ledger.append(
            "decision", [(f"T-{n}", {"outcome": "conditional", "text": ODD}) for n in range(1, 9)], at=AT
        )
        ledger.purge(now=AT, by="clerk")
    with Desk.open(location) as desk:
        raised = desk.raise_(
            [cases.found(cases.party(), cases.entry())],
            cause="screening",
            at=AT,
            by="run",
            listing_of={cases.LISTING: cases.entry()}.get,
        ).raised
        desk.clear(
            raised[0], reason="different_country", text=ODD, by=cases.ANA, at=AT + dt.timedelta(hours=1)
        )
    with Registry(registry_beside(location)) as registry:
        registry.add_key("erp", "analyst", now=AT)
        registry.put_person("ann", "approver", now=AT, password="correct horse battery")
        registry.begin_session("ann", now=AT)
        registry.keep_answer(
            "erp", "key-1", KeptAnswer(b"q" * 32, 201, "application/json", ODD.encode()), now=AT
        )

    _fill_the_rest(location)


def _fill_the_rest(location: str) -> None:
    """One row of anything in every table that is still empty."""
    values = {
        sa.Integer: 1,
        sa.Float: 0.5,
        sa.Boolean: True,
        sa.String: "one",
        sa.LargeBinary: b"d" * 32,
        sa.Date: AT.date(),
        sa.DateTime: AT.replace(tzinfo=None),
    }
    with Database.at(location) as database, database.write() as connection:
        for table in metadata.sorted_tables:
            if connection.execute(sa.select(table).limit(1)).first() is None:
                row = {
                    column.name: next(
                        value for kind, value in values.items() if isinstance(column.type, kind)
                    )
                    for column in table.columns
                }
                connection.execute(table.insert().values(**row))


def answers(location: str) -> dict[str, Any]:
    """Everything that can be asked of a store, whatever database it is on."""
    with open_store(location) as store:
        found: dict[str, Any] = {
            "releases": store.snapshots(),
            "texts": {
                one.id: [(number, canonical(text)) for number, text in store.listings(store.manifest(one))]
                for one in store.snapshots()
            },
            "accounts": [store.account(one) for one in store.snapshots()],
            "attempts": store.attempts(),
            "rulings": store.rulings(),
            "documents": store.documents(),
        }
    with Ledger.open(location) as ledger:
        found |= {"ledger": list(ledger.lines()), "verified": ledger.verify()}
    with Desk.open(location) as desk:
        found |= {"alerts": desk.queue().alerts, "faults": desk.verify()}
    with Registry(registry_beside(location)) as registry:
        found |= {
            "keys": registry.all_keys(),
            "people": registry.people(),
            "signs in": registry.caller_by_password("ann", "correct horse battery"),
        }
    return found


def rows(location: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in order of its key."""
    found = {}
    for place, tables in ((location, metadata), (registry_beside(location), access_metadata)):
        with Database.at(place) as database, database.read() as connection:
            for table in tables.sorted_tables:
                query = sa.select(table)
                found[table.name] = sorted((tuple(row) for row in connection.execute(query)), key=repr)
    return found
