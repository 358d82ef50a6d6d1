"""What a step's fields lead to: the checked target of each rule, and cells converted a column at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from sqlalchemy import select

from kernel.entities.base import Document, Entity, components_of, entity, fields_of
from kernel.entities.custom.definitions import definitions_of
from kernel.entities.custom.stored import column_of
from kernel.entities.extension import Extension
from kernel.entities.fields import Field
from kernel.entities.work import session
from kernel.errors import UsageError
from kernel.exchange.importing.mapping import FieldRule, Step
from kernel.exchange.importing.memory import Memory
from kernel.exchange.importing.values import BadCell, cell_reader
from kernel.i18n import Text, _
from kernel.permissions.rights import rights

__all__ = ["Target", "goes_in_bulk", "needed_fields", "plan_targets"]

Owner = type[Entity] | type[Extension[Any]]
MOST_KEPT = 300_000
"""Converted cells kept per field before starting afresh."""


class Target:
    """One field that a step fills."""

    def __init__(self, rule: FieldRule, field: Field, owner: Owner) -> None:
        self.rule = rule
        self.field = field
        self.owner = owner
        self.column = field.column
        """Name of the column, and of the attribute, that holds the value."""
        self.encode: Callable[[Any], Any] | None = None
        """Brings values into the driver's form, where they are written without being looked at again."""
        self.blank: set[str] = set()
        """Cells that mean no value."""
        self.errors: dict[str, BadCell] = {}
        self._read: Callable[[str], object] = lambda cell: cell
        self._values: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """Name the field as the mapping does."""
        return self.rule.field

    @property
    def shown(self) -> str:
        """Name the columns the value comes from."""
        return ", ".join(self.rule.cells.columns)

    def prepare(self, step: Step, memories: Mapping[str, Memory]) -> None:
        """Make ready to convert: link fields look up what their steps brought in, or what exists."""
        if self.rule.ref:
            self._read = _by_source_key(self.rule, [memories[name] for name in self.rule.ref])
        elif self.rule.find:
            self._read = _by_natural_key(self.rule, self.field.target)
        else:
            self._read = cell_reader(self.rule, self.field)

    def points_back(self, step: Step) -> bool:
        """Say whether it refers to records of its own step."""
        return step.name in self.rule.ref

    def convert(self, cells: Sequence[str], *, fresh: bool = False) -> list[Any]:
        """Give the values of cells; those of refused cells are None, and `errors` says why.

        Equal cells are converted once; `fresh` forgets what was known, for references that come to exist meanwhile.
        """
        values = self._values
        if fresh or len(values) > MOST_KEPT:
            values.clear()
            self.errors.clear()
            self.blank.clear()
        encode = self.encode
        for cell in set(cells).difference(values):
            try:
                value = self._read(cell)
                if value is None:
                    value = self.field.default
                if value is None:
                    self.blank.add(cell)
                values[cell] = value if encode is None else encode(value)
            except BadCell as error:
                self.errors[cell] = error
                values[cell] = None
        return list(map(values.__getitem__, cells))

    def wrong(self, cells: Sequence[str]) -> list[tuple[int, BadCell]]:
        """Give the positions of converted cells that can't be taken, with the reasons."""
        problems = self.errors
        if self.field.required and self.blank:
            missing = BadCell("REQUIRED", _("{label} is missing", label=self.field.label))
            problems = {**dict.fromkeys(self.blank, missing), **problems}
        if not problems or problems.keys().isdisjoint(cells):
            return []
        return [(at, problems[cell]) for at, cell in enumerate(cells) if cell in problems]


def plan_targets(step: Step, steps: Mapping[str, Step]) -> tuple[type[Entity], list[Target]]:
    """Find the entity and fields of a step; refuses unknown, read-only and forbidden ones, and missing links."""
    cls = entity(step.entity)
    if step.history:
        _demand_documents(step, cls)
    targets = [_target(step, cls, rule, steps) for rule in step.rules]
    names = {target.name for target in targets}
    lacking = [each for each in needed_fields(cls, step) if each.name not in names]
    if lacking and not step.only_existing:
        raise _refused(step, _("nothing fills {fields}, which {entity} needs", entity=step.entity,
                               fields=", ".join(each.name for each in lacking)))
    if step.history and issubclass(cls, Document) and (state := _state_field(cls)) and state.name not in names:
        raise _refused(step, _("history needs the state its documents had: {field} = {{ constant = ... }}",
                               field=state.name))
    for name in step.match:
        if name not in names:
            raise _refused(step, _("`match` names {field}, which the step doesn't fill", field=name))
    return cls, targets


def goes_in_bulk(cls: type[Entity], step: Step) -> bool:
    """Say whether records are written by columns: history as it was, and entities without rules of their own.

    Custom fields are such rules: they have defaults, formulas and values that must be unique.
    """
    return step.history or not (definitions_of(cls) or any(
        getattr(cls, name).__func__ is not getattr(Entity, name).__func__ for name in ("prepare", "check")))


def needed_fields(cls: type[Entity], step: Step) -> list[Field]:
    """List the fields that a new record can't be without; in bulk nothing derives those that rules would."""
    return [each for each in fields_of(cls).values()
            if each.kind not in ("lines", "serial", "state") and each.default is None
            and ((each.required and not each.readonly) or (goes_in_bulk(cls, step) and not _may_be_empty(cls, each)))]


def _may_be_empty(owner: Owner, field: Field) -> bool:
    return field.custom or field.kind == "tags" or bool(owner.__table__.c[field.column].nullable)


