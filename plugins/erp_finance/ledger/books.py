"""A company's accounts, journals and rules as posting needs them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from kernel import CurrencyFacts, Refusal, _
from plugins.erp_finance.ledger.accounts import ROLES


@dataclass(frozen=True, slots=True)
class JournalKey:
    """A journal's id and the code its vouchers are numbered by."""

    id: int
    code: str


@dataclass(frozen=True, slots=True)
class Rule:
    """The accounts an event is posted to."""

    debit: int
    credit: int
    journal: JournalKey


@dataclass(frozen=True, slots=True)
class Books:
    """What a company's postings are made of."""

    company_id: int
    currency: CurrencyFacts
    roles: Mapping[str, int]
    expenses: Mapping[str, int]
    """Accounts by expense type, in capitals."""
    journals: Mapping[str, JournalKey]
    pairs: Mapping[str, tuple[str, str, JournalKey]]

    def rounded(self, amount: Decimal) -> Decimal:
        """Round an amount to the company's currency."""
        return amount.quantize(self.currency.step, ROUND_HALF_UP)

    def account(self, role: str) -> int:
        """Give the account of a role; raises Refusal NO_ACCOUNT where the chart has none."""
        found = self.roles.get(role)
        if found is None:
            label = next((each.label for each in ROLES if each.value == role), role)
            raise Refusal("NO_ACCOUNT", _("The chart of accounts has no account for “{role}”", role=label), actual=role,
                          fix=_("Give an account this role"))
        return found

    def expense(self, expense_type: str) -> int:
        """Give the account of an expense type, that of all other expenses where it has none of its own."""
        return self.expenses.get(expense_type.upper()) or self.account("expense")

    def journal(self, kind: str) -> JournalKey:
        """Give the journal of a kind; raises Refusal NO_JOURNAL where there is none."""
        found = self.journals.get(kind)
        if found is None:
            raise Refusal("NO_JOURNAL", _("There is no journal of the kind “{kind}”", kind=kind), actual=kind,
                          fix=_("Add a journal of this kind"))
        return found

    def rule(self, event: str) -> Rule:
        """Give the accounts of an event; raises Refusal NO_RULE where no rule says them."""
        found = self.pairs.get(event)
        if found is None:
            raise Refusal("NO_RULE", _("No posting rule says what “{event}” is posted to", event=event), actual=event,
                          fix=_("Add a posting rule for it"))
        debit, credit, journal = found
        return Rule(self.account(debit), self.account(credit), journal)
