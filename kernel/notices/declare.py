"""Declaring what people may be told: each kind of notification with its words and where it is told by itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kernel.errors import UsageError
from kernel.hooks.participation import switched_off
from kernel.i18n import LazyText, Text

__all__ = ["MAIL", "Channel", "Facts", "Kind", "declared_kinds", "kind_named", "kinds", "notification"]

Channel = Literal["app", "mail", "digest"]
Facts = Mapping[str, Any]
MAIL: Mapping[Channel, str] = {"mail": "now", "digest": "daily"}
"""What a channel is called in a choice of mail."""

_kinds: dict[str, "Kind"] = {}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of notification; `notify` tells it."""

    name: str
    label: Text
    """What people choose it by: "An approval waits for me"."""
    says: Text
    """What a notification says of its record, filled with its facts: "waits for your approval"."""
    in_app: bool
    mail: str
    icon: str
    plugin: str
    path: str
    """Where it leads, filled with its facts, where that isn't the record's own page."""
    fill: Callable[[Facts], Facts] | None
    oneself: bool
    """Whether somebody is told of what they did themselves: long work that has ended."""

    @property
    def active(self) -> bool:
        """Say whether its plugin takes part in the installation at hand."""
        return self.plugin not in switched_off()

    def sentence(self, facts: Facts) -> str:
        """Say what happened, in the current language."""
        values = dict(self.fill(facts) if self.fill else facts)
        said = self.says
        if isinstance(said, LazyText):
            return str(LazyText(said.source, values, said.place))
        return said.format(**values)


def notification(
    name: str, *, label: Text, says: Text, default_channels: tuple[Channel, ...] = ("app",), icon: str = "bell",
    path: str = "", fill: Callable[[Facts], Facts] | None = None, oneself: bool = False,
) -> Kind:
    """Declare a kind: `notification("crm.lead_assigned", label=_("A lead is given to me"), says=_("is yours now"))`.

    `says` continues the record's title and may hold `{names}` of facts given to `notify`; `fill` turns stored facts
    into what is shown, in the reader's language. `path` is where it leads instead of the record's page, with names
    of facts too. Declared in a feature's `notifications.py`. Raises UsageError for a name that is taken.
    """
    if "." not in name:
        raise UsageError("NOTIFICATION", f"a kind of notification is named plugin.what_happened, not {name!r}")
    caller = name.partition(".")[0]
    mail = next((MAIL[each] for each in default_channels if each in MAIL), "")
    made = Kind(name, label, says, "app" in default_channels, mail, icon, caller, path, fill, oneself)
    known = _kinds.get(name)
    if known is not None and plugin_of_says(known.says) != plugin_of_says(says):
        raise UsageError("NOTIFICATION", f"the kind of notification {name} is declared twice")
    _kinds[name] = made
    return made


def plugin_of_says(said: Text) -> str:
    """Give the file that marks a kind's sentence: declared anew by the same file, it is the same kind."""
    return said.place if isinstance(said, LazyText) else said


def declared_kinds() -> Mapping[str, Kind]:
    """Give the kinds that loaded code declares, by name."""
    return _kinds


def kinds() -> list[Kind]:
    """Give the kinds of the installation at hand, the kernel's first."""
    return sorted((each for each in _kinds.values() if each.active), key=lambda each: each.plugin != "kernel")


def kind_named(name: str) -> Kind:
    """Find a kind; raises UsageError for one that no loaded plugin declares."""
    try:
        return _kinds[name]
    except KeyError:
        raise UsageError("UNKNOWN_NOTIFICATION", f"no loaded plugin declares the notification {name}") from None
