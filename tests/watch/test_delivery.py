"""Messages to receivers: signed, at least once and in order, to nobody but whom the file names."""

import contextlib
import datetime as dt
import hmac
import http.server
import json
import multiprocessing
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest

from ringfence.errors import SettingsError
from ringfence.store import open_store
from ringfence.store.outbox import Outbox, Owed, owe
from ringfence.watch import delivery
from ringfence.watch.delivery import FIRST_WAIT, LONGEST_WAIT, deliver, messages_of, signature, wait_after
from ringfence.watch.receivers import Mailbox, Receivers, Webhook, read_receivers
from ringfence.watch.report import Coverage, Effort, News, Rescreening
from tests.killed import kill_at
from tests.stores import Stores

SECRET = "sixteen letters or more"
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


class Receiver(http.server.BaseHTTPRequestHandler):
    answers: ClassVar[list[int]] = []
    got: ClassVar[list[tuple[dict[str, str], bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Receiver.got.append((dict(self.headers), body))
        status = Receiver.answers.pop(0) if Receiver.answers else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def hook() -> Iterator[Webhook]:
    Receiver.got.clear()
    Receiver.answers.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Webhook(name="case", url=f"http://127.0.0.1:{server.server_port}/in", secret_env="HOOK")
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def outbox(location: str) -> Iterator[Outbox]:
    with open_store(location) as store:
        yield Outbox(store.database)


def put(outbox: Outbox, *ids: str, receiver: str = "case", body: bytes = b'{"a":1}') -> None:
    with outbox._database.write() as connection:
        owe(connection, [Owed(receiver=receiver, id=one, body=body) for one in ids], at=NOW)


def serve(outbox: Outbox, *given: Webhook | Mailbox, minutes: int = 0, environ: dict[str, str] | None = None):  # type: ignore[no-untyped-def]
    receivers = Receivers(
        webhook=tuple(one for one in given if isinstance(one, Webhook)),
        mailbox=tuple(one for one in given if isinstance(one, Mailbox)),
    )
    secrets = {"HOOK": SECRET} if environ is None else environ
    return deliver(outbox, receivers, secrets, now=lambda: NOW + dt.timedelta(minutes=minutes))


def test_a_receiver_can_check_who_sent_a_message_and_when(outbox: Outbox, hook: Webhook) -> None:
    put(outbox, "m1")
    serve(outbox, hook)
    ((headers, body),) = Receiver.got
    assert (headers["Ringfence-Message"], headers["Idempotency-Key"], body) == ("m1", "m1", b'{"a":1}')
    signed = f"m1.{headers['Ringfence-Timestamp']}.".encode() + body
    assert headers["Ringfence-Signature"] == "v1=" + hmac.new(SECRET.encode(), signed, "sha256").hexdigest()
    assert headers["Ringfence-Signature"] != signature("another secret", "m1", 0, body)
    assert outbox.waiting() == []


def test_a_dead_receiver_loses_nothing_and_gets_everything_in_order(outbox: Outbox, hook: Webhook) -> None:
    put(outbox, "m1", "m2")
    Receiver.answers += [503, 500]
    (first,) = serve(outbox, hook)
    assert (first.taken, first.failure) == (0, "case: answered 503")
    assert serve(outbox, hook)[0].taken == 0  # not due yet
    assert len(Receiver.got) == 1
    serve(outbox, hook, minutes=2)
    (last,) = serve(outbox, hook, minutes=60)
    assert last.taken == 2
    assert [headers["Ringfence-Message"] for headers, _ in Receiver.got] == ["m1", "m1", "m1", "m2"]


def test_a_slow_receiver_gives_way_and_takes_the_rest_in_later_rounds(
    outbox: Outbox, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "GIVES_WAY", 0.0)
    put(outbox, "m1", "m2", "m3")
    put(outbox, "o1", receiver="other")
    other = msgspec.structs.replace(hook, name="other")
    rounds = [[(one.taken, one.left) for one in serve(outbox, hook, other)] for _ in range(4)]
    assert rounds == [
        [(1, True), (1, False)],
        [(1, True), (0, False)],
        [(1, False), (0, False)],
        [(0, False), (0, False)],
    ]
    assert [headers["Ringfence-Message"] for headers, _ in Receiver.got] == ["m1", "o1", "m2", "m3"]


def test_an_answer_counts_when_its_first_line_is_there(outbox: Outbox) -> None:
    """Whatever follows it, and however slowly."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n.")
                ended.wait(60)

        thread = threading.Thread(target=answer)
        thread.start()
        put(outbox, "m1")
        hook = Webhook(
            name="case",
            url=f"http://127.0.0.1:{server.getsockname()[1]}/",
            secret_env="HOOK",
            timeout_seconds=2,
        )
        (found,) = serve(outbox, hook)
        ended.set()
        thread.join()
    assert (found.taken, found.failure) == (1, None)


def deliver_until(location: str, hook: Webhook, fatal: int) -> None:
    """A delivery that kills itself before its `fatal`-th write or commit."""
    with open_store(location) as store:
        kill_at(store.database.engine, fatal)
        serve(Outbox(store.database), hook)


@pytest.mark.slow
def test_a_delivery_killed_at_any_write_loses_nothing_and_keeps_the_order(
    stores: Stores, hook: Webhook
) -> None:
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    for fatal in range(1, 30):
        Receiver.got.clear()
        with stores.lent() as location, open_store(location) as store:
            outbox = Outbox(store.database)
            put(outbox, "m1", "m2", "m3")
            killed = processes.Process(target=deliver_until, args=(location, hook, fatal))
            killed.start()
            killed.join(60)
            serve(outbox, hook)
            assert outbox.waiting() == []
        came = [headers["Ringfence-Message"] for headers, _ in Receiver.got]
        assert list(dict.fromkeys(came)) == ["m1", "m2", "m3"]
        assert len(came) <= 4  # one answer was lost at most
        if killed.exitcode == 0:
            break
        assert killed.exitcode == -signal.SIGKILL
    assert killed.exitcode == 0
    assert fatal > 4


def test_a_message_is_owed_to_a_receiver_once(outbox: Outbox, hook: Webhook) -> None:
    put(outbox, "m1")
    serve(outbox, hook)
    put(outbox, "m1")
    assert serve(outbox, hook)[0].taken == 0


def test_a_redirect_is_not_followed(outbox: Outbox, hook: Webhook) -> None:
    put(outbox, "m1")
    Receiver.answers.append(302)
    assert serve(outbox, hook)[0].failure == "case: answered 302"


def test_no_failure_shows_the_secret_or_the_message(outbox: Outbox) -> None:
    dead = Webhook(name="case", url="http://127.0.0.1:1/in", secret_env="HOOK")
    put(outbox, "m1", body=b"a party name")
    (found,) = serve(outbox, dead)
    assert found.failure == "case: not reached (ConnectError)"
    assert [one.failure for one in outbox.waiting()] == [found.failure]


def test_a_missing_secret_is_told_and_the_message_waits(outbox: Outbox, hook: Webhook) -> None:
    put(outbox, "m1")
    (found,) = serve(outbox, hook, environ={})
    assert "HOOK holds no secret" in (found.failure or "")
    assert len(outbox.waiting()) == 1
    assert serve(outbox, hook, minutes=5)[0].taken == 1


def test_waits_double_up_to_six_hours() -> None:
    assert FIRST_WAIT * 0.75 <= wait_after(0) <= FIRST_WAIT * 1.25
    assert FIRST_WAIT * 8 * 0.75 <= wait_after(3) <= FIRST_WAIT * 8 * 1.25
    assert wait_after(10_000) <= LONGEST_WAIT * 1.25


def report(count: int) -> Rescreening:
    news = tuple(
        News(
            what="raised", alert=n, party=f"P{n}", name=f"Party {n}\r\nBcc: x@y", listing="us:x", list="us", listed_name="X",
            score=0.9, state="new", cause="list_change",
        )
        for n in range(count)
    )  # fmt: skip
    effort = Effort(
        kind="full", why="", parties_in_full=1, entries_touched=1, words_moved=0, pairs=1, pairs_of_all=1, spared=0,
        seconds=1, cpu_seconds=1,
    )  # fmt: skip
    return Rescreening(
        number=1, at=NOW, valid_on=NOW.date(), known_at=NOW, engine="e", settings="s", tables="t", lists=(),
        coverage=Coverage(parties=1, screened=1), effort=effort, party_changes={}, news=news, kept=0,
    )  # fmt: skip


def test_many_alerts_go_in_parts_and_none_where_nothing_happened(hook: Webhook) -> None:
    box = Mailbox(
        name="mail", host="127.0.0.1", security="none", sender="a@example.org", to=("b@example.org",)
    )
    owed = messages_of(report(250), Receivers(webhook=(hook,), mailbox=(box,)), "store")
    assert [len(json.loads(one.body).get("alerts", ())) for one in owed] == [100, 100, 50, 0]
    assert len({one.id for one in owed}) == 4
    assert messages_of(report(0), Receivers(webhook=(hook,)), "store") == []


def test_a_letter_reaches_every_mailbox(outbox: Outbox) -> None:
    controller = pytest.importorskip("aiosmtpd.controller", reason="needs aiosmtpd")
    letters: list[bytes] = []

    class Keeper:
        async def handle_DATA(  # noqa: N802
            self, _server: object, _session: object, envelope: object
        ) -> str:
            letters.append(envelope.content)  # type: ignore[attr-defined]
            return "250 kept"

    server = controller.Controller(Keeper(), hostname="127.0.0.1", port=0)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_free_port(server))
        box = Mailbox(
            name="mail", host="127.0.0.1", port=server.port, security="none", sender="watch@example.org",
            to=("desk@example.org", "chief@example.org"),
        )  # fmt: skip
        for one in messages_of(report(2), Receivers(mailbox=(box,)), "store"):
            put(outbox, one.id, receiver="mail", body=one.body)
        assert serve(outbox, box)[0].taken == 1
    (letter,) = letters
    raw, _, text = letter.partition(b"\r\n\r\n")
    head = b" ".join(raw.split())
    assert b"Subject: Re-screening 1 of 2026-06-01 00:00 UTC: 2 new" in head
    assert b"desk@example.org, chief@example.org" in head
    assert b"Bcc" not in head
    assert b"New alerts: 2" in text


@contextlib.contextmanager
def _free_port(server: object) -> Iterator[None]:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server.port = probe.getsockname()[1]  # type: ignore[attr-defined]
    server.start()  # type: ignore[attr-defined]
    yield
    server.stop()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[webhook]]\nname="a"\nurl="ftp://x"\nsecret_env="S"', "https://"),
        ('[[webhook]]\nname="a"\nurl="http://example.org/x"\nsecret_env="S"', "in the clear"),
        ('[[webhook]]\nname="a"\nurl="https://u:p@example.org/x"\nsecret_env="S"', "password"),
        ('[[webhook]]\nname="a"\nurl="https://example.org/x"', "secret_env or secret_file"),
        ('[[webhook]]\nname="desk"\nurl="https://example.org/x"\nsecret_env="S"', "name of its own"),
        (
            '[[mailbox]]\nname="a"\nhost="example.org"\nsender="a@b"\nto=["x@y"]\nsecurity="none"',
            "without TLS",
        ),
        ('[[mailbox]]\nname="a"\nhost="example.org"\nsender="a@b"\nto=["x@y\\nBcc: z@y"]', "line break"),
        ("[[webhook]]\nnonsense=1", "nonsense"),
        ("[[", "not TOML"),
    ],
)
def test_receivers_that_cannot_be_told_are_refused_with_the_reason(
    tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "receivers.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=says):
        read_receivers(str(path))
