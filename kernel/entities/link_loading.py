"""Links of many records load together: the first that is asked for brings those of the session's other records.

So a loop over records and their links takes one statement for a kind of link, however many records there are, and
no caller has to say beforehand what it will read.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.engine import IteratorResult, Result
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.orm import MANYTOONE, ORMExecuteState, RelationshipProperty
from sqlalchemy.orm.attributes import set_committed_value

from kernel.entities.base import Declared, Entity
from kernel.entities.work import Session

__all__: list[str] = []

MOST = 500
"""Records whose links are loaded by one statement."""


@event.listens_for(Session, "do_orm_execute")
def _load_together(state: ORMExecuteState) -> Result[Any] | None:
    """Answer the load of one record's link by that of many; None, and it goes on, where it is alone."""
    if not state.is_select or (asking := state.lazy_loaded_from) is None:
        return None
    path = state.loader_strategy_path
    if path is None or not isinstance(link := path[-1], RelationshipProperty):
        return None
    target = link.mapper.class_
    if link.direction is not MANYTOONE or not issubclass(target, Entity):
        return None
    column = link.parent.get_property_by_column(next(iter(link.local_columns))).key
    own = asking.dict.get(column)
    waiting = list(_waiting(state.session, link, column, asking.obj()))
    if own is None or not waiting:
        return None
    wanted = {own, *(id_ for _record, id_ in waiting)}
    found = {record.id: record for record in state.session.scalars(select(target).where(target.id.in_(wanted)))}
    for record, id_ in waiting:
        set_committed_value(record, link.key, found.get(id_))
    return IteratorResult(SimpleResultMetaData([link.key]), iter([(found[own],)] if own in found else []))


def _waiting(
    session: Any, link: RelationshipProperty[Any], column: str, asking: object
) -> Iterator[tuple[Declared, int]]:
    """Give the session's other records of the kind that have the link's id but haven't loaded what it leads to."""
    count = 0
    for record in session.identity_map.values():
        if not isinstance(record, link.parent.class_) or record is asking or link.key in record.__dict__:
            continue
        wanted = record.__dict__.get(column)
        if wanted is None or inspect(record).modified:
            continue
        yield record, wanted
        count += 1
        if count == MOST:
            return
