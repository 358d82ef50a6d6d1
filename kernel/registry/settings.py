"""Read and change the settings that plugins declare."""

from collections.abc import Mapping

from sqlalchemy import delete, insert, select

from kernel.entities.remembered import Remembered, raise_generation
from kernel.entities.work import as_system, current_work
from kernel.errors import UsageError
from kernel.i18n import _
from kernel.registry.models import SettingValue
from kernel.registry.plugin import Setting

__all__ = ["change_setting", "declare_settings", "declared_settings", "setting"]

_declared: dict[str, Setting] = {}
_changed: Remembered[None, Mapping[str, object]] = Remembered("settings")


def declare_settings(settings: tuple[Setting, ...]) -> None:
    """Make a loaded plugin's settings known."""
    _declared.update({each.name: each for each in settings})


def declared_settings() -> Mapping[str, Setting]:
    """Give the settings of the loaded plugins by name."""
    return _declared


def setting(name: str) -> object:
    """Give a setting's value, its default where nobody changed it; raises UsageError for an unknown name."""
    declared = _known(name)
    return _changed.get(None, _load).get(name, declared.default)


def change_setting(name: str, value: object) -> None:
    """Give a setting a value; its default takes the row away again. For administrators' pages and commands."""
    declared = _known(name)
    table = SettingValue.__table__
    with as_system("change a setting") as system:
        connection = system.work.connection
        connection.execute(delete(SettingValue).where(table.c.name == name))
        if value != declared.default:
            connection.execute(insert(SettingValue).values(name=name, value=value))
        raise_generation("settings")


def _load() -> Mapping[str, object]:
    table = SettingValue.__table__
    return dict(current_work().connection.execute(select(table.c.name, table.c.value)).all())


def _known(name: str) -> Setting:
    try:
        return _declared[name]
    except KeyError:
        raise UsageError("UNKNOWN_SETTING", _("There is no setting {name}", name=name)) from None
