"""Read numbers as files write them: decimal point or comma, digits grouped or not."""

import re
from decimal import Decimal
from functools import cache

from kernel.i18n import _

__all__ = ["read_number"]


@cache
def _pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    point, group = re.escape(decimal), re.escape(thousands)
    whole = rf"\d{{1,3}}(?:{group}\d{{3}})+|\d+" if thousands else r"\d+"
    return re.compile(rf"[+-]?(?:(?:{whole})(?:{point}\d*)?|{point}\d+)", re.ASCII)


def read_number(text: str, decimal: str = ".", thousands: str = "") -> Decimal:
    """Read an exact number; raises ValueError that says how the file writes numbers. Exponents are refused."""
    if len(text) > 60 or not _pattern(decimal, thousands).fullmatch(text):
        raise ValueError(_("is no number; numbers look like {example}", example=f"1{thousands}234{decimal}50"))
    if thousands:
        text = text.replace(thousands, "")
    return Decimal(text if decimal == "." else text.replace(decimal, "."))
