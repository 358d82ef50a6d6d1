"""Entity and Document: the base classes of everything users see, built from the field functions."""

import datetime as dt
import inspect as introspection
import re
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Protocol, Self, TypeVar, cast

from sqlalchemy import Boolean, ForeignKey, Index, Integer, MetaData, String, Table, func, inspect
from sqlalchemy.orm import DeclarativeBase, Mapped, composite, declared_attr, mapped_column, relationship

from kernel.entities.fields import REF_TITLE, AnyRef, Field, FieldDeclaration
from kernel.entities.types import Id, Instant, Json
from kernel.errors import Problem, UsageError
from kernel.i18n import Text, _

__all__ = [
    "TAGS", "Base", "Component", "Declared", "Document", "Entity", "add_field_source", "components_of", "entities",
    "entity", "fields_of", "label_of", "plugin_of", "snake", "watch_tagged",
]

R_contra = TypeVar("R_contra", contravariant=True)
X_co = TypeVar("X_co", covariant=True)


class Component(Protocol[R_contra, X_co]):
    """A component class, seen by the type checker as callable with the row it extends."""

    def __call__(self, row: R_contra, /) -> X_co: ...


class Base(DeclarativeBase):
    """Every mapped class of the kernel and its plugins, in one metadata."""

    metadata = MetaData(naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    })


TAGS = "tags"
"""The name of the field that a tagged entity has of itself."""
_entities: dict[str, "type[Entity]"] = {}
_told_of_tagged: list[Callable[["type[Entity]"], None]] = []


def plugin_of(module: str) -> str:
    """Name the plugin a module belongs to: `plugins.crm.leads.models` is crm's, all of kernel is kernel's."""
    parts = module.split(".")
    return parts[1] if parts[0] == "plugins" and len(parts) > 1 else parts[0]


