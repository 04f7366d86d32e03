"""Messages to receivers, and their delivery: signed, at least once, in order, tried until taken.

A webhook gets `POST` with JSON and four headers:

    Ringfence-Message    the id of the message, the same however often it is sent: take each id once
    Ringfence-Timestamp  seconds since 1970 of this attempt: refuse old ones
    Ringfence-Signature  v1=<hex>: HMAC-SHA256 with the secret over "<id>.<timestamp>.<body>"
    Idempotency-Key      the id again, for receivers that know this header

Any 2xx answer is a message taken. Everything else is tried again, after a wait that doubles up to six hours, without an
end; later messages to the same receiver wait behind it. A receiver that is slow gives way after half a minute, so that
lists, screenings and other receivers wait for no one: what is left is sent in the next round.
"""

import datetime as dt
import email.policy
import hashlib
import hmac
import random
import smtplib
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from email.message import EmailMessage

import httpx2
import msgspec

from ringfence.errors import SettingsError
from ringfence.records import SCHEMA
from ringfence.store.outbox import Outbox, Owed
from ringfence.watch.receivers import Mailbox, Receivers, Webhook, secret_of
from ringfence.watch.report import News, Rescreening, headline, lines

FIRST_WAIT = dt.timedelta(seconds=30)
LONGEST_WAIT = dt.timedelta(hours=6)
GIVES_WAY = 30.0
"""Seconds for which one receiver is sent messages, one after another, before others have their turn."""
_IN_MAIL = 50
"""Alerts of each kind that a letter shows."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook is sent: the alerts of one pass, in `parts` messages where there are many."""

    schema: str = SCHEMA
    id: str
    rescreening: int
    at: dt.datetime
    part: int
    parts: int
    summary: str
    alerts: tuple[News, ...]


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What a mailbox is sent."""

    subject: str
    text: str


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the messages to one receiver: how many were taken, and why the next was not; `left` says that there
    are more, which it had no time to take.
    """

    receiver: str
    taken: int
    failure: str | None = None
    due_at: dt.datetime | None = None
    left: bool = False


def messages_of(report: Rescreening, receivers: Receivers, store: str) -> list[Owed]:
    """What receivers are owed of a report: nothing where no alert changed. `store` tells stores apart in ids."""
    if not report.news:
        return []
    mark = hashlib.sha256(f"{store}\n{report.at.isoformat()}".encode()).hexdigest()[:16]
    owed = []
    for hook in receivers.webhook:
        runs = [report.news[n : n + hook.per_message] for n in range(0, len(report.news), hook.per_message)]
        for part, alerts in enumerate(runs, start=1):
            message = Message(
                id=f"{mark}-{report.number}-{part}",
                rescreening=report.number,
                at=report.at,
                part=part,
                parts=len(runs),
                summary=headline(report),
                alerts=alerts,
            )
            owed.append(Owed(receiver=hook.name, id=message.id, body=msgspec.json.encode(message)))
    letter = msgspec.json.encode(
        Letter(subject=headline(report), text="\n".join(lines(report, _IN_MAIL)) + "\n")
    )
    owed += [Owed(receiver=box.name, id=f"{mark}-{report.number}", body=letter) for box in receivers.mailbox]
    return owed


def deliver(
    outbox: Outbox,
    receivers: Receivers,
    environ: Mapping[str, str],
    *,
    now: Callable[[], dt.datetime],
    impatient: bool = False,
) -> list[Delivered]:
    """Send each receiver what it is owed and due; `impatient` also what is waiting for another try."""
    everybody: list[Webhook | Mailbox] = [*receivers.webhook, *receivers.mailbox]
    return [_serve(outbox, one, environ, now, impatient=impatient) for one in everybody]


