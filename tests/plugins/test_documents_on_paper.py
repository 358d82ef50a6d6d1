"""What leaves the house on paper: quotations, confirmations, notes, invoices, orders to suppliers, job cards."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kernel.entities.base import Entity
from kernel.entities.fields import AnyRef
from kernel.entities.work import Actor, Session, session, unit_of_work
from kernel.errors import NotFound
from kernel.permissions.declare import grant, hide
from kernel.printing.services import print_records
from kernel.shared.models import Address, Country, Currency, Party, Product
from plugins.erp_finance.invoices.models import Invoice, InvoiceLine
from plugins.erp_finance.invoices.services import post_invoices, reverse_invoices
from plugins.erp_inventory.api import Movement, Posting, post
from plugins.erp_inventory.deliveries.models import Delivery, DeliveryLine
from plugins.erp_inventory.deliveries.services import reserve_deliveries, ship_deliveries
from plugins.erp_inventory.places.models import Lot
from plugins.erp_mrp.work_orders.models import WorkOrder
from plugins.erp_mrp.work_orders.services import release_orders
from plugins.erp_purchase.orders.models import Order as Purchase
from plugins.erp_purchase.orders.models import OrderLine as PurchaseLine
from plugins.erp_purchase.orders.services import approve_orders
from plugins.erp_sales.orders.models import Order, OrderLine
from plugins.erp_sales.orders.services import confirm_orders
from plugins.erp_sales.quotes.models import Quote, QuoteLine
from tests.conftest import MakeUser
from tests.kernel.printing.reading import pdf_text
from tests.plugins.conftest import Goods
from tests.plugins.erp_mrp.bicycles import set_up


def on_paper(record: Entity, document: str = "", language: str = "") -> str:
    """Print a record and read it, without the spaces that setting text puts and takes away."""
    session().flush()
    return pdf_text(print_records(type(record), [record.id], document, language).content).replace(" ", "")


def says(text: str, *wanted: str) -> None:
    missing = [each for each in wanted if each.replace(" ", "") not in text]
    assert not missing, (missing, text)


@pytest.fixture
def customer(work: Session, goods: Goods) -> Party:
    """A customer in Germany who wants documents in simplified Chinese, with an address for goods."""
    germany = Country(code="DE", name="Germany")
    work.add(germany)
    work.flush()
    party = work.get_one(Party, goods.customer)
    party.language, party.tax_id = "zh_Hans", "DE811907980"
    party.addresses = [
        Address(kind="shipping", street="Hafenstrasse 9", city="Kiel", country_id=germany.id),
        Address(kind="main", street="Am Ring 1", postal_code="20095", city="Hamburg", country_id=germany.id)]
    work.flush()
    return party


def order_of(goods: Goods, **values: object) -> Order:
    order = Order(customer_id=goods.customer, **values)
    order.lines = [OrderLine(product_id=goods.bike, quantity=Decimal(2), discount=Decimal("2.5"))]
    session().add(order)
    session().flush()
    return order


def test_an_order_is_a_quotation_until_it_is_confirmed(work: Session, goods: Goods, customer: Party) -> None:
    order = order_of(goods, customer_reference="PO 7")
    text = on_paper(order, language="en")
    says(text, "Quotation", order.number, "Nordrad GmbH", "Am Ring 1", "20095 Hamburg", "Germany",
         "Tax ID: DE811907980", "PO 7", "CC8-L City Commuter 8s", "2 PCS", "38,900", "2.5%",
         "Subtotal TWD 75,855", "Tax TWD 3,793", "Total TWD 79,648")
    assert "Draft" not in text
    says(on_paper(order, "sheet", "en"), "Sales order", "Draft")
    with pytest.raises(NotFound):
        print_records(Order, [order.id], "confirmation")
    confirm_orders([order])
    says(on_paper(order, language="en"), "Order confirmation", "Taxable amount", "5% 75,855 3,793")


def test_documents_speak_the_language_of_whom_they_go_to(work: Session, goods: Goods, customer: Party) -> None:
    order = order_of(goods)
    confirm_orders([order])
    says(on_paper(order), "订单确认书", "税率", "TWD 79,648")
    says(on_paper(order, language="zh_Hant"), "訂單確認書", "稅率", "TWD 79,648", "第1頁，共1頁")
    customer.language = None
    says(on_paper(order), "Order confirmation", "Page 1 of 1")


def test_amounts_are_printed_to_the_cent_of_their_currency(work: Session, goods: Goods) -> None:
    euro = Currency(code="EUR", name="Euro", decimals=2)
    work.add(euro)
    work.flush()
    quote = Quote(customer_id=goods.customer, currency_id=euro.id, freight=Decimal("12.5"))
    quote.lines = [QuoteLine(product_id=goods.bike, quantity=Decimal(3), unit_price=Decimal("1234.5678"))]
    work.add(quote)
    work.flush()
    says(on_paper(quote), "Quotation", "1,234.5678", "3,703.70", "Subtotal EUR 3,703.70", "Tax EUR 185.19",
         "Freight EUR 12.50", "Total EUR 3,901.39")


def test_an_invoice_says_how_to_pay_and_a_credit_note_takes_it_back(work: Session, goods: Goods) -> None:
    invoice = Invoice(kind="sale", party_id=goods.customer, reference="PO 7")
    invoice.lines = [
        InvoiceLine(product_id=goods.bike, quantity=Decimal(1), unit_price=Decimal(999)),
        InvoiceLine(description="Packing", quantity=Decimal(1), unit_price=Decimal(100))]
    work.add(invoice)
    work.flush()
    post_invoices([invoice])
    text = on_paper(invoice)
    says(text, f"Invoice {invoice.number}", "PO 7", "Packing", "0% 100 0", "5% 999 50", "Total TWD 1,149",
         f"and name {invoice.number} as the reference")
    reverse_invoices([invoice])
    session().flush()
    note = session().query(Invoice).filter(Invoice.reversal_of_id == invoice.id).one()
    text = on_paper(note)
    says(text, f"Credit note {note.number}", str(invoice.number))
    assert "Pleasepay" not in text


def test_a_delivery_note_names_the_lots_and_a_picking_list_their_places(
    work: Session, goods: Goods, customer: Party
) -> None:
    lot = Lot(number="L-77", product_id=goods.bike)
    work.add(lot)
    work.flush()
    post([Posting(AnyRef("kernel.company", 1, "IN"), "opening", [
        Movement(goods.bike, Decimal(5), Decimal(100), lot_id=lot.id)])])
    delivery = Delivery(customer_id=goods.customer)
    delivery.lines = [DeliveryLine(product_id=goods.bike, quantity=Decimal(3))]
    work.add(delivery)
    work.flush()
    reserve_deliveries([delivery])
    says(on_paper(delivery, "picking_list", "en"), "Picking list", delivery.number, "L-77", "CC8-L", "3")
    ship_deliveries([delivery])
    text = on_paper(delivery, language="en")
    says(text, "Delivery note", "Hafenstrasse 9", "Lot L-77: 3", "3 PCS", "Received in good order")
    assert "38,900" not in text
    with pytest.raises(NotFound):
        print_records(Delivery, [delivery.id], "picking_list")


def test_a_supplier_is_asked_for_prices_before_being_given_an_order(work: Session, goods: Goods) -> None:
    order = Purchase(supplier_id=goods.customer)
    order.lines = [PurchaseLine(product_id=goods.bike, quantity=Decimal(4), unit_price=Decimal(21_000))]
    work.add(order)
    text = on_paper(order)
    says(text, "Request for quotation", "4 PCS")
    assert "21,000" not in text
    approve_orders([order])
    says(on_paper(order), "Purchase order", "21,000", "Total TWD 88,200")


def test_a_job_card_carries_a_code_for_every_operation(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    order = WorkOrder(product_id=shop.bike, quantity=Decimal(2))
    work.add(order)
    work.flush()
    release_orders([order])
    text = on_paper(order)
    says(text, "Work order", "FRAME", "WHEEL", "Build", "Check", f"{order.number}/10", f"{order.number}/20", "Scrap")


def test_a_price_that_one_may_not_see_is_on_no_paper(
    goods: Goods, make_user: MakeUser, system: Actor
) -> None:
    with unit_of_work(system):
        order = order_of(goods)
    packer = make_user(
        "packer", grant("erp_sales.order", "read", scope="company"), grant("kernel.product", "read"),
        hide("erp_sales.order", "subtotal", "tax_amount", "total", "freight"),
        hide("erp_sales.order_line", "unit_price", "line_total", "tax_amount", "discount"))
    with unit_of_work(packer, reading=True):
        text = pdf_text(print_records(Order, [order.id]).content).replace(" ", "")
    says(text, "CC8-L City Commuter 8s", "2")
    assert not [each for each in ("38,900", "75,855", "79,648", "Subtotal", "2.5%", "Nordrad") if each in text]


def test_a_name_made_of_code_is_printed_as_it_is(work: Session, goods: Goods) -> None:
    name = '#import "x"; *$1$ <a>'
    work.get_one(Party, goods.customer).name = name
    work.get_one(Product, goods.bike).name = "] #panic() ["
    says(on_paper(order_of(goods)), name, "] #panic() [")


def test_every_entity_prints(work: Session, goods: Goods) -> None:
    product = work.get_one(Product, goods.bike)
    says(on_paper(product), "Product CC8-L City Commuter 8s", "38,900")
