"""Signals: one tells, others react. Declared with a name, a version and a payload; every event is kept."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from blinker import Signal as Channel

from kernel.entities.base import Entity
from kernel.entities.fields import AnyRef
from kernel.entities.work import session
from kernel.errors import UsageError
from kernel.hooks.couriers import couriers
from kernel.hooks.events import book
from kernel.hooks.listeners import listeners_of
from kernel.hooks.payloads import check_payload, from_plain
from kernel.i18n import Text

__all__ = [
    "Signal", "declared_signal", "declared_signals", "decode", "signal", "upcast", "upcast_payload", "upcasters",
]

P = TypeVar("P")
Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

_signals: dict[str, "Signal[Any]"] = {}
_upcasters: dict[tuple[str, int], Upcaster] = {}


class Signal(Generic[P]):
    """Something a plugin tells when it happened; `tell` it with all the events a service made at once."""

    def __init__(
        self, name: str, payload: type[P], version: int, about: tuple[str, str] | str | None, label: Text | None = None
    ) -> None:
        self.name = name
        self.payload = payload
        self.version = version
        self.about = about
        self.label: Text = label if label is not None else _spelled(name)
        self._told = Channel()

    def __repr__(self) -> str:
        return f"<Signal {self.name} v{self.version}>"

    @property
    def plugin(self) -> str:
        """Name the plugin that tells it."""
        return self.name.split(".")[0]

    def tell(
        self, events: Sequence[P], *, because: Sequence[object] = (), created: Sequence[Sequence[Entity]] = ()
    ) -> None:
        """Record events and let the listeners react, in this transaction or later.

        `because` names, for each event in turn, the event that was heard and led to it; without it all follow
        from the one being handled. `created` gives, for each event in turn, the records that its happening made: a
        trace then leads from them to it. A listener that refuses takes the whole unit of work with it.
        """
        if not events:
            return
        current = session()
        work, ledger = current.work, book(current.work)
        if because and len(because) != len(events):
            raise UsageError("CAUSE", f"{self.name}: {len(events)} events but {len(because)} causes")
        causes = [ledger.id_of(each) for each in because] if because else [work.cause] * len(events)
        ids = ledger.record(current, [
            {
                "name": self.name, "version": self.version, "payload": event, "cause_id": cause,
                **self._subject(event),
            }
            for event, cause in zip(events, causes, strict=True)
        ], events)
        if created:
            current.flush()
            work.audit.attribute({
                (record.__entity__, record.id): id_ for id_, made in zip(ids, created, strict=True) for record in made})
        heard = listeners_of(self.name)
        for each in heard:
            if each.later:
                ledger.post(work, each.name, ids)
        for courier in couriers():
            for recipient in courier.recipients(self.name, current.actor.company_id):
                ledger.post(work, recipient, ids)
        for each in heard:
            if not each.later:
                each(self, payloads=events, ids=ids)
        self._told.send(self, events=events)

    def _subject(self, event: P) -> dict[str, Any]:
        if self.about is None:
            return {"subject_entity": None, "subject_id": None}
        if isinstance(self.about, str):
            named: AnyRef = getattr(event, self.about)
            return {"subject_entity": named.entity, "subject_id": named.id}
        entity, field = self.about
        return {"subject_entity": entity, "subject_id": getattr(event, field)}

    @contextmanager
    def overheard(self) -> Iterator[list[P]]:
        """Collect what is told meanwhile, for tests: `with order_confirmed.overheard() as told: ...`."""
        told: list[P] = []

        def note(sender: object, *, events: Sequence[P]) -> None:
            told.extend(events)

        with self._told.connected_to(note):
            yield told


def _spelled(name: str) -> str:
    return name.split(".", 1)[-1].replace("_", " ").capitalize()


def signal(
    name: str, payload: type[P], version: int = 1, *, about: tuple[str, str] | str | None = None,
    label: Text | None = None,
) -> Signal[P]:
    """Declare a signal: `signal("crm.lead_converted", LeadConverted, about=("crm.lead", "lead_id"))`.

    `payload` is a frozen dataclass of ids and plain facts, documented: it is all that listeners get. It may grow
    by fields with defaults; a breaking change raises `version` and brings an `upcast` from the one before.
    `about` names the entity, and the payload's field with the id, of the record that the event is about: what
    traces start from; or just the field, where that holds an AnyRef. `label` is what pages call it ("Order
    confirmed"), from the name where none is given. Raises UsageError for a payload that can't be stored, or a name
    that is taken.
    """
    check_payload(payload)
    if "." not in name:
        raise UsageError("SIGNAL", f"a signal is named plugin.what_happened, not {name!r}")
    field = about if isinstance(about, str) else about[1] if about else None
    if field and field not in {each.name for each in dataclasses.fields(payload)}:  # type: ignore[arg-type]
        raise UsageError("SIGNAL", f"{name} is about {field}, which {payload.__name__} does not have")
    known = _signals.get(name)
    if known is not None and known.payload.__module__ != payload.__module__:
        raise UsageError("SIGNAL", f"{known.payload.__module__} and {payload.__module__} both declare {name}")
    made: Signal[P] = Signal(name, payload, version, about, label)
    _signals[name] = made
    return made


def upcast(name: str, *, from_version: int) -> Callable[[Upcaster], Upcaster]:
    """Raise stored payloads of an older version by one: `@upcast("crm.lead_converted", from_version=1)`.

    The function takes the payload's stored JSON and gives it as the next version would have stored it.
    """

    def register(raise_: Upcaster) -> Upcaster:
        _upcasters[name, from_version] = raise_
        return raise_

    return register


def upcasters() -> Mapping[tuple[str, int], Upcaster]:
    """Give the upcasters of loaded code by signal and the version they start from."""
    return _upcasters


def declared_signals() -> Mapping[str, Signal[Any]]:
    """Give the signals that loaded code declares, by name."""
    return _signals


def declared_signal(name: str) -> Signal[Any]:
    """Find a signal by name; raises UsageError for one that no loaded plugin declares."""
    found = _signals.get(name)
    if found is None:
        raise UsageError("UNKNOWN_SIGNAL", f"no loaded plugin declares the signal {name}")
    return found


def decode(name: str, version: int, payload: dict[str, Any]) -> Any:
    """Build the payload of a stored event, raised to the declared version.

    Raises UsageError where the signal or an upcaster is missing, or where newer code told it.
    """
    declared = declared_signal(name)
    if version > declared.version:
        raise UsageError(
            "NEWER_EVENT",
            f"{name} was told as version {version}; this code knows {declared.version}: upgrade the plugin")
    return from_plain(declared.payload, upcast_payload(name, version, payload))


def upcast_payload(name: str, version: int, payload: dict[str, Any]) -> dict[str, Any]:
    """Raise the stored JSON of an event to the declared version. Raises UsageError where an upcaster is missing."""
    for step in range(version, declared_signal(name).version):
        raise_ = _upcasters.get((name, step))
        if raise_ is None:
            raise UsageError("UPCASTER", f"{name} has no upcaster from version {step}")
        payload = raise_(dict(payload))
    return payload
