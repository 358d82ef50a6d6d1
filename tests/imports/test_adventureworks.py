"""AdventureWorks comes in whole, with the sums its makers know, and a second time without a trace."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import re
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from kernel import Address, Company, Contact, Department, Employee, Party, Product, ProductCategory, Unit, User
from kernel.config import Config
from kernel.entities.audit import AuditEntry
from kernel.entities.database import Database
from kernel.entities.work import Actor, unit_of_work
from kernel.exchange.importing import ImportReport, run_import
from kernel.identity.signing.passwords import set_password
from kernel.permissions.roles import give_roles
from kernel.registry.checks import invariants, run_checks
from kernel.web.app import create_app
from plugins.erp_mrp.work_orders.models import WorkOrder
from plugins.erp_purchase.orders.models import Order as PurchaseOrder
from plugins.erp_purchase.suppliers.extends import SupplierTerms
from plugins.erp_sales.orders.models import Order, OrderLine
from tests.imports.conftest import EXAMPLES

MAPPING = EXAMPLES / "adventureworks" / "mapping.toml"

pytestmark = pytest.mark.slow


def _folder() -> Path | None:
    named = os.environ.get("TRELLIS_TEST_ADVENTUREWORKS")
    places = [Path(named)] if named else [
        above / "shared" / "data" / "adventureworks" for above in Path(__file__).resolve().parents]
    return next((place for place in places if (place / "expected.json").is_file()), None)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the data into a folder of our own, where single files can be altered."""
    source = _folder()
    if source is None:
        pytest.skip("no AdventureWorks data: name its folder in TRELLIS_TEST_ADVENTUREWORKS")
    folder = tmp_path_factory.mktemp("adventureworks")
    for file in [*source.glob("*.csv"), source / "expected.json"]:
        shutil.copyfile(file, folder / file.name)
    return folder


