"""`trellis backup`, `trellis restore` and `trellis rehearse`."""

import datetime as dt
import sys
from pathlib import Path

import click

from kernel.cli.output import json_option, print_json, print_table
from kernel.config import load_config
from kernel.exchange.backups.manifest import Manifest
from kernel.exchange.backups.notifications import tell_of_backup
from kernel.exchange.backups.rehearsal import rehearsed
from kernel.exchange.backups.restoring import restore_backup
from kernel.exchange.backups.writing import name_of_backup, write_backup
from kernel.files import files
from kernel.logs import set_up_log
from kernel.registry.checks import run_checks
from kernel.registry.start import connect, open_installation

__all__ = ["backup", "rehearse", "restore"]


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=True, path_type=Path))
@json_option
def backup(file: Path | None, as_json: bool) -> None:
    """Write everything to one file: records, attached files, the data of uninstalled plugins.

    People go on working; the backup holds what there was at the moment it began. FILE may be a folder, which gets a
    file named by the time. Settings of the machine and the secret key in its data folder are not in it.

    \b
    For example:
        trellis backup
        trellis backup /backups/
        trellis backup before-upgrade.zip
    """
    config = load_config()
    set_up_log(config)
    now = dt.datetime.now(dt.UTC)
    path = file or Path(name_of_backup(now))
    if path.is_dir():
        path /= name_of_backup(now)
    database = open_installation(config, strict=False)
    manifest = write_backup(database, files(), path, archives=config.archives, now=now, say=_progress)
    _progress("")
    tell_of_backup(path, manifest)
    if as_json:
        print_json({"file": str(path), "rows": manifest.records, "files": manifest.files, "missing": manifest.missing})
        return
    click.echo(f"Wrote {path}: {_contents(manifest)}")
    for digest in manifest.missing:
        click.echo(f"An attached file is missing in the store: {digest}", err=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def restore(file: Path, as_json: bool) -> None:
    """Put a backup back into the empty database that TRELLIS_DATABASE_URL names, and check it. Exit 1 where it's off.

    A backup of SQLite may be restored on PostgreSQL and the other way about. All plugins of the backup must be on this
    machine, at the same or a later version; its records are brought up to that.

    \b
    For example:
        trellis restore trellis-20261128T020000Z.zip
        TRELLIS_DATABASE_URL=postgresql:///trellis trellis restore /backups/last-night.zip
    """
    config = load_config()
    set_up_log(config)
    database = connect(config)
    manifest = restore_backup(database, files(), file, archives=config.archives, say=_progress)
    database.dispose()
    _progress("checking ...")
    report = run_checks(database=open_installation(config))
    _progress("")
    if as_json:
        print_json({"rows": manifest.records, "files": manifest.files, **report.as_json()})
    else:
        click.echo(f"Restored {_contents(manifest)}, as it was at {manifest.written_at}")
        click.echo(f"All is well: {len(report.checked)} invariants hold." if report.clean
                   else f"{len(report.found)} findings: see them with trellis check")
    if not report.clean:
        raise click.exceptions.Exit(1)


@click.command()
@click.option("--into", "url", help="An empty database for the copy, of the kind that the installation runs on.")
@json_option
def rehearse(url: str | None, as_json: bool) -> None:
    """Try an upgrade on a copy: copy, upgrade, compare, check, and report. Exit 1 where something would go wrong.

    The installation itself is only read. The copy is a SQLite file that is deleted again, unless --into names an
    empty database, where it stays to be looked around in.

    \b
    For example:
        trellis rehearse
        trellis rehearse --into postgresql:///trellis_copy
    """
    config = load_config()
    set_up_log(config)
    database = open_installation(config, strict=False)
    found = rehearsed(database, url, now=dt.datetime.now(dt.UTC), say=_progress)
    _progress("")
    if as_json:
        print_json(found.as_json())
    else:
        print_table(("Plugin", "Now", "After"), [(each.plugin, each.before, each.after) for each in found.steps])
        print_table(("What changes", "Now", "After"), [
            (each.name, each.before, each.after) for each in found.changes])
        print_table(("Invariant", "Record", "What would be wrong"), [
            (each.name, finding.record, str(finding.message)) for each, finding in found.report.found])
        click.echo(f"{found.rows} rows were upgraded in {found.seconds:.1f} seconds: "
                   f"{len(found.changes)} sums or counts change, {len(found.report.found)} findings.")
    if not found.fine:
        raise click.exceptions.Exit(1)


def _contents(manifest: Manifest) -> str:
    files_ = f"{manifest.files} attached files" if manifest.files != 1 else "1 attached file"
    return f"{manifest.records} rows in {len(manifest.tables)} tables, {files_}"


def _progress(words: str) -> None:
    """Show on a terminal what is being done, in one line that is written over; elsewhere nothing."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{words}", err=True, nl=False)
