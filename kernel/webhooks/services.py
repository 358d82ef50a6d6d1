"""Set webhooks up, pause and take them away; and what an administrator sees and repeats of their calls."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, func, insert, select, update

from kernel.entities.remembered import raise_generation
from kernel.entities.work import actor, session
from kernel.errors import Invalid, NotFound, Problem, Refusal
from kernel.hooks.events import book
from kernel.hooks.letters import reach
from kernel.hooks.models import Event, Outbox
from kernel.hooks.signals import declared_signals
from kernel.i18n import _
from kernel.permissions.rights import rights
from kernel.sealing import Secret
from kernel.webhooks.models import Webhook, WebhookAttempt
from kernel.webhooks.signing import make_secret
from kernel.webhooks.targets import Unresolved, target_of

__all__ = [
    "COURIER", "REMEMBERED", "RIGHT", "Attempt", "KnownWebhook", "Standing", "WebhookInput", "attempts",
    "change_webhook", "create_webhook", "pause_webhook", "recipient_of", "remove_webhook", "replay_event", "standings",
    "webhook", "webhooks",
]

RIGHT = "kernel.webhook"
"""What the rights to read and change webhooks are about."""
COURIER = "kernel.webhook."
"""How the outbox's names of webhooks begin."""
REMEMBERED = "kernel.webhooks"
SHOWN = 50

_table: Table = Webhook.__table__  # type: ignore[assignment]  # a class's Table
_attempts: Table = WebhookAttempt.__table__  # type: ignore[assignment]  # as above


@dataclass(frozen=True, slots=True)
class WebhookInput:
    """What is typed of a webhook. `company_id` None hears all companies."""

    label: str
    url: str
    signals: Sequence[str]
    company_id: int | None = None


@dataclass(frozen=True, slots=True)
class KnownWebhook:
    """A webhook without its secret."""

    id: int
    label: str
    url: str
    signals: tuple[str, ...]
    company_id: int | None
    paused: bool
    made_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call: what for, when, and what was answered."""

    event_id: int
    signal: str
    attempt: int
    at: dt.datetime
    took_ms: int
    code: int | None
    excerpt: str
    error: str
    there: bool
    """Whether the event can still be sent again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a webhook stands: how many of its deliveries wait and were given up, and the last call."""

    waiting: int = 0
    dead: int = 0
    called_at: dt.datetime | None = None
    error: str = ""


def recipient_of(webhook_id: int) -> str:
    """Name a webhook as the outbox does."""
    return f"{COURIER}{webhook_id}"


def _mine(action: str) -> ColumnElement[bool]:
    return reach(action, RIGHT, _table.c.company_id)


_KNOWN = [_table.c[name] for name in ("id", "label", "url", "signals", "company_id", "paused", "made_at")]


def webhooks() -> list[KnownWebhook]:
    """List the webhooks by name. Needs "read" on kernel.webhook."""
    rows = session().work.connection.execute(select(*_KNOWN).where(_mine("read")).order_by(_table.c.label, _table.c.id))
    return [_known(row) for row in rows]


def webhook(id_: int, action: str = "read") -> KnownWebhook:
    """Find one. Raises NotFound where there is none, or not for this person."""
    row = session().work.connection.execute(select(*_KNOWN).where(_table.c.id == id_, _mine(action))).first()
    if row is None:
        raise NotFound("WEBHOOK", _("There is no such webhook"), fix=_("Go back to the list"))
    return _known(row)


def _known(row: Any) -> KnownWebhook:
    return KnownWebhook(row.id, row.label, row.url, tuple(row.signals), row.company_id, row.paused, row.made_at)


def create_webhook(given: WebhookInput) -> tuple[int, str]:
    """Set one up; gives its id and its secret, which can't be read again. Raises Invalid. Needs "change"."""
    rights().demand("change", RIGHT)
    values = _checked(given)
    work, secret = session().work, make_secret()
    id_ = int(work.take_ids()[0])
    work.connection.execute(insert(_table).values(
        id=id_, secret=Secret.of(secret), paused=False, made_at=work.now, made_by=actor().user_id, **values))
    _tell_processes(id_, "create", {"label": values["label"], "url": values["url"], "signals": values["signals"]})
    return id_, secret


def change_webhook(id_: int, given: WebhookInput) -> None:
    """Change where it goes and what it hears; what waits already goes there too. Raises Invalid. Needs "change"."""
    before = webhook(id_, "change")
    values = _checked(given)
    session().work.connection.execute(update(_table).where(_table.c.id == id_).values(**values))
    _tell_processes(id_, "change", {
        name: [was, value] for name, value in values.items()
        if (was := list(before.signals) if name == "signals" else getattr(before, name)) != value})


def pause_webhook(id_: int, paused: bool) -> None:
    """Have what is told wait, or go out again with all that waited. Needs "change"."""
    webhook(id_, "change")
    work = session().work
    work.connection.execute(update(_table).where(_table.c.id == id_).values(paused=paused))
    if not paused:
        book(work).wake_after(work)
    _tell_processes(id_, "pause" if paused else "resume", {})


