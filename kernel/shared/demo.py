"""A demo company's people, products and dealers: Formosa Cycle Works, which builds bicycles in Taichung."""

# ruff: noqa: E501  # tables of records read best with one on a line
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select

from kernel.entities.work import actor, session
from kernel.identity.models import Company, Department, Employee, User
from kernel.identity.signing.passwords import set_password
from kernel.shared.demo_trade import customers, range_of_goods, suppliers
from kernel.shared.gs1 import check_digit
from kernel.shared.models import (
    Address,
    Contact,
    Country,
    Currency,
    CurrencyRate,
    Party,
    Product,
    ProductCategory,
    Tax,
    Unit,
)

__all__ = ["found"]

PASSWORD = "bicycle-demo"  # noqa: S105  # shown on the sign-in page of a demo

RATES = (("EUR", "34.42"), ("USD", "31.85"), ("JPY", "0.2105"), ("CNY", "4.41"), ("GBP", "41.02"), ("CHF", "36.88"))
"""What one of a currency was worth in New Taiwan dollars on the first day of the year."""
CALLING_CODES = {
    "TW": "886", "CN": "86", "DE": "49", "FR": "33", "GB": "44", "CH": "41", "SE": "46", "JP": "81", "US": "1",
    "AU": "61", "PT": "351", "AT": "43", "FI": "358", "NL": "31", "IT": "39", "ES": "34", "DK": "45",
}
CATEGORIES = (
    ("Bicycles", ("City", "Gravel", "Mountain", "E-cargo", "Kids")), ("Parts", ("Frames", "Forks", "Batteries")),
    ("Services", ()),
)
PRODUCTS = (
    # code, name, category, list price, cost, weight in kg, colour, size
    ("CC8-L", "City Commuter 8s, low step", "City", 38_900, 22_400, "15.8", "sand", "L"),
    ("CC8-M", "City Commuter 8s, low step", "City", 38_900, 22_400, "15.5", "sand", "M"),
    ("CC8-D", "City Commuter 8s, diamond", "City", 37_900, 21_900, "15.1", "slate", "L"),
    ("G2C-700-54", "Gravel G2 carbon, 54 cm", "Gravel", 118_000, 69_300, "8.4", "moss", "54"),
    ("G2C-700-56", "Gravel G2 carbon, 56 cm", "Gravel", 118_000, 69_300, "8.5", "moss", "56"),
    ("G2A-700-54", "Gravel G2 alloy, 54 cm", "Gravel", 64_500, 37_800, "9.9", "rust", "54"),
    ("RG29-M", "Ridge 29 trail, M", "Mountain", 96_000, 55_600, "12.9", "moss", "M"),
    ("RG29-L", "Ridge 29 trail, L", "Mountain", 96_000, 55_600, "13.1", "moss", "L"),
    ("RG29-F-M", "Ridge 29 frame kit, M, moss", "Frames", 42_500, 24_100, "2.9", "moss", "M"),
    ("RG29-F-L", "Ridge 29 frame kit, L, moss", "Frames", 42_500, 24_100, "3.0", "moss", "L"),
    ("ECL-2W", "E-Cargo Long, two wheels", "E-cargo", 168_000, 101_500, "34.0", "white", None),
    ("ECL-3W", "E-Cargo Box, three wheels", "E-cargo", 196_000, 119_000, "46.5", "white", None),
    ("ECL-BAT-625", "Battery 625 Wh, E-Cargo", "Batteries", 61_200, 38_700, "3.6", "black", None),
    ("ECL-BAT-500", "Battery 500 Wh, E-Cargo", "Batteries", 49_800, 31_400, "2.9", "black", None),
    ("KID-20", "Pebble 20, kids", "Kids", 16_800, 9_300, "8.7", "coral", "20"),
    ("KID-24", "Pebble 24, kids", "Kids", 18_900, 10_600, "10.2", "coral", "24"),
    ("FRK-C-29", "Carbon fork 29", "Forks", 21_400, 12_900, "0.5", "black", None),
    ("SVC-ASM", "Dealer assembly kit, pair", "Services", 304_500, 190_000, None, None, None),
    ("SVC-FIT", "Bike fitting, hour", "Services", 2_400, 1_100, None, None, None),
)
DEALERS = (
    # name, country, city, street, postal code, phone, e-mail, contact, job title
    ("Nordrad GmbH", "DE", "Hamburg", "Billwerder Neuer Deich 12", "20539", "040 3344 8190", "einkauf@nordrad.example", "Jens Petersen", "Buyer"),
    ("Velo Lyon SAS", "FR", "Lyon", "18 rue de Marseille", "69007", "04 72 00 11 22", "achats@velolyon.example", "Claire Moreau", "Owner"),
    ("Bristol Pedal Ltd", "GB", "Bristol", "40 Gloucester Road", "BS7 8AR", "0117 496 0123", "orders@bristolpedal.example", "Grace Hill", "Fleet manager"),
    ("Alpine Outdoor AG", "CH", "Chur", "Kasernenstrasse 7", "7000", "081 555 01 60", "info@alpineoutdoor.example", "Urs Caduff", "Head of purchase"),
    ("Cykelhuset AB", "SE", "Malmö", "Bergsgatan 20", "214 22", "040 555 01 77", "inkop@cykelhuset.example", "Elin Berg", "Buyer"),
    ("Kuroshio Cycles KK", "JP", "Kochi", "2-4-1 Obiyamachi", "780-0841", "088 555 0142", "order@kuroshio.example", "Tanaka Ryo", "Director"),
    ("Pacific Bike Co.", "US", "Portland", "1200 SE Water Ave", "97214", "503 555 0119", "buying@pacificbike.example", "Dana Whitfield", "Buyer"),
    ("Taichung Riders Club", "TW", "Taichung", "88 Gongyi Road", "403", "04 2326 5501", "club@tcriders.example", "Liao Po-Han", "Chair"),
    ("Southern Cross Sports", "AU", "Hobart", "9 Salamanca Place", "7000", "03 5550 0134", "stock@southerncross.example", "Mia Lawson", "Buyer"),
    ("Cascade Trail Supply", "US", "Bend", "61 NW Oregon Ave", "97703", "541 555 0166", "po@cascadetrail.example", "Owen Reyes", "Owner"),
    ("Great Lakes Cargo Bikes", "US", "Chicago", "2130 W Fulton St", "60612", "312 555 0188", "hello@glcargo.example", "Ida Novak", "Owner"),
    ("Lisboa Bikes Lda", "PT", "Lisbon", "Rua da Boavista 67", "1200-066", "21 555 0147", "compras@lisboabikes.example", "Rui Tavares", "Fleet manager"),
    ("Radhaus Wien", "AT", "Vienna", "Lerchenfelder Gürtel 30", "1070", "01 555 01 23", "office@radhaus.example", "Lena Hofer", "Owner"),
    ("Nordic Sport Oy", "FI", "Helsinki", "Hämeentie 15", "00500", "09 5550 0155", "osto@nordicsport.example", "Antti Salo", "Buyer"),
)
SUPPLIERS = (
    ("Suntek Carbon", "TW", "Changhua", "16 Gong 3rd Road", "507", "04 799 0188", "sales@suntek.example", "Kao Wei-Lun", "Sales"),
    ("Chang Jiang Components", "CN", "Kunshan", "199 Qianjin East Road", "215300", "0512 5550 0170", "export@cjcomponents.example", "Zhou Min", "Export"),
)
PEOPLE = (
    # sign-in, name, number, job title, department, manager's number, heads it, language
    ("director", "Lin Shu-Fen", "1001", "Managing director", "Formosa Cycle Works", None, True, "en"),
    ("manager", "Chen Mei-Hua", "1002", "Head of sales", "Sales", "1001", True, "en"),
    ("agent", "Anna Keller", "1003", "Sales, Europe", "Europe", "1002", False, "en"),
    ("tom", "Tom Okafor", "1004", "Sales, Europe", "Europe", "1002", False, "en"),
    ("sofia", "Sofia Ruiz", "1005", "Sales, Europe", "Europe", "1002", False, "en"),
    ("jiawei", "Hsu Jia-Wei", "1006", "Sales, Asia Pacific", "Asia Pacific", "1002", False, "zh_Hant"),
    ("wanting", "Lee Wan-Ting", "1007", "Sales, Americas", "Americas", "1002", False, "zh_Hant"),
    ("planner", "Chang Ming-Che", "1008", "Head of production", "Production", "1001", True, "en"),
    ("worker", "Wu Chih-Hao", "1009", "Assembler", "Production", "1008", False, "zh_Hant"),
    ("warehouse", "Ke Wei-Ting", "1010", "Warehouse clerk", "Logistics", "1001", True, "en"),
    ("buyer", "Huang Chun", "1011", "Buyer", "Purchasing", "1001", True, "en"),
    ("accountant", "Yang Li-Hua", "1012", "Accountant", "Finance", "1001", True, "en"),
    ("personnel", "Tsai Ya-Ling", "1013", "Human resources", "Office", "1001", True, "en"),
)
SHOWN = ("director", "manager", "agent", "planner", "worker", "warehouse", "buyer", "accountant", "personnel")
"""Whose sign-in a demo shows: one for each part that somebody plays."""


