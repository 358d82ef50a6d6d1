"""Say whether a number lies in a range, for the checks of entities."""

from decimal import Decimal

__all__ = ["within"]


def within(value: Decimal | int | None, low: Decimal | int, high: Decimal | int | None = None) -> bool:
    """Say whether a value lies between two bounds, both included; an empty value passes: its default is to come."""
    return value is None or (low <= value and (high is None or value <= high))