def remove_webhook(id_: int) -> None:
    """Take one away, with what waits for it and what is known of its calls. Needs "change"."""
    found = webhook(id_, "change")
    connection = session().work.connection
    connection.execute(delete(Outbox).where(Outbox.listener == recipient_of(id_)))
    connection.execute(delete(_attempts).where(_attempts.c.webhook_id == id_))
    connection.execute(delete(_table).where(_table.c.id == id_))
    _tell_processes(id_, "remove", {"label": found.label, "url": found.url})


def _tell_processes(id_: int, action: str, facts: dict[str, Any]) -> None:
    current = session()
    current.work.audit.note_act(
        action, RIGHT, id_, actor().company_id, facts, current.now, current.work.origin(actor()))
    raise_generation(REMEMBERED)


def _checked(given: WebhookInput) -> dict[str, Any]:
    """Give the values as they are stored. Raises Invalid with all that is wrong."""
    label, url, signals = given.label.strip(), given.url.strip(), sorted(set(given.signals))
    wrong: list[Problem] = []
    if not label or len(label) > 80:
        wrong.append(Problem("label", _("Enter a name of at most 80 characters"), "REQUIRED"))
    if not signals:
        wrong.append(Problem("signals", _("Choose at least one signal"), "REQUIRED"))
    if unknown := [name for name in signals if name not in declared_signals()]:
        wrong.append(Problem("signals", _("Nothing here tells {names}", names=", ".join(unknown))))
    wrong += _problems_of_address(url)
    everywhere = rights().system or any(each.scope == "all" for each in rights().reaches("change", RIGHT))
    if given.company_id != actor().company_id and not everywhere:
        wrong.append(Problem("company", _("You may set this up for your own company only")))
    if wrong:
        raise Invalid(wrong)
    return {"label": label, "url": url, "signals": signals, "company_id": given.company_id}


def _problems_of_address(url: str) -> list[Problem]:
    if len(url) > 500:
        return [Problem("url", _("An address has at most 500 characters"))]
    try:
        target_of(url)
    except Unresolved:
        pass  # it may be known later: calls say so until then
    except Refusal as refusal:
        words = f"{refusal}. {refusal.fix}" if refusal.fix else str(refusal)
        return [Problem("url", words)]
    return []


def standings(ids: Sequence[int]) -> dict[int, Standing]:
    """Say how webhooks stand, by id; two statements for all."""
    connection = session().work.connection
    names = {recipient_of(id_): id_ for id_ in ids}
    counts: dict[int, dict[bool, int]] = {}
    for name, dead, count in connection.execute(
            select(Outbox.listener, Outbox.dead, func.count()).where(Outbox.listener.in_(names))
            .group_by(Outbox.listener, Outbox.dead)):
        counts.setdefault(names[name], {})[dead] = count
    latest = select(func.max(_attempts.c.id)).where(_attempts.c.webhook_id.in_(ids)).group_by(_attempts.c.webhook_id)
    last = {row.webhook_id: row for row in connection.execute(select(
        _attempts.c.webhook_id, _attempts.c.at, _attempts.c.error).where(_attempts.c.id.in_(latest)))}
    return {
        id_: Standing(
            counts.get(id_, {}).get(False, 0), counts.get(id_, {}).get(True, 0),
            last[id_].at if id_ in last else None, (last[id_].error or "") if id_ in last else "")
        for id_ in ids}


def attempts(id_: int, limit: int = SHOWN) -> list[Attempt]:
    """List the last calls of a webhook, latest first. Needs "read" on kernel.webhook."""
    webhook(id_)
    names = ("event_id", "signal", "attempt", "at", "took_ms", "code", "excerpt")
    columns: Sequence[Any] = (
        *(_attempts.c[name] for name in names), func.coalesce(_attempts.c.error, ""), Event.id.is_not(None))
    rows = session().work.connection.execute(
        select(*columns).outerjoin(Event, Event.id == _attempts.c.event_id)
        .where(_attempts.c.webhook_id == id_).order_by(_attempts.c.id.desc()).limit(limit))
    return [Attempt(*row) for row in rows]


def replay_event(id_: int, event_id: int) -> None:
    """Send an event once more, whatever came of it before, under the id it always had. Needs "change".

    Raises NotFound where the event is gone, or was never sent there.
    """
    webhook(id_, "change")
    work, name = session().work, recipient_of(id_)
    known = work.connection.scalar(
        select(Event.id).join(_attempts, _attempts.c.event_id == Event.id)
        .where(Event.id == event_id, _attempts.c.webhook_id == id_).limit(1))
    if known is None:
        raise NotFound("EVENT", _("This event can't be sent again: it is gone"), fix=_("Go back to the list"))
    waiting = work.connection.execute(
        update(Outbox).where(Outbox.listener == name, Outbox.event_id == event_id)
        .values(dead=False, attempts=0, due_at=work.now, error=None))
    if not waiting.rowcount:
        book(work).post(work, name, [event_id])
    book(work).wake_after(work)
    _tell_processes(id_, "replay", {"event": event_id})
