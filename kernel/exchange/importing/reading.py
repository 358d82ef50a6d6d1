"""Read a mapping file from TOML.

`docs/reference/import-mapping.md` describes every word of it. Reading checks the words only; whether files, columns,
entities and fields exist is checked when the import is planned.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from kernel.exchange.importing.formula import Formula, Template
from kernel.exchange.importing.mapping import Cells, Condition, FieldRule, Format, Join, MappingFile, Step
from kernel.exchange.importing.tables import WordTable, like, mistake, written
from kernel.i18n import Text, _

__all__ = ["read_mapping"]


def read_mapping(path: Path) -> MappingFile:
    """Read a mapping file; raises UsageError with one sentence that says what is wrong where."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except FileNotFoundError:
        raise mistake(_("There is no mapping file {path}", path=path)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise mistake(_("{path} is not readable as TOML: {error}", path=path, error=error)) from error
    top = WordTable(data, _("the mapping"))
    source = top.text("source")
    basic = _format(top.table("format"), Format())
    found = MappingFile(
        path, source, tuple(_step(table, basic) for table in top.tables("step")), top.optional("company"),
        top.flag("all_or_nothing"))
    top.done()
    if not found.steps:
        raise mistake(_("{path} has no [[step]]", path=path))
    names = [step.name for step in found.steps]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise mistake(_("Two steps are named {names}; give each its own `name`", names=", ".join(twice)))
    for step in found.steps:
        for rule in step.rules:
            _known_steps(step, rule, names)
    return found


def _known_steps(step: Step, rule: FieldRule, names: list[str]) -> None:
    for target in rule.ref:
        if target not in names:
            raise mistake(_("Step {step}: {field} refers to a step {target}, which the mapping doesn't have{hint}",
                             step=step.name, field=rule.field, target=target, hint=like(target, names)))
        if names.index(target) > names.index(step.name):
            raise mistake(_("Step {step}: {field} refers to step {target}, which comes later; put that step first",
                             step=step.name, field=rule.field, target=target))


def _step(table: WordTable, basic: Format) -> Step:
    entity = table.text("entity")
    name = table.optional("name") or entity
    table.where = _("step {name}", name=name)
    format_ = _format(table.table("format"), basic)
    key = table.texts("key")
    if not key:
        raise mistake(_("Step {name} needs `key`: the columns that tell its rows apart", name=name))
    step = Step(
        name, entity, table.text("file"), key, _rules(table, format_), table.optional("sheet"),
        _condition(table, format_), tuple(_joins(table, format_)), table.texts("match"),
        table.one_of("existing", ("change", "keep")), table.one_of("repeats", ("refuse", "first")),
        table.flag("history"),
        table.one_of("company", ("", "own", "shared")) or None, format_, table.optional("action"))
    table.done()
    return step


def _joins(table: WordTable, basic: Format) -> Iterable[Join]:
    for name, join in table.named_tables("join"):
        format_ = _format(join.table("format"), basic)
        on = join.take("on", dict)
        if not isinstance(on, dict) or not on:
            raise mistake(_("{where} needs `on = {{ \"column here\" = \"column there\" }}`", where=join.where))
        yield Join(
            name, join.text("file"), tuple((str(here), str(there)) for here, there in on.items()),
            join.optional("sheet"), _condition(join, format_), join.one_of("several", ("refuse", "first", "last")),
            join.flag("required"), join.one_of("unused", ("ignore", "report")), format_)
        join.done()


def _condition(table: WordTable, format_: Format) -> Condition | None:
    value = table.take("where", (str, dict))
    if value is None:
        return None
    if isinstance(value, str):
        return Condition(formula=Formula(value, format_.decimal, format_.thousands))
    tests = []
    for column, wanted in value.items():
        positive = not isinstance(wanted, dict)
        if not positive and set(wanted) != {"not"}:
            raise mistake(_("{where}: a test of `where` is a value, a list of values or {{ not = ... }}",
                             where=table.where))
        values = wanted if positive else wanted["not"]
        tests.append((
            str(column), frozenset(map(written, values if isinstance(values, list) else [values])), positive))
    return Condition(tuple(tests))


def _rules(table: WordTable, basic: Format) -> tuple[FieldRule, ...]:
    given = table.take("fields", dict)
    if not given:
        raise mistake(_("{where} needs [step.fields]", where=table.where))
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
        raise mistake(_("{where}: {field} is either a column's name or a table such as {{ constant = 5 }}",
                         where=where, field=name))
    table = WordTable(dict(spec), _("{where}, field {field}", where=where, field=name))
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
        raise mistake(_("{where}: use either `ref` or `find`", where=table.where))
    return rule


def _cells(table: WordTable, format_: Format) -> Cells:
    used = [word for word in SOURCES if word in table.data]
    if len(used) != 1:
        raise mistake(_("{where} needs exactly one of {words}", where=table.where, words=", ".join(SOURCES)))
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


def _format(table: WordTable | None, basic: Format) -> Format:
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
        raise mistake(_("{where}: there is no encoding {name}", where=table.where, name=result.encoding)) from None
    for name in ("delimiter", "quote", "decimal"):
        if len(getattr(result, name)) != 1:
            raise mistake(_("{where}: {name} is one character", where=table.where, name=name))
    return result
