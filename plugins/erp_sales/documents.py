"""What quotes and orders have in common: lines that take their values from products, and totals."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Protocol

from kernel import DraftDocument, Pricing, changes_after_draft, documents_of, setting, settle_documents
from kernel import check_priced_lines as check_lines

__all__ = ["SalesDocument", "changes_after_draft", "check_lines", "documents_of", "settle"]


class SalesDocument(DraftDocument, Protocol):
    """A quote or order."""

    largest_discount: Decimal


SALES = Pricing("sale", "customer", lambda: setting("erp_sales.tax_rounding") != "document")


def settle(line_class: type[Any], documents: Iterable[SalesDocument]) -> None:
    """Fill in the lines of drafts from their products and set the documents' totals; history keeps its amounts."""
    known = list(documents)
    lines = settle_documents(line_class, known, SALES)
    for document in known:
        if document.id in lines:
            document.largest_discount = max(
                (line.discount or Decimal(0) for line in lines[document.id]), default=Decimal(0))
