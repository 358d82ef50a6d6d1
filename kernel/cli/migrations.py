"""`trellis migration`: write migrations from the models, for a plugin's developers."""

import click

from kernel.config import load_config
from kernel.logs import set_up_log
from kernel.registry.revisions import new_revision, squash

__all__ = ["migration"]


@click.group()
def migration() -> None:
    """Write migrations of a plugin (for its developers); they need no database.

    \b
    For example:
        trellis migration new crm "add a phone number to leads"
    """


@migration.command()
@click.argument("plugin")
@click.argument("what")
def new(plugin: str, what: str) -> None:
    """Write the migration that brings a plugin's tables to its models. Read it before you commit it.

    \b
    For example:
        trellis migration new crm "add a phone number to leads"
    """
    set_up_log(load_config())
    path = new_revision(plugin, what)
    click.echo(f"Wrote {path}" if path else f"The migrations of {plugin} and its models agree: nothing to write.")


@migration.command("squash")
@click.argument("plugins", nargs=-1, required=True)
def squash_(plugins: tuple[str, ...]) -> None:
    """Write a plugin's migrations anew as a single first one. Only for what was never released.

    \b
    For example:
        trellis migration squash kernel crm erp_sales
    """
    set_up_log(load_config())
    for name in plugins:
        click.echo(f"Wrote {squash(name)}")