def found() -> Sequence[tuple[str, str, str]]:
    """Make the demo's people and masters; gives who may sign in, with password and what they do."""
    current = session()
    company = current.get(Company, actor().company_id)
    if company is not None and company.name == "Trellis Cycles":
        company.name, company.currency, company.timezone = "Formosa Cycle Works", "TWD", "Asia/Taipei"
        company.address = "12 Gongye 3rd Road\nXitun District, Taichung 407\nTaiwan"
        company.tax_id, company.phone = "53212539", "+886 4 2358 1234"
        company.email, company.website = "sales@formosa-cycle.example", "formosa-cycle.example"
        company.bank = "First Bank, Taichung, 105-10-012345, FCBKTWTP"
    countries, units = _lists()
    tax = _products(units)
    _parties(countries)
    _range(units, tax)
    _traders(countries)
    _people()
    current.flush()
    return [(login, PASSWORD, title) for login, _name, _number, title, *_rest in PEOPLE if login in SHOWN]


def _lists() -> tuple[dict[str, Country], dict[str, Unit]]:
    """Take over what the installation starts with, and add this company's rates and calling codes."""
    current = session()
    first = dt.date(current.today.year, 1, 1)
    currencies = {each.code: each for each in current.scalars(select(Currency))}
    currencies["TWD"].decimals = 0  # prices are whole dollars in practice
    for code, rate in RATES:
        current.add(CurrencyRate(currency=currencies[code], valid_from=first, rate=Decimal(rate)))
    countries = {each.code: each for each in current.scalars(select(Country))}
    for code, calling in CALLING_CODES.items():
        countries[code].calling_code = calling
    current.flush()
    return countries, {each.code: each for each in current.scalars(select(Unit))}


