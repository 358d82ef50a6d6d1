"""What commands print: tables for people, JSON for programs, and the log out of the way of both."""

import json
import logging
import sys
from collections.abc import Iterable, Sequence

import click
import structlog
from rich.console import Console
from rich.table import Table

from kernel.config import Config

__all__ = ["json_option", "print_json", "print_table", "set_up_log"]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")


def print_json(value: object) -> None:
    """Print plain data as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table as wide as the terminal, or as its content where nobody looks."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else 160, highlight=False).print(table)


def set_up_log(config: Config, level: int = logging.WARNING) -> None:
    """Send the log to the error stream, as lines for people or as JSON for collectors."""
    renderer = (
        structlog.processors.JSONRenderer() if config.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()))
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.contextvars.merge_contextvars, structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True), renderer])
