"""Sum up the taxes of a document by rate, to the cent of what the document says they come to."""

from decimal import Decimal

from kernel.exchange.rows import Linked, Row
from kernel.i18n import _, format_money, format_percent
from kernel.printing.paper import Grid, GridColumn, GridRow
from kernel.shared.standing import company_currency, currency_facts

__all__ = ["tax_summary"]

NEEDED = ("tax_rate", "tax_amount")
ZERO = Decimal(0)


def tax_summary(row: Row, net: str, lines: str = "lines") -> Grid | None:
    """Make the table of a document's taxes; None where there is none, or the person may not see what they come from.

    `net` names the lines' amount before tax. Where tax is rounded once per document, the largest tax takes the cent
    that is left.
    """
    found: dict[Decimal, list[Decimal]] = {}
    for line in row.values.get(lines) or ():
        if any(name not in line.values for name in (*NEEDED, net)):
            return None
        sums = found.setdefault(line.values["tax_rate"] or ZERO, [ZERO, ZERO])
        sums[0] += line.values[net] or ZERO
        sums[1] += line.values["tax_amount"] or ZERO
    if not any(found):
        return None
    named = row.values.get("currency")
    currency = (currency_facts().get(named.id) if isinstance(named, Linked) else None) or company_currency()
    taxes = {rate: tax.quantize(currency.step) for rate, (_base, tax) in found.items()}
    stated = row.values.get("tax_amount")
    if stated is not None:
        taxes[max(taxes, key=lambda rate: abs(taxes[rate]))] += stated - sum(taxes.values(), ZERO)
    return Grid(
        (GridColumn(str(_("Tax rate")), "number"), GridColumn(str(_("Taxable amount")), "number"),
         GridColumn(str(_("Tax")), "number")),
        tuple(GridRow((format_percent(rate), format_money(found[rate][0], None, currency.decimals),
                       format_money(taxes[rate], None, currency.decimals))) for rate in sorted(found)))
