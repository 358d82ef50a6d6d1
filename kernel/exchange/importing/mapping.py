"""A mapping file: where each field of each record comes from, in TOML, without Python.

`docs/reference/import-mapping.md` describes every word of it. Reading a file checks its words only; whether files,
columns, entities and fields exist is checked when the import is planned.
"""

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from kernel.errors import UsageError
from kernel.exchange.importing.formula import Formula, Template
from kernel.i18n import Text, _

__all__ = ["Cells", "Condition", "FieldRule", "Format", "Join", "MappingFile", "Step", "read_mapping"]


@dataclass(frozen=True, slots=True)
class Format:
    """How a file writes its text, numbers and dates."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    skip: int = 0
    """Lines before the header."""
    decimal: str = "."
    thousands: str = ""
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    yes: tuple[str, ...] = ("1", "true", "yes", "y")
    no: tuple[str, ...] = ("0", "false", "no", "n")
    empty: tuple[str, ...] = ("", "NULL")
    """Cells that say nothing."""
    timezone: str = "UTC"
    """The IANA zone of moments that name none."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Where a text comes from: the first filled of some columns, columns joined to a key, a template, a formula or
    a constant."""

    first: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    template: Template | None = None
    formula: Formula | None = None
    constant: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns it reads."""
        if self.template is not None:
            return self.template.columns
        if self.formula is not None:
            return self.formula.columns
        return self.first or self.key

    @property
    def written(self) -> bool:
        """Say whether the mapping itself gives the value, written its own way and not the file's."""
        return self.formula is not None or self.constant is not None


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one field gets its value."""

    field: str
    """The field's name; of a component `slot.field`."""
    cells: Cells
    values: Mapping[str, str] | None = None
    otherwise: str | None = None
    """The value for cells that `values` doesn't name; without it they are refused."""
    default: str | None = None
    """The value for empty cells."""
    ref: tuple[str, ...] = ()
    """Steps one of which brought in the record that the cell is the key of."""
    find: str | None = None
    """The field of the linked entity that the cell is the value of."""
    format: Format = Format()
    cut: bool = False
    """Cut text that is too long instead of refusing it."""
    spec: str = ""
    """The rule as written: when it changes, its field is compared again."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Which rows are wanted: all of the column tests and the formula hold."""

    tests: tuple[tuple[str, frozenset[str], bool], ...] = ()
    """Column, values, and whether the cell must be among them (or must not)."""
    formula: Formula | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns it reads."""
        return (*(column for column, _values, _wanted in self.tests), *(self.formula.columns if self.formula else ()))


@dataclass(frozen=True, slots=True)
class Join:
    """Another file whose row, found by equal columns, stands beside this one's: `name.Column`."""

    name: str
    file: str
    on: tuple[tuple[str, str], ...]
    """Pairs of a column here and a column there."""
    sheet: str | None = None
    where: Condition | None = None
    several: str = "refuse"
    """What to do where several rows match: refuse, first or last."""
    required: bool = False
    """Refuse rows without a match."""
    unused: str = "ignore"
    """What to do with rows of that file that no row here matches: ignore, or report as refused."""
    format: Format = Format()


@dataclass(frozen=True, slots=True)
class Step:
    """One file's rows becoming records of one entity."""

    name: str
    entity: str
    file: str
    key: tuple[str, ...]
    rules: tuple[FieldRule, ...]
    sheet: str | None = None
    where: Condition | None = None
    joins: tuple[Join, ...] = ()
    match: tuple[str, ...] = ()
    """Fields by which a record that exists already is taken over instead of created again."""
    repeats: str = "refuse"
    """What to do with rows that repeat a key: refuse, or first (the first row gives the record)."""
    history: bool = False
    company: str | None = None
    """own: the records belong to the importing company; shared: to the whole group."""
    format: Format = Format()


@dataclass(frozen=True, slots=True)
class MappingFile:
    """A mapping file, read and checked for its words."""

    path: Path
    source: str
    steps: tuple[Step, ...]
    company: str | None = None
    all_or_nothing: bool = False


