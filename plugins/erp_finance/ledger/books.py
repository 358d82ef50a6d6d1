"""A company's accounts, journals and rules as posting needs them, read once per unit of work."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from kernel import Refusal, _, session
from plugins.erp_finance.amounts import CompanyCurrency
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
    currency: CompanyCurrency
    roles: Mapping[str, int]
    expenses: Mapping[str, int]
    """Accounts by expense type."""
    journals: Mapping[str, JournalKey]
    pairs: Mapping[str, tuple[str, str, JournalKey]]

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
        return self.expenses.get(expense_type) or self.account("expense")

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


_known: WeakKeyDictionary[Any, dict[int, Books]] = WeakKeyDictionary()


def known_books() -> dict[int, Books]:
    """Give the books read in this unit of work, by company."""
    return _known.setdefault(session().work, {})


def forget_books() -> None:
    """Read the books anew: accounts, journals or rules were changed."""
    _known.pop(session().work, None)
