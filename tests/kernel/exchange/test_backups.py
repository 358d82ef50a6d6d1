"""Backups: everything at one moment in one file, put back whole on either database, or not at all."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kernel.testing.databases import postgres_database
from tests.kernel.registry.conftest import schema_of
from tests.kernel.registry.site import Site
from tests.kernel.registry.test_coming_and_going import LOOK, PARTY, USE

MOVED = {"kernel_plugin", "kernel_generation"}
"""Tables that say of themselves where they are: the seal of the schema, what processes remember."""

WRITTEN_MEANWHILE = """
    from datetime import UTC, datetime
    from pathlib import Path
    from kernel.entities.base import entity
    from kernel.entities.work import unit_of_work
    from kernel.exchange.backups.writing import write_backup
    from kernel.files import files
    from kernel.shared.models import Party
    written = []
    def write(words):
        if "kernel_company" in words and not written:
            written.append(True)
            with unit_of_work(SYSTEM) as other:
                other.add(Party(name="Too late"))
    made = write_backup(database, files(), Path("moment.zip"), now=datetime.now(UTC), say=write)
    assert written
"""

NEW_PARTY = """
    from kernel.shared.models import Party
    with unit_of_work(SYSTEM) as system:
        before = max(system.scalars(select(Party.id)))
        system.add(party := Party(name="Later"))
        system.flush()
        print(party.id > before)
"""


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an installation on SQLite that is copied for each test."""
    folder = tmp_path_factory.mktemp("used")
    put_to_use(Site(folder, f"sqlite:///{folder}/trellis.db"))
    return folder


def put_to_use(site: Site) -> Site:
    """Make an installation with a plugin, records, a component, a file, comments, roles and settings."""
    site.trellis("init", "--company", "Blue Door", "--password", "correct horse")
    site.gadgets()
    site.python(PARTY)
    site.trellis("plugin", "install", "gadgets")
    site.python(USE)
    return site


