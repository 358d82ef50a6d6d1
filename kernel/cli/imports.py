"""`trellis import`: bring in a folder of files by a mapping file."""

from pathlib import Path

import click

from kernel.cli.output import json_option, print_json, print_table
from kernel.config import load_config
from kernel.exchange.importing import run_import
from kernel.logs import set_up_log
from kernel.registry.start import open_installation

__all__ = ["import_"]

SHOWN = 50


@click.command("import")
@click.argument("mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@json_option
def import_(mapping: Path, folder: Path, dry_run: bool, as_json: bool) -> None:
    """Bring in a folder of files by a mapping file. Doing it again changes only what changed in the files.

    Rows that can't be taken are listed with file, line and reason; the others come in. Exit 1 where there are any.

    \b
    For example:
        trellis import customers.toml ./export --dry-run
    """
    config = load_config()
    set_up_log(config)
    open_installation(config)
    report = run_import(mapping, folder, dry_run=dry_run)
    if as_json:
        print_json(report.as_json())
    else:
        print_table(("Step", "Read", "Created", "Changed", "Unchanged", "Refused", "Gone"), [
            (step.name, step.read, step.created, step.changed, step.unchanged, step.refused, step.gone)
            for step in report.steps])
        for problem in report.problems[:SHOWN]:
            click.echo(str(problem))
        more = len(report.problems) + report.more_problems - SHOWN
        if more > 0:
            click.echo(f"... and {more} more; --json lists them.")
        if unused := sum(step.unused for step in report.steps):
            click.echo(f"{unused} rows of joined files belong to nothing.")
        if gone := sum(step.gone for step in report.steps):
            click.echo(f"{gone} records of earlier imports are no longer in the files; they were left as they are.")
        if report.withdrawn:
            click.echo("Nothing was written: the mapping wants all rows or none.")
        elif dry_run:
            click.echo("This was a dry run: nothing was changed.")
    if not report.clean:
        raise click.exceptions.Exit(1)