def _products(units: dict[str, Unit]) -> Tax:
    current = session()
    tax = Tax(code="V5", name="Business tax 5 %", rate=Decimal(5))
    current.add_all([tax, Tax(code="V0", name="Export, 0 %", rate=Decimal(0))])
    categories: dict[str, ProductCategory] = {}
    for name, below in CATEGORIES:
        categories[name] = ProductCategory(name=name)
        categories |= {each: ProductCategory(name=each, parent=categories[name]) for each in below}
    current.add_all(categories.values())
    current.flush()
    for at, (code, name, category, price, cost, weight, colour, size) in enumerate(PRODUCTS, start=1):
        service = category == "Services"
        current.add(Product(
            code=code, name=name, category=categories[category], kind="service" if service else "goods",
            unit=units["H" if code == "SVC-FIT" else "PR" if code == "SVC-ASM" else "PCS"], list_price=Decimal(price),
            cost=Decimal(cost), tax=tax, colour=colour, size=size, weight=Decimal(weight) if weight else None,
            weight_unit=units["KG"] if weight else None, buyable=not service,
            barcode=None if service else _barcode(at)))
    return tax


def _barcode(at: int) -> str:
    """Give an EAN-13 of those that GS1 leaves to each company for its own use: they begin with 20."""
    digits = f"20{at:010}"
    return digits + check_digit(digits)