def read_mapping(path: Path) -> MappingFile:
    """Read a mapping file; raises UsageError with one sentence that says what is wrong where."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except FileNotFoundError:
        raise _mistake(_("There is no mapping file {path}", path=path)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _mistake(_("{path} is not readable as TOML: {error}", path=path, error=error)) from error
    top = _Table(data, _("the mapping"))
    source = top.text("source")
    basic = _format(top.table("format"), Format())
    found = MappingFile(
        path, source, tuple(_step(table, basic) for table in top.tables("step")), top.optional("company"),
        top.flag("all_or_nothing"))
    top.done()
    if not found.steps:
        raise _mistake(_("{path} has no [[step]]", path=path))
    names = [step.name for step in found.steps]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise _mistake(_("Two steps are named {names}; give each its own `name`", names=", ".join(twice)))
    for step in found.steps:
        for rule in step.rules:
            _known_steps(step, rule, names)
    return found


def _known_steps(step: Step, rule: FieldRule, names: list[str]) -> None:
    for target in rule.ref:
        if target not in names:
            raise _mistake(_("Step {step}: {field} refers to a step {target}, which the mapping doesn't have{hint}",
                             step=step.name, field=rule.field, target=target, hint=_like(target, names)))
        if names.index(target) > names.index(step.name):
            raise _mistake(_("Step {step}: {field} refers to step {target}, which comes later; put that step first",
                             step=step.name, field=rule.field, target=target))


def _step(table: "_Table", basic: Format) -> Step:
    entity = table.text("entity")
    name = table.optional("name") or entity
    table.where = _("step {name}", name=name)
    format_ = _format(table.table("format"), basic)
    key = table.texts("key")
    if not key:
        raise _mistake(_("Step {name} needs `key`: the columns that tell its rows apart", name=name))
    step = Step(
        name, entity, table.text("file"), key, _rules(table, format_), table.optional("sheet"),
        _condition(table, format_), tuple(_joins(table, format_)), table.texts("match"),
        table.one_of("repeats", ("refuse", "first")), table.flag("history"),
        table.one_of("company", ("", "own", "shared")) or None, format_)
    table.done()
    return step


def _joins(table: "_Table", basic: Format) -> Iterable[Join]:
    for name, join in table.named_tables("join"):
        format_ = _format(join.table("format"), basic)
        on = join.take("on", dict)
        if not isinstance(on, dict) or not on:
            raise _mistake(_("{where} needs `on = {{ \"column here\" = \"column there\" }}`", where=join.where))
        yield Join(
            name, join.text("file"), tuple((str(here), str(there)) for here, there in on.items()),
            join.optional("sheet"), _condition(join, format_), join.one_of("several", ("refuse", "first", "last")),
            join.flag("required"), join.one_of("unused", ("ignore", "report")), format_)
        join.done()


def _condition(table: "_Table", format_: Format) -> Condition | None:
    value = table.take("where", (str, dict))
    if value is None:
        return None
    if isinstance(value, str):
        return Condition(formula=Formula(value, format_.decimal, format_.thousands))
    tests = []
    for column, wanted in value.items():
        positive = not isinstance(wanted, dict)
        if not positive and set(wanted) != {"not"}:
            raise _mistake(_("{where}: a test of `where` is a value, a list of values or {{ not = ... }}",
                             where=table.where))
        values = wanted if positive else wanted["not"]
        tests.append((
            str(column), frozenset(map(written, values if isinstance(values, list) else [values])), positive))
    return Condition(tuple(tests))


def _rules(table: "_Table", basic: Format) -> tuple[FieldRule, ...]:
    given = table.take("fields", dict)
    if not given:
        raise _mistake(_("{where} needs [step.fields]", where=table.where))
    return tuple(_rule(name, spec, table.where, basic) for name, spec in _flat(given))


SOURCES = ("column", "columns", "first", "template", "formula", "constant")
RULE_WORDS = frozenset({*SOURCES, "values", "otherwise", "default", "ref", "find", "decimal", "thousands", "dates",
                        "yes", "no", "cut"})


def _flat(given: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    """Give the field rules with their names; tables that are no rule hold the fields of a component."""
    for name, spec in given.items():
        if isinstance(spec, dict) and not set(spec) & set(SOURCES) and not prefix:
            yield from _flat(spec, f"{name}.")
        else:
            yield prefix + name, spec


def _rule(name: str, spec: Any, where: Text, basic: Format) -> FieldRule:
    if isinstance(spec, str):
        return FieldRule(name, Cells(first=(spec,)), format=basic, spec=spec)
    if not isinstance(spec, dict):
        raise _mistake(_("{where}: {field} is either a column's name or a table such as {{ constant = 5 }}",
                         where=where, field=name))
    table = _Table(dict(spec), _("{where}, field {field}", where=where, field=name))
    format_ = replace(
        basic, decimal=table.optional("decimal") or basic.decimal,
        thousands=basic.thousands if (sign := table.optional("thousands")) is None else sign,
        dates=table.texts("dates") or basic.dates, yes=table.texts("yes") or basic.yes,
        no=table.texts("no") or basic.no)
    values = table.take("values", dict)
    rule = FieldRule(
        name, _cells(table, format_),
        {str(cell): written(value) for cell, value in values.items()} if values is not None else None,
        table.value("otherwise"), table.value("default"), table.texts("ref"), table.optional("find"), format_,
        table.flag("cut"), repr(sorted(spec.items())))
    table.done()
    if rule.ref and rule.find:
        raise _mistake(_("{where}: use either `ref` or `find`", where=table.where))
    return rule


def _cells(table: "_Table", format_: Format) -> Cells:
    used = [word for word in SOURCES if word in table.data]
    if len(used) != 1:
        raise _mistake(_("{where} needs exactly one of {words}", where=table.where, words=", ".join(SOURCES)))
    word = used[0]
    if word in ("column", "first"):
        return Cells(first=table.texts(word))
    if word == "columns":
        return Cells(key=table.texts(word))
    if word == "template":
        return Cells(template=Template(table.text(word)))
    if word == "formula":
        return Cells(formula=Formula(table.text(word), format_.decimal, format_.thousands))
    return Cells(constant=table.value(word))


def _format(table: "_Table | None", basic: Format) -> Format:
    if table is None:
        return basic
    found: dict[str, Any] = {}
    for field in fields(Format):
        if field.name not in table.data:
            continue
        if field.name == "skip":
            found["skip"] = table.take("skip", int)
        elif isinstance(getattr(basic, field.name), tuple):
            found[field.name] = table.texts(field.name)
        else:
            found[field.name] = table.text(field.name)
    table.done(tuple(field.name for field in fields(Format)))
    result = replace(basic, **found)
    try:
        "".encode(result.encoding)
    except LookupError:
        raise _mistake(_("{where}: there is no encoding {name}", where=table.where, name=result.encoding)) from None
    for name in ("delimiter", "quote", "decimal"):
        if len(getattr(result, name)) != 1:
            raise _mistake(_("{where}: {name} is one character", where=table.where, name=name))
    return result


def written(value: object) -> str:
    """Write a TOML value the mapping's own way: decimal point, ISO dates, true and false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return str(value)


