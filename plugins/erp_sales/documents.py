"""What quotes and orders have in common: lines that take their values from products, and totals."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Protocol

from kernel import (
    DraftDocument,
    DraftLine,
    Pricing,
    changes_after_draft,
    documents_of,
    setting,
    settle_documents,
)
from kernel import check_priced_lines as check_lines
from kernel import work_out as work_out_prices

__all__ = [
    "SalesDocument", "SalesLine", "changes_after_draft", "check_lines", "documents_of", "settle", "work_out",
]

ZERO = Decimal(0)
SalesLine = DraftLine


class SalesDocument(DraftDocument, Protocol):
    """A quote or order."""

    largest_discount: Decimal


SALES = Pricing("sale", "customer", lambda: setting("erp_sales.tax_rounding") != "document")


def settle(line_class: type[Any], documents: Iterable[SalesDocument]) -> None:
    """Fill in the lines of drafts from their products and set the documents' totals; history keeps its amounts."""
    known = list(documents)
    lines = settle_documents(line_class, known, SALES)
    _note_discounts([(document, lines[document.id]) for document in known if document.id in lines])


def work_out(documents: Sequence[tuple[Any, Sequence[Any]]]) -> None:
    """Fill in, price and total up documents that aren't records yet, many at once."""
    work_out_prices(documents, SALES)
    _note_discounts(documents)


def _note_discounts(documents: Sequence[tuple[Any, Sequence[Any]]]) -> None:
    for document, lines in documents:
        document.largest_discount = max((line.discount or ZERO for line in lines), default=ZERO)
