"""What a pivot's address asks for: rows, columns, values, how it is shown; and what may be asked of an entity."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from werkzeug.datastructures import MultiDict

from kernel.entities.base import Declared, Entity
from kernel.entities.fields import Field
from kernel.exchange.buckets import BUCKETS
from kernel.exchange.paths import document_of, document_path, standard_fields
from kernel.i18n import Text, _
from kernel.permissions.rights import rights
from kernel.web.declare import views
from kernel.web.layout import columns_of, field_at
from kernel.web.show import PEOPLE

__all__ = [
    "AXES",
    "BUCKET_LABELS",
    "COUNT",
    "MOST_FIELDS",
    "MOST_VALUES",
    "SHAPES",
    "Axis",
    "Known",
    "PivotAsked",
    "field_label",
    "fields_of",
    "usual",
    "value_label",
    "values_of",
]

Axis = Literal["rows", "cols", "values"]
AXES: tuple[Axis, ...] = get_args(Axis)
SHAPES = ("table", "bar", "stacked", "line", "area", "pie")
MOST_FIELDS = 3
MOST_VALUES = 4
COUNT = "count"
BESIDE_SUMS = ("average", "least", "greatest")
GROUPED_KINDS = ("text", "choice", "state", "link", "boolean", "date", "instant")
LINKED_KINDS = ("text", "choice", "state", "link", "boolean", "date")
BUCKET_LABELS: dict[str, Text] = {
    "day": _("Day"), "week": _("Week"), "month": _("Month"), "quarter": _("Quarter"), "year": _("Year")}


@dataclass(frozen=True, slots=True)
class Known:
    """A field or value that may be asked for, and where it comes from: the entity's own, a component, a linked one."""

    token: str
    label: str
    source: str = ""


