"""Extension: a plugin's own columns on another's entity, in a table of its own, without touching the other."""

import typing
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from sqlalchemy import ForeignKey, Integer, Select, func, inspect, select
from sqlalchemy.orm import (
    ColumnProperty,
    Mapped,
    MappedColumn,
    column_property,
    declared_attr,
    mapped_column,
    relationship,
)
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql import bindparam

from kernel.entities.base import Base, Declared, Entity, plugin_of, snake
from kernel.entities.types import Id
from kernel.errors import UsageError
from kernel.i18n import Text

__all__ = ["Extension", "load_components", "outer_join_components"]

E = TypeVar("E", bound=Entity)


class _WithDefault(ColumnProperty.Comparator[Any]):
    """Let a component's column read as its default where the extended record has no row."""

    def _memoized_method___clause_element__(self) -> Any:
        column = super()._memoized_method___clause_element__()
        default = self.prop.info.get("default")
        if default is None:
            return column
        return func.coalesce(column, bindparam(None, default, type_=column.type, unique=True))


class Extension(Declared, Base, Generic[E]):
    """Fields that a plugin adds to another's entity: `class SalesTerms(Extension[Party])`.

    A record without a row has the defaults, in Python (`party[SalesTerms].credit_limit`) and in SQL
    (`select(Party).join(SalesTerms)` is an outer join) alike; the first write makes the row. Every field needs a
    default or allows None. `slot` is its name on forms and in the API (the plugin's name); `per_company=True` keeps
    a row per company, for what differs between them.
    """

    __abstract__ = True
    __base_entity__: ClassVar[type[Entity]]
    __slot__: ClassVar[str]
    __label__: ClassVar[Text]
    __per_company__: ClassVar[bool]

    def __init_subclass__(
        cls, *, slot: str | None = None, label: Text | None = None, per_company: bool = False, **kwargs: Any
    ) -> None:
        base = _extended(cls)
        cls.__plugin__ = plugin_of(cls.__module__)
        cls.__base_entity__ = base
        cls.__slot__ = slot or cls.__plugin__
        cls.__label__ = label if label is not None else cls.__name__
        cls.__per_company__ = per_company
        cls.__entity__ = f"{cls.__plugin__}.{snake(cls.__name__)}"
        cls.__tablename__ = cls.__entity__.replace(".", "_")
        if taken := base.__components__.get(cls.__slot__):
            raise UsageError(
                "DECLARATION", f"{cls.__name__} and {taken.__name__} both take the slot {cls.__slot__!r} of "
                f"{base.__name__}; give one another slot=...")
        cls.row_id = mapped_column(
            Id, ForeignKey(f"{base.__tablename__}.id", ondelete="CASCADE"), primary_key=True, sort_order=-100)
        if per_company:
            cls.company_id = mapped_column(
                Id, ForeignKey("kernel_company.id"), primary_key=True, sort_order=-99)
        cls.declare_fields()
        for field in cls.__fields__.values():
            column = cls.__dict__[field.column]
            if isinstance(column, MappedColumn):
                if field.default is None and not column.column.nullable:
                    raise UsageError("DECLARATION", f"{cls.__name__}.{field.name} needs a default or `| None`: a "
                                     "component's row may not exist")
                setattr(cls, field.column, column_property(
                    column.column, comparator_factory=_WithDefault, info={"default": field.default}))
        cls.row = relationship(
            base, back_populates=f"component_{cls.__slot__}", foreign_keys=[cls.row_id])
        super().__init_subclass__(**kwargs)
        base.__mapper__.add_property(f"component_{cls.__slot__}", relationship(
            cls, uselist=False, back_populates="row", cascade="all, delete-orphan", passive_deletes=True,
            foreign_keys=[cls.__table__.c.row_id],
        ))
        base.__components__[cls.__slot__] = cls

    row_id: Mapped[int]
    row: Mapped[Entity]
    version: Mapped[int] = mapped_column(Integer, nullable=False, default=1, sort_order=100)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}

    def __init__(self, row: E | None = None, /, **values: Any) -> None:
        defaults = {f.name: f.default for f in type(self).__fields__.values() if f.default is not None}
        super().__init__(**{**defaults, **values})
        if row is not None:
            setattr(row, f"component_{type(self).__slot__}", self)

    @classmethod
    def of(cls, record: Entity) -> Self:
        """Give a record's component; without a row, a blank with the defaults that its first write attaches."""
        attribute = f"component_{cls.__slot__}"
        state = inspect(record)
        if attribute in state.unloaded and state.persistent and state.session is not None:
            load_components(state.session, cls)
        found = getattr(record, attribute)
        if found is not None:
            return cast(Self, found)
        blanks: dict[type, Any] = record.__dict__.setdefault("_blank_components", {})
        if cls not in blanks:
            blanks[cls] = blank = cls()
            blank.__dict__["_blank_of"] = record
        return cast(Self, blanks[cls])

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in type(self).__fields__ or name.endswith("_id"):
            owner = self.__dict__.pop("_blank_of", None)
            if owner is not None:
                setattr(owner, f"component_{type(self).__slot__}", self)
                owner.__dict__["_blank_components"].pop(type(self), None)


def _extended(cls: type) -> type[Entity]:
    for base in getattr(cls, "__orig_bases__", ()):
        arguments = typing.get_args(base)
        if arguments and isinstance(arguments[0], type) and issubclass(arguments[0], Entity):
            return arguments[0]
    raise UsageError("DECLARATION", f"{cls.__name__} must say what it extends: Extension[Party]")


def load_components(session: OrmSession, component: type[Extension[Any]]) -> None:
    """Load a component for all records of the session that lack it, in one statement per 5,000 records."""
    attribute = f"component_{component.__slot__}"
    base = component.__base_entity__
    waiting: dict[int, Entity] = {}
    for record in session.identity_map.values():
        if isinstance(record, base) and attribute in inspect(record).unloaded:
            waiting[record.id] = record
    ids = list(waiting)
    for start in range(0, len(ids), 5000):
        part = ids[start:start + 5000]
        found = {row.row_id: row for row in session.scalars(select(component).where(component.row_id.in_(part)))}
        for id_ in part:
            set_committed_value(waiting[id_], attribute, found.get(id_))


def outer_join_components(statement: Select[Any]) -> Select[Any]:
    """Turn every join to a component into an outer join, so that records without a row stay in."""
    joins: Sequence[tuple[Any, Any, Any, dict[str, Any]]] = statement._setup_joins
    changed = False
    result = []
    for target, on, left, flags in joins:
        inner = not flags.get("isouter") and _is_component(target)
        changed = changed or inner
        result.append((target, on, left, {**flags, "isouter": True} if inner else flags))
    if not changed:
        return statement
    statement = statement._generate()
    statement._setup_joins = tuple(result)
    return statement


def _is_component(target: object) -> bool:
    mapper = getattr(target, "_annotations", {}).get("parentmapper") or getattr(
        inspect(target, raiseerr=False), "mapper", None)
    return mapper is not None and issubclass(mapper.class_, Extension)
