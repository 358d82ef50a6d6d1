"""A product's bar code: a GTIN with a right check digit, or any code of one's own."""

from __future__ import annotations

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Invalid
from kernel.exchange import records
from kernel.shared.models import Product, Unit


@pytest.fixture
def product(system: Actor) -> int:
    with unit_of_work(system):
        unit = records.create(Unit, [{"code": "PCS", "name": "Piece"}])[0].id
        return records.create(Product, [{"code": "P-1", "name": "Bell", "unit": unit}])[0].id


@pytest.mark.parametrize("code", ["4006381333931", "96385074", "BELL-7", "12345", "", None])
def test_gtins_and_codes_of_ones_own_are_taken(system: Actor, product: int, code: str | None) -> None:
    with unit_of_work(system):
        assert records.change(Product, [(product, None, {"barcode": code})])[0].barcode == (code or None)


@pytest.mark.parametrize("code", ["4006381333932", "96385070", "036000291451", "14006381333931"])
def test_a_gtin_with_a_wrong_check_digit_is_refused_and_the_right_one_named(
    system: Actor, product: int, code: str
) -> None:
    with pytest.raises(Invalid) as error, unit_of_work(system):
        records.change(Product, [(product, None, {"barcode": code})])
    [problem] = error.value.problems
    assert (problem.field, problem.code) == ("barcode", "CHECK_DIGIT")
    assert "check digit would be" in str(problem.message)
