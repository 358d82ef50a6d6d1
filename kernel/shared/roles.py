"""Who may read the shared lists, and who keeps them."""

from kernel.i18n import _
from kernel.permissions.declare import RoleDeclaration, grant, role

__all__ = ["SHARED_ROLES"]

LISTS = ("country", "currency", "currency_rate", "product_category", "region", "tag", "tax", "unit")

SHARED_ROLES: tuple[RoleDeclaration, ...] = (
    role("kernel.lists", _("Shared lists"), *(grant(f"kernel.{name}", "read") for name in LISTS), everyone=True),
    role(
        "kernel.masters", _("Master data"),
        *(grant(f"kernel.{name}", "read create change delete export")
          for name in (*LISTS, "party", "product")),
        *(grant(f"kernel.{name}", "merge") for name in ("party", "product", "tag"))),
)