def snake(name: str) -> str:
    """Turn a class name into a table name: OrderLine becomes order_line."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class Declared:
    """Turn field declarations of a class body into columns and relationships before SQLAlchemy maps it."""

    __fields__: ClassVar[dict[str, Field]]
    __plugin__: ClassVar[str]
    __entity__: ClassVar[str]

    @classmethod
    def declare_fields(cls) -> None:
        annotations: dict[str, Any] = dict(introspection.get_annotations(cls))
        described: dict[str, Field] = {}
        for name, declaration in list(cls.__dict__.items()):
            if not isinstance(declaration, FieldDeclaration):
                continue
            if name not in annotations:
                raise UsageError("DECLARATION", f"{cls.__name__}.{name} needs an annotation such as Mapped[str]")
            if name.startswith("x_"):
                raise UsageError("DECLARATION", f"{cls.__name__}.{name}: x_ begins the names of custom fields")
            builder = {"link": _declare_link, "lines": _declare_lines, "ref": _declare_ref}.get(
                declaration.field.kind, _declare_column)
            described[name] = builder(cls, name, declaration, annotations.pop(name))
        made = {field.column for field in described.values() if field.column != field.name}
        made |= {f"{field.name}_{part}" for field in described.values() if field.kind == "ref"
                 for part in ("entity", "title")}
        cls.__annotations__ = {name: hint for name, hint in annotations.items() if name not in made}
        cls.__fields__ = described


def _declare_column(cls: type, name: str, declaration: FieldDeclaration, annotation: object) -> Field:
    optional = _is_optional(cls, annotation)
    required = declaration.required if declaration.required is not None else not optional
    has_default = declaration.default is not None
    setattr(cls, name, mapped_column(
        declaration.type, nullable=optional or not (required or has_default),
        index=declaration.index and not _by_company(cls, declaration.field.kind),
        default=declaration.default if has_default else None,
    ))
    return declaration.named(name, required=required and not has_default)


def _by_company(cls: type, kind: str) -> bool:
    return kind == "state" and getattr(cls, "__company__", None) == "required"


def _declare_link(cls: type, name: str, declaration: FieldDeclaration, annotation: object) -> Field:
    optional = _is_optional(cls, annotation)
    required = declaration.required if declaration.required is not None else not optional
    resolve = _resolver(cls, name, declaration, annotation)
    table = declaration.to.replace(".", "_") if declaration.to else resolve().__tablename__
    column = f"{name}_id"
    setattr(cls, column, mapped_column(
        Id, ForeignKey(f"{table}.id", ondelete=declaration.ondelete), nullable=optional, index=declaration.index,
        use_existing_column=False,
    ))
    setattr(cls, name, relationship(
        resolve, foreign_keys=[cls.__dict__[column]], lazy="select",
        remote_side=(lambda: cls.id) if table == getattr(cls, "__tablename__", None) else None,  # type: ignore[attr-defined]  # an entity
    ))
    return declaration.named(name, required=required, column=column, resolve=resolve)


def _declare_ref(cls: type, name: str, declaration: FieldDeclaration, annotation: object) -> Field:
    optional = _is_optional(cls, annotation)
    parts = (f"{name}_entity", f"{name}_id", f"{name}_title")
    column_types: tuple[Any, ...] = (String(120), Id, String(REF_TITLE))
    for part, type_ in zip(parts, column_types, strict=True):
        setattr(cls, part, mapped_column(type_, nullable=optional, index=part == f"{name}_id"))
    setattr(cls, name, composite(AnyRef, *parts, return_none_on=lambda entity, id_, title: id_ is None))
    return declaration.named(name, column=f"{name}_id")


def _declare_lines(cls: type, name: str, declaration: FieldDeclaration, annotation: object) -> Field:
    through = declaration.through or ""
    resolve = _resolver(cls, name, declaration, annotation)
    setattr(cls, name, relationship(
        resolve, back_populates=through, order_by=lambda: resolve().id, cascade="all, delete-orphan",
        passive_deletes=True, uselist=True, foreign_keys=lambda: [resolve().__table__.c[f"{through}_id"]],
    ))
    return declaration.named(name, resolve=resolve, parent=False)


def _is_optional(cls: type, annotation: object) -> bool:
    if isinstance(annotation, str):
        return bool(re.search(r"\bNone\b|\bOptional\[", annotation))
    inner = typing.get_args(annotation)[0]
    if isinstance(inner, str | typing.ForwardRef):
        return "None" in str(inner)
    return (isinstance(inner, types.UnionType) and type(None) in inner.__args__) or (
        typing.get_origin(inner) is typing.Union and type(None) in typing.get_args(inner))


def _resolver(cls: type, name: str, declaration: FieldDeclaration, annotation: object) -> Any:
    """Give a function that finds the class a link or lines field points to, now or when mappers are configured."""
    if declaration.to:
        return lambda: entity(declaration.to or "")
    if not isinstance(annotation, str):
        inner = typing.get_args(annotation)[0]
        while isinstance(inner, types.UnionType | types.GenericAlias) or typing.get_origin(inner) is typing.Union:
            inner = next(arg for arg in typing.get_args(inner) if arg is not type(None))
        if isinstance(inner, type):
            return lambda: inner
        annotation = inner.__forward_arg__ if isinstance(inner, typing.ForwardRef) else str(inner)
    words = [w for w in re.findall(r"[A-Za-z_][\w.]*", str(annotation))
             if w not in ("Mapped", "None", "list", "Optional", "List")]
    target = words[0]

    def resolve() -> Any:
        found: Any = {cls.__name__: cls, **vars(sys.modules[cls.__module__])}.get(target)
        if found is None:
            found = next((e for e in _entities.values() if e.__name__ == target), None)
        if found is None:
            raise UsageError("DECLARATION", f"{cls.__name__}.{name} points to {target}, which is not defined")
        return found

    return resolve


class Entity(Declared, Base):
    """A record users work with: a table, a form, a list, an API resource and import columns in one class.

    Class keywords: `label` and `plural` for users, `title` (the field that names a record), `icon` (a Tabler icon),
    `owner` (the link to the user a row scope "own" looks at; its creator where there is none), `unique` (groups of
    fields that no two active records of a company share), `company` ("optional": masters may belong to the whole
    group; "required"; "none": belongs to the installation), `tagged` (people put tags on its records),
    `mergeable` (records that are one and the same may become one).
    """

    __abstract__ = True
    __label__: ClassVar[Text]
    __plural__: ClassVar[Text]
    __title__: ClassVar[str]
    __icon__: ClassVar[str]
    __owner__: ClassVar[str | None]
    __company__: ClassVar[str] = "optional"
    __parent__: ClassVar[str | None] = None
    __mergeable__: ClassVar[bool] = False
    __components__: ClassVar[dict[str, Any]]
    __defaults__: ClassVar[dict[str, Any]]
    """Set at construction, so that whoever derives values before the flush sees them."""

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, sort_order=-100)
    company_id: Mapped[int | None] = mapped_column(
        Id, ForeignKey("kernel_company.id"), index=True, sort_order=-99)
    version: Mapped[int] = mapped_column(Integer, nullable=False, default=1, sort_order=100)
    archived: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False, sort_order=101)
    created_at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False, sort_order=102)
    created_by_id: Mapped[int | None] = mapped_column(Id, sort_order=103)
    changed_at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False, sort_order=104)
    changed_by_id: Mapped[int | None] = mapped_column(Id, sort_order=105)
    custom: Mapped[dict[str, Any] | None] = mapped_column(Json, sort_order=106)

    def __init_subclass__(
        cls,
        *,
        label: Text | None = None,
        plural: Text | None = None,
        title: str = "name",
        icon: str = "file",
        owner: str | None = None,
        unique: Sequence[Sequence[str]] = (),
        company: str | None = None,
        abstract: bool = False,
        tagged: bool = False,
        mergeable: bool = False,
        **kwargs: Any,
    ) -> None:
        if abstract:
            cls.__abstract__ = True
            super().__init_subclass__(**kwargs)
            return
        cls.__plugin__ = plugin_of(cls.__module__)
        cls.__entity__ = f"{cls.__plugin__}.{snake(cls.__name__)}"
        cls.__tablename__ = cls.__entity__.replace(".", "_")
        if known := _entities.get(cls.__entity__):
            raise UsageError("DECLARATION", f"{cls.__module__} and {known.__module__} both define {cls.__entity__}")
        cls.__label__ = label if label is not None else cls.__name__
        cls.__plural__ = plural if plural is not None else f"{cls.__label__}s"
        cls.__icon__ = icon
        cls.__company__ = company or cls.__company__
        cls.__mergeable__ = mergeable
        cls.__components__ = {}
        cls.declare_fields()
        cls.__defaults__ = {f.name: f.default for f in cls.__fields__.values() if f.default is not None}
        cls.__title__ = title if title in cls.__fields__ else next(iter(cls.__fields__), "id")
        cls.__owner__ = owner or ("owner" if "owner" in cls.__fields__ else None)
        cls.__parent__ = next((f.name for f in cls.__fields__.values() if f.parent), None)
        if cls.__company__ == "required":
            cls.company_id = mapped_column(
                Id, ForeignKey("kernel_company.id"), nullable=False, index=True, sort_order=-99)
        elif cls.__parent__ or cls.__company__ == "none":  # found by their document, or never by their company
            cls.company_id = mapped_column(Id, ForeignKey("kernel_company.id"), sort_order=-99)
        if cls.__parent__:
            _pair_with_parent(cls)
        super().__init_subclass__(**kwargs)
        _add_unique(cls, unique)
        _add_states(cls)
        _entities[cls.__entity__] = cls
        if tagged:
            _add_tags(cls)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}

    def __init__(self, **values: Any) -> None:
        super().__init__(**{**type(self).__defaults__, **values})

    def __getitem__(self: R_contra, component: Component[R_contra, X_co]) -> X_co:
        """Give this record's component of a class, with its defaults where there is no row yet."""
        return component.of(self)  # type: ignore[attr-defined,no-any-return]  # every component class has `of`

    @property
    def title(self) -> str:
        """Name the record in a word or two, for links and messages."""
        value = getattr(self, self.__title__, None)
        return str(value) if value not in (None, "") else f"{self.__label__} {self.id}"

    @classmethod
    def naming_fields(cls) -> frozenset[str]:
        """Give the fields a record's title is made of: the one it declares, and those its own `title` reads."""
        own: Any = introspection.getattr_static(cls, "title")
        read = own.fget.__code__.co_names if own is not Entity.__dict__["title"] else ()
        return frozenset({cls.__title__, *read} & cls.__fields__.keys())

    @classmethod
    def prepare(cls, records: Sequence[Self]) -> None:
        """Derive what follows from other fields (totals, defaults) of new and changed records, before each flush."""

    @classmethod
    def check(cls, records: Sequence[Self]) -> Iterable[Problem]:
        """Say what is wrong with new and changed records, before each flush; nothing is written where anything is."""
        return ()

    @classmethod
    def check_merge(cls, survivor: Self, others: Sequence[Self]) -> Iterable[Problem]:
        """Say why other records can't become part of a survivor, before anything is written."""
        return ()

    def __repr__(self) -> str:
        return f"<{self.__entity__} {inspect(self).identity or self.__dict__.get('id')}>"


