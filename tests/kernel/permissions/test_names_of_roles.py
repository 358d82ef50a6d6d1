"""A role is called by its name in the language of whoever reads it, wherever it is shown."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, session, unit_of_work
from kernel.errors import Invalid
from kernel.exchange.rows import titles_of
from kernel.i18n import use_locale
from kernel.permissions.matrix import make_role, rename_role
from kernel.permissions.models import Role, role_labels
from kernel.permissions.roles import KERNEL_ROLES, sync_roles


def named(role: Role) -> tuple[str, ...]:
    found = []
    for locale in ("en", "zh_Hant", "zh_Hans"):
        with use_locale(locale):
            found.append(role.title)
    return tuple(found)


def admin() -> Role:
    return session().scalars(select(Role).where(Role.code == "kernel.admin")).one()


@pytest.mark.parametrize("locale", ["en", "zh_Hant", "zh_Hans"])
def test_a_shipped_role_has_its_name_in_each_language_whichever_it_was_installed_in(
    system: Actor, locale: str
) -> None:
    with unit_of_work(system) as opened:
        for role in opened.scalars(select(Role).where(Role.code == "kernel.admin")):
            opened.delete(role)
        opened.flush()
        with use_locale(locale):
            sync_roles("kernel", KERNEL_ROLES)
        assert named(admin()) == ("Administrator", "管理員", "管理员")


def test_a_shipped_role_that_was_renamed_is_called_that_in_every_language(system: Actor) -> None:
    with unit_of_work(system):
        rename_role(admin(), "Keeper of the keys")
        assert named(admin()) == ("Keeper of the keys",) * 3


def test_a_role_of_ones_own_stays_as_typed_or_has_a_name_in_each_language(system: Actor) -> None:
    with unit_of_work(system) as opened:
        role = make_role("Night shift")
        assert named(role) == ("Night shift",) * 3
        rename_role(role, "Night shift", zh_hant=" 夜班 ")
        opened.flush()
        assert named(role) == ("Night shift", "夜班", "夜班")
        rename_role(role, "Night shift", zh_hant="夜班", zh_hans="夜班组")
        opened.flush()
        assert named(role) == ("Night shift", "夜班", "夜班组")
        with use_locale("zh_Hans"):
            assert titles_of(Role, [role.id]) == {role.id: "夜班组"}
            assert str(role_labels()[role.code]) == "夜班组"


def test_a_shipped_role_keeps_its_plugins_name_where_only_the_other_language_was_given_one(system: Actor) -> None:
    with unit_of_work(system):
        rename_role(admin(), "Administrator", zh_hant="總管")
        assert named(admin()) == ("Administrator", "總管", "管理员")


def test_a_name_that_is_too_long_is_refused_at_its_field(system: Actor) -> None:
    with unit_of_work(system), pytest.raises(Invalid) as caught:
        rename_role(make_role("Long"), "Long", zh_hans="长" * 121)
    assert [each.field for each in caught.value.problems] == ["name_zh_hans"]