def _demand_documents(step: Step, cls: type[Entity]) -> None:
    parent = cls.__fields__[cls.__parent__].target if cls.__parent__ else cls
    if not issubclass(parent, Document):
        raise _refused(step, _("`history` is for documents and their lines; {entity} is none", entity=step.entity))


def _state_field(cls: type[Entity]) -> Field | None:
    return next((each for each in cls.__fields__.values() if each.kind == "state"), None)


def _target(step: Step, cls: type[Entity], rule: FieldRule, steps: Mapping[str, Step]) -> Target:
    slot, dot, name = rule.field.rpartition(".")
    owner: Owner = cls
    if dot:
        component = components_of(cls).get(slot)
        if component is None:
            raise _refused(step, _("{entity} has no component {slot}{known}", entity=step.entity, slot=slot,
                                   known=_known(components_of(cls))))
        owner = component
    field = fields_of(owner).get(name)
    if field is None or field.kind in ("lines", "json", "ref", "table"):
        raise _refused(step, _("{entity} has no field {name} that can be imported{hint}", entity=step.entity,
                               name=rule.field, hint=_hint(name, fields_of(owner))))
    _demand_writable(step, owner, field)
    if field.kind == "link":
        _demand_link(step, rule, field, steps)
    elif rule.ref or rule.find:
        raise _refused(step, _("{name} is no link: it takes neither `ref` nor `find`", name=rule.field))
    if field.kind == "state":
        field = replace(field, required=True)
    if issubclass(owner, Extension) or field.kind == "serial":
        field = replace(field, required=False)
    elif goes_in_bulk(cls, step) and not _may_be_empty(owner, field):
        field = replace(field, required=True)
    return Target(rule, field, owner)


def _demand_writable(step: Step, owner: Owner, field: Field) -> None:
    if field.readonly and not step.history and field.kind != "serial":
        raise _refused(step, _("{name} is worked out by the system and takes no input, except for `history`",
                               name=field.name))
    granted = rights()
    if granted.system:
        return
    # The system's own fields (states, totals, numbers) have no field rule that would let a user write them.
    allowed = granted.writable(owner) if not field.readonly else granted.visible(owner)
    if field.name not in {each.name for each in allowed}:
        raise _refused(step, _("you may not write {name} of {entity}", name=field.name, entity=owner.__entity__))


def _demand_link(step: Step, rule: FieldRule, field: Field, steps: Mapping[str, Step]) -> None:
    if rule.find:
        there = fields_of(field.target).get(rule.find)
        if there is None or there.kind in ("lines", "link", "json", "ref"):
            raise _refused(step, _("{name} looks for {entity} by {by}, which is no field of it{hint}",
                                   name=rule.field, entity=field.target.__entity__, by=rule.find,
                                   hint=_hint(rule.find, fields_of(field.target))))
        return
    if not rule.ref:
        raise _refused(step, _("{name} is a link: say `ref` (a step) or `find` (a field of {entity})",
                               name=rule.field, entity=field.target.__entity__))
    for name in rule.ref:
        if steps[name].entity != field.target.__entity__:
            raise _refused(step, _("{name} links to {entity}, but step {step} brings in {other}", name=rule.field,
                                   entity=field.target.__entity__, step=name, other=steps[name].entity))


def _by_source_key(rule: FieldRule, memories: Sequence[Memory]) -> Callable[[str], object]:
    empty = frozenset(rule.format.empty)

    def read(cell: str) -> object:
        key = cell.strip()
        if rule.values is not None:
            key = rule.values.get(key, rule.otherwise if rule.otherwise is not None else key)
        if key in empty:
            if rule.default is None:
                return None
            key = rule.default
        for memory in memories:
            found = memory.records.get(key)
            if found is not None:
                return found
        names = ", ".join(rule.ref)
        if any(key in memory.refused for memory in memories):
            raise BadCell("PARENT_REFUSED", _("refers to a row of {steps} that was refused itself", steps=names))
        if any(key in memory.vanished for memory in memories):
            raise BadCell("NOT_FOUND", _("refers to a record of {steps} that was deleted here", steps=names))
        raise BadCell("NOT_FOUND", _("refers to nothing that {steps} brought in", steps=names))

    return read


def _by_natural_key(rule: FieldRule, cls: type[Entity]) -> Callable[[str], object]:
    name = rule.find or ""
    field = fields_of(cls)[name]
    read_cell = cell_reader(replace(rule, find=None), replace(field, required=False, choices=()))
    known: dict[object, int] = {}
    twice: set[object] = set()
    for id_, value in session().execute(select(cls.id, column_of(cls, field)).where(cls.archived.is_(False))):
        if value in known:
            twice.add(value)
        known[value] = id_

    def read(cell: str) -> object:
        value = read_cell(cell)
        if value is None:
            return None
        if value in twice:
            raise BadCell("SEVERAL", _("fits several records by {field}", field=name))
        found = known.get(value)
        if found is None:
            raise BadCell("NOT_FOUND", _("fits no {entity} by {field}", entity=cls.__entity__, field=name))
        return found

    return read


def _hint(word: str, known: Mapping[str, object]) -> str:
    close = get_close_matches(word, list(known), 1)
    return str(_("; did you mean {word}?", word=close[0])) if close else ""


def _known(names: Mapping[str, object]) -> str:
    return str(_("; it has {names}", names=", ".join(names))) if names else ""


def _refused(step: Step, message: Text) -> UsageError:
    return UsageError("MAPPING", _("Step {step}: {message}", step=step.name, message=message),
                      fix=_("See docs/reference/import-mapping.md"))
