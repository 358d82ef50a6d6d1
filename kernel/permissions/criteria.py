"""Filter every SELECT of a user's session by their row scopes.

This is the one place that relies on SQLAlchemy's private interface: a single criteria option fills the criteria of
all entities at compile time, so that a statement compiles once per set of rights and not once per user. The version
is pinned; `tests/kernel/permissions` proves the behaviour through joins, aliases, subqueries and loads.
"""

import datetime as dt
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Executable, Table, and_, event, false
from sqlalchemy.orm import Mapper, ORMExecuteState
from sqlalchemy.orm.interfaces import CriteriaOption
from sqlalchemy.sql import util as sql_util
from sqlalchemy.sql import visitors
from sqlalchemy.sql.cache_key import HasCacheKey
from sqlalchemy.sql.visitors import InternalTraversal

from kernel.entities.base import Base, Entity
from kernel.entities.extension import Extension
from kernel.entities.work import Actor, Session
from kernel.errors import Forbidden
from kernel.i18n import _
from kernel.permissions.rights import Rights, rights
from kernel.permissions.scopes import ActorParameters, Unindexed, scope_clause

__all__ = ["ALSO_FOR", "PASSED_OVER", "RowScopes"]

PASSED_OVER = "scope_columns_passed_over"
"""An execution option: the columns that scopes compare and whose indexes SQLite shall leave for the order's."""
ALSO_FOR = "scope_also_for"
"""An execution option, an entity and an action: its rows must be in the scope of that action, too ("export")."""


class _Criterion:
    """The row scope of one mapper, in the shape SQLAlchemy expects of a loader criterion."""

    include_aliases = True
    propagate_to_loaders = False
    entity = None

    def __init__(self, mapper: Mapper[Any], scopes: "RowScopes") -> None:
        self._mapper = mapper
        self._scopes = scopes

    def _should_include(self, compile_state: Any) -> bool:
        return self not in compile_state._containing_loader_criteria

    def _resolve_where_criteria(self, ext_info: Any) -> ColumnElement[bool]:
        cls = self._mapper.class_
        clause: ColumnElement[bool]
        if issubclass(cls, Entity | Extension):
            entity, passed_over = ext_info.entity, self._scopes.passed_over

            def column(name: str) -> Any:
                return Unindexed(getattr(entity, name)) if name in passed_over else getattr(entity, name)

            clause = scope_clause(cls, column, "read", self._scopes.rights, self._scopes.parameters)
            also_of, action = self._scopes.also
            if cls is also_of:
                clause = and_(clause, scope_clause(cls, column, action, self._scopes.rights, self._scopes.parameters))
        else:
            clause = false()  # tables of the kernel's own are the system's business
        annotated: ColumnElement[bool] = sql_util._deep_annotate(
            clause, {"for_loader_criteria": self}, detect_subquery_cols=True, ind_cols_on_fromclause=True)
        return annotated


class RowScopes(CriteriaOption, HasCacheKey):
    """The row scopes of an actor as one option: its cache key is the rights, its bound values are the actor."""

    propagate_to_loaders = False
    _cache_key_traversal = [  # noqa: RUF012  # SQLAlchemy reads it: rights by value, the actor as bound values
        ("rights", InternalTraversal.dp_plain_obj),
        ("bound", InternalTraversal.dp_clauseelement_tuple),
        ("passed_over", InternalTraversal.dp_plain_obj),
        ("also", InternalTraversal.dp_plain_obj),
    ]

    def __init__(
        self, granted: Rights, parameters: ActorParameters, passed_over: frozenset[str], also: "Also"
    ) -> None:
        self.rights = granted
        self.parameters = parameters
        self.bound = parameters.all
        self.passed_over = passed_over
        self.also = also

    def process_compile_state_replaced_entities(self, compile_state: Any, mapper_entities: Any) -> None:
        self.process_compile_state(compile_state)

    def process_compile_state(self, compile_state: Any) -> None:
        _refuse_bare_tables(compile_state.select_statement)
        self.get_global_criteria(compile_state.global_attributes)

    def get_global_criteria(self, attributes: dict[Any, Any]) -> None:
        for mapper in Base.registry.mappers:
            attributes.setdefault(("additional_entity_criteria", mapper), []).append(_Criterion(mapper, self))


def _refuse_bare_tables(statement: Any) -> None:
    """Refuse a table taken without its entity: no scope would apply. Runs once per compiled statement."""
    for element in visitors.iterate(statement):
        if not isinstance(element, Table) or "parententity" in element._annotations:
            continue
        if not _annotated_from(element, statement):
            raise Forbidden(
                "BARE_TABLE", _("This query names the table {table} without its entity", table=element.name))


def _annotated_from(table: Table, statement: Any) -> bool:
    """Say whether an entity's own columns brought the table in: they carry it without annotations."""
    for element in visitors.iterate(statement):
        annotations = getattr(element, "_annotations", {})
        entity = annotations.get("parententity") or annotations.get("parentmapper")
        if entity is not None and getattr(entity, "mapper", entity).local_table is table:
            return True
    return False


Also = tuple[type | None, str]
NOTHING_MORE: Also = (None, "")


@lru_cache(maxsize=2000)
def _row_scopes(
    granted: Rights, who: Actor, today: dt.date, passed_over: frozenset[str] = frozenset(), also: Also = NOTHING_MORE
) -> RowScopes:
    return RowScopes(granted, ActorParameters(who, today=today), passed_over, also)


@event.listens_for(Session, "do_orm_execute")
def _scope(state: ORMExecuteState) -> None:
    current = state.session
    if not isinstance(current, Session) or current.actor.system:
        return
    if not state.is_orm_statement:
        raise Forbidden(
            "RAW_SQL", _("A user's session runs queries on entities only; other SQL needs as_system()"))
    if state.is_insert or state.is_update or state.is_delete:
        raise Forbidden("RAW_BULK", _("Write many rows with insert_rows() and update_rows(), which check and audit"))
    if state.is_column_load:
        return  # a refresh of a row that was loaded within its scope
    option: RowScopes | None
    passed_over: frozenset[str] = state.execution_options.get(PASSED_OVER, frozenset())
    also: Also = state.execution_options.get(ALSO_FOR, NOTHING_MORE)
    if passed_over or also is not NOTHING_MORE:
        option = _row_scopes(rights(current), current.actor, current.today, passed_over, also)
    elif (option := current.info.get("row_scopes")) is None:
        option = current.info["row_scopes"] = _row_scopes(
            rights(current), current.actor, current.today)
    if isinstance(state.statement, Executable):
        state.statement = _within(state.statement, option)


@lru_cache(maxsize=500)
def _within(statement: Executable, option: RowScopes) -> Executable:
    """Give a statement within row scopes: the same again for the same one, whose cache key is then known already."""
    return statement.options(option)
