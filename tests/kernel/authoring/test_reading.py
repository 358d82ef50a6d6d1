"""What a check finds by reading a plugin: each fault planted, found with its code, file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.authoring.checking import check_plugin, read_plugin
from kernel.authoring.distribution import read_distribution
from kernel.authoring.faults import FAULTS
from kernel.errors import UsageError
from tests.kernel.authoring.shelf import Shelf, only
from tools.environment import ROOT, distributions


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "trellis-shelf")


def test_a_new_plugin_has_nothing_to_mend(shelf: Shelf) -> None:
    assert shelf.read() == []


@pytest.mark.parametrize("plugin", distributions()[1:], ids=lambda path: path.name)
def test_the_plugins_of_the_tree_read_clean(plugin: Path) -> None:
    assert list(read_plugin(read_distribution(plugin))) == []


@pytest.mark.parametrize(("line", "code", "words"), [
    ("from kernel.entities.base import Entity\n", "IMPORT_PRIVATE", "kernel.entities.base"),
    ("import kernel.web.declare\n", "IMPORT_PRIVATE", "kernel.web.declare"),
    ("from kernel import make_coffee\n", "IMPORT_PRIVATE", "make_coffee"),
    ("from plugins.crm.leads.models import Lead\n", "IMPORT_PLUGIN", "crm"),
    ("from plugins import crm\n", "IMPORT_PLUGIN", "crm"),
    ("from sqlalchemy import text\n\nQUERY = text('SELECT 1')\n", "RAW_SQL", "text"),
    ("def f() -> None:\n    session().execute('DELETE FROM shelf_book')\n", "RAW_SQL", "execute"),
    ("def f(c) -> None:\n    c.exec_driver_sql('SELECT 1')\n", "RAW_SQL", "exec_driver_sql"),
    ("def f() -> None:\n    session().commit()\n", "COMMIT", "commit"),
    ("def f() -> None:\n    session().rollback()\n", "COMMIT", "rollback"),
])
def test_a_line_that_no_plugin_may_have_is_found(shelf: Shelf, line: str, code: str, words: str) -> None:
    last = len(next(shelf.folder.glob("src/plugins/shelf/services.py")).read_text().splitlines())
    shelf.add("src/plugins/shelf/services.py", line)
    found = only(shelf.read(), code)
    assert found.path == "src/plugins/shelf/services.py"
    assert last < found.line <= last + 3
    assert words in found.what
    assert found.mend == FAULTS[code].mend


def test_of_a_required_plugin_only_the_api_may_be_imported(shelf: Shelf) -> None:
    shelf.edit("src/plugins/shelf/__init__.py", 'version="0.1.0"', 'version="0.1.0", requires=("erp_inventory",)')
    shelf.add("src/plugins/shelf/services.py", "from plugins.erp_inventory.api import post\n")
    assert shelf.read() == []
    shelf.add("src/plugins/shelf/services.py", "from plugins.erp_inventory.moves.services import post_moves\n")
    assert "erp_inventory.api" in only(shelf.read(), "IMPORT_PLUGIN").what


@pytest.mark.parametrize(("path", "old", "new"), [
    ("src/plugins/shelf/views.py", 'Tab(_("Open"), ', 'Tab("Still open", '),
    ("src/plugins/shelf/models.py", 'label=_("Details")', 'label="Fine print"'),
    ("src/plugins/shelf/models.py", 'label=_("Book")', 'label="Volume"'),
    ("src/plugins/shelf/workflow.py", '_("Dropped")', '"Forgotten"'),
    ("src/plugins/shelf/workflow.py", '_("Drop")', 'f"Drop {1}"'),
])
def test_a_label_that_nobody_can_translate_is_found(shelf: Shelf, path: str, old: str, new: str) -> None:
    shelf.edit(path, old, new)
    found = only(shelf.read(), "TEXT_UNMARKED")
    assert (found.path, found.line) == (path, shelf.line(path, new))


def test_a_string_is_missed_in_each_language_that_lacks_it(shelf: Shelf) -> None:
    shelf.edit("src/plugins/shelf/services.py", "    today = session().today\n",
               '    today = session().today\n    said = _("Nobody translated this")\n')
    found = [each for each in shelf.read() if each.code == "TEXT_UNTRANSLATED"]
    assert ["繁體中文" in found[0].what, "简体中文" in found[0].what] in ([True, False], [False, True])
    assert {each.line for each in found} == {shelf.line("src/plugins/shelf/services.py", "Nobody translated")}
    assert len(found) == 2
    shelf.add("src/plugins/shelf/translations/zh_Hant.po", '\nmsgid "Nobody translated this"\nmsgstr "沒有人翻譯"\n')
    assert "简体中文" in only(shelf.read(), "TEXT_UNTRANSLATED").what


def test_a_translation_with_another_placeholder_is_found(shelf: Shelf) -> None:
    shelf.add("src/plugins/shelf/translations/zh_Hans.po", '\nmsgid "{count} left"\nmsgstr "剩下 {number}"\n')
    found = only(shelf.read(), "TEXT_PLACEHOLDER")
    assert found.line == shelf.line("src/plugins/shelf/translations/zh_Hans.po", "{count} left")


@pytest.mark.parametrize(("path", "old", "new"), [
    ("src/plugins/shelf/signals.py", '"shelf.book_finished", Book', '"library.book_finished", Book'),
    ("src/plugins/shelf/__init__.py", '"shelf.reader"', '"library.reader"'),
    ("src/plugins/shelf/migrations/*.py", "op.create_table('shelf_book'", "op.create_table('library_book'"),
    ("src/plugins/shelf/migrations/*.py", "op.create_index('ix_shelf_book_state', 'shelf_book'",
     "op.create_index('ix_shelf_book_state', 'kernel_party'"),
    ("src/plugins/shelf/models.py", '    number: Mapped', '    __tablename__ = "books"\n    number: Mapped'),
])
def test_a_name_outside_the_plugin_is_found(shelf: Shelf, path: str, old: str, new: str) -> None:
    shelf.edit(path, old, new)
    assert only(shelf.read(), "NAME_OUTSIDE").path.startswith(path.split("*", maxsplit=1)[0])


def test_an_icon_that_is_not_there_is_found(shelf: Shelf) -> None:
    shelf.edit("src/plugins/shelf/workflow.py", 'icon="check"', 'icon="unicorn-on-wheels"')
    found = only(shelf.read(), "ICON_MISSING")
    assert found.line == shelf.line("src/plugins/shelf/workflow.py", "unicorn")


def test_a_package_the_wheel_forgets_is_found(shelf: Shelf) -> None:
    shelf.add("src/plugins/shelf/loans/__init__.py", '"""Loans."""\n')
    assert only(shelf.read(), "WHEEL_PACKAGE").path == "src/plugins/shelf/loans/__init__.py"
    shelf.edit("setup.cfg", "    plugins.shelf\n", "    plugins.shelf\n    plugins.shelf.loans\n")
    assert shelf.read() == []


@pytest.mark.parametrize(("pattern", "lacking"), [
    ("    translations/*.po\n", {"translations/zh_Hans.po", "translations/zh_Hant.po"}),
    ("    py.typed\n", {"py.typed"}),
])
def test_a_file_the_wheel_forgets_is_found(shelf: Shelf, pattern: str, lacking: set[str]) -> None:
    shelf.edit("setup.cfg", pattern, "")
    found = [each for each in shelf.read() if each.code == "WHEEL_FILE"]
    assert {each.path for each in found} == {f"src/plugins/shelf/{name}" for name in lacking}


def test_migrations_the_wheel_forgets_are_found(shelf: Shelf) -> None:
    shelf.edit("setup.cfg", "    migrations/**\n", "")
    assert only(shelf.read(), "WHEEL_FILE").path.startswith("src/plugins/shelf/migrations/")


def test_a_file_that_is_no_python_is_found_and_the_rest_is_still_read(shelf: Shelf) -> None:
    shelf.add("src/plugins/shelf/services.py", "def broken(:\n")
    shelf.add("src/plugins/shelf/views.py", "import kernel.web\n")
    found = shelf.read()
    assert only(found, "SYNTAX").path == "src/plugins/shelf/services.py"
    assert only(found, "IMPORT_PRIVATE").path == "src/plugins/shelf/views.py"


def test_papers_in_pyproject_are_read_too(shelf: Shelf) -> None:
    (shelf.folder / "setup.cfg").unlink()
    shelf.add("pyproject.toml", """
[project]
name = "trellis-shelf"
version = "0.1.0"

[project.entry-points."trellis.plugins"]
shelf = "plugins.shelf:plugin"

[tool.setuptools]
packages = ["plugins.shelf"]
package-dir = {"" = "src"}

[tool.setuptools.package-data]
"*" = ["py.typed", "migrations/**"]
""")
    found = [each for each in shelf.read() if each.code == "WHEEL_FILE"]
    assert {Path(each.path).name for each in found} == {"zh_Hans.po", "zh_Hant.po"}


def test_a_folder_without_a_plugin_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="announces no plugin"):
        check_plugin(tmp_path)
    with pytest.raises(UsageError, match="no folder"):
        check_plugin(tmp_path / "nowhere")


def test_the_tree_itself_is_where_the_tests_think() -> None:
    assert len(distributions()) == 8
    assert (ROOT / "plugins" / "crm" / "setup.cfg").exists()
