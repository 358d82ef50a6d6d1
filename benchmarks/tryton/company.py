"""Give Tryton a company with its chart of accounts, a fiscal year, warehouse and journals."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from benchmarks.tryton.transactions import Desk

CHART = "account_template_root_en"


def found(database: str) -> None:
    """Set up the company: currency, chart, default accounts, fiscal years with strict sequences, a tax."""
    desk = Desk(database)
    desk.settle(lambda: _company(desk.pool))
    desk = Desk(database)
    desk.settle(lambda: _books(desk.pool, desk.context["company"]))


def _books(pool: Any, company: int) -> None:
    _chart(pool, company)
    _fiscal_years(pool, company)


def account(pool: Any, kind: str) -> Any:
    """Find the company's account of a kind: receivable, payable, revenue, expense."""
    return pool.get("account.account").search([(f"type.{kind}", "=", True), ("closed", "!=", True)], limit=1)[0]


def _company(pool: Any) -> None:
    currencies = pool.get("currency.currency")
    (currency,) = currencies.create([{"name": "Euro", "code": "EUR", "numeric_code": "978", "symbol": "E"}])
    (party,) = pool.get("party.party").create([{"name": "Bench Cycles"}])
    (company,) = pool.get("company.company").create([{"party": party.id, "currency": currency.id}])
    users = pool.get("res.user").search([("login", "=", "admin")])
    pool.get("res.user").write(users, {"companies": [("add", [company.id])], "company": company.id})


def _chart(pool: Any, company: int) -> None:
    """Run the wizard that makes the chart, with the default accounts of parties and of product categories."""
    template = pool.get("ir.model.data").get_id("account", CHART)
    wizard = pool.get("account.create_chart", type="wizard")
    session, _, _ = wizard.create()
    made = wizard(session)
    made.account.account_template = pool.get("account.account.template")(template)
    made.account.company = pool.get("company.company")(company)
    made.transition_create_account()
    made.properties.company = made.account.company
    made.properties.account_receivable = account(pool, "receivable")
    made.properties.account_payable = account(pool, "payable")
    made.properties.category_account_revenue = account(pool, "revenue")
    made.properties.category_account_expense = account(pool, "expense")
    made.transition_create_properties()
    taxed = pool.get("account.account").search([("code", "=", "6.3.6")])[0]
    tax = {"name": "5%", "description": "5%", "type": "percentage", "rate": Decimal("0.05")}
    pool.get("account.tax").create([tax | {"invoice_account": taxed.id, "credit_note_account": taxed.id}])


def _fiscal_years(pool: Any, company: int) -> None:
    """Open this year and the next with strict sequences for entries and invoices, and a period a month."""
    today = dt.date.today()  # noqa: DTZ011  # as Tryton's own ir.date takes it
    kinds = pool.get("ir.sequence.type")
    strict = pool.get("ir.sequence.strict")
    years = pool.get("account.fiscalyear")
    for year in (today.year, today.year + 1):
        move, invoice = strict.create([
            {
                "name": f"{name} {year}", "company": company,
                "sequence_type": kinds.search([("name", "=", name)])[0].id,
            }
            for name in ("Account Move", "Invoice")
        ])
        numbered = dict.fromkeys(
            ("out_invoice_sequence", "in_invoice_sequence", "out_credit_note_sequence", "in_credit_note_sequence"),
            invoice.id,
        )
        (made,) = years.create([{
            "name": str(year), "company": company, "move_sequence": move.id,
            "start_date": dt.date(year, 1, 1), "end_date": dt.date(year, 12, 31),
            "invoice_sequences": [("create", [{"company": company, **numbered}])],
        }])
        years.create_period([made])
