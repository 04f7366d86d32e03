"""The watch from beginning to end, on this machine alone: old lists, a book, new lists, and what the webhook is told.

    python examples/watch_demo.py [--shared ../shared] [--parties 10000]

Loads the lists of 2022 and a book of parties, screens it, loads the lists of 2026, lets the watch do its round, and holds
what a webhook on 127.0.0.1 received against an independent screening of the whole book: they must be equal. Then it lists
three parties more, as on any day, and does the same; that round screens only what the change can touch.

The real lists are read from the folder `data` of --shared, beside the repository. Where there is none, lists and names are
made up, and it is said.
"""

import argparse
import contextlib
import csv
import datetime as dt
import gzip
import hmac
import http.server
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from ringfence import BookParty, Engine, PartyBook, Query, Settings, open_store
from ringfence.refresh import refresh
from ringfence.watch.delivery import signature
from ringfence.watch.receivers import Receivers, Webhook
from ringfence.watch.watching import Watch

SECRET = "a secret that only this demonstration has"  # noqa: S105
Pairs = set[tuple[str, str]]


class Receiver(http.server.BaseHTTPRequestHandler):
    """What a case system would do: check the signature, take each message once, answer 204."""

    messages: dict[str, dict] = {}
    refuse = 1

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"]))
        expected = signature(
            SECRET, self.headers["Ringfence-Message"], int(self.headers["Ringfence-Timestamp"]), body
        )
        fresh = abs(time.time() - int(self.headers["Ringfence-Timestamp"])) < 300
        if not fresh or not hmac.compare_digest(expected, self.headers["Ringfence-Signature"]):
            self.send_response(401)
        elif Receiver.refuse:
            Receiver.refuse -= 1  # it is down once: nothing may be lost
            self.send_response(503)
        else:
            Receiver.messages.setdefault(self.headers["Ringfence-Message"], json.loads(body))
            self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def take() -> dict[str, Pairs]:
    """What was received since the last time, by kind of news."""
    found: dict[str, Pairs] = {}
    for message in Receiver.messages.values():
        for alert in message["alerts"]:
            found.setdefault(alert["what"], set()).add((alert["party"], alert["listing"]))
    Receiver.messages.clear()
    return found


