"""Try a plugin in a scratch installation of its own; prints what was found as JSON. `checking` runs it.

    python -m kernel.authoring.trial NAME FOLDER OUTPUT        # in a scratch's folder and environment
"""

import json
import logging
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import structlog
from sqlalchemy import select

from kernel.authoring.declared import find_declared
from kernel.authoring.faults import Finding
from kernel.authoring.leaving import find_traces, state_of
from kernel.authoring.migrating import find_migrations, said
from kernel.authoring.places import Places
from kernel.authoring.using import find_uses, signed_in_client
from kernel.config import Config, load_config
from kernel.entities.database import Database
from kernel.entities.work import set_database, unit_of_work
from kernel.errors import Refusal, UsageError
from kernel.hooks.specifications import check_hooks
from kernel.identity.models import User
from kernel.registry.discovery import discover, find_plugin
from kernel.registry.installing import install
from kernel.registry.loading import load, plugin_folder
from kernel.registry.order import with_requirements
from kernel.registry.start import initialise

__all__ = ["try_plugin"]

PASSWORD = "a scratch installation's own"  # noqa: S105  # it protects nothing and is gone in seconds


def try_plugin(name: str, folder: Path, config: Config) -> Iterator[Finding]:
    """Install a plugin into a new installation, look at all it brings, and take it away again."""
    available = discover()
    place = available[name].package.replace(".", "/") + "/__init__.py" if name in available else ""
    try:
        manifest = find_plugin(name, available)[1]
        base = with_requirements(
            [*manifest.requires, *(each for each in manifest.suggests if _usable(each))], available)
        made = initialise(config, plugins=[each for each in base if each != name], password=PASSWORD)
        load(with_requirements([*base, name], available), available)
    except Exception as error:  # noqa: BLE001  # whatever a plugin raises is what is to be told
        code = "NAME_OUTSIDE" if isinstance(error, Refusal) and "must be called" in str(error) else "PLUGIN_BROKEN"
        yield Finding(place, 1, code, said(error))
        return
    places = Places(plugin_folder(name), folder)
    with unit_of_work(database=made.database, reading=True) as system:
        user = system.scalars(select(User.id).where(User.login == made.login)).one()
    yield from _hooks(places)
    yield from find_declared(name, places)
    yield from find_migrations(name, base, Path(config.data_dir).parent, places)
    try:
        yield from _comes_and_goes(name, config, made.database, places)
    except Exception as error:  # noqa: BLE001  # as above
        yield Finding(*places.manifest, "PLUGIN_BROKEN", said(error))
        return
    set_database(made.database)
    client = signed_in_client(config, made.login, PASSWORD)
    yield from find_uses(name, made.database, client, made.company_id, user, places)
    made.database.dispose()


def _comes_and_goes(name: str, config: Config, database: Database, places: Places) -> Iterator[Finding]:
    """Install and uninstall it, then begin again from before that and leave it installed."""
    file = Path(database.url.database or "")
    database.dispose()  # the last connection to close writes the log back into the file
    kept = shutil.copy(file, file.with_suffix(".before"))
    before = state_of(database)
    install([name], database=database)
    yield from find_traces(name, database, config.archives, before, places)
    database.dispose()
    for log in file.parent.glob(f"{file.name}-*"):
        log.unlink()
    shutil.copy(kept, file)
    install([name], database=database)


def _usable(name: str) -> bool:
    found = discover().get(name)
    return found is not None and found.plugin is not None


def _hooks(places: Places) -> Iterator[Finding]:
    try:
        check_hooks()
    except UsageError as error:
        yield Finding(*places.manifest, "PLUGIN_BROKEN", str(error))


def main(arguments: Sequence[str]) -> None:
    """Write what was found to a file, past whatever the plugin prints."""
    name, folder, output = arguments
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    found = [[each.path, each.line, each.code, each.what] for each in try_plugin(name, Path(folder), load_config())]
    Path(output).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
