"""The events of a unit of work: collected while it runs, written at its end in one statement."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, overload
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.orm import SessionTransaction

from kernel.entities.columns import ColumnInsert
from kernel.entities.work import Session, UnitOfWork
from kernel.errors import UsageError
from kernel.hooks.models import Event, Outbox

__all__ = ["Batch", "EventBook", "book", "on_posted"]

P = TypeVar("P")


class EventBook:
    """What a unit of work has told so far and who has yet to hear it."""

    def __init__(self, work: UnitOfWork) -> None:
        self._events: list[dict[str, Any]] = []
        self._outbox: list[dict[str, Any]] = []
        self._ids: dict[int, tuple[object, int]] = {}  # payloads are held, so that no identity recurs
        self._marks: dict[int, tuple[int, int]] = {}
        self._wakes = False
        work.closing.append(lambda: self.write(work))

    def record(
        self, current: Session, rows: Sequence[Mapping[str, Any]], payloads: Sequence[object]
    ) -> Sequence[int]:
        """Add events to be written; gives their ids, which are theirs from now on."""
        work, who = current.work, current.actor
        if work.reading:
            raise UsageError("READING", "reading work must not tell anything")
        ids: Sequence[int] = work.take_ids(len(rows))
        shared = {
            "user_id": who.user_id, "company_id": who.company_id, "plugin": who.plugin, "at": work.now,
            "request_id": work.request_id,
        }
        self._events.extend({"id": id_, **shared, **row} for id_, row in zip(ids, rows, strict=True))
        self.know(payloads, ids)
        return ids

    def know(self, payloads: Sequence[object], ids: Sequence[int]) -> None:
        """Remember which event a payload is, so that another can name it as its cause."""
        self._ids.update((id(payload), (payload, id_)) for payload, id_ in zip(payloads, ids, strict=True))

    def id_of(self, payload: object) -> int:
        """Give the event a payload is; raises UsageError for one that was not told or heard in this work."""
        known = self._ids.get(id(payload))
        if known is None:
            raise UsageError("CAUSE", f"{payload!r} is no event that was told or heard in this unit of work")
        return known[1]

    def post(self, work: UnitOfWork, listener: str, events: Sequence[int]) -> None:
        """Have a listener hear events after the commit."""
        fresh = {"listener": listener, "attempts": 0, "due_at": work.now, "error": None, "dead": False,
                 "mended": None, "mended_version": None}
        self._outbox.extend({"event_id": id_, **fresh} for id_ in events)

    def write(self, work: UnitOfWork) -> None:
        """Write what was collected: one statement for the events, one for the outbox; runs before the commit."""
        events, self._events = self._events, []
        outbox, self._outbox = self._outbox, []
        if events:
            ColumnInsert(work.connection, Event.__table__).write_rows(events)  # type: ignore[arg-type]  # a class's Table
        if outbox:
            for row, id_ in zip(outbox, work.take_ids(len(outbox)), strict=True):
                row["id"] = id_
            ColumnInsert(work.connection, Outbox.__table__).write_rows(outbox)  # type: ignore[arg-type]  # a class's Table
            self.wake_after(work)

    def wake_after(self, work: UnitOfWork) -> None:
        """Ring the worker's bell once the unit of work has committed."""
        if not self._wakes:
            self._wakes = True
            work.after_commit.append(_wake)

    def mark(self, savepoint: int) -> None:
        """Remember what was told before a savepoint."""
        self._marks[savepoint] = (len(self._events), len(self._outbox))

    def rewind(self, savepoint: int) -> None:
        """Forget what was told after a savepoint that was rolled back."""
        if savepoint in self._marks:
            events, outbox = self._marks[savepoint]
            del self._events[events:]
            del self._outbox[outbox:]


_books: WeakKeyDictionary[UnitOfWork, EventBook] = WeakKeyDictionary()
_bells: list[Callable[[], None]] = []


def book(work: UnitOfWork) -> EventBook:
    """Give a unit of work's events."""
    found = _books.get(work)
    if found is None:
        found = _books[work] = EventBook(work)
    return found


def on_posted(ring: Callable[[], None]) -> Callable[[], None]:
    """Have a function called after each commit that left work for later; gives what takes it back."""
    _bells.append(ring)
    return lambda: _bells.remove(ring)


def _wake() -> None:
    for ring in list(_bells):
        ring()


class Batch(Sequence[P]):
    """The events one listener hears at once.

    Going through it with `for event in events` makes each event in turn the cause of what is told and created
    meanwhile; outside of such a loop the first one stands for all. A service that tells many events at once,
    after the loop, names the causes itself: `reserved.tell(reservations, because=events)`.
    """

    def __init__(self, payloads: Sequence[P], ids: Sequence[int], work: UnitOfWork) -> None:
        self._payloads = payloads
        self._ids = ids
        self._work = work

    def __iter__(self) -> Iterator[P]:
        before = self._work.cause
        try:
            for payload, id_ in zip(self._payloads, self._ids, strict=True):
                self._work.cause = id_
                yield payload
        finally:
            self._work.cause = before

    def __len__(self) -> int:
        return len(self._payloads)

    @overload
    def __getitem__(self, index: int) -> P: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[P]: ...
    def __getitem__(self, index: int | slice) -> P | Sequence[P]:
        return self._payloads[index]


@event.listens_for(Session, "after_transaction_create")
def _mark(current: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        book(current.work).mark(id(transaction))


@event.listens_for(Session, "after_soft_rollback")
def _rewind(current: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        book(current.work).rewind(id(transaction))
