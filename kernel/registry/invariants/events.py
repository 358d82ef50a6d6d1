"""Events and what still waits to hear them."""

from collections.abc import Iterable

from sqlalchemy import select

from kernel.entities.work import current_work
from kernel.hooks.models import Event, Outbox
from kernel.i18n import _
from kernel.registry.checks import Finding, invariant
from kernel.registry.invariants.asking import ask, findings, table_named
from kernel.registry.state import read_states


@invariant("kernel.outbox", _("What waits in the outbox points to an event, for a plugin that is installed"))
def deliveries_have_an_event() -> Iterable[Finding]:
    """Look for deliveries of lost events and for listeners of plugins that are gone."""
    outbox, event = table_named(Outbox.__tablename__), table_named(Event.__tablename__)
    told = event.alias("told")
    yield from findings(
        outbox, told.c.id.is_(None), _("It waits to deliver an event that isn't there"),
        (told, told.c.id == outbox.c.event_id))
    plugins = set(read_states(current_work().connection))
    for (listener,) in list(ask(select(outbox.c.listener).distinct())):
        if listener.split(".")[0] not in plugins:
            yield from findings(
                outbox, outbox.c.listener == listener,
                _("It waits for {listener}, whose plugin is not installed", listener=listener))


@invariant("kernel.causes", _("An event was told after its cause"))
def causes_come_first() -> Iterable[Finding]:
    """Look for events that are older than what led to them."""
    event = table_named(Event.__tablename__)
    cause = event.alias("cause")
    yield from findings(
        event, cause.c.at > event.c.at, _("It was told before the event that led to it"),
        (cause, cause.c.id == event.c.cause_id))
