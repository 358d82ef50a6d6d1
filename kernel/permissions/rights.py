"""What an actor may do, compiled once per user and policy generation from roles, grants and field rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, or_, select

from kernel.entities.base import Declared, Entity, fields_of
from kernel.entities.fields import Field
from kernel.entities.remembered import Remembered
from kernel.entities.work import Actor, Session, UnitOfWork, session
from kernel.errors import Forbidden
from kernel.i18n import _
from kernel.permissions.declare import GrantDeclaration, listener_grants
from kernel.permissions.models import FieldRule, Grant, Role, RoleMember, Share
from kernel.permissions.wording import action_in_sentence, kind_in_sentence

__all__ = ["Reach", "Rights", "rights", "rights_of"]


@dataclass(frozen=True, slots=True)
class Reach:
    """The rows a grant covers: a scope, and the rule's name where the scope is a rule."""

    scope: str
    rule: str | None = None


Grants = frozenset[tuple[str, str, Reach]]


@dataclass(frozen=True)
class Rights:
    """The grants and field rules of one actor. Equal rights compile to the same SQL, whoever has them."""

    grants: Grants
    hidden: frozenset[tuple[str, str]] = frozenset()
    locked: frozenset[tuple[str, str]] = frozenset()
    system: bool = False
    shared: frozenset[str] = frozenset()
    """The entities of which somebody shared a record with the actor: only their scopes look for shares."""

    def reaches(self, action: str, entity: str) -> frozenset[Reach]:
        """Give the row scopes an action is granted in; empty where it isn't granted at all."""
        return _reaches(self.grants, action, entity)

    def may(self, action: str, entity: str) -> bool:
        """Say whether an action is granted on any record of an entity."""
        return self.system or bool(self.reaches(action, entity))

    @property
    def wide(self) -> bool:
        """Say whether a role reaches into all companies, with more than the names of users and companies."""
        return any(reach.scope == "all" for entity, _action, reach in self.grants
                   if entity not in ("kernel.user", "kernel.company"))

    def demand(self, action: str, entity: str) -> None:
        """Raise Forbidden, naming the missing right, where an action isn't granted."""
        if not self.may(action, entity):
            done, what = action_in_sentence(entity, action), kind_in_sentence(entity)
            raise Forbidden(
                "FORBIDDEN", _("You may not {action} {entity}: none of your roles grants it",
                               action=done, entity=what),
                fix=_("Ask an administrator for a role that grants “{action}” on {entity}", action=done, entity=what),
                right=(action, entity, None))

    def sees(self, shown: str) -> bool:
        """Say whether no rule hides any of the fields that something shows, as "crm.lead.budget kernel.product.cost".

        For what plugins make themselves (cards, panels, reports, pages): it is left out where it is false.
        """
        return self.system or not self.hidden or not any(
            (entity, field) in self.hidden for entity, _dot, field in (name.rpartition(".") for name in shown.split()))

    def visible(self, cls: type[Declared]) -> list[Field]:
        """List the fields of an entity or component that no rule hides, in order; none where reading isn't granted."""
        if not self.may("read", _owner_name(cls)):
            return []
        return [
            field for field in fields_of(cls).values()
            if not field.secret and (cls.__entity__, field.name) not in self.hidden
        ]

    def writable(self, cls: type[Declared]) -> list[Field]:
        """List the fields that doors may take as input: visible, not read-only by declaration or rule."""
        return [
            field for field in self.visible(cls)
            if not field.readonly and (cls.__entity__, field.name) not in self.locked
        ]


def _owner_name(cls: type[Declared]) -> str:
    """Lines have the rights of the record they belong to."""
    if issubclass(cls, Entity) and cls.__parent__:
        return _owner_name(cls.__fields__[cls.__parent__].target)
    return cls.__entity__


@lru_cache(maxsize=50_000)
def _reaches(grants: Grants, action: str, entity: str) -> frozenset[Reach]:
    wild = entity.split(".", maxsplit=1)[0] + ".*"
    return frozenset(
        reach for granted_entity, granted_action, reach in grants
        if granted_entity in (entity, wild, "*") and granted_action in (action, "*"))


