"""Values as they stand on paper: by locale, amounts to the cent, links by the title of what they lead to."""

from collections.abc import Mapping
from typing import Any

from kernel.entities.fields import Field
from kernel.exchange.rows import Linked
from kernel.i18n import _, format_date, format_instant, format_money, format_number, format_percent, places
from kernel.shared.standing import CurrencyFacts, company_currency, currency_facts

__all__ = ["currency_of", "written"]


def currency_of(field: Field, values: Mapping[str, Any]) -> CurrencyFacts:
    """Give the currency of a money field: from the field it names, else the company's."""
    named = values.get(field.currency) if field.currency else None
    known = currency_facts().get(named.id) if isinstance(named, Linked) else None
    return known or company_currency()


def written(field: Field, value: Any, *, currency: CurrencyFacts | None = None, coded: bool = False) -> str:
    """Write a value as a row carries it; `coded` puts the currency's code before an amount."""
    if value is None or value == "":
        return ""
    match field.kind:
        case "link" | "ref":
            return (value.title or "") if isinstance(value, Linked) else ""
        case "choice" | "state":
            return str(field.choice(str(value)).label)
        case "money":
            own = currency or company_currency()
            return format_money(value, own.code if coded else None, places(value, field.decimals, own.decimals))
        case "quantity" | "integer":
            return format_number(value)
        case "percent":
            return format_percent(value)
        case "boolean":
            return str(_("yes")) if value else ""
        case "date":
            return format_date(value)
        case "instant":
            return format_instant(value)
        case _:
            return str(value)
