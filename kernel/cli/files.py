"""`trellis files`: attached files from one store to another."""

from collections.abc import Iterator
from dataclasses import dataclass

import click

from kernel.cli.output import json_option, print_json
from kernel.config import load_config
from kernel.errors import Refusal
from kernel.files import Store, open_store
from kernel.i18n import _
from kernel.logs import set_up_log

__all__ = ["Moved", "files", "moved"]


@dataclass(slots=True)
class Moved:
    """What moving came to: how many files were copied, were there already, could not be copied, were removed."""

    copied: int = 0
    there: int = 0
    removed: int = 0
    damaged: tuple[str, ...] = ()


def moved(source: Store, target: Store, *, remove: bool = False) -> Iterator[tuple[str, Moved]]:
    """Copy what a store holds to another, file by file; gives each digest when it is done, and what it came to so far.

    What is there already is let be, so that it goes on where it was broken off. Each copy's content is its name, or it
    is none. `remove` takes a file away from the source once its copy was read again and is sound.
    """
    found = Moved()
    for digest in source.digests():
        size = source.size(digest)
        if size is not None and target.size(digest) == size:
            found.there += 1
        elif _copied(source, target, digest):
            found.copied += 1
        else:
            found.damaged += (digest,)
            yield digest, found
            continue
        if remove and target.is_sound(digest):
            source.remove(digest)
            found.removed += 1
        yield digest, found


def _copied(source: Store, target: Store, digest: str) -> bool:
    """Copy a file; one whose content is not what its name says is left where it is."""
    try:
        with source.open(digest) as content:
            stored = target.put(content, limited=False)
    except FileNotFoundError:
        return True  # removed meanwhile, since nobody refers to it any more
    except Refusal as refusal:
        if refusal.code == "FILE_EMPTY":
            return False
        raise
    if stored.digest != digest:
        target.remove(stored.digest)
        return False
    return True


@click.group()
def files() -> None:
    """See where attached files lie, and move them to another store."""


@files.command()
@click.argument("target")
@click.option("--from", "source", default=None, help="The store they lie in.  [default: that of this installation]")
@click.option("--remove", is_flag=True, help="Take each file away from where it was, once its copy was read again.")
@json_option
def move(target: str, source: str | None, remove: bool, as_json: bool) -> None:
    """Copy attached files to another store: a folder, or s3://bucket/folder?endpoint=https://...

    People go on working. Broken off, it goes on where it was when it is called again. Afterwards name the new store by
    TRELLIS_FILES_URL, start all processes anew, and call it once more with --from for what was attached meanwhile.
    Exit 1 where a file's content is not what its name says: it stays where it is.

    \b
    For example:
        trellis files move s3://trellis-files
        trellis files move s3://trellis-files --from trellis-data/files --remove
    """
    config = load_config()
    set_up_log(config)
    here, there = open_store(config, source), open_store(config, target)
    if str(here) == str(there):
        raise Refusal("SAME_STORE", _("The files lie there already"), fix=_("Name the store they are in by --from"))
    found = Moved()
    for digest, found in moved(here, there, remove=remove):  # the last one is told
        if not as_json and (found.copied + found.there) % 1000 == 0:
            click.echo(f"{found.copied + found.there} files, {digest[:12]} ...", err=True)
    if as_json:
        print_json({"copied": found.copied, "there": found.there, "removed": found.removed,
                    "damaged": list(found.damaged)})
    else:
        click.echo(f"{found.copied} files were copied, {found.there} were there already, {found.removed} were removed "
                   "from where they lay.")
        for digest in found.damaged:
            click.echo(f"Damaged, and left where it is: {digest}", err=True)
    if found.damaged:
        raise click.exceptions.Exit(1)
