"""Install, use, uninstall, take back: nothing is lost, nothing stays."""

import json
import shutil
import zipfile
from pathlib import Path

from tests.kernel.registry.conftest import execute, kernel_rows, schema_of
from tests.kernel.registry.site import Site

USE = """
    from gadgets.things.models import Gadget, PartyGadgets
    from kernel.shared.models import Party
    from kernel.identity.models import Company, User
    from kernel.permissions.models import Share
    from kernel.permissions.roles import give_roles
    from kernel.registry.settings import change_setting
    from kernel.discussion.activities.services import follow_up
    from kernel.discussion.services import attach, comment, star
    from datetime import date
    from kernel.tags.models import Tag
    from kernel.tags.services import tag
    from decimal import Decimal
    from io import BytesIO
    with unit_of_work(SYSTEM) as system:
        company = system.scalars(select(Company)).one().id
        admin = system.scalars(select(User)).one()
        party = system.scalars(select(Party).where(Party.name == "Anna")).one()
    with unit_of_work(Actor(system=True, company_id=company)) as system:
        system.add(gadget := Gadget(name="Wheel", size="l", price=Decimal("12.345678"), owner_id=admin.id))
        system.get(Party, party.id)[PartyGadgets].favourite = "Wheel"
        system.flush()
        system.add(Share(entity="gadgets.gadget", record_id=gadget.id, user_id=admin.id, mode="read"))
        give_roles([admin], ["gadgets.user"])
        change_setting("gadgets.loud", True)
    with unit_of_work(Actor(user_id=admin.id, company_id=company, system=True)) as system:
        comment(gadget, "As agreed")
        attach(gadget, "drawing.txt", BytesIO(b"a wheel"))
        follow_up(gadget, date(2100, 1, 1))
        star(gadget)
        system.add(Tag(name="Round", entity="gadgets.gadget"))
        system.flush()
        tag([gadget], put=["Round"])
"""

PARTY = """
    from kernel.shared.models import Party
    with unit_of_work(SYSTEM) as system:
        system.add(Party(name="Anna"))
"""

LOOK = """
    from gadgets.things.models import Gadget, PartyGadgets
    from kernel.shared.models import Party
    from kernel.permissions.models import Role, RoleMember
    from kernel.registry.settings import setting
    from kernel.discussion.reading import attachments_of, comments_of, follow_ups_of
    from kernel.files import files
    from kernel.tags.services import tags_of
    with unit_of_work(SYSTEM, reading=True) as system:
        gadget = system.scalars(select(Gadget)).one()
        party = system.scalars(select(Party)).one()
        members = len(system.scalars(select(RoleMember).join(Role).where(Role.code == "gadgets.user")).all())
        print([each.text for each in comments_of(Gadget, gadget.id)], len(follow_ups_of(Gadget, gadget.id)),
              [files().path(each.sha256).read_bytes() for each in attachments_of(Gadget, gadget.id)])
        print([each.name for each in tags_of(Gadget, [gadget.id])[gadget.id]])
        print(gadget.number, gadget.name, gadget.price, party[PartyGadgets].favourite, members, setting("gadgets.loud"))
"""


def test_an_uninstall_leaves_schema_and_kernel_rows_as_they_were_and_a_reinstall_takes_all_back(site: Site) -> None:
    site.gadgets()
    site.python(PARTY)
    schema, rows = schema_of(site), kernel_rows(site)
    site.trellis("plugin", "install", "gadgets")
    site.python(USE)
    before = site.python(LOOK)
    assert "['As agreed'] 1 [b'a wheel']" in before
    assert "['Round']" in before
    installed = schema_of(site)
    site.trellis("plugin", "uninstall", "gadgets", "--yes")

    assert schema_of(site) == schema
    assert kernel_rows(site) == rows
    shutil.rmtree(site.home / "data" / "files")  # what nobody refers to is removed in time

    (step,) = site.json("plugin", "install", "gadgets")
    assert step["restored"] > 5
    assert schema_of(site) == installed
    assert site.python(LOOK) == before
    assert site.json("check")["clean"]


def test_a_fresh_install_leaves_the_archive_alone(site: Site) -> None:
    site.gadgets()
    site.python(PARTY)
    site.trellis("plugin", "install", "gadgets")
    site.python(USE)
    site.trellis("plugin", "uninstall", "gadgets", "--yes")

    (step,) = site.json("plugin", "install", "gadgets", "--fresh")

    assert step["restored"] == 0
    assert [each["rows"] for each in site.json("plugin", "uninstall", "gadgets", "--preview")[0]["tables"]] == [0, 0]
    (archive,) = (site.home / "data" / "archives").glob("*.zip")
    with zipfile.ZipFile(archive) as content:
        assert json.loads(content.read("manifest.json"))["rows"]["gadgets_gadget"] == 1


def test_an_older_archive_is_brought_to_the_newer_schema(site: Site) -> None:
    package = site.gadgets()
    site.python(PARTY)
    site.trellis("plugin", "install", "gadgets")
    site.python(USE)
    before = site.python(LOOK)
    site.trellis("plugin", "uninstall", "gadgets", "--yes")
    _add_a_colour(site, package)

    site.trellis("plugin", "install", "gadgets")

    assert site.python(LOOK) == before
    assert "COLOUR None" in site.python("""
        from gadgets.things.models import Gadget
        with unit_of_work(SYSTEM, reading=True) as system:
            print("COLOUR", system.scalars(select(Gadget)).one().colour)
    """)
    assert site.json("check")["clean"]


