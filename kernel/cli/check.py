"""`trellis check`: verify what must hold."""

import click

from kernel.cli.output import json_option, print_json, print_table
from kernel.config import load_config
from kernel.logs import set_up_log
from kernel.registry.checks import invariants, run_checks
from kernel.registry.start import open_installation

__all__ = ["check"]


@click.command()
@click.argument("names", nargs=-1)
@click.option("--list", "listing", is_flag=True, help="Only list the invariants.")
@json_option
def check(names: tuple[str, ...], listing: bool, as_json: bool) -> None:
    """Check the invariants of the database: all, or those of the plugins or names given. Exit 1 where any is broken.

    \b
    For example:
        trellis check
        trellis check crm kernel.numbers --json
    """
    config = load_config()
    set_up_log(config)
    open_installation(config, strict=False)  # what is wrong with the schema is found and told, too
    if listing:
        rows = [(each.name, str(each.sentence)) for each in invariants()]
        if as_json:
            print_json([{"name": name, "sentence": sentence} for name, sentence in rows])
        else:
            print_table(("Invariant", "What must hold"), rows)
        return
    report = run_checks(names or None)
    if as_json:
        print_json(report.as_json())
    elif report.clean:
        click.echo(f"All is well: {len(report.checked)} invariants hold.")
    else:
        print_table(("Invariant", "Where", "Record", "What is wrong"), [
            (each.name, finding.entity, finding.record, str(finding.message)) for each, finding in report.found])
        click.echo(f"{len(report.found)} findings in {len(report.checked)} invariants.")
    if not report.clean:
        raise click.exceptions.Exit(1)