def _serve(
    outbox: Outbox,
    receiver: Webhook | Mailbox,
    environ: Mapping[str, str],
    now: Callable[[], dt.datetime],
    *,
    impatient: bool,
) -> Delivered:
    taken, until = 0, time.monotonic() + GIVES_WAY
    while (message := outbox.next(receiver.name)) is not None:
        if taken and time.monotonic() > until:
            return Delivered(receiver=receiver.name, taken=taken, left=True)
        due_at = message.due_at
        if due_at is not None and due_at > now() and not impatient:
            return Delivered(receiver=receiver.name, taken=taken, failure=message.failure, due_at=due_at)
        try:
            secret = secret_of(receiver, environ) if receiver.secret_env or receiver.secret_file else ""
            if isinstance(receiver, Webhook):
                post(receiver, message, secret, now())
            else:
                mail(receiver, message, secret)
        except (Refused, SettingsError) as error:
            due = now() + wait_after(message.tries)
            outbox.failed(message, str(error)[:500], due_at=due)
            return Delivered(receiver=receiver.name, taken=taken, failure=str(error), due_at=due)
        outbox.delivered(message, at=now())
        taken += 1
    return Delivered(receiver=receiver.name, taken=taken)


class Refused(Exception):
    """A receiver did not take a message; never leaves this room. Its text holds neither secret nor body."""


def wait_after(tries: int) -> dt.timedelta:
    """How long to wait after so many failures: twice as long each time, up to six hours, give or take a quarter."""
    longest = min(FIRST_WAIT * float(2 ** min(tries, 20)), LONGEST_WAIT)
    return longest * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, guards nothing


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `Ringfence-Signature`. A receiver computes it and compares in constant time."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def post(hook: Webhook, message: Owed, secret: str, now: dt.datetime) -> None:
    """Send one message to a webhook. Raises Refused unless it answers 2xx."""
    timestamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "ringfence (watch)",
        "Idempotency-Key": message.id,
        "Ringfence-Message": message.id,
        "Ringfence-Timestamp": str(timestamp),
        "Ringfence-Signature": signature(secret, message.id, timestamp, message.body),
    }
    try:
        with (
            httpx2.Client(follow_redirects=False, timeout=hook.timeout_seconds, trust_env=False) as client,
            client.stream("POST", hook.url, content=message.body, headers=headers) as answer,
        ):
            status = answer.status_code  # which says all: what comes behind it is not waited for
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise Refused(f"{hook.name}: not reached ({type(error).__name__})") from None
    if not 200 <= status < 300:
        raise Refused(f"{hook.name}: answered {status}")


def mail(box: Mailbox, message: Owed, password: str) -> None:
    """Send one letter. Raises Refused unless the server takes it for everybody."""
    letter = msgspec.json.decode(message.body, type=Letter)
    text = EmailMessage(policy=email.policy.SMTP)
    text["Subject"] = " ".join(letter.subject.split())
    text["From"], text["To"] = box.sender, ", ".join(box.to)
    text["Message-ID"] = f"<{message.id}@{box.sender.partition('@')[2]}>"
    if message.at is not None:
        text["Date"] = message.at
    text.set_content(letter.text)
    try:
        with _connected(box) as server:
            if box.user:
                server.login(box.user, password)
            refused = server.send_message(text)
    except (smtplib.SMTPException, OSError) as error:
        code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
        raise Refused(f"{box.name}: not taken ({type(error).__name__}{code})") from None
    if refused:
        raise Refused(f"{box.name}: {len(refused)} of {len(box.to)} recipients refused")


def _connected(box: Mailbox) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if box.security == "tls":
        return smtplib.SMTP_SSL(box.host, box.port, timeout=box.timeout_seconds, context=context)
    server = smtplib.SMTP(box.host, box.port, timeout=box.timeout_seconds)
    if box.security == "starttls":
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server


def told(results: Iterable[Delivered]) -> Iterator[str]:
    """What became of messages, for people."""
    for one in results:
        if one.taken:
            yield f"{one.receiver}: {one.taken:,} messages taken{'; it is slow, the others follow' if one.left else ''}"
        if one.failure:
            due = f", tried again after {one.due_at:%Y-%m-%d %H:%M:%S} UTC" if one.due_at else ""
            yield f"{one.failure}{due}; nothing is lost"


__all__ = ["Delivered", "Letter", "Message", "Refused", "deliver", "messages_of", "post", "signature", "told"]
