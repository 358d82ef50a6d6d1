"""Which plugins take part in an installation, of those whose code this process has loaded.

A plugin that was uninstalled is still in memory until the process starts anew. From the moment it is switched off it
hears no signal, answers no question and does no job of that installation.
"""

from collections.abc import Collection, Mapping
from weakref import WeakKeyDictionary

from kernel.entities.base import Entity, entities
from kernel.entities.database import Database
from kernel.entities.work import current_database, session
from kernel.errors import UsageError

__all__ = ["installed", "join", "switch_off", "switch_on", "switched_off", "taking_part"]

_loaded: set[str] = set()
_off: WeakKeyDictionary[Database, set[str]] = WeakKeyDictionary()


def join(plugin: str) -> None:
    """Count a plugin among those whose code this process has loaded; the registry does this."""
    _loaded.add(plugin)


def installed(plugin: str) -> bool:
    """Say whether a plugin takes part in the installation at hand: `if not installed("erp_inventory"): ...`.

    Signals and hooks need no such question. It is for what a person does by hand where no other plugin does it.
    """
    return plugin in _loaded and plugin not in switched_off()


def switch_off(plugin: str, database: Database | None = None) -> None:
    """Let a plugin take no part in an installation any more, by default in that of the process."""
    _off.setdefault(database or current_database(), set()).add(plugin)


def switch_on(plugin: str, database: Database | None = None) -> None:
    """Let a plugin take part again."""
    _off.setdefault(database or current_database(), set()).discard(plugin)


def switched_off(database: Database | None = None) -> Collection[str]:
    """Name the plugins that take no part: in the installation given, else that of the current work or process."""
    here = database or (_here() if _off else None)
    return _off.get(here, ()) if here is not None else ()


def _here() -> Database | None:
    try:
        return session().work.database
    except UsageError:
        pass  # no work is going on: whoever asks means the process's own installation
    try:
        return current_database()
    except UsageError:
        return None  # it is only being opened


def taking_part() -> Mapping[str, type[Entity]]:
    """Give the entities by name of all plugins that take part here: the tables of the others may be gone."""
    off = switched_off()
    known = entities()
    return {name: cls for name, cls in known.items() if cls.__plugin__ not in off} if off else known