EVERYTHING = Rights(frozenset({("*", "*", Reach("all"))}), system=True)
_by_user: Remembered[int | None, Rights] = Remembered("policy", Role, Grant, FieldRule, RoleMember)
_shared: Remembered[tuple[int, str], frozenset[str]] = Remembered("shares", Share, Role, RoleMember)


def rights(of: Session | None = None) -> Rights:
    """Give the rights of the current actor, or of a given session's."""
    current = of or session()
    known: Rights | None = current.info.get("rights")
    if known is None:
        known = current.info["rights"] = rights_of(current.actor, current.work)
    return known


def rights_of(who: Actor, work: UnitOfWork) -> Rights:
    """Compile an actor's rights, or take them from the process's copy where who may do what hasn't changed since."""
    if who.system:
        return EVERYTHING
    if who.plugin is not None:
        granted = _of_declarations(listener_grants(who.plugin))
    else:
        granted = _by_user.get(who.user_id, lambda: _compiled(who, work.connection), work)
    user = who.user_id
    shared = _shared.get(
        (user, who.department_path), lambda: _shared_with(who, work.connection), work) if user is not None else None
    return replace(granted, shared=shared) if shared else granted


def _compiled(who: Actor, connection: Connection) -> Rights:
    mine = select(RoleMember.role_id).where(RoleMember.user_id == who.user_id, RoleMember.archived.is_(False))
    roles = select(Role.id).where(Role.archived.is_(False), or_(Role.everyone.is_(True), Role.id.in_(mine)))
    granted = connection.execute(
        select(Grant.role_id, Grant.entity, Grant.action, Grant.scope, Grant.rule)
        .where(Grant.role_id.in_(roles), Grant.archived.is_(False))).all()
    rules = connection.execute(
        select(FieldRule.role_id, FieldRule.entity, FieldRule.field, FieldRule.mode)
        .where(FieldRule.role_id.in_(roles), FieldRule.archived.is_(False))).all()
    reading = [(role_id, entity) for role_id, entity, action, _scope, _rule in granted if action in ("read", "*")]
    return Rights(
        frozenset((entity, action, Reach(scope, rule)) for _role, entity, action, scope, rule in granted),
        *_field_rules(rules, reading))


def _shared_with(who: Actor, connection: Connection) -> frozenset[str]:
    """Give the entities of which something was shared, whether it still is or not: the scopes look at the day."""
    mine = select(RoleMember.role_id).where(RoleMember.user_id == who.user_id, RoleMember.archived.is_(False))
    roles = select(Role.id).where(Role.archived.is_(False), or_(Role.everyone.is_(True), Role.id.in_(mine)))
    above = [int(each) for each in who.department_path.split("/") if each]
    return frozenset(connection.scalars(
        select(Share.entity).where(
            Share.archived.is_(False),
            or_(Share.user_id == who.user_id, Share.role_id.in_(roles), Share.department_id.in_(above))).distinct()))


def _field_rules(
    rules: Sequence[Any], reading: Sequence[Any]
) -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]:
    """A field is hidden where every role that lets the user read its entity hides it; likewise for read-only."""
    modes: dict[tuple[str, str], dict[int, str]] = {}
    for role_id, entity, field, mode in rules:
        modes.setdefault((entity, field), {})[role_id] = mode
    hidden, locked = set(), set()
    for (entity, field), by_role in modes.items():
        wild = entity.split(".")[0] + ".*"
        readers = {role_id for role_id, granted in reading if granted in (entity, wild, "*")}
        open_to = readers - set(by_role)
        if open_to:
            continue
        if all(by_role[role_id] == "hidden" for role_id in readers & set(by_role)):
            hidden.add((entity, field))
        locked.add((entity, field))
    return frozenset(hidden), frozenset(locked)


@lru_cache(maxsize=200)
def _of_declarations(declared: Iterable[GrantDeclaration]) -> Rights:
    return Rights(frozenset(
        (each.entity, action, Reach(each.scope, each.rule)) for each in declared for action in each.actions))
