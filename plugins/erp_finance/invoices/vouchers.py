"""What an invoice is in the ledger: what is owed, earned, spent and taxed, and the cost of what was sold."""

from collections.abc import Sequence
from decimal import Decimal

from kernel import _, in_own_units
from plugins.erp_finance.amounts import ZERO
from plugins.erp_finance.goods.unbilled import Cleared, Side, Unbilled, keeps_stock
from plugins.erp_finance.invoices.bills import Bill, BillLine
from plugins.erp_finance.ledger.books import Books
from plugins.erp_finance.ledger.chart import books
from plugins.erp_finance.ledger.posting import Line, Voucher, events_of, post_vouchers

PARTNER = {"sale": "receivable", "purchase": "payable", "claim": "employee_payable"}
SIDES: dict[str, Side] = {"sale": "shipped", "purchase": "received"}
Key = tuple[int, int | None]
"""An account, and the department where lines have one."""


def base_total(bill: Bill, ours: Books) -> Decimal:
    """Give an invoice's total in the company's currency."""
    return ours.rounded(bill.total * bill.exchange_rate)


def post_bills(bills: Sequence[Bill]) -> None:
    """Post the vouchers of invoices that have their numbers; a reversing one is linked with that of its original."""
    ours = books()
    cleared = _clear(bills, ours)
    originals = events_of([f"invoice:{bill.reversal_of}" for bill in bills if bill.reversal_of])
    post_vouchers([
        Voucher(
            bill.day, ours.journal(bill.kind), _lines(bill, ours, cleared),
            str(_("Reversal of {voucher}", voucher=bill.number) if bill.reversal_of else bill.number),
            event=f"invoice:{bill.id}", source=bill.ref, reversal_of=originals.get(f"invoice:{bill.reversal_of}"))
        for bill in bills])


def _clear(bills: Sequence[Bill], ours: Books) -> dict[int, Cleared]:
    """Match the invoiced goods with those moved; gives what they clear by the line's identity."""
    found: dict[int, Cleared] = {}
    keeps: bool | None = None
    for kind, side in SIDES.items():
        lines = [(bill, line) for bill in bills if bill.kind == kind for line in bill.lines
                 if line.source_line is not None and line.product_id is not None and line.account_id is None]
        if not lines:
            continue
        unbilled = Unbilled(side, (line.source_line for _bill, line in lines if line.source_line), ours.currency.step)
        goods = in_own_units([line for _bill, line in lines])
        for (bill, line), own in zip(lines, goods, strict=True):
            if line.source_line is None or own is None:
                continue
            if not unbilled.knows(line.source_line):
                keeps = keeps_stock() if keeps is None else keeps
                if not keeps:
                    continue
            net = ours.rounded(line.net * bill.exchange_rate)
            found[id(line)] = unbilled.invoice(
                line.source_line, bill.source, line.product_id or 0, own.unit_id, own.quantity, net)
        unbilled.write()
    return found


def _lines(bill: Bill, ours: Books, cleared: dict[int, Cleared]) -> list[Line]:
    """Give a voucher's lines, those of one account together; the partner's line takes the document's total."""
    sale = bill.kind == "sale"
    sums: dict[Key, Decimal] = {}
    original: dict[Key, Decimal] = {}
    for line in bill.lines:
        matched = cleared.get(id(line))
        if matched is not None and not sale:
            _add(sums, (ours.account("grni"), None), matched.amount)
            _add(sums, (ours.account("price_variance"), None), matched.difference)
            continue
        key = (_account(bill, line, ours), line.department_id)
        amount = -line.net if sale else line.net
        _add(sums, key, ours.rounded(amount * bill.exchange_rate))
        _add(original, key, amount)
        if matched is not None:
            _add(sums, (ours.account("cogs"), None), matched.amount)
            _add(sums, (ours.account("shipped"), None), -matched.amount)
    if bill.tax_amount:
        key = (ours.account("output_tax" if sale else "input_tax"), None)
        amount = -bill.tax_amount if sale else bill.tax_amount
        _add(sums, key, ours.rounded(amount * bill.exchange_rate))
        _add(original, key, amount)
    sign = 1 if sale else -1
    partner = Line(
        ours.account(PARTNER[bill.kind]), sign * base_total(bill, ours), bill.party_id, bill.employee_id, None,
        bill.currency_id, sign * bill.total if bill.currency_id else None)
    lines = [partner, *(
        Line(account, amount, None, None, department, bill.currency_id if (account, department) in original else None,
             original.get((account, department)) if bill.currency_id else None)
        for (account, department), amount in sums.items() if amount)]
    if rest := sum((line.amount for line in lines), ZERO):
        lines.append(Line(ours.account("rounding"), -rest))
    return lines


def _account(bill: Bill, line: BillLine, ours: Books) -> int:
    """Say what a line is posted to: the account named, else what its kind of invoice and product lead to."""
    if line.account_id is not None:
        return line.account_id
    if bill.kind == "sale":
        return ours.account("revenue")
    if bill.kind == "claim" or line.product_id is None:
        return ours.expense(line.expense_type or "")
    return ours.account("purchases")


def _add(sums: dict[Key, Decimal], key: Key, amount: Decimal) -> None:
    sums[key] = sums.get(key, ZERO) + amount
