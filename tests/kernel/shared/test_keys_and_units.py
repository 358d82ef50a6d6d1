"""Two spellings of one name are equal, and quantities convert without dust."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kernel.entities.work import Session
from kernel.errors import Invalid, Refusal
from kernel.shared.contracts.questions import first_known, summed
from kernel.shared.keys import email_key, name_key, phone_key, tax_key
from kernel.shared.models import Country, Currency, Party, Product, ProductCategory, Unit
from kernel.shared.quantities import convert


@pytest.mark.parametrize(("one", "other"), [
    ("Velo Lyon S.A.S.", "VELO LYON"), ("Nordrad GmbH", "nordrad"), ("台中車業股份有限公司", "台中車業"),
    ("Café & Vélo Ltd", "Cafe Velo"), ("ＡＢＣ Bikes Co., Ltd.", "abc bikes"),
])
def test_spellings_of_a_name_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_a_name_of_a_legal_form_alone_keeps_a_key() -> None:
    assert name_key("AG") == "ag"
    assert name_key("  ") is None


@pytest.mark.parametrize(("phone", "code", "key"), [
    ("+886 2 2345-6789", None, "+886223456789"), ("02 2345 6789", "886", "+886223456789"),
    ("(503) 555-0119 ext. 12", "1", "+15035550119"), ("0049 40 3344", None, "+49403344"),
    ("+44 (0)117 496 0123", None, "+441174960123"), ("697-555-0142", None, "6975550142"), ("", None, None),
])
def test_phone_numbers_become_e164_where_the_country_is_known(phone: str, code: str | None, key: str | None) -> None:
    assert phone_key(phone, code) == key


def test_emails_and_tax_ids_fold() -> None:
    assert email_key(" Office@Nordrad.Example ") == "office@nordrad.example"
    assert tax_key("de 123.456-789") == "DE123456789"


def test_a_quantity_converts_there_and_back_exactly() -> None:
    piece = Unit(id=1, code="PCS", numerator=1, denominator=1, decimals=0)
    dozen = Unit(id=2, code="DZ", base_id=1, numerator=12, denominator=1, decimals=6)
    third = Unit(id=3, code="T", base_id=1, numerator=1, denominator=3, decimals=6)
    assert convert(Decimal("2.5"), dozen, piece) == 30
    assert convert(Decimal(7), third, piece) == 2
    assert convert(convert(Decimal(5), piece, third), third, piece) == 5
    assert convert(Decimal("-0.5"), dozen, piece) == -6


def test_units_without_a_common_base_are_refused() -> None:
    piece, kilogram = Unit(id=1, code="PCS", decimals=0), Unit(id=9, code="KG", decimals=3)
    with pytest.raises(Refusal) as refused:
        convert(Decimal(1), piece, kilogram)
    assert refused.value.code == "UNIT_MISMATCH"


def test_a_party_gets_its_keys_and_a_number(work: Session) -> None:
    country = Country(code="TW", name="Taiwan", calling_code="886")
    work.add(country)
    work.flush()
    party = Party(name="Suntek Carbon Co., Ltd.", phone="04 799 0188", country_id=country.id, email="A@b.example")
    work.add(party)
    work.flush()
    assert (party.name_key, party.phone_key, party.email_key) == ("suntekcarbon", "+88647990188", "a@b.example")
    assert party.number == "P-00001"


def test_a_tax_id_belongs_to_one_active_party(work: Session) -> None:
    first = Party(name="One", tax_id="12345678")
    work.add(first)
    work.flush()
    with pytest.raises(Invalid) as refused, work.begin_nested():
        work.add(Party(name="Two", tax_id="1234-5678"))
        work.flush()
    assert (refused.value.code, refused.value.problems[0].field) == ("DUPLICATE", "tax_id")
    first.archived = True
    work.flush()
    work.add(Party(name="Two", tax_id="1234-5678"))
    work.flush()


def test_a_category_knows_its_way_to_the_root_and_no_loop(work: Session) -> None:
    bikes = ProductCategory(name="Bikes")
    work.add(bikes)
    work.flush()
    city = ProductCategory(name="City", parent=bikes)
    work.add(city)
    work.flush()
    assert city.path == f"/{bikes.id}/{city.id}/"
    with pytest.raises(Invalid), work.begin_nested():
        bikes.parent = city
        work.flush()


@pytest.mark.parametrize(("values", "field"), [
    ({"list_price": Decimal(-1)}, "list_price"), ({"cost": Decimal(-1)}, "cost"), ({"name": ""}, "name")])
def test_a_product_that_makes_no_sense_names_the_field(work: Session, values: dict[str, object], field: str) -> None:
    unit = Unit(code="PCS", name="Piece")
    work.add(unit)
    work.flush()
    with pytest.raises(Invalid) as refused, work.begin_nested():
        work.add(Product(**{"code": "X", "name": "X", "unit_id": unit.id, **values}))
        work.flush()
    assert [problem.field for problem in refused.value.problems] == [field]


def test_a_currency_code_has_three_capitals(work: Session) -> None:
    with pytest.raises(Invalid), work.begin_nested():
        work.add(Currency(code="eur", name="Euro"))
        work.flush()


def test_answers_of_several_plugins_are_put_together() -> None:
    assert first_known([[None, 2], [1, 3]], 2) == [1, 2]
    assert first_known([], 2) == [None, None]
    assert summed([[Decimal(1), None], [Decimal(2), Decimal(5)]], 2) == [3, 5]
