"""Who names a custom field: saved views, cards, approvals, field rules, other fields. Asked before it is removed."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from kernel.entities.base import Entity
from kernel.entities.custom.definitions import customised
from kernel.entities.custom.models import CustomField
from kernel.entities.work import current_work
from kernel.exchange.models import KnownMapping, SavedView
from kernel.i18n import Text, _
from kernel.permissions.models import FieldRule, Role, role_labels
from kernel.workflows.flows.graph import Nodes, walk
from kernel.workflows.models import ApprovalDefinition

__all__ = ["Mention", "mentions_of", "names_code", "tell_mentions"]


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that names a field: what it is, what it is called, what becomes of it without the field."""

    what: Text
    name: str
    then: Text


Teller = Callable[[type[Entity], str], Iterable[Mention]]
_tellers: list[Teller] = []


def tell_mentions(teller: Teller) -> Teller:
    """Let what else keeps names of fields say which of its own name one: a decorator of the function that does."""
    _tellers.append(teller)
    return teller


def mentions_of(cls: type[Entity], code: str) -> list[Mention]:
    """List what names a custom field of an entity, in this entity's views and in those that reach it over links."""
    return [mention for teller in (_views, _approvals, _rules, _fields, *_tellers) for mention in teller(cls, code)]


def names_code(words: str, code: str) -> bool:
    """Say whether a text names a code, by itself or in a path."""
    return re.search(rf"(?<![a-z0-9_]){re.escape(code)}(?![a-z0-9_])", words) is not None


def _ask(statement: Any) -> Iterable[Any]:
    return current_work().connection.execute(statement).all()


def _views(cls: type[Entity], code: str) -> Iterator[Mention]:
    table = SavedView.__table__.c
    for row in _ask(select(table.name, table.state).where(table.entity == cls.__entity__).order_by(table.name)):
        if any(names_code(part, code) for pair in row.state for part in pair):
            yield Mention(_("Saved view"), row.name, _("is shown without it"))
    mappings = KnownMapping.__table__.c
    for row in _ask(select(mappings.choices).where(mappings.entity == cls.__entity__)):
        if names_code(str(row.choices), code):
            yield Mention(_("Import"), str(cls.__plural__), _("leaves the column out"))


def _approvals(cls: type[Entity], code: str) -> Iterator[Mention]:
    table = ApprovalDefinition.__table__.c
    for row in _ask(select(table.name, table.conditions, table.nodes).where(
            table.entity == cls.__entity__, table.archived.is_(False)).order_by(table.name)):
        if any(names_code(str(each.get("field", "")), code) for each in _conditions(row.conditions, row.nodes)):
            yield Mention(_("Approval"), row.name, _("goes on with the values it has"))


def _conditions(own: Sequence[Any] | None, nodes: Nodes) -> Iterator[dict[str, Any]]:
    """Give an approval's conditions: its own, those of its branches' paths, and the fields that name approvers."""
    yield from own or ()
    for node in walk(nodes):
        yield from (each for path in node.get("paths", ()) for each in path.get("conditions") or ())
        yield from ({"field": each.get("value")} for each in node.get("approvers", ()) if each.get("by") == "field")


def _rules(cls: type[Entity], code: str) -> Iterator[Mention]:
    rules, roles = FieldRule.__table__.c, Role.__table__.c
    for row in _ask(select(roles.code).join(FieldRule.__table__, rules.role_id == roles.id).where(
            rules.entity == cls.__entity__, rules.field == code, rules.archived.is_(False)).order_by(roles.name)):
        name = str(role_labels().get(row.code, row.code))
        yield Mention(_("Field rule of the role"), name, _("waits until the field is back"))


def _fields(cls: type[Entity], code: str) -> Iterator[Mention]:
    table = CustomField.__table__.c
    for row in _ask(select(table.label, table.entity, table.formula, table.fills, table.target,
                            table.currency, table.columns).where(
            table.archived.is_(False), table.code != code).order_by(table.label)):
        own = row.entity == cls.__entity__ and row.formula and names_code(row.formula, code)
        if own or (row.formula and row.entity in customised().definitions and names_code(row.formula, code)):
            yield Mention(_("Formula"), row.label, _("goes on with the values it has"))
        elif row.entity == cls.__entity__ and code in (row.currency, *(
                each.get("currency") for each in row.columns or () if not each.get("archived"))):
            yield Mention(_("Amount of money"), row.label, _("stands in the company's currency"))
        elif row.target == cls.__entity__ and code in (row.fills or ()):
            yield Mention(_("Link"), row.label, _("no longer shows it"))
