"""How the ledger looks."""

from sqlalchemy import select

from kernel import (
    Figure,
    FormView,
    LinesView,
    ListView,
    Menu,
    MenuItem,
    Rows,
    Section,
    Tab,
    _,
    actor,
    card,
    company_currency,
    first_step,
    made,
    session,
)
from plugins.erp_finance.ledger.balances import held
from plugins.erp_finance.ledger.models import Entry, Journal

Menu(
    "erp_finance",
    MenuItem(_("Invoices"), "erp_finance.invoice", "file-invoice"),
    MenuItem(_("Payments"), "erp_finance.payment", "cash"),
    MenuItem(_("Vouchers"), "erp_finance.entry", "book-2"),
    MenuItem(_("Trial balance"), "/reports/erp_finance.trial_balance", "scale"),
    MenuItem(_("Ledger of an account"), "/reports/erp_finance.account_ledger", "list-details"),
    MenuItem(_("Profit and loss"), "/reports/erp_finance.profit_and_loss", "chart-bar"),
    MenuItem(_("Balance sheet"), "/reports/erp_finance.balance_sheet", "report-money"),
    MenuItem(_("Ageing of customers"), "/reports/erp_finance.receivables_ageing", "clock-dollar"),
    MenuItem(_("Ageing of suppliers"), "/reports/erp_finance.payables_ageing", "clock-dollar"),
    MenuItem(_("Tax of a time"), "/reports/erp_finance.taxes", "receipt-tax"),
    MenuItem(_("Goods not invoiced"), "erp_finance.unbilled_goods", "truck-loading"),
    MenuItem(_("Accounts"), "erp_finance.account", "list-numbers"),
    MenuItem(_("Journals"), "erp_finance.journal", "notebook"),
    MenuItem(_("Posting rules"), "erp_finance.posting_rule", "arrows-exchange"),
    MenuItem(_("Periods"), "erp_finance.period", "calendar-month"),
    icon="coins", order=60)

ListView(
    "erp_finance.entry", "number day journal description source state total", filters="state journal day",
    sort="-id", totals="total", phone="number total description day state",
    tabs=(Tab(_("Posted"), "state=posted,reversed"), Tab(_("Drafts"), "state=draft")))

ListView(
    "erp_finance.entry_line", "entry posted_on account description party debit credit",
    filters="account party department posted_on entry.state entry.journal", sort="-id", totals="debit credit",
    phone="account debit description credit entry posted_on")

FormView(
    "erp_finance.entry",
    Section("", "journal day description source"),
    Section(_("Who and when"), "prepared_by posted_by posted_at reversal_of reversed_by"),
    lines=(LinesView("lines", "account description debit credit party department employee", sums="total"),),
    subtitle="day description total")

ListView(
    "erp_finance.account", "code name kind role expense_type controlled", filters="kind role controlled", sort="code",
    phone="code name kind role")
FormView("erp_finance.account", Section("", "code name kind role expense_type controlled"))

ListView("erp_finance.journal", "code name kind", sort="code")
ListView("erp_finance.posting_rule", "event debit credit journal", sort="event")
ListView(
    "erp_finance.period", "name first_day last_day state closed_at closed_by", filters="state", sort="-first_day",
    phone="name state last_day closed_at", tabs=(Tab(_("Open"), "state=open"), Tab(_("Closed"), "state=closed")))


@card(_("Cash and bank"), href="/reports/erp_finance.trial_balance", needs="erp_finance.entry", order=31, board=True)
def cash() -> Figure:
    """Sum up what the bank and cash accounts hold."""
    return Figure(held(("bank", "cash")), unit=company_currency().code, note=_("on bank and cash accounts"))


@card(_("Latest vouchers"), width=6, href="/erp_finance/entry", needs="erp_finance.entry", order=36, home=False)
def latest_entries() -> Rows:
    """List the vouchers posted last."""
    found = session().execute(
        select(Entry.id, Entry.number, Journal.name, Entry.day, Entry.description, Entry.total)
        .join(Journal, Journal.id == Entry.journal_id)
        .where(Entry.company_id == actor().company_id, Entry.state != "draft", Entry.archived.is_(False))
        .order_by(Entry.id.desc()).limit(8))
    return Rows(
        columns=((_("Voucher"), "text"), (_("Journal"), "text"), (_("Day"), "date"), (_("Description"), "text"),
                 (_("Total"), "money")),
        rows=[(f"/erp_finance/entry/{id_}", row) for id_, *row in found])


first_step(
    "erp_finance.first_post", _("Post an invoice"), needs="erp_finance.invoice", may="post", order=26,
    href="/erp_finance/invoice?f.state=draft", why=_("Posting makes the entry in the books by the posting rules."),
    point=".tt tbody a, main h1", hint=_("Open a draft and press “Post”; the voucher is linked on its page then."),
    done=made("erp_finance.entry"))
first_step(
    "erp_finance.read", _("Read profit and loss"), needs="erp_finance.entry", order=44,
    href="/reports/erp_finance.profit_and_loss", why=_("Every figure leads down to the vouchers it is made of."),
    point=".tt tbody a, main h1", hint=_("Press an account to see its lines."))
