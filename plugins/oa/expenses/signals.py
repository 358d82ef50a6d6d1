"""What expense claims tell."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from kernel import _, signal


@dataclass(frozen=True)
class ClaimedLine:
    """A line of a claim: what was paid in all and the tax in it, in the company's currency."""

    line_id: int
    category: str
    """Code of the expense type: what the ledger chooses the account by."""
    description: str
    amount: Decimal
    tax_amount: Decimal = Decimal(0)


@dataclass(frozen=True)
class ExpenseApproved:
    """A claim was approved: the company owes the employee."""

    claim_id: int
    number: str
    employee_id: int
    day: dt.date
    total: Decimal
    lines: tuple[ClaimedLine, ...]
    department_id: int | None = None


@dataclass(frozen=True)
class ExpenseRevoked:
    """An approved claim that wasn't paid yet was taken back."""

    claim_id: int
    number: str
    employee_id: int
    reason: str | None = None


expense_approved = signal(
    "oa.expense_approved", ExpenseApproved, version=1, about=("oa.expense_claim", "claim_id"),
    label=_("Expense claim approved"))
expense_revoked = signal(
    "oa.expense_revoked", ExpenseRevoked, version=1, about=("oa.expense_claim", "claim_id"),
    label=_("Expense claim revoked"))
