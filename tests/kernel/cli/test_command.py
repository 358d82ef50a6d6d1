"""The command answers quickly, teaches, and never shows a traceback."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kernel.cli.main import COMMANDS
from tests.kernel.registry.site import ROOT, Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path, f"sqlite:///{tmp_path}/trellis.db", forked=False)


@pytest.fixture
def made(site: Site) -> Site:
    site.trellis("init", "--password", "correct horse")
    return site


def test_help_loads_neither_an_orm_nor_a_web_framework() -> None:
    code = (
        "import sys\nfrom kernel.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as leave:\n    assert not leave.code, leave.code\n"
        "print('LOADED', *sorted({'sqlalchemy', 'flask', 'alembic', 'rich', 'babel'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, check=True)
    assert done.stdout.strip().endswith("LOADED")
    for command in COMMANDS:
        assert command in done.stdout


@pytest.mark.parametrize("words", [
    ("init",), ("run",), ("worker",), ("plugin",), ("plugin", "list"), ("plugin", "install"), ("plugin", "upgrade"),
    ("plugin", "uninstall"), ("import",), ("backup",), ("restore",), ("rehearse",),
    ("check",), ("user",), ("user", "add"), ("migration",), ("migration", "new"),
])
def test_each_help_teaches_by_an_example(words: tuple[str, ...]) -> None:
    from click.testing import CliRunner

    from kernel.cli.main import cli

    told = CliRunner().invoke(cli, [*words, "--help"], prog_name="trellis")
    assert told.exit_code == 0
    assert "For example:" in told.output
    assert f"trellis {' '.join(words)}" in told.output


def test_an_unknown_command_is_a_usage_error_with_a_suggestion(site: Site) -> None:
    told = site.refused("chek", code=2)
    assert "check" in told


def test_a_database_that_cannot_be_reached_is_one_clear_line(site: Site) -> None:
    site.url = "postgresql://postgres@127.0.0.1:1/nothing"
    told = site.refused("check")
    assert "can't be reached" in told
    assert "TRELLIS_DATABASE_URL" in told


def test_a_port_that_another_program_has_is_one_clear_line(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = site.refused("run", "--port", str(port), code=2)
    assert f"Port {port} can't be listened on" in told
    assert "--port" in told


def test_a_database_trellis_does_not_run_on_is_a_usage_error(site: Site) -> None:
    site.url = "mysql://root@127.0.0.1/x"
    assert "SQLite and PostgreSQL" in site.refused("check", code=2)


def test_a_folder_that_does_not_exist_is_named(site: Site) -> None:
    site.url = f"sqlite:///{site.folder}/nowhere/trellis.db"
    assert "nowhere" in site.refused("init")


def test_refusals_are_json_for_programs(site: Site) -> None:
    done = site.run("check", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["code"] == "NOT_INITIALISED"


def test_init_makes_an_administrator_who_can_sign_in(site: Site) -> None:
    made = site.json("init", "--company", "Blue Door", "--currency", "eur", "--login", "root")
    assert made["login"] == "root"
    assert "('Blue Door', 'EUR') root True ['kernel.admin']" in site.python(f"""
        from kernel.identity.models import Company
        from kernel.identity.signing.passwords import check_sign_in
        from kernel.permissions.models import Role, RoleMember
        with unit_of_work(SYSTEM) as system:
            company = system.execute(select(Company.name, Company.currency)).one()
            user = check_sign_in("root", {made['password']!r})
            roles = list(system.scalars(select(Role.code).join(RoleMember).where(RoleMember.user_id == user.id)))
            print(tuple(company), user.login, user.home_company_id == {made['company_id']}, roles)
    """)


def test_a_password_that_is_too_short_makes_no_installation(site: Site) -> None:
    assert "characters" in site.refused("init", "--password", "short")
    site.trellis("init", "--password", "correct horse")


def test_a_person_gets_roles_by_code_and_a_wrong_one_lists_those_there_are(made: Site) -> None:
    added = made.json("user", "add", "anna", "--name", "Anna Lind", "--roles", "kernel.masters")
    assert added["roles"] == ["kernel.masters"]
    assert len(added["password"]) >= 10
    assert "kernel.masters" in made.refused("user", "add", "bert", "--roles", "nonesuch", code=2)
    assert "exists already" in made.refused("user", "add", "anna")


def test_check_tells_what_it_finds_and_exits_with_one(made: Site) -> None:
    import sqlite3

    assert "All is well" in made.trellis("check")
    with sqlite3.connect(made.url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE kernel_user SET version = 0")
    done = made.run("check", "--json")
    assert done.returncode == 1
    (found,) = json.loads(done.stdout)["found"]
    assert found["invariant"] == "kernel.versions"
    assert found["record"] == "Administrator"
    assert "kernel.versions" in made.run("check").stdout
    assert made.run("check", "kernel.numbers").returncode == 0
    assert "nonesuch" in made.refused("check", "nonesuch", code=2)


def test_an_import_of_a_file_that_is_no_mapping_is_refused(made: Site) -> None:
    mapping = made.home / "wrong.toml"
    mapping.write_text("steps = 5")
    assert "source" in made.refused("import", str(mapping), str(made.home), code=2)