class Document(Entity, abstract=True):
    """An entity that belongs to one company and records something that happened: an order, a move, an invoice."""

    __abstract__ = True
    __company__ = "required"
    historical: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False, sort_order=107)
    """Brought in from another system as history: told no signals, invariants start after it."""


def _pair_with_parent(cls: type[Entity]) -> None:
    """Join the parent link to the parent's `lines` field, if that names it."""
    parent = cls.__fields__[cls.__parent__ or ""]
    there = next(
        (f.name for f in parent.target.__fields__.values() if f.kind == "lines" and _points_to(f, cls)), None)
    setattr(cls, parent.name, relationship(
        parent.resolve, foreign_keys=[cls.__dict__[parent.column]], back_populates=there))


def _points_to(field: Field, cls: type[Entity]) -> bool:
    try:
        return field.target is cls
    except UsageError:
        return field.name == "lines"


def _add_tags(cls: type[Entity]) -> None:
    """Give an entity the field of its tags, which are kept in a table of the kernel's."""
    if cls.__parent__ or TAGS in cls.__fields__:
        raise UsageError("DECLARATION", f"{cls.__name__} can't be tagged: it is a line, or has a field of that name")
    cls.__fields__[TAGS] = Field(TAGS, "tags", _("Tags"), column=TAGS, resolve=lambda: cls)
    for tell in _told_of_tagged:
        tell(cls)