def _range(units: dict[str, Unit], tax: Tax) -> None:
    """Make the wider range of goods, in families of their own or of the products above."""
    current = session()
    categories = {each.name: each for each in current.scalars(select(ProductCategory))}
    for at, article in enumerate(range_of_goods(), start=1001):
        if article.category not in categories:
            above = "Bicycles" if article.kind == "made" else "Parts" if article.kind == "part" else "Accessories"
            if above not in categories:
                categories[above] = ProductCategory(name=above)
            categories[article.category] = ProductCategory(name=article.category, parent=categories[above])
            current.add(categories[article.category])
        sold = article.kind != "part"
        current.add(Product(
            code=article.code, name=article.name, category=categories[article.category], unit=units["PCS"],
            list_price=Decimal(article.price), cost=Decimal(article.cost), tax=tax,
            colour=article.colour, size=article.size, weight=Decimal(article.weight), weight_unit=units["KG"],
            sellable=sold, buyable=article.kind != "made", barcode=_barcode(at)))


def _traders(countries: dict[str, Country]) -> None:
    """Make the many customers and suppliers of two years."""
    for trader, customer in (*((each, True) for each in customers()), *((each, False) for each in suppliers())):
        party = Party(
            name=trader.name, country_id=countries[trader.country].id, phone=trader.phone, email=trader.email,
            is_customer=customer, is_supplier=not customer)
        party.contacts = [Contact(name=trader.contact, job_title=trader.job_title, email=trader.email,
                                  phone=trader.phone, decides=trader.job_title == "Owner")]
        party.addresses = [Address(kind="main", street=trader.street, city=trader.city,
                                   postal_code=trader.postal_code, country_id=countries[trader.country].id)]
        session().add(party)


def _parties(countries: dict[str, Country]) -> None:
    current = session()
    for rows, customer in ((DEALERS, True), (SUPPLIERS, False)):
        for name, country, city, street, code, phone, email, person, title in rows:
            party = Party(
                name=name, country_id=countries[country].id, phone=phone, email=email, is_customer=customer,
                is_supplier=not customer)
            party.contacts = [Contact(name=person, job_title=title, email=email, phone=phone, decides=title == "Owner")]
            party.addresses = [Address(
                kind="main", street=street, city=city, postal_code=code, country_id=countries[country].id)]
            current.add(party)


def _people() -> None:
    current = session()
    company_id = actor().company_id
    top = Department(name="Formosa Cycle Works", company_id=company_id)
    current.add(top)
    current.flush()
    sales = Department(name="Sales", parent=top, company_id=company_id)
    current.add(sales)
    current.flush()
    departments = {top.name: top, sales.name: sales}
    for name in ("Production", "Logistics", "Purchasing", "Finance", "Office"):
        departments[name] = Department(name=name, parent=top, company_id=company_id)
    for name in ("Europe", "Asia Pacific", "Americas"):
        departments[name] = Department(name=name, parent=sales, company_id=company_id)
    current.add_all(departments.values())
    current.flush()
    employees: dict[str, Employee] = {}
    for login, name, number, title, department, manager, heads, locale in PEOPLE:
        user = User(login=login, name=name, home_company_id=company_id, locale=locale, timezone="Asia/Taipei",
                    email=f"{login}@formosa.example")
        set_password(user, PASSWORD)
        current.add(user)
        current.flush()
        employees[number] = Employee(
            number=number, name=name, job_title=title, department_id=departments[department].id, user_id=user.id,
            manager_id=employees[manager].id if manager else None, heads_department=heads, company_id=company_id)
        current.add(employees[number])
        current.flush()
