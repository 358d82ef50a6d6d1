"""For the tests of plugins: an installation on each database, people in roles, and what every plugin owes.

pytest finds the fixtures by itself where the kernel is installed. The names here are for annotations and for the
base of a plugin's tests:

    class TestWarranty(PluginTests):
        plugin = "warranty"

Names are loaded when first used: pytest imports this in every run, whatever it tests.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kernel.authoring.counting import StatementCounter as StatementCounter
    from kernel.testing.browser import Browser as Browser
    from kernel.testing.clocks import Clock as Clock
    from kernel.testing.installations import CountStatements as CountStatements
    from kernel.testing.installations import Installation as Installation
    from kernel.testing.installations import OpenSession as OpenSession
    from kernel.testing.installations import SignedIn as SignedIn
    from kernel.testing.mailbox import Mailbox as Mailbox
    from kernel.testing.owed import PluginTests as PluginTests

_HOME_OF = {
    "Browser": "kernel.testing.browser", "Clock": "kernel.testing.clocks",
    "CountStatements": "kernel.testing.installations", "Installation": "kernel.testing.installations",
    "Mailbox": "kernel.testing.mailbox", "OpenSession": "kernel.testing.installations",
    "PluginTests": "kernel.testing.owed", "SignedIn": "kernel.testing.installations",
    "StatementCounter": "kernel.authoring.counting",
}

__all__ = [*sorted(_HOME_OF)]  # noqa: PLE0604  # written once, above


def __getattr__(name: str) -> Any:
    module = _HOME_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'kernel.testing' has no name {name!r}")
    return getattr(import_module(module), name)