def watch_tagged(watcher: Callable[[type[Entity]], None]) -> None:
    """Have a function told of each entity whose records are tagged, those declared before included."""
    _told_of_tagged.append(watcher)
    for cls in _entities.values():
        if TAGS in cls.__fields__ and cls.__fields__[TAGS].kind == "tags":
            watcher(cls)


def _add_unique(cls: type[Entity], groups: Sequence[Sequence[str]]) -> None:
    table = cast(Table, cls.__table__)
    serials = [(f.name,) for f in cls.__fields__.values() if f.kind == "serial"]
    for group in [*serials, *groups]:
        columns = [table.c[cls.__fields__[name].column] for name in group]
        company = table.c.company_id
        active = None if tuple(group) in serials else table.c.archived.is_(False)
        lead = [] if cls.__company__ == "none" else [
            company if cls.__company__ == "required" else func.coalesce(company, 0)]
        Index("ux_" + "_".join([table.name, *group]), *lead, *columns, unique=True,
              sqlite_where=active, postgresql_where=active)


def _add_states(cls: type[Entity]) -> None:
    """Find records by their state within a company: those still open are few among those of years."""
    table = cast(Table, cls.__table__)
    for field in cls.__fields__.values():
        if _by_company(cls, field.kind):
            Index(f"ix_{table.name}_{field.column}", table.c[field.column], table.c.company_id)


def entity(name: str) -> type[Entity]:
    """Find an entity by its name ("crm.lead"); raises UsageError for one that no loaded plugin has."""
    try:
        return _entities[name]
    except KeyError:
        raise UsageError("UNKNOWN_ENTITY", _("There is no entity {name} in this installation", name=name)) from None


def entities() -> Mapping[str, type[Entity]]:
    """Give all entities of the kernel and the loaded plugins by name."""
    return _entities


FieldSource = Callable[[type[Declared]], "Mapping[str, Field] | None"]
_sources: list[FieldSource] = []


def add_field_source(source: FieldSource) -> None:
    """Let the custom fields stand beside the declared ones: `source` gives all of a class's, or None to add none."""
    _sources.append(source)


def fields_of(cls: type[Declared]) -> Mapping[str, Field]:
    """Give the fields of an entity or component: those declared in their order, then those added at run time."""
    for source in _sources:
        if (found := source(cls)) is not None:
            return found
    return cls.__fields__


def components_of(cls: type[Entity]) -> Mapping[str, Any]:
    """Give the components that plugins added to an entity, by slot (the plugin's name)."""
    return cls.__components__


def label_of(cls: type[Entity], field: str) -> Text:
    """Give a field's label for messages."""
    described = fields_of(cls).get(field)
    return described.label if described else field

