"""`trellis plugin`: what there is, what is installed, and how it comes and goes."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from kernel.authoring.checking import check_plugin
from kernel.authoring.skeleton import Skeleton, make_skeleton
from kernel.cli.output import json_option, print_json, print_table
from kernel.config import Config, load_config
from kernel.entities.database import Database
from kernel.logs import set_up_log
from kernel.registry.discovery import discover
from kernel.registry.drift import find_drift, mend
from kernel.registry.installing import Step, install, upgrade_plugins
from kernel.registry.loading import load, load_kernel
from kernel.registry.order import with_requirements
from kernel.registry.start import connect, open_installation
from kernel.registry.state import read_states
from kernel.registry.uninstalling import Preview, preview_uninstall, uninstall

__all__ = ["plugin"]

names_argument = click.argument("names", nargs=-1, required=True)


def _configured() -> Config:
    config = load_config()
    set_up_log(config)
    return config


@click.group()
def plugin() -> None:
    """List, install, upgrade and uninstall plugins; make and check one of your own.

    \b
    For example:
        trellis plugin list
        trellis plugin install crm
        trellis plugin uninstall crm
        trellis plugin new book_club --entity loan
        trellis plugin check trellis-book-club
    """


@plugin.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the plugins on this machine and those installed in the database.

    \b
    For example:
        trellis plugin list --json
    """
    available = discover()
    with connect(_configured()).connect(reading=True) as connection:
        states = {name: state for name, state in read_states(connection).items() if name != "kernel"}
    rows: list[dict[str, Any]] = []
    for name in sorted({*available, *states}):
        found, state = available.get(name), states.get(name)
        manifest = found.plugin if found else None
        rows.append({
            "name": name,
            "state": "missing" if found is None else "broken" if manifest is None else "installed" if state
            else "available",
            "label": str(manifest.label) if manifest else state.label if state else name,
            "installed": state.version if state else None,
            "version": manifest.version if manifest else None,
            "requires": list(manifest.requires) if manifest else list(state.requires) if state else [],
            "suggests": list(manifest.suggests) if manifest else [],
            "summary": str(manifest.summary) if manifest else found.problem if found else "",
        })
    if as_json:
        print_json(rows)
        return
    print_table(("Plugin", "State", "Installed", "Here", "Requires", ""), [
        (row["name"], row["state"], row["installed"], row["version"], ", ".join(row["requires"]), row["summary"])
        for row in rows])


@plugin.command("new")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--label", default="", help="What people call it.  [default: the name]")
@click.option("--entity", default="task", show_default=True, help="The first thing it keeps.")
def new_(name: str, folder: Path | None, label: str, entity: str) -> None:
    """Make the skeleton of a plugin of your own, in a new folder: it can be installed as it is, and its tests pass.

    \b
    For example:
        trellis plugin new book_club --label "Book club" --entity loan
        cd trellis-book-club
        pip install --no-build-isolation --no-deps --editable .
        trellis plugin install book_club
        pytest
    """
    where = folder or Path(f"trellis-{name.replace('_', '-')}")
    written = make_skeleton(Skeleton(name, label, entity), where)
    click.echo(f"Wrote {len(written)} files to {where}. Next:")
    for words in (f"cd {where}", "pip install --no-build-isolation --no-deps --editable .",
                  f"trellis plugin install {name}", "pytest"):
        click.echo(f"  {words}")


@plugin.command("check")
@click.argument("folder", type=click.Path(path_type=Path), metavar="PATH")
@json_option
def check_(folder: Path, as_json: bool) -> int:
    """Say what a plugin of yours owes: imports, rights, texts, signals, statements, migrations, its wheel.

    It is tried in a scratch installation, which goes away again; yours is not touched. Exit code 1 where
    anything was found.

    \b
    For example:
        trellis plugin check .
        trellis plugin check trellis-book-club --json
    """
    found = check_plugin(folder)
    if as_json:
        print_json({"clean": not found, "found": [each.as_json() for each in found]})
    for each in found if not as_json else ():
        click.secho(f"{each.path}:{each.line}: {each.code}: ", bold=True, nl=False)
        click.echo(each.what)
        click.echo(f"    {each.mend}")
    if not as_json:
        click.echo(f"{len(found)} found" if found else "Nothing found: all is well")
    return 1 if found else 0


@plugin.command("install")
@names_argument
@click.option("--restore/--fresh", default=True, show_default=True,
              help="Take back the newest archive of an earlier uninstall, or begin with empty tables.")
