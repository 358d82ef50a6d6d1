"""The manifest of a plugin: what it is, what it needs and what it brings, in one object of its package."""

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from kernel.errors import UsageError
from kernel.i18n import Text
from kernel.permissions.declare import GrantDeclaration, RoleDeclaration
from kernel.workflows.approvals import ApprovalDeclaration

__all__ = ["KERNEL", "KERNEL_VERSION", "Plugin", "Setting"]

try:
    KERNEL_VERSION = version("trellis-kernel")
except PackageNotFoundError:  # a source tree that nobody installed
    KERNEL_VERSION = "0.1.0"

_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting an administrator may change: `name` ("crm.warn_of_duplicates"), its label and its default."""

    name: str
    label: Text
    default: object = None
    help: Text | None = None


@dataclass(frozen=True, slots=True)
class Plugin:
    """What a plugin's package says of itself, as `plugin` in its `__init__`.

    `features` are its subfolders; () means its files lie in the package itself. `requires` are plugins it can't do
    without, `suggests` those it works well with. `requires_kernel` is a version range such as ">=0.1,<0.2".
    `listener_grants` is what its listeners may do beyond its own entities.
    """

    name: str
    label: Text
    version: str = "0.1.0"
    summary: Text = ""
    requires: tuple[str, ...] = ()
    suggests: tuple[str, ...] = ()
    requires_kernel: str = ""
    features: tuple[str, ...] = ()
    roles: tuple[RoleDeclaration, ...] = ()
    listener_grants: tuple[GrantDeclaration, ...] = ()
    approvals: tuple[ApprovalDeclaration, ...] = ()
    settings: tuple[Setting, ...] = ()
    icon: str = "puzzle"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise UsageError(
                "MANIFEST", f"{self.name!r} is no plugin name: use lower-case letters, digits and underscores")
        codes = [each.code for each in self.roles] + [each.code for each in self.approvals]
        for code in (*codes, *(each.name for each in self.settings)):
            if not code.startswith(f"{self.name}."):
                raise UsageError("MANIFEST", f"{self.name} ships {code!r}; it must be called {self.name}.something")


KERNEL = Plugin(name="kernel", label="Trellis", version=KERNEL_VERSION, icon="plant")
"""The kernel seen as the plugin that all others require: it has a migration history and state like theirs."""
