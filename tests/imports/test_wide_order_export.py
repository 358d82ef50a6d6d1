"""One wide file of order lines, German in its numbers, dates and letters, becomes customers, products and orders."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import select

from kernel import Party, Product
from kernel.entities.database import Database
from kernel.entities.work import unit_of_work
from kernel.exchange.importing import ImportReport, run_import
from plugins.erp_sales.orders.models import Order
from plugins.erp_sales.terms.extends import SalesTerms
from tests.imports.conftest import EXAMPLES

FOLDER = EXAMPLES / "wide-order-export"


@pytest.fixture(scope="module")
def report(installation: Database) -> ImportReport:
    return run_import(FOLDER / "mapping.toml", FOLDER / "export")


def test_the_impossible_date_is_told_and_takes_its_line_along(report: ImportReport) -> None:
    assert [(each.file, each.line, each.column, each.value, each.code) for each in report.problems] == [
        ("auftraege.csv", 6, "Datum", "31.02.2025", "NO_DATE"),
        ("auftraege.csv", 6, "Auftrag", "AB-1004", "PARENT_REFUSED")]
    assert {step.name: step.created for step in report.steps} == {
        "countries": 2, "units": 2, "customers": 2, "customers' addresses": 2, "products": 3, "orders": 3,
        "order lines": 4}


def test_letters_numbers_and_dates_arrive_as_they_were_meant(report: ImportReport) -> None:
    with unit_of_work(reading=True) as opened:
        assert sorted(opened.scalars(select(Party.name))) == ["Müller Fahrräder GmbH", "Vélo Façade S.A."]
        assert "Sattel »Komfort«" in opened.scalars(select(Product.name)).all()
        order = opened.scalars(select(Order).where(Order.number == "AB-1001")).one()
        assert (order.order_date, order.freight, order.subtotal, order.total, order.state) == (
            dt.date(2025, 2, 3), Decimal("45.5"), Decimal("2612.5"), Decimal(2658), "done")
        assert [(line.product.code, line.quantity, line.unit_price, line.discount, line.line_total)
                for line in order.lines] == [
            ("R-200", Decimal(2), Decimal(1250), Decimal(5), Decimal(2375)),
            ("S-010", Decimal(5), Decimal("47.5"), Decimal(0), Decimal("237.5"))]
        assert order.customer[SalesTerms].payment_days == 14


def test_importing_it_again_changes_nothing(report: ImportReport) -> None:
    again = run_import(FOLDER / "mapping.toml", FOLDER / "export")
    assert (again.created, again.changed) == (0, 0)
