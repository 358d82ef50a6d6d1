"""Answer 'why can't I?': which role gives or takes a right, which would give it, whether a record is in reach."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from kernel.entities.base import Entity, entities
from kernel.entities.extension import Extension
from kernel.entities.work import Actor, session
from kernel.permissions.models import Role, RoleMember, Share
from kernel.permissions.rights import Reach, Rights, rights_of
from kernel.permissions.scopes import ActorParameters, scope_clause

__all__ = ["Answer", "FieldAnswer", "Given", "Inquiry", "entity_of_grants"]


@dataclass(frozen=True, slots=True)
class Given:
    """A role that grants an action within a scope; inside says whether the record asked about lies in it."""

    role: str
    role_id: int
    plugin: str
    scope: str
    rule: str | None
    inside: bool | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether an action is allowed, by which of the person's roles, and which other roles would give it."""

    action: str
    allowed: bool
    given: tuple[Given, ...]
    givers: tuple[Given, ...]
    shared: tuple[str, ...] = ()
    """The modes in which the record itself is shared with the person."""


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    """What rules do to a field: the roles that hide or lock it, and the person's others that would open it."""

    entity: str
    field: str
    hidden: bool
    locked: bool
    by: tuple[tuple[str, int, str, str], ...] = ()
    """(role, its id, plugin, mode)"""


@dataclass
class Inquiry:
    """What somebody may do with an entity, or with one record of it; asked in the system's work, or it sees too little.

        Inquiry(actor_of(user_id), Order, 17).about("confirm")
    """

    who: Actor
    cls: type[Entity] | type[Extension[Any]]
    id: int | None = None
    known: bool = True
    """Whether who reads the answer may know that the record is there."""
    _inside: dict[tuple[str, Reach], bool] = field(default_factory=dict)

    @cached_property
    def rights(self) -> Rights:
        """Give the person's rights as they are compiled for every statement."""
        return rights_of(self.who, session().work)

    @cached_property
    def roles(self) -> Sequence[Role]:
        """Load all roles with their rules."""
        return session().scalars(
            select(Role).where(Role.archived.is_(False)).order_by(Role.name)
            .options(selectinload(Role.grants), selectinload(Role.field_rules))).all()

    @cached_property
    def mine(self) -> set[int]:
        """Give the ids of the roles the person has, those that everybody has with them."""
        held = set(session().scalars(select(RoleMember.role_id).where(
            RoleMember.user_id == self.who.user_id, RoleMember.archived.is_(False))))
        return held | {role.id for role in self.roles if role.everyone}

    @property
    def governing(self) -> type[Entity] | type[Extension[Any]]:
        """Give the entity whose grants count: lines have the rights of their document."""
        cls = self.cls
        while issubclass(cls, Entity) and cls.__parent__:
            cls = cls.__fields__[cls.__parent__].target
        return cls

    def about(self, action: str) -> Answer:
        """Say whether an action is allowed, and why."""
        given = [each for role in self.roles if role.id in self.mine for each in self._given(role, action)]
        givers = [each for role in self.roles if role.id not in self.mine
                  for each in self._given(role, action, asked=self.known) if each.inside is not False]
        shared = self._shares() if self.id is not None else ()
        return Answer(action, self._allowed(action), tuple(given), tuple(givers), shared)

    def _allowed(self, action: str) -> bool:
        name = self.governing.__entity__
        if not self.rights.may(action, name):
            return False
        return self.id is None or self._row(action, self.rights)

    def _given(self, role: Role, action: str, *, asked: bool = True) -> Iterable[Given]:
        name = self.governing.__entity__
        wild = f"{name.partition('.')[0]}.*"
        reaches = {Reach(each.scope, each.rule) for each in role.grants if not each.archived
                   and each.entity in (name, wild, "*") and each.action in (action, "*")}
        for reach in sorted(reaches, key=str):
            yield Given(role.title, role.id, role.plugin or "", reach.scope, reach.rule,
                        self._in_reach(action, reach) if self.id is not None and asked else None)

    def _in_reach(self, action: str, reach: Reach) -> bool:
        name = self.governing.__entity__
        if (name, reach) not in self._inside:
            granted = frozenset({(name, action, reach)})
            if issubclass(self.governing, Extension):
                granted |= {(self.governing.__base_entity__.__entity__, "read", Reach("all"))}
            self._inside[name, reach] = self._row(action, Rights(granted))
        return self._inside[name, reach]

    def _row(self, action: str, granted: Rights) -> bool:
        governing = self.governing
        if issubclass(governing, Extension):
            base = governing.__base_entity__
            return granted.may(action, governing.__entity__) and self._found(base, "read", granted)
        return self._found(governing, action, granted)

    def _found(self, cls: type[Entity], action: str, granted: Rights) -> bool:
        table = cls.__table__
        clause = scope_clause(cls, lambda name: table.c[name], action, granted, ActorParameters(self.who))
        found = session().work.connection.scalar(select(table.c.id).where(table.c.id == self.id, clause))
        return found is not None

    def _shares(self) -> tuple[str, ...]:
        """Give the modes of the record's shares that reach the person."""
        if not issubclass(self.governing, Entity) or self.governing.__entity__ not in self.rights.shared:
            return ()
        above = [int(each) for each in self.who.department_path.split("/") if each]
        return tuple(session().scalars(select(Share.mode).where(
            Share.entity == self.governing.__entity__, Share.record_id == self.id, Share.archived.is_(False),
            or_(Share.until.is_(None), Share.until >= session().today),
            or_(Share.user_id == self.who.user_id, Share.role_id.in_(self.mine), Share.department_id.in_(above)))))

    def fields(self) -> list[FieldAnswer]:
        """Give the fields that rules take from the person, of the entity, its sub-tables and its components."""
        found = []
        for cls in self._parts():
            for each in cls.__fields__.values():
                at = (cls.__entity__, each.name)
                hidden, locked = at in self.rights.hidden, at in self.rights.locked
                if hidden or locked:
                    by = tuple(
                        (role.title, role.id, role.plugin or "", rule.mode)
                        for role in self.roles if role.id in self.mine
                        for rule in role.field_rules if (rule.entity, rule.field) == at and not rule.archived)
                    found.append(FieldAnswer(*at, hidden, locked, by))
        return found

    def _parts(self) -> list[type[Any]]:
        if not issubclass(self.cls, Entity):
            return [self.cls]
        inside = [each.target for each in self.cls.__fields__.values() if each.kind == "lines"]
        return [self.cls, *inside, *self.cls.__components__.values()]


def entity_of_grants(name: str) -> type[Entity] | type[Extension[Any]] | None:
    """Find what grants call by a name: an entity or a component."""
    if name in entities():
        return entities()[name]
    return next((each for cls in entities().values() for each in cls.__components__.values()
                 if each.__entity__ == name), None)
