"""The `trellis` command: commands are loaded when they are called, errors are one clear line."""

import json
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from kernel.errors import Refusal, UsageError

__all__ = ["cli", "main"]

COMMANDS = {
    "init": ("kernel.cli.init:init", "Make a new installation: schema, company, administrator, plugins."),
    "run": ("kernel.cli.serve:run", "Serve the web pages and the API, and do the jobs."),
    "worker": ("kernel.cli.serve:worker", "Do jobs and deliveries in a process of its own."),
    "plugin": ("kernel.cli.plugins:plugin", "List, install, upgrade and uninstall plugins."),
    "import": ("kernel.cli.imports:import_", "Bring in a folder of files by a mapping file."),
    "backup": ("kernel.cli.backups:backup", "Write everything to one file, while people go on working."),
    "restore": ("kernel.cli.backups:restore", "Put a backup back into an empty database."),
    "rehearse": ("kernel.cli.backups:rehearse", "Try an upgrade on a copy, and say what it would change."),
    "files": ("kernel.cli.files:files", "Move attached files to another store."),
    "check": ("kernel.cli.check:check", "Check the invariants of the database."),
    "search": ("kernel.cli.search:search", "Make the search index anew."),
    "custom": ("kernel.cli.custom:custom", "Index custom fields that much is filtered by."),
    "user": ("kernel.cli.users:user", "Add people who may sign in."),
    "migration": ("kernel.cli.migrations:migration", "Write migrations of a plugin (for its developers)."),
}


class Commands(click.Group):
    """A group whose commands are imported when they are called, so that help is there at once."""

    def list_commands(self, context: click.Context) -> list[str]:
        """List the commands in the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Import a command."""
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name][0].split(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}.{attribute} is no command")
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command called, or suggest those it may have been."""
        if args and args[0] not in COMMANDS:
            from difflib import get_close_matches  # noqa: PLC0415  # only for a mistake

            near = get_close_matches(args[0], COMMANDS, n=2)
            hint = f" Did you mean {' or '.join(near)}?" if near else " See: trellis --help"
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(context, args)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from what is known without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_target, words) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """Trellis: an ERP made of plugins. Take only what you need.

    \b
    A first try, in an empty folder:
        trellis init --plugins crm
        trellis run

    Settings come from TRELLIS_* variables or ./trellis.toml; the database is TRELLIS_DATABASE_URL
    (default: sqlite:///trellis.db in this folder). Exit codes: 0 done, 1 refused or found wrong, 2 usage.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code; a refusal is one line, never a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = cli.main(args=words, prog_name="trellis", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("Nothing was done.", err=True)
        sys.exit(1)
    except Refusal as refusal:
        _tell(refusal, as_json="--json" in words)
        sys.exit(2 if isinstance(refusal, UsageError) else 1)
    sys.exit(code if isinstance(code, int) else 0)


def _tell(refusal: Refusal, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(refusal.as_problem(), ensure_ascii=False, indent=1))
        return
    click.secho("Error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(str(refusal), err=True)
    if refusal.fix:
        click.echo(f"       {refusal.fix}", err=True)


if __name__ == "__main__":
    main()
