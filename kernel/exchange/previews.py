"""What a record would hold once what is typed so far were saved; nothing of it is written."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from kernel.entities.base import Entity, fields_of
from kernel.entities.flush import derive
from kernel.entities.work import session
from kernel.errors import Invalid
from kernel.exchange.filling import Filling
from kernel.exchange.records import get_many
from kernel.exchange.schemas import read
from kernel.exchange.values import API, Reading
from kernel.permissions.rights import rights

__all__ = ["previewed"]


@contextmanager
def previewed(
    cls: type[Entity], data: Mapping[str, object], id_: int | None = None, *, reading: Reading = API
) -> Iterator[Entity]:
    """Give a new record, or the one with an id, as it would be with some values: prices, totals and formulas.

    For reading work: nothing is numbered, checked or written, and the session holds no record afterwards. What can't
    be read yet counts as not said. Raises Forbidden for want of the right to save it, NotFound for a record that
    isn't there, and whatever the entity's `prepare` refuses.
    """
    rights().demand("create" if id_ is None else "change", cls.__entity__)
    drafts, _problems = read(cls, [data], reading)
    current = session()
    with current.no_autoflush:
        current.work.previewing = True
        try:
            tables = {name for name in drafts[0] if name in fields_of(cls) and fields_of(cls)[name].kind == "lines"}
            record = cls() if id_ is None else get_many(cls, [id_], tables)[0]
            with suppress(Invalid):  # a link or line that isn't there is said when the form is saved
                Filling(indexed=False).fill([record], drafts)
            if id_ is None:
                current.add(record)
            derive(current, list(current.new), list(current.dirty))
            yield record
        finally:
            current.expunge_all()
            current.work.previewing = False