@json_option
def install_(names: tuple[str, ...], restore: bool, as_json: bool) -> None:
    """Install plugins and what they require: all of it, or nothing.

    \b
    For example:
        trellis plugin install crm erp_sales
        trellis plugin install crm --fresh
    """
    config = _configured()
    database = open_installation(config)
    steps = install(names, archives=config.archives if restore else None, database=database)
    if as_json:
        print_json([asdict(step) for step in steps])
        return
    for step in steps:
        back = f", {step.restored} rows taken back from {step.archive}" if step.archive else ""
        click.echo(f"Installed {step.plugin} {step.after}{back}")


@plugin.command("upgrade")
@click.argument("names", nargs=-1)
@click.option("--mend", "mending", is_flag=True, help="Bring tables that drifted back to what the plugin wants.")
@click.option("--yes", is_flag=True, help="Don't ask before mending.")
@json_option
def upgrade_(names: tuple[str, ...], mending: bool, yes: bool, as_json: bool) -> None:
    """Bring the database up to the versions on this machine: all plugins, or those named. Make a backup first.

    \b
    For example:
        trellis plugin upgrade
        trellis plugin upgrade crm --mend
    """
    database = connect(_configured())
    steps = upgrade_plugins([name for name in names if name != "kernel"], database=database)
    mended = _mend(database, list(names), ask=not yes) if mending else []
    if as_json:
        print_json({"upgraded": [asdict(step) for step in steps], "mended": mended})
        return
    for step in steps:
        click.echo(_words(step))
    for words in mended:
        click.echo(f"Mended: {words}")


def _words(step: Step) -> str:
    if step.before is None:
        return f"Installed {step.plugin} {step.after}, which is required now"
    if step.before == step.after:
        return f"{step.plugin} {step.after} is up to date"
    return f"Upgraded {step.plugin} from {step.before} to {step.after}"


def _mend(database: Database, names: list[str], *, ask: bool) -> list[str]:
    with database.connect(reading=True) as connection:
        states = read_states(connection)
        chosen = {name: states[name] for name in names or states}
        found = [f"{each.table} {each.what}" for each in find_drift(connection, chosen) if not each.harmless]
    if not found:
        return []
    if ask:
        click.echo("These tables are not as their plugins want them:")
        for words in found:
            click.echo(f"  {words}")
        click.confirm("Mend them? Unknown columns are dropped with what is in them", abort=True)
    mend(database, list(chosen))
    return found


@plugin.command("uninstall")
@names_argument
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--preview", is_flag=True, help="Only say what would go.")
@json_option
def uninstall_(names: tuple[str, ...], yes: bool, preview: bool, as_json: bool) -> None:
    """Uninstall plugins: their data goes into an archive, their tables and traces out of the database.

    \b
    For example:
        trellis plugin uninstall crm --preview
        trellis plugin uninstall crm --yes
    """
    config = _configured()
    database = connect(config)
    _load_what_is_here(database)
    previews = [preview_uninstall(name, database=database) for name in names]
    if preview:
        if as_json:
            print_json([asdict(each) for each in previews])
        for each in previews if not as_json else ():
            _show(each)
        return
    if not yes:
        if as_json:
            raise click.UsageError("--json needs --yes or --preview: nobody is there to ask.")
        for each in previews:
            _show(each)
        click.confirm(f"Uninstall {', '.join(names)}?", abort=True)
    gone = uninstall(names, archives=config.archives, database=database)
    if as_json:
        print_json([asdict(each) for each in gone])
        return
    for done in gone:
        click.echo(f"Uninstalled {done.plugin} {done.version}: {done.rows} records are kept in {done.archive}")


def _load_what_is_here(database: Database) -> None:
    """Load what can be loaded: a plugin whose package is gone can still be taken out of the database."""
    available = discover()
    load_kernel()
    with database.connect(reading=True) as connection:
        names = [name for name in read_states(connection) if name in available and available[name].plugin]
    load(with_requirements(names, available), available)


def _show(preview: Preview) -> None:
    click.secho(f"{preview.label} ({preview.plugin} {preview.version})", bold=True)
    print_table(("Table", "Records", ""), [(each.table, each.rows, each.label) for each in preview.tables])
    if preview.kernel_rows:
        click.echo("In the kernel's tables:")
        print_table(("Table", "Rows", ""), [(each.table, each.rows, each.label) for each in preview.kernel_rows])
    if preview.roles:
        click.echo(f"Roles: {', '.join(preview.roles)}, held by {preview.people} people")
    if preview.approvals:
        click.echo(f"Approvals: {', '.join(preview.approvals)}")
    if preview.dependents:
        click.secho(f"Required by: {', '.join(preview.dependents)}", fg="red")
