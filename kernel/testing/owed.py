"""What every plugin owes, as tests: inherit them, and name the plugin.

    class TestWarranty(PluginTests):
        plugin = "warranty"
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from kernel.api.naming import address_of
from kernel.authoring.checking import check_plugin
from kernel.authoring.declared import own_entities
from kernel.authoring.faults import Finding
from kernel.authoring.leaving import state_of
from kernel.entities.base import Entity, entities
from kernel.entities.work import unit_of_work
from kernel.errors import UsageError
from kernel.i18n import _
from kernel.permissions.declare import GrantDeclaration, RoleDeclaration
from kernel.permissions.rights import rights
from kernel.registry.discovery import discover, find_plugin
from kernel.registry.installing import install
from kernel.registry.loading import loaded_plugins, package_folder
from kernel.registry.uninstalling import uninstall
from kernel.testing.browser import Browser
from kernel.testing.databases import Databases
from kernel.testing.installations import Installation, opened
from kernel.web.declare import views

__all__ = ["PluginTests", "findings_of"]


def findings_of(plugin: str) -> list[Finding]:
    """Check the folder of a plugin of this environment; raises UsageError where its papers aren't there."""
    folder = package_folder(find_plugin(plugin, discover())[0].package).resolve()
    for place in (folder, folder.parent, folder.parent.parent, folder.parent.parent.parent):
        if (place / "pyproject.toml").exists() or (place / "setup.cfg").exists():
            return check_plugin(place)
    raise UsageError("FOLDER", _("The folder of {plugin} isn't here: install it editable to test it", plugin=plugin))


class PluginTests:
    """The tests of what a plugin owes; each says in its name what is promised."""

    plugin: ClassVar[str]
    """The plugin's name."""

    def test_it_can_be_loaded_and_installed(self, findings: list[Finding]) -> None:
        assert _of(findings, "SYNTAX", "PLUGIN_BROKEN") == []

    def test_it_imports_nothing_it_must_not(self, findings: list[Finding]) -> None:
        assert _of(findings, "IMPORT_") == []

    def test_every_entity_is_granted_to_somebody(self, findings: list[Finding]) -> None:
        assert _of(findings, "GRANT_") == []

    def test_everything_people_read_is_translated(self, findings: list[Finding]) -> None:
        assert _of(findings, "TEXT_") == []

    def test_labels_fields_and_icons_are_right(self, findings: list[Finding]) -> None:
        assert _of(findings, "LABEL_", "FIELD_", "VIEW_", "ICON_") == []

    def test_names_are_its_own(self, findings: list[Finding]) -> None:
        assert _of(findings, "NAME_") == []

    def test_what_it_tells_is_explained(self, findings: list[Finding]) -> None:
        assert _of(findings, "SIGNAL_", "PAYLOAD_") == []

    def test_what_it_listens_to_is_told(self, findings: list[Finding]) -> None:
        assert _of(findings, "LISTENER_") == []

    def test_statements_do_not_grow_with_rows(self, findings: list[Finding]) -> None:
        assert _of(findings, "STATEMENT_", "PAGE_", "ANSWER_") == []

    def test_migrations_go_up_and_down_on_filled_tables(self, findings: list[Finding]) -> None:
        assert _of(findings, "MIGRATION_") == []

    def test_services_leave_sql_and_commits_to_the_kernel(self, findings: list[Finding]) -> None:
        assert _of(findings, "RAW_", "COMMIT") == []

    def test_its_wheel_holds_all_of_it(self, findings: list[Finding]) -> None:
        assert _of(findings, "WHEEL_") == []

    def test_uninstalling_a_used_installation_leaves_no_trace(self, findings: list[Finding]) -> None:
        assert _of(findings, "UNINSTALL_") == []

    def test_it_comes_and_goes_without_a_trace(
        self, installation_kind: str, installation_databases: Databases, tmp_path: Path
    ) -> None:
        with opened(
                installation_databases, installation_kind, (self.plugin,), tmp_path, without=(self.plugin,)) as made:
            before = state_of(made.database)
            install([self.plugin], database=made.database)
            assert f"rows of kernel_migration_{self.plugin}" in state_of(made.database)
            uninstall([self.plugin], archives=tmp_path / "archives", database=made.database)
            after = state_of(made.database)
        changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
        assert changed == set(), "uninstalling leaves these changed"

    def test_each_role_opens_what_it_is_granted(self, installation: Installation) -> None:
        for role in _roles(self.plugin):
            browser = installation.signed_in(role.code)
            with unit_of_work(installation.person(role.code), reading=True):
                open_to = {cls for cls in own_entities(self.plugin) if rights().may("read", cls.__entity__)}
            assert open_to or not _reads(role, self.plugin), f"{role.code} is granted reading, and reads nothing"
            assert {address: status for address, status in _opened(browser, list(open_to)) if status != 200} == {}

    def test_whoever_has_no_role_is_refused(self, installation: Installation) -> None:
        with unit_of_work(installation.person(), reading=True):
            shut = [cls for cls in own_entities(self.plugin) if not rights().may("read", _document(cls).__entity__)]
        browser = installation.signed_in("")
        answers = dict(_opened(browser, shut))
        assert {address: status for address, status in answers.items() if status not in (403, 404)} == {}
        if not any(role.everyone for role in _roles(self.plugin)):
            assert len(shut) == len(own_entities(self.plugin))

    def test_the_slots_it_fills_are_there(self, installation: Installation) -> None:
        here = {"kernel", *installation.plugins}
        missing = {
            name: slot.entity for name, slot in views.slots.items()
            if slot.plugin == self.plugin and slot.entity.split(".")[0] in here and slot.entity not in entities()}
        assert missing == {}


def _of(findings: Sequence[Finding], *codes: str) -> list[str]:
    """Give the findings of some codes as lines that a person can follow."""
    return [f"{each.path}:{each.line}: {each.what} ({each.mend})" for each in findings if each.code.startswith(codes)]


def _document(cls: type[Entity]) -> type[Entity]:
    """Give the document that lines go with, whose grants are theirs; any other entity is its own."""
    return _document(cls.__fields__[cls.__parent__].target) if cls.__parent__ else cls


def _roles(plugin: str) -> Sequence[RoleDeclaration]:
    return loaded_plugins()[plugin].roles


def _reads(role: RoleDeclaration, plugin: str) -> bool:
    return any(
        isinstance(rule, GrantDeclaration) and rule.entity in {cls.__entity__ for cls in own_entities(plugin)}
        and "read" in rule.actions for rule in role.rules)


def _opened(browser: Browser, chosen: Sequence[type[Entity]]) -> Iterator[tuple[str, int]]:
    """Open the list, the API's list and, where one is offered, the empty form of each entity."""
    for cls in sorted(chosen, key=lambda each: each.__entity__):
        path = f"/{cls.__entity__.replace('.', '/', 1)}"
        answer = browser.get(path)
        yield path, answer.status_code
        api = f"/api/v1{address_of(cls)}"
        yield api, browser.get(api).status_code
        if f'href="{path}/new"' in answer.text:
            yield f"{path}/new", browser.get(f"{path}/new").status_code
