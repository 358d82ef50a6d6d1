"""Carry events to webhooks: sign, call, and keep what was answered."""

import datetime as dt
import time
from collections.abc import Collection, Mapping
from typing import Any

import orjson
from sqlalchemy import insert, select

from kernel.entities.remembered import Remembered
from kernel.entities.work import SYSTEM, current_work, session, unit_of_work
from kernel.errors import Refusal
from kernel.hooks.couriers import Carried, Parcel
from kernel.i18n import _
from kernel.webhooks.calling import Answer, call
from kernel.webhooks.models import Webhook, WebhookAttempt
from kernel.webhooks.services import COURIER, REMEMBERED, recipient_of
from kernel.webhooks.signing import signed_headers

__all__ = ["TEST", "WebhookCourier", "message_of", "send_test"]

TEST = "trellis.test"
"""The type of a message that only tries an address; no signal can be named so."""

_wanted: Remembered[None, Mapping[str, tuple[tuple[str, int | None], ...]]] = Remembered(REMEMBERED)
_labels: Remembered[None, Mapping[str, str]] = Remembered(REMEMBERED)


class WebhookCourier:
    """Carries what signals tell to the webhooks that want it."""

    prefix = COURIER

    def recipients(self, signal: str, company_id: int | None) -> Collection[str]:
        """Name the webhooks, also paused ones, that hear a signal of a company."""
        found = _wanted.get(None, _load).get(signal, ())
        return [name for name, company in found if company is None or company == company_id]

    def receiving(self) -> Collection[str]:
        """Name the webhooks that are not paused."""
        table = Webhook.__table__.c
        ids = session().work.connection.scalars(select(table.id).where(table.paused.is_(False)))
        return [recipient_of(id_) for id_ in ids]

    def label(self, recipient: str) -> str:
        """Name a webhook as its administrator does."""
        found = _labels.get(None, _load_labels).get(recipient)
        return str(_("Webhook {label}", label=found)) if found else ""

    def carry(self, parcel: Parcel) -> Carried:
        """Call a webhook with an event; what is answered is kept with the webhook."""
        id_ = int(parcel.recipient.removeprefix(COURIER))
        with unit_of_work(SYSTEM, reading=True) as system:
            found = _address(system, id_)
        if found is None:
            return Carried("The webhook was taken away")
        body = message_of(parcel.signal, parcel.version, parcel.told_at, parcel.payload)
        answer = _send(found[0], found[1], f"evt_{parcel.event_id}", body)
        return Carried(answer.error, answer.away, lambda: _note(id_, parcel, answer))


def _load() -> Mapping[str, tuple[tuple[str, int | None], ...]]:
    table = Webhook.__table__.c
    found: dict[str, list[tuple[str, int | None]]] = {}
    for id_, names, company_id in current_work().connection.execute(
            select(table.id, table.signals, table.company_id).order_by(table.id)):
        for name in names:
            found.setdefault(name, []).append((recipient_of(id_), company_id))
    return {name: tuple(each) for name, each in found.items()}


def _load_labels() -> Mapping[str, str]:
    table = Webhook.__table__.c
    return {recipient_of(id_): label for id_, label in current_work().connection.execute(select(table.id, table.label))}


def _address(system: Any, id_: int) -> tuple[str, str] | None:
    table = Webhook.__table__.c
    row = system.work.connection.execute(select(table.url, table.secret).where(table.id == id_)).first()
    return (row.url, row.secret.open()) if row is not None else None


def message_of(kind: str, version: int, at: dt.datetime, payload: Mapping[str, Any]) -> bytes:
    """Write a message: what happened, the version of its payload, when, and the payload."""
    return orjson.dumps({"type": kind, "version": version, "timestamp": at.isoformat(), "data": payload})


def _send(url: str, secret: str, message_id: str, body: bytes) -> Answer:
    return call(url, body, signed_headers(secret, message_id, int(time.time()), body))


def send_test(id_: int) -> Answer:
    """Call a webhook at once with a message that says nothing, to try it; kept nowhere. For reading work."""
    found = _address(session(), id_)
    if found is None:
        raise Refusal("WEBHOOK", _("There is no such webhook"))
    now = session().now
    return _send(found[0], found[1], f"test_{id_}_{int(now.timestamp())}", message_of(TEST, 1, now, {}))


def _note(id_: int, parcel: Parcel, answer: Answer) -> None:
    work = current_work()
    if work.connection.scalar(select(Webhook.__table__.c.id).where(Webhook.__table__.c.id == id_)) is None:
        return  # taken away meanwhile
    work.connection.execute(insert(WebhookAttempt).values(
        id=work.take_ids()[0], webhook_id=id_, event_id=parcel.event_id, signal=parcel.signal, attempt=parcel.attempt,
        at=work.now, took_ms=answer.took_ms, code=answer.code, excerpt=answer.excerpt, error=answer.error or None))