def _add_a_colour(site: Site, package: Path) -> None:
    first = next((package / "migrations").glob("*.py"))
    first.rename(first.with_name("20200101_0000_first_tables.py"))
    models = package / "things" / "models.py"
    text = models.read_text()
    models.write_text(text.replace("    price:", "    colour: Mapped[str | None] = text(20)\n    price:"))
    assert "Wrote" in site.trellis("migration", "new", "gadgets", "add a colour")
    assert "agree" in site.trellis("migration", "new", "gadgets", "add a colour")


def test_an_upgrade_migrates_and_an_older_code_refuses_the_newer_schema(site: Site) -> None:
    package = site.gadgets()
    site.trellis("plugin", "install", "gadgets")
    old = (package / "things" / "models.py").read_text()
    _add_a_colour(site, package)
    assert "trellis plugin upgrade" in site.refused("plugin", "install", "gadgets")

    site.trellis("plugin", "upgrade")
    assert site.json("check")["clean"]

    (package / "things" / "models.py").write_text(old)
    newest = max((package / "migrations").glob("*.py"))
    newest.unlink()
    assert "older" in site.refused("user", "add", "anna")
    assert "older" in site.refused("plugin", "upgrade")


def test_a_failed_install_leaves_nothing(site: Site) -> None:
    package = site.gadgets()
    schema, rows = schema_of(site), kernel_rows(site)
    migration = next((package / "migrations").glob("*.py"))
    text = migration.read_text()
    migration.write_text(text.replace("def downgrade", "    op.execute('NO SUCH SQL')\n\n\ndef downgrade"))

    assert site.run("plugin", "install", "gadgets").returncode != 0

    assert schema_of(site) == schema
    assert kernel_rows(site) == rows
    migration.write_text(text)
    site.trellis("plugin", "install", "gadgets")


def test_a_plugin_that_others_require_goes_last(site: Site) -> None:
    site.gadgets()
    site.plugin("racks", requires=("gadgets",))
    steps = site.json("plugin", "install", "racks")
    assert [step["plugin"] for step in steps] == ["gadgets", "racks"]

    told = site.refused("plugin", "uninstall", "gadgets", "--yes")
    assert "racks require" in told
    assert "trellis plugin uninstall racks gadgets" in told

    gone = site.json("plugin", "uninstall", "gadgets", "racks", "--yes")
    assert [each["plugin"] for each in gone] == ["racks", "gadgets"]


def test_a_plugin_whose_package_is_gone_is_named_and_can_still_be_taken_out(site: Site) -> None:
    site.gadgets()
    schema = schema_of(site)
    site.trellis("plugin", "install", "gadgets")
    (site.packages / "gadgets-0.1.0.dist-info" / "entry_points.txt").unlink()

    assert "gadgets is installed in this database" in site.refused("check")
    site.trellis("plugin", "uninstall", "gadgets", "--yes")

    assert schema_of(site) == schema
    assert site.json("check")["clean"]


def test_wrong_plugins_are_refused_by_name(site: Site) -> None:
    site.gadgets()
    site.plugin("modern", kernel=">=9")
    site.plugin("broken", manifest="import nothing_of_that_name")
    site.plugin("torn", {"models.py": "from kernel import no_such_name\n"})
    site.plugin("lonely", requires=("nobody",))

    assert "gadgets" in site.refused("plugin", "install", "gadgts", code=2)
    assert ">=9" in site.refused("plugin", "install", "modern")
    assert "nothing_of_that_name" in site.refused("plugin", "install", "broken")
    assert "torn/models.py" in site.refused("plugin", "install", "torn")
    assert "nobody" in site.refused("plugin", "install", "lonely")
    assert "not installed" in site.refused("plugin", "uninstall", "gadgets", "--yes")
    states = {row["name"]: row["state"] for row in site.json("plugin", "list")}
    assert states["broken"] == "broken"
    assert states["gadgets"] == "available"


def test_start_refuses_drift_and_names_what_mends_it(site: Site) -> None:
    site.gadgets()
    site.trellis("plugin", "install", "gadgets")
    installed = schema_of(site)
    execute(site, "ALTER TABLE gadgets_gadget DROP COLUMN price", "DROP INDEX ux_gadgets_gadget_name",
            "ALTER TABLE gadgets_gadget ADD COLUMN stray INTEGER")

    told = site.refused("user", "add", "anna")
    assert "gadgets_gadget lacks column price" in told
    assert "unknown column stray" in told
    assert "ux_gadgets_gadget_name" in told
    assert "trellis plugin upgrade gadgets --mend" in told
    found = json.loads(site.run("check", "kernel.schema", "--json").stdout)
    assert {each["entity"] for each in found["found"]} == {"gadgets_gadget"}

    site.trellis("plugin", "upgrade", "gadgets", "--mend", "--yes")
    site.trellis("user", "add", "anna")
    assert schema_of(site).keys() == installed.keys()


def test_somebody_elses_index_does_no_harm(site: Site) -> None:
    execute(site, "CREATE INDEX dba_was_here ON kernel_user (name)")
    site.trellis("user", "add", "anna")
    site.trellis("check")


def test_a_second_init_is_refused(site: Site) -> None:
    rows = kernel_rows(site)
    assert "already" in site.refused("init")
    assert kernel_rows(site) == rows


def test_an_init_with_an_unknown_plugin_makes_nothing(empty: Site) -> None:
    assert "nonesuch" in empty.refused("init", "--plugins", "nonesuch", code=2)
    assert "no Trellis installation" in empty.refused("check")