@pytest.fixture
def used(template: Path, tmp_path: Path) -> Site:
    """An installation with a plugin, records, a component, a file, comments, roles and settings."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return _site(tmp_path, f"sqlite:///{tmp_path}/trellis.db", tmp_path / "home")


def _site(folder: Path, url: str, home: Path) -> Site:
    """See what stands in a folder as a site."""
    home.mkdir(exist_ok=True)
    made = Site.__new__(Site)
    made.forked, made.folder, made.url, made.packages, made.home = True, folder, url, folder / "site", home
    return made


@pytest.fixture
def elsewhere(used: Site) -> Site:
    """The same machine with an empty database and an empty folder of data."""
    return _site(used.folder, f"sqlite:///{used.folder}/elsewhere.db", used.folder / "elsewhere")


@pytest.fixture
def on_postgresql(used: Site) -> Iterator[Site]:
    """The same machine with an empty database on PostgreSQL."""
    with postgres_database() as url:
        yield _site(used.folder, url, used.folder / "postgresql")


def rows_in(backup: Path) -> dict[str, list[Any]]:
    """Give the rows of a backup by table, but for those that tell where they are."""
    with zipfile.ZipFile(backup) as file:
        manifest = json.loads(file.read("manifest.json"))
        return {
            name: sorted((dict(zip(columns, json.loads(line), strict=True))
                          for line in file.read(f"tables/{name}.jsonl").splitlines()), key=_in_order)
            for name, columns in manifest["tables"].items() if name not in MOVED}


def _in_order(row: dict[str, Any]) -> str:
    return json.dumps(row, sort_keys=True)


def altered(backup: Path, name: str, content: bytes) -> Path:
    """Write a backup again with one file in it changed."""
    changed = backup.with_name("altered.zip")
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(changed, "w") as new:
        for each in old.namelist():
            new.writestr(each, content if each == name else old.read(each))
    return changed


def test_a_backup_is_restored_to_the_same_rows_and_files_on_either_database(
    used: Site, on_postgresql: Site, elsewhere: Site
) -> None:
    """From SQLite to PostgreSQL, and from there back to SQLite: a way that loses nothing on either."""
    told = used.json("backup", "all.zip")
    assert told["rows"] > 300
    assert told["files"] == 1
    assert told["missing"] == []
    seen, schema, backup = used.python(LOOK), schema_of(used), used.home / "all.zip"
    kept = rows_in(backup)
    for site in (on_postgresql, elsewhere):
        restored = site.json("restore", str(backup))
        assert restored["clean"]
        assert restored["rows"] == told["rows"]
        assert site.python(LOOK) == seen
        site.trellis("backup", "again.zip")
        backup = site.home / "again.zip"
        assert rows_in(backup) == kept
        assert site.python(NEW_PARTY).strip() == "True", "ids go on behind those of the backup"
    assert schema_of(elsewhere) == schema


def test_a_backup_holds_one_moment_whoever_goes_on_writing(used: Site, on_postgresql: Site) -> None:
    used.trellis("backup", "all.zip")
    on_postgresql.trellis("restore", str(used.home / "all.zip"))
    for site in (used, on_postgresql):
        site.python(WRITTEN_MEANWHILE)
        assert [row["name"] for row in rows_in(site.home / "moment.zip")["kernel_party"]] == ["Anna"]
        assert "Too late" in site.python(
            "from kernel.shared.models import Party\nwith unit_of_work(SYSTEM, reading=True) as system:\n"
            "    print(system.scalars(select(Party.name)).all())\n")


def test_data_of_uninstalled_plugins_is_in_the_backup(used: Site, elsewhere: Site) -> None:
    used.trellis("plugin", "uninstall", "gadgets", "--yes")
    used.trellis("backup", "all.zip")
    elsewhere.trellis("restore", str(used.home / "all.zip"))
    (step,) = elsewhere.json("plugin", "install", "gadgets")
    assert step["restored"] > 5
    assert "12.345678" in elsewhere.python(LOOK)


def test_a_folder_gets_a_file_named_by_the_time_and_no_file_is_written_over(used: Site) -> None:
    file = Path(used.json("backup", ".")["file"])
    assert file.name.startswith("trellis-2")
    used.trellis("backup", "all.zip")
    assert "already" in used.refused("backup", "all.zip")
    assert not list(used.home.glob("*.part"))


def test_a_missing_file_is_named_and_the_rest_is_kept(used: Site) -> None:
    shutil.rmtree(used.home / "data" / "files")
    told = used.json("backup", "all.zip")
    assert len(told["missing"]) == 1
    assert told["files"] == 0


def test_what_can_not_be_restored_is_refused_and_leaves_an_empty_database(used: Site, elsewhere: Site) -> None:
    used.trellis("backup", "all.zip")
    backup = used.home / "all.zip"
    assert "no backup" in elsewhere.refused("restore", str(used.packages / "gadgets" / "__init__.py"))
    assert "no file" in elsewhere.refused("restore", "nowhere.zip")
    assert "already" in used.refused("restore", str(backup)), "there is an installation"

    with zipfile.ZipFile(backup) as file:
        manifest = json.loads(file.read("manifest.json"))
        parties = file.read("tables/kernel_party.jsonl")
    lost = altered(backup, "tables/kernel_party.jsonl", b"")
    assert "kernel_party" in elsewhere.refused("restore", str(lost))
    doubled = altered(backup, "tables/kernel_party.jsonl", parties * 2)
    assert "kernel_party" in elsewhere.refused("restore", str(doubled))
    newer = {**manifest, "plugins": {**manifest["plugins"], "gadgets": {"version": "9.9", "revision": "ffffffffffff"}}}
    told = elsewhere.refused("restore", str(altered(backup, "manifest.json", json.dumps(newer).encode())))
    assert "9.9" in told
    foreign = {**manifest, "plugins": {**manifest["plugins"], "unheard": {"version": "1", "revision": None}}}
    told = elsewhere.refused("restore", str(altered(backup, "manifest.json", json.dumps(foreign).encode())))
    assert "unheard" in told
    later = {**manifest, "format": 99}
    told = elsewhere.refused("restore", str(altered(backup, "manifest.json", json.dumps(later).encode())))
    assert "later version" in told
    assert elsewhere.json("restore", str(backup))["clean"], "nothing was left behind by what was refused"


def test_an_older_backup_is_brought_up_to_the_plugins_of_this_machine(used: Site, elsewhere: Site) -> None:
    used.trellis("backup", "old.zip")
    bring_a_later_version(used)
    assert elsewhere.json("restore", str(used.home / "old.zip"))["clean"]
    assert "(7, None)" in elsewhere.python("""
        from gadgets.things.models import Gadget
        with unit_of_work(SYSTEM, reading=True) as system:
            gadget = system.scalars(select(Gadget)).one()
            print((gadget.shelf, gadget.weight))
    """)


def bring_a_later_version(site: Site) -> None:
    """Let a later version of the plugin know two more fields, one filled by its migration."""
    models = site.packages / "gadgets" / "things" / "models.py"
    text = models.read_text()
    text = text.replace("from kernel import ", "from kernel import integer, ").replace(
        "    price: Mapped", "    shelf: Mapped[int | None] = integer()\n    weight: Mapped[int | None] = integer()\n"
        "    price: Mapped")
    models.write_text(text)
    shutil.rmtree(site.packages / "gadgets-0.1.0.dist-info")
    package = site.packages / "gadgets"
    manifest = (package / "__init__.py").read_text().replace('version="0.1.0"', 'version="0.2.0"')
    (package / "__init__.py").write_text(manifest)
    info = site.packages / "gadgets-0.2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gadgets\nVersion: 0.2.0\n")
    (info / "entry_points.txt").write_text("[trellis.plugins]\ngadgets = gadgets:plugin\n")
    site.trellis("migration", "new", "gadgets", "shelf")
    (file,) = [each for each in (package / "migrations").glob("*.py") if "shelf" in each.name]
    code = file.read_text()
    head, _colon, tail = code.partition("def downgrade")
    fills = 'op.execute("UPDATE gadgets_gadget SET shelf = 7, price = price + 1000000")'  # SQLite's scaled integers
    file.write_text(f"{head.rstrip()}\n    {fills}\n\n\ndef downgrade{tail}")


def test_a_rehearsal_says_what_an_upgrade_would_change_and_changes_nothing(used: Site) -> None:
    bring_a_later_version(used)
    before = schema_of(used)
    told = used.json("rehearse")
    assert {"plugin": "gadgets", "before": "0.1.0", "after": "0.2.0"} in told["plugins"]
    (change,) = [each for each in told["changes"] if each["name"] == "gadgets_gadget.price"]
    assert float(change["after"]) - float(change["before"]) == 1
    assert told["clean"]
    assert schema_of(used) == before
    assert "0.1.0" in used.trellis("plugin", "list")


def test_administrators_are_told_that_a_backup_has_ended(used: Site) -> None:
    used.trellis("backup", "all.zip")
    told = used.python(
        "from kernel.notices.models import Notification\nwith unit_of_work(SYSTEM, reading=True) as system:\n"
        "    print([(each.kind, each.facts['title']) for each in system.scalars(select(Notification))])\n")
    assert told.strip() == "[('kernel.backup_ended', 'all.zip')]"
