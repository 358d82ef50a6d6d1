"""What purchase requests tell."""

from dataclasses import dataclass
from decimal import Decimal

from kernel import AnyRef, _, signal


@dataclass(frozen=True)
class DroppedLine:
    """A line that won't be bought, and what had caused it."""

    line_id: int
    product_id: int
    quantity: Decimal
    unit_id: int
    source: AnyRef | None = None


@dataclass(frozen=True)
class RequestCancelled:
    """A purchase request was cancelled: whoever counts on it has to look elsewhere."""

    request_id: int
    number: str
    lines: tuple[DroppedLine, ...]
    source: AnyRef | None = None
    reason: str | None = None


request_cancelled = signal(
    "erp_purchase.request_cancelled", RequestCancelled, version=1, about=("erp_purchase.request", "request_id"),
    label=_("Purchase request cancelled"))
