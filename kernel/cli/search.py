"""`trellis search`: the search index."""

import click

from kernel.cli.output import json_option, print_json
from kernel.config import load_config
from kernel.entities.work import SYSTEM, perform
from kernel.logs import set_up_log
from kernel.registry.start import open_installation
from kernel.search.filling import all_due, catch_up

__all__ = ["search"]


@click.group()
def search() -> None:
    """Make the search index anew.

    \b
    For example:
        trellis search rebuild
    """


@search.command()
@json_option
def rebuild(as_json: bool) -> None:
    """Index all records anew, while people go on working.

    It goes part by part; what is not yet done is searched all the same, only more slowly. For a database
    whose rows somebody changed past Trellis, or where `trellis check kernel.search` finds something.

    \b
    For example:
        trellis search rebuild
        trellis search rebuild --json
    """
    config = load_config()
    set_up_log(config)
    open_installation(config)
    perform(SYSTEM, all_due)
    count = catch_up()
    if as_json:
        print_json({"records": count})
    else:
        click.echo(f"The search index has {count} records.")