@dataclass(frozen=True)
class PivotAsked:
    """A pivot's question: fields as paths, dates with their bucket ("due:month"); values as "total:average".

    `sort` is a value with "-" for descending; `folded` and `folded_cols` are the heads that are shut.
    """

    rows: tuple[str, ...] = ()
    cols: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    shape: str = "table"
    sort: str = ""
    folded: tuple[str, ...] = ()
    folded_cols: tuple[str, ...] = ()

    @classmethod
    def from_args(cls, args: MultiDict[str, str]) -> "PivotAsked":
        """Read the query of a request; what is asked twice counts once."""
        rows, cols, values = (tuple(dict.fromkeys(each for each in args.getlist(axis) if each)) for axis in AXES)
        shape = args.get("as", "")
        return cls(
            rows, tuple(each for each in cols if each not in rows), values, shape if shape in SHAPES else SHAPES[0],
            args.get("by", ""), tuple(args.getlist("fold")), tuple(args.getlist("foldc")))

    @property
    def empty(self) -> bool:
        """Say whether nothing was asked for yet."""
        return not (self.rows or self.cols or self.values)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Give the question as query pairs."""
        several = (("rows", self.rows), ("cols", self.cols), ("values", self.values), ("fold", self.folded),
                   ("foldc", self.folded_cols))
        found = [(name, each) for name, all_ in several for each in all_]
        if self.shape != SHAPES[0]:
            found.append(("as", self.shape))
        return (*found, *([("by", self.sort)] if self.sort else []))

    def on(self, axis: Axis) -> tuple[str, ...]:
        """Give what stands on an axis."""
        return {"rows": self.rows, "cols": self.cols, "values": self.values}[axis]

    def put(self, axis: Axis, tokens: Sequence[str]) -> "PivotAsked":
        """Put other fields on an axis; what was folded there is open again."""
        if axis == "rows":
            return replace(self, rows=tuple(tokens), folded=())
        if axis == "cols":
            return replace(self, cols=tuple(tokens), folded_cols=())
        return replace(self, values=tuple(tokens))

    def swapped(self) -> "PivotAsked":
        """Make rows of the columns and columns of the rows."""
        return replace(self, rows=self.cols, cols=self.rows, folded=self.folded_cols, folded_cols=self.folded)


def usual(cls: type[Entity]) -> PivotAsked:
    """Ask what is worth asking first: how many there are by state or the like, and the first sum of the list."""
    known = [each.token for each in fields_of(cls)]
    in_list = [path for path, _field in columns_of(cls) if path in known]
    kinds = {path: field.kind for path in known if (field := field_at(cls, path.partition(":")[0])) is not None}
    row = next((path for kind in (("state",), ("choice",), ("link",)) for path in (*in_list, *known)
                if kinds[path] in kind), known[0] if known else "")
    view = views.lists.get(cls.__entity__)
    summed = [each.token for each in values_of(cls)]
    return PivotAsked((row,) if row else (), (), (COUNT, *[name for name in view.totals if name in summed][:1])
                      if view else (COUNT,))


def fields_of(cls: type[Entity]) -> list[Known]:
    """List what records of an entity can be grouped by: its fields, its components', those of what it links to.

    A line can be grouped by its document, too, and by whatever that can.
    """
    found, links = _fields_at(cls, "", "")
    document = document_path(cls)
    if document:
        label = str(document_of(cls).__label__)
        found.append(Known(document, label, label))
        beneath, further = _fields_at(document_of(cls), f"{document}.", label)
        found += beneath
        links += further
    for path, link in links:
        found += [Known(_token(field, f"{path}.{field.name}"), str(field.label), str(link.label))
                  for field in _readable(link.target, LINKED_KINDS)
                  if field.name != link.target.__title__ and field_at(cls, f"{path}.{field.name}") is not None]
    created = [field for name, field in standard_fields(cls).items() if name in ("created_at", "created_by")]
    return [*found, *(Known(_token(field, field.name), str(field.label)) for field in created)]


def _fields_at(cls: type[Entity], prefix: str, source: str) -> tuple[list[Known], list[tuple[str, Field]]]:
    """List the fields of an entity and its components below a path, and the links among them that lead further."""
    own = [(f"{prefix}{field.name}", field) for field in _readable(cls, GROUPED_KINDS)]
    found = [Known(_token(field, path), str(field.label), source) for path, field in own]
    for slot, component in sorted(cls.__components__.items()):
        fields = [(f"{prefix}{slot}.{field.name}", field) for field in _readable(component, GROUPED_KINDS)]
        found += [Known(_token(field, path), str(field.label), str(component.__label__)) for path, field in fields]
        own += fields
    return found, [(path, field) for path, field in own
                   if field.kind == "link" and field.target.__entity__ not in (*PEOPLE, "kernel.company")]


def _readable(cls: type[Declared], kinds: Sequence[str]) -> list[Field]:
    return [field for field in rights().visible(cls) if field.kind in kinds and not (field.hidden or field.parent)]


def _token(field: Field, path: str) -> str:
    return f"{path}:month" if field.kind in ("date", "instant") else path


def values_of(cls: type[Entity]) -> list[Known]:
    """List the figures that can be had of an entity's records."""
    found = [Known(COUNT, value_label(cls, COUNT))]
    holders: list[tuple[str, str, type[Declared]]] = [("", "", cls)]
    holders += [(f"{slot}.", str(component.__label__), component)
                for slot, component in sorted(cls.__components__.items())]
    for prefix, source, holder in holders:
        for field in _readable(holder, ("money", "quantity", "percent", "integer")):
            path = f"{prefix}{field.name}"
            tokens = [*([] if field.kind == "percent" else [path]), *(f"{path}:{kind}" for kind in BESIDE_SUMS)]
            found += [Known(token, value_label(cls, token), source) for token in tokens]
    return found


def field_label(cls: type[Entity], token: str) -> str:
    """Name a field that is grouped by: "State", "Customer: Country", "Due, month"."""
    path, _colon, bucket = token.partition(":")
    field = field_at(cls, path)
    label = str(field.label) if field is not None else path
    prefix, dot, _name = path.rpartition(".")
    link = field_at(cls, prefix) if dot and prefix not in cls.__components__ else None
    if link is not None:
        label = str(_("{link}: {field}", link=link.label, field=label))
    if bucket in BUCKETS:
        return str(_("{field}, {bucket}", field=label, bucket=str(BUCKET_LABELS[bucket]).lower()))
    return label


def value_label(cls: type[Entity], token: str) -> str:
    """Name a figure: "Count", "Total", "Total, average"."""
    if token == COUNT:
        return str(_("Count"))
    path, _colon, kind = token.partition(":")
    field = field_at(cls, path)
    label = field.label if field is not None else path
    match kind:
        case "average":
            return str(_("{field}, average", field=label))
        case "least":
            return str(_("{field}, least", field=label))
        case "greatest":
            return str(_("{field}, greatest", field=label))
        case _:
            return str(label)
