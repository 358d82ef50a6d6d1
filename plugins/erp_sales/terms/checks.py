"""What must hold of terms in a live database."""

from collections.abc import Iterable

from sqlalchemy import select

from kernel import Finding, Party, _, invariant, session
from plugins.erp_sales.terms.extends import SalesTerms


@invariant("erp_sales.terms", _("Discounts lie between 0 and 100 %, limits and days to pay aren't negative"))
def sensible_terms() -> Iterable[Finding]:
    """Find terms whose figures make no sense."""
    rows = session().execute(
        select(Party.number, SalesTerms.discount, SalesTerms.credit_limit, SalesTerms.payment_days)
        .join(SalesTerms)
        .where((SalesTerms.discount < 0) | (SalesTerms.discount > 100) | (SalesTerms.credit_limit < 0)
               | (SalesTerms.payment_days < 0)))
    for number, discount, limit, days in rows:
        yield Finding("kernel.party", number, _("discount {discount} %, limit {limit}, {days} days to pay",
                                                discount=discount, limit=limit, days=days))
