"""What is read seldom: processes remember rights, settings and rates until a change raises their generation.

What changes too often for that is at least read once only in a piece of work.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Integer, String, event, insert, update
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Base
from kernel.entities.database import Database
from kernel.entities.work import Session, UnitOfWork, current_work

__all__ = ["PLUGINS", "Generation", "ReadOnce", "Remembered", "raise_generation", "raise_generations_of"]

K = TypeVar("K")
V = TypeVar("V")

PLUGINS = "plugins"
"""The generation of the installed plugins: with them everything may have changed."""

_watched: dict[type, set[str]] = {}
_read_once: dict[type, list["ReadOnce[Any, Any]"]] = {}


class Generation(Base):
    """How often something that processes remember has changed: they compare it before they trust their copy."""

    __tablename__ = "kernel_generation"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(Integer, nullable=False, default=1)


class Remembered(Generic[K, V]):
    """A process's copy of what changes seldom and is read in every piece of work.

        rates: Remembered[None, dict[int, Decimal]] = Remembered("erp_sales.taxes", Tax)
        rates.get(None, lambda: load_all_rates())

    Any change to records of the `watched` entities makes every process load anew, once it is committed. Values are
    shared between threads and users: plain facts, no records, and nothing that depends on who asks unless the key says.
    """

    def __init__(self, name: str, *watched: type[Base]) -> None:
        self._name = name
        self._known: WeakKeyDictionary[Database, dict[K, tuple[tuple[int, int], V]]] = WeakKeyDictionary()
        for cls in watched:
            _watched.setdefault(cls, set()).add(name)

    def get(self, key: K, load: Callable[[], V], work: UnitOfWork | None = None) -> V:
        """Give what is remembered by a key, loaded where it is not known or has changed since."""
        work = work or current_work()
        if work.raised and not work.raised.isdisjoint((self._name, PLUGINS)):
            return load()  # changed in this very work, which may yet be rolled back
        generations = _generations(work)
        generation = (generations.get(self._name, 0), generations.get(PLUGINS, 0))
        known = self._known.setdefault(work.database, {})
        found = known.get(key)
        if found is None or found[0] != generation:
            found = known[key] = (generation, load())
        return found[1]


class ReadOnce(Generic[K, V]):
    """What a unit of work reads once, by key, however many of its steps ask for it.

        kinds: ReadOnce[int, str] = ReadOnce(Product)
        kinds.get(ids, read_kinds)

    Forgotten where the work itself changes records of the `watched` entities. Plain facts, and nothing that depends
    on who asks: everybody who works in this transaction shares them.
    """

    def __init__(self, *watched: type[Base]) -> None:
        for cls in watched:
            _read_once.setdefault(cls, []).append(self)

    def get(self, keys: Collection[K], read: Callable[[Collection[K]], Mapping[K, V]]) -> Mapping[K, V]:
        """Give what is known by keys; `read` gets those not asked for before, and may know nothing of some."""
        known = current_work().read.setdefault(self, {})
        if missing := [key for key in keys if key not in known]:
            known.update(read(missing))
        return known


def raise_generation(name: str) -> None:
    """Tell all processes that something they remember has changed, once this unit of work commits."""
    work = current_work()
    work.raised.add(name)
    table = Generation.__table__
    raised = work.connection.execute(
        update(Generation).where(table.c.name == name).values(value=table.c.value + 1),
        execution_options={"synchronize_session": False})
    if not raised.rowcount:
        work.connection.execute(insert(Generation).values(name=name, value=1))


def raise_generations_of(cls: type) -> None:
    """Tell all processes that records of a class have changed, where they remember anything of them."""
    _forget(cls)
    for name in sorted(_watched.get(cls, ())):
        raise_generation(name)


def _generations(work: UnitOfWork) -> Mapping[str, int]:
    if work.generations is None:
        rows: Any = work.connection.exec_driver_sql("SELECT name, value FROM kernel_generation")
        work.generations = dict(rows.all())
    return work.generations


def _forget(cls: type) -> None:
    if facts := _read_once.get(cls):
        for each in facts:
            current_work().read.pop(each, None)


@event.listens_for(Session, "after_flush")
def _note_changes(flushed: Session, context: object) -> None:
    changed = {type(record) for record in (*flushed.new, *flushed.dirty, *flushed.deleted)}
    for cls in changed & _read_once.keys():
        _forget(cls)
    if watched := changed & _watched.keys():
        flushed.info.setdefault("changed_classes", set()).update(watched)


@event.listens_for(Session, "after_flush_postexec")
def _tell_processes(flushed: Session, context: object) -> None:
    for cls in flushed.info.pop("changed_classes", ()):
        raise_generations_of(cls)
