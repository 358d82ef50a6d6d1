"""Values as JSON writes them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.exchange.values import decimal_text, decimal_writer


@pytest.mark.parametrize(("value", "places", "written"), [
    ("10.500000", 2, "10.50"), ("10.505000", 2, "10.505"), ("3.000000", 0, "3"), ("3.500000", 0, "3.5"),
    ("-0.100000", 2, "-0.10"), ("1E+3", 2, "1000.00"), ("7", 0, "7"), ("0.123456", 6, "0.123456"),
])
def test_amounts_keep_their_places_and_quantities_no_more_than_they_need(value: str, places: int, written: str) -> None:
    assert decimal_writer(places)(Decimal(value)) == written


@given(st.decimals(-(10**12), 10**12, places=6), st.integers(0, 7))
def test_the_quick_way_writes_what_the_plain_one_does(value: Decimal, places: int) -> None:
    assert decimal_writer(places)(value) == decimal_text(value, places)
