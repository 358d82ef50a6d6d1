"""Shipped roles follow their plugin; what an administrator changed stays; somebody always may change roles."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Refusal
from kernel.identity.models import User
from kernel.permissions.declare import RoleDeclaration, grant, hide, role
from kernel.permissions.keepers import covers
from kernel.permissions.matrix import differences, restore_role, set_cells, set_fields
from kernel.permissions.models import Grant, Role, RoleMember
from kernel.permissions.rights import Reach, Rights
from kernel.permissions.roles import rules_of, sync_roles
from tests.conftest import MakeUser

FIRST = role("tests.clerk", "Clerk", grant("kernel.party", "read create"), grant("kernel.unit", "read"),
             hide("kernel.party", "email"))
SECOND = role("tests.clerk", "Clerk", grant("kernel.party", "read create export"), grant("kernel.tax", "read"),
              hide("kernel.party", "email", "phone"))


def shipped(system: Actor, declared: RoleDeclaration) -> int:
    with unit_of_work(system) as opened:
        sync_roles("tests", [declared])
        return opened.scalars(select(Role.id).where(Role.code == declared.code)).one()


def test_an_upgrade_brings_what_the_plugin_added_and_leaves_what_an_administrator_changed(system: Actor) -> None:
    id_ = shipped(system, FIRST)
    with unit_of_work(system) as opened:
        clerk = opened.get_one(Role, id_)
        set_cells(clerk, {("kernel.party", "create"): "", ("kernel.party", "read"): "own",
                          ("kernel.region", "read"): "all"})
        set_fields(clerk, {("kernel.party", "email"): ""})
    shipped(system, SECOND)
    with unit_of_work(system, reading=True) as opened:
        rules = rules_of(opened.get_one(Role, id_))
    assert ("grant", "kernel.party", "export", "company", "") in rules, "the plugin added it"
    assert ("field", "kernel.party", "phone", "hidden", "") in rules
    assert ("grant", "kernel.unit", "read", "company", "") not in rules, "the plugin took it away"
    assert ("grant", "kernel.party", "create", "company", "") not in rules, "the administrator took it away"
    assert ("grant", "kernel.party", "read", "own", "") in rules, "the administrator narrowed it"
    assert ("grant", "kernel.party", "read", "company", "") not in rules
    assert ("grant", "kernel.region", "read", "all", "") in rules, "the administrator added it"
    assert ("field", "kernel.party", "email", "hidden", "") not in rules, "the administrator opened it"


def test_a_restored_role_is_as_shipped(system: Actor) -> None:
    id_ = shipped(system, FIRST)
    with unit_of_work(system) as opened:
        clerk = opened.get_one(Role, id_)
        before = rules_of(clerk)
        set_cells(clerk, {("kernel.party", "create"): "all"})
        assert differences(clerk) == ({("grant", "kernel.party", "create", "all", "")},
                                      {("grant", "kernel.party", "create", "company", "")})
        restore_role(clerk, FIRST)
        assert rules_of(clerk) == before
        assert differences(clerk) == (set(), set())


def test_nobody_takes_the_last_ones_right_to_change_roles(system: Actor, make_user: MakeUser) -> None:
    root = make_user("root", roles=("kernel.admin",))

    def attempt(change: str) -> None:
        with unit_of_work(system) as opened:
            admin = opened.scalars(select(Role).where(Role.code == "kernel.admin")).one()
            if change == "grants":
                for each in list(admin.grants):
                    opened.delete(each)
            elif change == "member":
                opened.delete(opened.scalars(select(RoleMember).where(RoleMember.user_id == root.user_id)).one())
            elif change == "role":
                admin.archived = True
            else:
                opened.get_one(User, root.user_id).active = False

    for change in ("grants", "member", "role", "user"):
        with pytest.raises(Refusal, match="nobody could change roles") as refused:
            attempt(change)
        assert refused.value.code == "LAST_KEEPER"
    make_user("second", roles=("kernel.admin",))
    attempt("user")
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalars(select(Grant).where(Grant.entity == "*")).all() != []


def test_one_set_of_rights_covers_another_grant_by_grant() -> None:
    def rights(*grants: tuple[str, str, str], hidden: frozenset[tuple[str, str]] = frozenset()) -> Rights:
        return Rights(frozenset((entity, action, Reach(scope)) for entity, action, scope in grants), hidden)

    everything = rights(("*", "*", "all"))
    clerk = rights(("a.b", "read", "subtree"), ("a.b", "change", "own"))
    assert covers(everything, clerk)
    assert not covers(clerk, everything)
    assert covers(rights(("a.*", "read", "company"), ("a.b", "*", "own")), clerk)
    assert not covers(rights(("a.b", "read", "own"), ("a.b", "change", "own")), clerk)
    blind = rights(("*", "*", "all"), hidden=frozenset({("a.b", "cost")}))
    assert not covers(blind, clerk), "what one may not see oneself, another may not show"
    assert covers(everything, blind)