def _mistake(message: Text) -> UsageError:
    return UsageError("MAPPING", message, fix=_("See docs/reference/import-mapping.md"))


def _like(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, list(known), 1)
    return str(_("; did you mean {word}?", word=close[0])) if close else ""


class _Table:
    """One TOML table, from which words are taken until none is left."""

    def __init__(self, data: dict[str, Any], where: Text) -> None:
        self.data = data
        self.where = where
        self._taken: set[str] = set()

    def take(self, word: str, kinds: type | tuple[type, ...]) -> Any:
        self._taken.add(word)
        value = self.data.get(word)
        if value is not None and (not isinstance(value, kinds) or (isinstance(value, bool) and kinds is int)):
            raise _mistake(_("{where}: `{word}` can't be {value}", where=self.where, word=word, value=repr(value)))
        return value

    def optional(self, word: str) -> str | None:
        value = self.take(word, str)
        return None if value is None else str(value)

    def text(self, word: str) -> str:
        value = self.optional(word)
        if not value:
            raise _mistake(_("{where} needs `{word}`", where=self.where, word=word))
        return value

    def value(self, word: str) -> str | None:
        value = self.take(word, (str, int, bool, Decimal, dt.date, dt.datetime))
        return None if value is None else written(value)

    def texts(self, word: str) -> tuple[str, ...]:
        value = self.take(word, (str, list))
        return (value,) if isinstance(value, str) else tuple(map(str, value or ()))

    def flag(self, word: str) -> bool:
        return bool(self.take(word, bool))

    def one_of(self, word: str, allowed: tuple[str, ...]) -> str:
        value = self.optional(word) or allowed[0]
        if value not in allowed:
            raise _mistake(_("{where}: `{word}` is one of {allowed}, not {value}", where=self.where, word=word,
                             allowed=", ".join(filter(None, allowed)), value=value))
        return value

    def table(self, word: str) -> "_Table | None":
        value = self.take(word, dict)
        return None if value is None else _Table(value, _("{where}, {word}", where=self.where, word=word))

    def tables(self, word: str) -> "list[_Table]":
        value = self.take(word, list) or []
        return [_Table(each, _("step {n}", n=n)) for n, each in enumerate(value, 1) if isinstance(each, dict)]

    def named_tables(self, word: str) -> "list[tuple[str, _Table]]":
        value = self.take(word, dict) or {}
        if wrong := [name for name, each in value.items() if not isinstance(each, dict)]:
            raise _mistake(_("{where}: `{word}` holds tables such as [step.{word}.{name}]", where=self.where,
                             word=word, name=wrong[0]))
        return [(name, _Table(each, _("{where}, {word} {name}", where=self.where, word=word, name=name)))
                for name, each in value.items()]

    def done(self, allowed: tuple[str, ...] = ()) -> None:
        known = {*self._taken, *allowed}
        for word in self.data:
            if word not in known:
                raise _mistake(_("{where} has an unknown word `{word}`{hint}", where=self.where, word=word,
                                 hint=_like(word, known)))
