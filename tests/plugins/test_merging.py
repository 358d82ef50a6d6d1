"""Customers and products that are one become one across all plugins, and the books still add up."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, Session, unit_of_work
from kernel.errors import Conflict, Invalid, Refusal
from kernel.exchange.merging.services import merge
from kernel.registry.checks import run_checks
from kernel.shared.contracts.questions import BalanceQuestion
from kernel.shared.models import Party, Product, Unit
from plugins.erp_finance.invoices.hooks import open_balance
from plugins.erp_finance.invoices.models import Invoice
from plugins.erp_finance.ledger.models import EntryLine
from plugins.erp_inventory.places.models import Lot
from plugins.erp_sales.terms.extends import SalesTerms
from tests.plugins.conftest import Goods
from tests.plugins.erp_finance.ledger import invoice
from tests.plugins.erp_inventory.stock import bring


def owes(work: Session, party: int) -> object:
    [answer] = open_balance([BalanceQuestion(party, work.today)])
    return answer


def test_two_customers_with_posted_invoices_owe_as_one(work: Session, goods: Goods) -> None:
    other = Party(name="Twice entered", is_customer=True)
    other[SalesTerms].payment_days = 45
    work.add(other)
    work.flush()
    invoice(goods, 1, 2, 1000)
    invoice(goods, 2, 1, 500)
    before = owes(work, goods.customer)
    merge(Party, other.id, [goods.customer], values={"name": goods.customer})
    assert owes(work, other.id) == before
    assert owes(work, goods.customer) in (None, 0)
    assert {each.party_id for each in work.scalars(select(Invoice))} == {other.id}
    assert {line.party_id for line in work.scalars(select(EntryLine)) if line.party_id} == {other.id}
    assert work.get_one(Party, other.id)[SalesTerms].payment_days == 45


def test_a_product_whose_stock_was_moved_stays(work: Session, goods: Goods) -> None:
    bike = work.get_one(Product, goods.bike)
    twin = Product(code="CC8-L2", name="The same bicycle", unit_id=bike.unit_id)
    work.add(twin)
    work.flush()
    bring(goods.bike, 4, 400)
    with pytest.raises(Refusal) as refused:
        merge(Product, twin.id, [goods.bike])
    assert refused.value.code == "MERGE_REFUSED"
    merge(Product, goods.bike, [twin.id])
    assert work.get_one(Product, twin.id).archived


def test_products_in_other_units_or_with_the_same_lot_are_not_one(work: Session, goods: Goods) -> None:
    unit_id = work.get_one(Product, goods.bike).unit_id
    pair = Unit(code="PR2", name="Pair")
    work.add(pair)
    work.flush()
    other = Product(code="X1", name="Pair of it", unit_id=pair.id)
    twin = Product(code="X2", name="The same", unit_id=unit_id)
    work.add_all([other, twin])
    work.flush()
    with pytest.raises(Invalid) as refused:
        merge(Product, goods.bike, [other.id])
    assert refused.value.problems[0].code == "MERGE_UNIT"
    work.add_all([Lot(product_id=goods.bike, number="L1"), Lot(product_id=twin.id, number="L1")])
    work.flush()
    with pytest.raises(Conflict) as collided:
        merge(Product, goods.bike, [twin.id])
    assert collided.value.code == "MERGE_COLLISION"
    assert "Lots" in str(collided.value.message)


def test_the_books_are_as_sound_afterwards_as_before(system: Actor, goods: Goods) -> None:
    def found() -> set[tuple[str, str, str]]:
        return {(invariant.name, finding.entity, str(finding.message)) for invariant, finding in run_checks().found}

    with unit_of_work(system) as work:
        other = Party(name="Twice entered", is_customer=True)
        work.add(other)
        work.flush()
        kept = other.id
        invoice(goods, 1, 2, 1000)
        bring(goods.bike, 4, 400)
    before = found()
    with unit_of_work(system):
        merge(Party, kept, [goods.customer])
    assert found() - before == set()