@pytest.fixture(scope="module")
def expected(files: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((files / "expected.json").read_text(encoding="utf-8"))
    return data


@pytest.fixture(scope="module")
def report(installation: Database, files: Path) -> ImportReport:
    return run_import(MAPPING, files)


@pytest.fixture
def altered(files: Path) -> Iterator[Path]:
    """Give one of the files to be altered, and put it back as it was."""
    file = files / "SalesOrderHeader.csv"
    before = file.read_bytes()
    yield file
    file.write_bytes(before)


def test_every_row_that_can_come_in_does(report: ImportReport, expected: dict[str, Any]) -> None:
    rows = expected["row_counts"]
    assert {step.name: step.created for step in report.steps} == {
        "departments": rows["Department"], "employees": rows["Employee"], "currencies": rows["Currency"],
        "countries": rows["CountryRegion"], "regions": rows["StateProvince"], "stores": rows["Store"],
        "people": rows["Person"], "vendors": rows["Vendor"], "store contacts": 635, "addresses": rows["Address"],
        "units": rows["UnitMeasure"], "categories": rows["ProductCategory"],
        "subcategories": rows["ProductSubcategory"], "products": rows["Product"],
        "orders": rows["SalesOrderHeader"], "order lines": rows["SalesOrderDetail"],
        "product vendors": rows["ProductVendor"], "purchase orders": rows["PurchaseOrderHeader"],
        "purchase order lines": rows["PurchaseOrderDetail"],
        "places": rows["Location"], "stock": rows["ProductInventory"], "work centres": rows["Location"],
        "bills of materials": 238, "components": rows["BillOfMaterials"] - 103,  # top-level products' own rows
        "scrap reasons": rows["ScrapReason"], "work orders": rows["WorkOrder"],
        "operations": rows["WorkOrderRouting"],
    }
    assert report.refused == 0


def test_the_orphans_are_told_row_by_row_and_stop_nothing(report: ImportReport) -> None:
    assert report.step("people").unused == 578
    by_file = {name: [each for each in report.problems if each.file == name]
               for name in ("EmailAddress.csv", "PersonPhone.csv")}
    assert [len(problems) for problems in by_file.values()] == [289, 289]
    assert len(report.problems) == 578
    first = by_file["EmailAddress.csv"][0]
    assert (first.line, first.column, first.value, first.code) == (1287, "BusinessEntityID", "2091", "NOT_FOUND")


def test_the_sales_figures_come_out_exactly(report: ImportReport, expected: dict[str, Any]) -> None:
    sales = expected["sales"]
    with unit_of_work(reading=True) as opened:
        sums = opened.execute(select(
            func.sum(Order.subtotal), func.sum(Order.tax_amount), func.sum(Order.freight), func.sum(Order.total))).one()
        assert list(sums) == [
            Decimal(sales[f"{name}_overall"]) for name in ("subtotal", "taxamt", "freight", "totaldue")]
        for year in sales["by_year"]:
            start, end = dt.date(year["year"], 1, 1), dt.date(year["year"], 12, 31)
            assert tuple(opened.execute(
                select(func.count(), func.sum(Order.subtotal)).where(Order.order_date.between(start, end))).one()
            ) == (year["orders"], Decimal(year["subtotal"]))
        assert opened.scalar(select(func.sum(OrderLine.line_total))) == Decimal("109846381.399888")


@pytest.fixture
def client(report: ImportReport, tmp_path: Path) -> FlaskClient:
    """The administrator's browser, signed in to what came in."""
    with unit_of_work() as system:
        company = system.scalars(select(Company.id)).first()
        known = system.scalar(select(func.count()).where(User.login == "chief"))
    if not known:
        with unit_of_work(Actor(system=True, company_id=company)) as system:
            chief = User(login="chief", name="Chief", home_company_id=company)
            system.add(chief)
            system.flush()
            give_roles([chief], ["kernel.admin"])
            set_password(chief, "a long enough password")
    client = create_app(Config(secret_key="not a secret", data_dir=str(tmp_path))).test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    assert token
    client.post("/sign-in", data={
        "login": "chief", "password": "a long enough password", "csrf_token": token[1]})
    return client


def test_the_report_gives_the_same_figures_by_page_and_api(client: FlaskClient, expected: dict[str, Any]) -> None:
    told = client.get("/api/v1/erp_sales/reports/sales_by_year").json
    page = client.get("/reports/erp_sales.sales_by_year").text

    sales = expected["sales"]
    assert told
    assert {row["year"]: (row["orders"], Decimal(row["subtotal"])) for row in told["rows"]} == {
        str(year["year"]): (year["orders"], Decimal(year["subtotal"])) for year in sales["by_year"]}
    assert Decimal(told["totals"]["subtotal"]) == Decimal(sales["subtotal_overall"])
    for figure in (sales["subtotal_overall"], sales["totaldue_overall"], *(y["subtotal"] for y in sales["by_year"])):
        assert format(Decimal(figure).normalize(), ",f") in page
    assert "data-chart" in page


@pytest.mark.parametrize("name", ["spend_by_year", "spend_by_supplier"])
def test_the_purchases_come_out_exactly_by_page_and_api(
    client: FlaskClient, expected: dict[str, Any], name: str
) -> None:
    purchasing = expected["purchasing"]
    told = client.get(f"/api/v1/erp_purchase/reports/{name}?orders=all").json
    page = client.get(f"/reports/erp_purchase.{name}?orders=all").text
    assert told
    assert (told["totals"]["orders"], Decimal(told["totals"]["subtotal"])) == (
        purchasing["orders"], Decimal(purchasing["subtotal_all"]))
    assert format(Decimal(purchasing["subtotal_all"]).normalize(), ",f") in page
    assert f"{purchasing['orders']:,}" in page


def test_every_file_has_as_many_rows_as_are_known(files: Path, expected: dict[str, Any]) -> None:
    counted = {}
    for file in files.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as opened:
            counted[file.stem] = sum(1 for _row in csv.reader(opened)) - 1
    assert counted == expected["row_counts"]


def test_the_bill_of_materials_explodes_exactly_by_page_and_api(
    client: FlaskClient, expected: dict[str, Any]
) -> None:
    known = expected["bom_explosion"]
    assert list(known["roots"]) == ["749"]
    bike = known["roots"]["749"]
    with unit_of_work(reading=True) as opened:
        codes = _source_codes()
        assert opened.scalar(select(Product.name).where(Product.code == codes[749])) == bike["name"]
    query = f"product={codes[749]}&day={known['date']}"
    told = client.get(f"/api/v1/erp_mrp/reports/bom_explosion?{query}").json
    page = client.get(f"/reports/erp_mrp.bom_explosion?{query}").text

    assert told
    assert {row["code"]: Decimal(row["quantity"]) for row in told["rows"]} == {
        codes[id_]: Decimal(quantity) for id_, quantity in bike["components"]}
    leaves = {row["code"]: Decimal(row["quantity"]) for row in told["rows"] if row["part"]}
    assert leaves == {codes[id_]: Decimal(quantity) for id_, quantity in bike["leaf_components"]}
    assert sum(leaves.values()) == Decimal(bike["leaf_total_qty"])
    assert len(told["rows"]) == bike["distinct_components"]
    assert (told["totals"]["level"], Decimal(told["totals"]["quantity"])) == (
        bike["max_level"], Decimal(bike["total_qty"]))
    shown = [row for row in _rows(page) if row and row[0] in codes.values()]
    assert [(row[0], row[2], Decimal(row[3])) for row in shown] == [
        (row["code"], str(row["level"]), Decimal(row["quantity"])) for row in told["rows"]]
    assert _rows(page)[-1][2:4] == [str(bike["max_level"]), format(Decimal(bike["total_qty"]).normalize(), ",f")]


def test_the_stock_comes_out_exactly_by_page_and_api(client: FlaskClient, expected: dict[str, Any]) -> None:
    stock = expected["inventory"]
    told = client.get("/api/v1/erp_inventory/reports/stock_by_place").json
    page = client.get("/reports/erp_inventory.stock_by_place").text

    assert told
    assert (told["totals"]["products"], Decimal(told["totals"]["on_hand"])) == (stock["products"], stock["total_qty"])
    assert _rows(page)[-1][1:3] == [str(stock["products"]), f"{stock['total_qty']:,}"]


def test_the_people_are_counted_by_page_and_api(client: FlaskClient, expected: dict[str, Any]) -> None:
    told = client.get("/api/v1/kernel/employees?count=true&limit=1").json
    assert told
    assert told.get("total") == expected["hr"]["employees"], told
    assert str(expected["hr"]["employees"]) in re.sub(r"<[^>]+>", " ", client.get("/kernel/employee").text).split()


def test_the_ledger_holds_what_the_stock_is_worth(client: FlaskClient, files: Path) -> None:
    with (files / "Product.csv").open(encoding="utf-8", newline="") as opened:
        costs = {row["ProductID"]: Decimal(row["StandardCost"]) for row in csv.DictReader(opened)}
    with (files / "ProductInventory.csv").open(encoding="utf-8", newline="") as opened:
        worth = sum((costs[row["ProductID"]] * int(row["Quantity"]) for row in csv.DictReader(opened)), Decimal(0))
    stock = client.get("/api/v1/erp_inventory/reports/stock_on_hand").json
    books = client.get("/api/v1/erp_finance/reports/trial_balance").json

    assert stock
    assert books
    valued = Decimal(stock["totals"]["value"])
    assert {row["account"]: Decimal(row["closing"]) for row in books["rows"]} == {
        "1300 Inventory": valued, "3900 Opening balances": -valued}
    assert abs(valued - worth) < Decimal("0.005") * 1069  # each opening is rounded to cents


def test_the_invariants_hold_afterwards(report: ImportReport, installation: Database) -> None:
    of_migrations = {"kernel.plugins", "kernel.rights", "kernel.schema"}  # these tables are made without any
    found = run_checks([each.name for each in invariants() if each.name not in of_migrations], database=installation)
    assert [(each.name, str(finding.message)) for each, finding in found.found] == []
    assert {"erp_finance.stock_equals_ledger", "erp_inventory.valuation_value"} <= {
        each.name for each in found.checked}


def test_records_stand_where_they_belong(report: ImportReport) -> None:
    with unit_of_work(reading=True) as opened:
        ken = opened.scalars(select(Employee).where(Employee.number == "1")).one()
        assert (ken.name, ken.job_title, ken.manager, ken.born_on) == (
            "Ken J Sánchez", "Chief Executive Officer", None, dt.date(1969, 1, 29))
        assert ken.department is not None
        assert ken.department.name == "Executive"
        order = opened.scalars(select(Order).where(Order.number == "SO43659")).one()
        assert (order.state, order.historical, order.subtotal, order.total, order.order_date) == (
            "done", True, Decimal("20565.6206"), Decimal("23153.2339"), dt.date(2011, 5, 31))
        assert order.customer.kind == "organisation"
        assert order.contact is not None
        assert order.contact.party_id == order.customer_id
        assert order.bill_to is not None
        assert order.bill_to.party_id == order.customer_id
        assert len(order.lines) == 12
        assert sum(line.line_total for line in order.lines) == Decimal("20565.620600")
        purchase = opened.scalars(select(PurchaseOrder).where(PurchaseOrder.number == "PO1")).one()
        assert (purchase.state, purchase.historical, purchase.total, purchase.freight, purchase.shipped_on) == (
            "done", True, Decimal("222.1492"), Decimal("5.026"), dt.date(2011, 4, 25))
        assert [(line.quantity, line.received, line.expected_on) for line in purchase.lines] == [
            (Decimal(4), Decimal(3), dt.date(2011, 4, 30))]
        assert (purchase.supplier.number, purchase.supplier[SupplierTerms].standing) == ("LITWARE0001", "preferred")
        made = opened.scalars(select(WorkOrder).where(WorkOrder.number == "WO13")).one()
        assert (made.state, made.historical, made.quantity, made.received, made.due_on, made.ended_on) == (
            "closed", True, Decimal(4), Decimal(4), dt.date(2011, 6, 14), dt.date(2011, 6, 19))
        assert [(step.sequence, step.work_centre and step.work_centre.name, step.hours, step.cost)
                for step in made.operations][:2] == [
            (1, "Frame Forming", Decimal("4.1"), Decimal("92.25")),
            (2, "Frame Welding", Decimal("3.5"), Decimal("87.5"))]
        bike = opened.scalars(select(Product).where(Product.code == "BK-R93R-62")).one()
        assert bike.category is not None
        assert bike.category.parent is not None
        assert (bike.category.name, bike.category.parent.name, bike.unit.code) == ("Road Bikes", "Bikes", "EA")
        assert opened.scalar(select(func.count()).where(Party.is_customer)) == 701 + 18484
        assert opened.scalar(select(func.count()).where(Party.is_supplier)) == 104
        for cls, count in ((Department, 16), (Employee, 290), (Contact, 635), (Address, 19614), (Unit, 38),
                           (ProductCategory, 41), (Product, 504), (Order, 31465), (OrderLine, 121317)):
            assert opened.scalar(select(func.count()).select_from(cls)) == count


def test_importing_it_again_changes_nothing(report: ImportReport, files: Path) -> None:
    before = _audited()
    again = run_import(MAPPING, files)
    assert (again.created, again.changed, again.refused) == (0, 0, 0)
    assert sum(step.unchanged for step in again.steps) == report.created
    assert _audited() == before


def test_one_altered_cell_changes_that_one_order(report: ImportReport, files: Path, altered: Path) -> None:
    text = altered.read_text(encoding="utf-8")
    assert text.count("PO522145787") == 1
    altered.write_text(text.replace("PO522145787", "PO522145787-B"), encoding="utf-8")
    again = run_import(MAPPING, files)
    assert (again.created, again.changed, again.step("orders").changed) == (0, 1, 1)
    with unit_of_work(reading=True) as opened:
        order = opened.scalars(select(Order).where(Order.number == "SO43659")).one()
        assert (order.customer_reference, order.version, order.total) == (
            "PO522145787-B", 2, Decimal("23153.2339"))
        entry = opened.scalars(select(AuditEntry).where(AuditEntry.record_id == order.id)).one()
        assert entry.changes == {"customer_reference": ["PO522145787", "PO522145787-B"]}


def _audited() -> int:
    with unit_of_work(reading=True) as opened:
        return opened.scalar(select(func.count()).select_from(AuditEntry)) or 0


def _source_codes() -> dict[int, str]:
    """Give the codes of products by their ids in the source."""
    folder = _folder()
    assert folder
    with (folder / "Product.csv").open(encoding="utf-8", newline="") as opened:
        return {int(row["ProductID"]): row["ProductNumber"] for row in csv.DictReader(opened)}


def _rows(page: str) -> list[list[str]]:
    """Give the texts of a page's table, row by row."""
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<t[dh]\b.*?</t[dh]>", row, re.DOTALL)]
        for row in re.findall(r"<tr\b.*?</tr>", page, re.DOTALL)]