def names(shared: Path, count: int) -> list[str]:
    """Names of parties: real ones nearly none of which is listed, and some that are or will be."""
    chance = random.Random(2026)
    if not shared.is_dir():
        return [
            f"{chance.choice(['Nord', 'Alba', 'Kwazi', 'Tero'])}{n} Trading Ltd" for n in range(count - 60)
        ] + [f"Sanctioned Yard {n}" for n in range(60)]
    with gzip.open(
        shared / "names" / "world_universities_2026-06-20.json.gz", "rt", encoding="utf-8"
    ) as file:
        found = [one["name"] for one in json.load(file)]
    with gzip.open(shared / "names" / "nasdaq_listed_2026-08-01.csv.gz", "rt", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        found += [row[1].split(" - ")[0] for row in rows if len(row) > 1]
    chance.shuffle(found)
    with gzip.open(
        shared / "us" / "csl" / "consolidated_2026-07-31_projection.json.gz", "rt", encoding="utf-8"
    ) as file:
        listed = [one["name"] for one in json.load(file)["results"]]
    return found[: count - 150] + chance.sample(listed, 150)


def releases(shared: Path, folder: Path) -> list[tuple[str, Path, dt.date]]:
    """Two states of the lists, years apart."""
    if shared.is_dir():
        lists = shared / "us" / "csl"
        return [
            ("us_csl", lists / "consolidated_2022-04-21.csv.gz", dt.date(2022, 4, 21)),
            ("us_csl", lists / "consolidated_2026-07-31_projection.json.gz", dt.date(2026, 7, 31)),
        ]
    print("There is no folder of real lists: lists and names are made up.")
    made = []
    for number, (first, last) in enumerate(((0, 30), (10, 50))):
        path = folder / f"made-{number}.csv"
        rows = [f"us_ofac_sdn,Sanctioned Yard {n},IR,2020-01-0{number + 1}" for n in range(first, last)]
        path.write_text("\n".join(["list,name,country,since", *rows]) + "\n", encoding="utf-8")
        made.append(("private", path, dt.date(2022 + 4 * number, 7, 31)))
    return made


def full(settings: Settings, book: list[BookParty]) -> Pairs:
    """What an independent screening of the whole book finds now."""
    with Engine.open(settings, now=dt.datetime.now(dt.UTC)) as engine:
        answers = engine.screen(one.query for one in book)
        return {
            (one.id, hit.listing) for one, answer in zip(book, answers, strict=True) for hit in answer.hits
        }


@contextlib.contextmanager
def receiver() -> Iterator[str]:
    """A webhook on this machine."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/alerts"
    server.shutdown()


def main() -> int:
    """Run it; 0 when everything received was what a full screening says."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[1].parent / "shared")
    asked.add_argument("--parties", type=int, default=10_000)
    given = asked.parse_args()
    shared = given.shared / "data"
    with tempfile.TemporaryDirectory() as place, receiver() as address:
        folder = Path(place)
        settings = Settings(store=str(folder / "store.db"), cache=str(folder / "cache"))
        hook = Webhook(name="case-system", url=address, secret_env="DEMO_SECRET", per_message=500)  # noqa: S106
        book = [
            BookParty.of_query(Query(name=name, id=f"P{n:05}"), "customer")
            for n, name in enumerate(names(shared, given.parties))
        ]
        with open_store(settings.store) as store:
            watch = Watch(
                store,
                settings,
                now=lambda: dt.datetime.now(dt.UTC),
                receivers=Receivers(webhook=(hook,)),
                environ={"DEMO_SECRET": SECRET},
            )
            with PartyBook.open(settings.store) as kept:
                kept.put(book, at=dt.datetime.now(dt.UTC), by="demo", origin="names")
            print(f"{len(book):,} parties are in the book.")
            known: Pairs = set()
            more = folder / "more.csv"
            rows = [
                "us_ofac_sdn,Zephyranthes Shipping Company,IR,2026-11-01",
                f"us_ofac_sdn,{book[1].query.name},RU,2026-11-02",
            ]
            more.write_text(
                "\n".join(["list,name,country,since", *rows, "us_ofac_sdn,Qorvath Energy,SY,2026-11-03"]) + "\n"
            )
            days = [
                *releases(shared, folder),
                ("private" if shared.is_dir() else "ftm_demo", more, dt.date(2026, 11, 3)),
            ]
            for source, path, day in days if shared.is_dir() else days[:2]:
                time.sleep(1.1)  # releases are told apart by the second
                refresh(store, source, paths=[path], published_on=day)
                time.sleep(1.1)
                done = watch.round(refreshing=False)
                for one in done.delivered:
                    if one.failure:
                        print(f"  the receiver was down ({one.failure}): tried again")
                watch.deliver(impatient=True)
                report = done.reports[-1]
                effort = report.effort
                received = take()
                now = full(settings, book)
                fresh = received.get("raised", set()) | received.get("reopened", set())
                right = fresh == now - known and received.get("withdrawn", set()) == known - now
                print(
                    f"{source} of {day}: {len(received.get('raised', ())):,} new alerts received, "
                    f"{len(received.get('changed', ())):,} changed, {len(received.get('withdrawn', ())):,} closed; "
                    f"{effort.kind}{f' ({effort.why})' if effort.why else ''}, {effort.spared:.1%} of {effort.pairs_of_all:,} "
                    f"pairs spared, {effort.cpu_seconds:.1f} s of one core"
                )
                print(
                    f"  a screening of the whole book finds {len(now):,} pairs: {'the same' if right else 'NOT THE SAME'}"
                )
                if not right:
                    print(
                        "  missing:",
                        sorted(now - known - fresh)[:5],
                        "beyond:",
                        sorted(fresh - (now - known))[:5],
                    )
                    return 1
                known = now
    print(
        "Everything that the webhook received is what a screening of the whole book says, and nothing else."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
