"""From what a person chose to the steps of the import engine."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from kernel.entities.base import Entity, fields_of
from kernel.entities.fields import Field
from kernel.errors import Invalid, Problem
from kernel.exchange.importing.frames import NUMBER
from kernel.exchange.importing.mapping import Cells, Condition, FieldRule, Format, MappingFile, Step
from kernel.exchange.importing.targets import needed_fields
from kernel.exchange.sheets.choices import Choices, ColumnChoice, format_of
from kernel.exchange.sheets.columns import FileField, fields_by_path, line_entity, match_fields
from kernel.i18n import LOCALES, Text, _, use_locale
from kernel.permissions.rights import rights

__all__ = ["LINES", "RECORDS", "check_choices", "made_of_lines", "needed_paths", "plan_of"]

RECORDS = "records"
LINES = "lines"


def plan_of(
    cls: type[Entity], file_name: str, choices: Choices, zone: str, without: frozenset[str] = frozenset()
) -> MappingFile:
    """Make the engine's plan; rows of the groups `without` are left out.

    Raises Invalid where what was chosen can't work, with the paths of the fields it concerns.
    """
    fields = fields_by_path(cls)
    check_choices(cls, choices, fields)
    format_ = format_of(choices, zone)
    grouped = bool(choices.group)
    own = [(name, each) for name, each in choices.columns.items() if not fields[each.field].line]
    step = Step(
        RECORDS, cls.__entity__, file_name, (choices.group,) if grouped else (), _rules(own, fields, format_),
        sheet=choices.sheet or None, where=_without(choices, without), repeats="first" if grouped else "refuse",
        match=(choices.match,) if choices.match else (), format=format_,
        only_existing=bool(choices.match) and choices.existing == "only")
    steps = [step]
    if made_of_lines(choices, fields):
        steps.append(_line_step(cls, file_name, choices, fields, format_, without))
    return MappingFile(Path(file_name), file_name, tuple(steps), once=True)


def made_of_lines(choices: Choices, fields: Mapping[str, FileField]) -> bool:
    """Say whether columns go to the lines of records."""
    return any(fields[each.field].line for each in choices.columns.values())


def _line_step(
    cls: type[Entity], file_name: str, choices: Choices, fields: Mapping[str, FileField], format_: Format,
    without: frozenset[str],
) -> Step:
    lines = line_entity(cls)
    assert lines is not None  # noqa: S101  # for the type checker: no field would be a line's
    parent = lines.target.__parent__ or ""
    inside = [(name, each) for name, each in choices.columns.items() if fields[each.field].line]
    belongs = FieldRule(parent, Cells(first=(choices.group,)), ref=(RECORDS,), format=format_)
    return Step(
        LINES, lines.target.__entity__, file_name, (choices.group, NUMBER),
        (belongs, *_rules(inside, fields, format_)), sheet=choices.sheet or None, where=_without(choices, without),
        format=format_)


def _without(choices: Choices, groups: frozenset[str]) -> Condition | None:
    return Condition(tests=((choices.group, groups, False),)) if groups else None


def _rules(
    columns: Iterable[tuple[str, ColumnChoice]], fields: Mapping[str, FileField], format_: Format
) -> tuple[FieldRule, ...]:
    rules = []
    for name, choice in columns:
        there = fields[choice.field]
        rules.append(FieldRule(
            choice.field.rpartition("/")[2], Cells(first=(name,)), _words_of(there.field) or None,
            find=choice.find or None, format=format_))
    return tuple(rules)


def _words_of(field: Field) -> dict[str, str]:
    """Give the words that a cell may have for each choice: its value, and its label in every language."""
    words: dict[str, str] = {"": ""} if field.choices else {}
    for choice in field.choices:
        labels = [choice.value]
        for locale in LOCALES:
            with use_locale(locale):
                labels.append(str(choice.label))
        for label in labels:
            for word in (label, label.lower(), label.upper(), label.capitalize()):
                words.setdefault(word, choice.value)
    return words


def check_choices(cls: type[Entity], choices: Choices, fields: Mapping[str, FileField]) -> None:
    """Raise Invalid for columns that can't be taken as chosen, naming all that is wrong."""
    problems: list[Problem] = []

    def refuse(field: str, message: Text, code: str) -> None:
        problems.append(Problem(field, message, code))

    paths = [each.field for each in choices.columns.values()]
    if not paths:
        refuse("", _("No column is matched to a field"), "NOTHING")
    for name, each in choices.columns.items():
        if each.field not in fields:
            refuse(name, _("You may not fill the field {field}", field=each.field), "FORBIDDEN")
        elif paths.count(each.field) > 1:
            refuse(name, _("{label} is filled by more than one column", label=fields[each.field].field.label), "TWICE")
    if problems:
        raise Invalid(problems)
    known = [field.name for field in match_fields(cls)]
    if choices.match and (choices.match not in paths or choices.match not in known):
        refuse("match", _("The field that finds existing records must be filled by a column"), "MATCH")
    if choices.match and not rights().may("change", cls.__entity__):
        refuse("match", _("You may not change {what}", what=cls.__plural__), "FORBIDDEN")
    with_lines = made_of_lines(choices, fields)
    if with_lines and not choices.group:
        refuse("group", _("Say which column tells the rows of one record from those of another"), "GROUP")
    if with_lines and choices.match:
        refuse("match", _("Lines come in with new records only: let every row become a new record"), "MATCH")
    if not (choices.match and choices.existing == "only"):
        problems.extend(_missing(cls, paths, with_lines=with_lines))
    if problems:
        raise Invalid(problems)


def needed_paths(cls: type[Entity]) -> list[str]:
    """Name the fields that a new record can't be without."""
    return [field.name for field in needed_fields(cls, Step(RECORDS, cls.__entity__, "", (), ()))]


def _missing(cls: type[Entity], paths: list[str], *, with_lines: bool) -> Iterable[Problem]:
    for path in needed_paths(cls):
        if path not in paths:
            yield Problem(path, _(
                "{label} is needed and filled by no column", label=fields_of(cls)[path].label), "REQUIRED")
    lines = line_entity(cls)
    if with_lines and lines is not None:
        for field in needed_fields(lines.target, Step(LINES, lines.target.__entity__, "", (), ())):
            if not field.parent and f"{lines.name}/{field.name}" not in paths:
                yield Problem(f"{lines.name}/{field.name}", _(
                    "{label} is needed and filled by no column", label=field.label), "REQUIRED")
