"""What a scanner says, read by GS1's General Specifications; the numbers are theirs or those of known goods."""

from __future__ import annotations

import datetime as dt

import pytest

from kernel.shared.gs1 import check_digit, gtin_forms, read_code, wrong_check_digit

TODAY = dt.date(2026, 11, 27)
END = "\x1d"


@pytest.mark.parametrize("gtin", ["96385074", "036000291452", "4006381333931", "9781861972712", "00614141999996"])
def test_a_gtin_of_every_length_ends_in_its_check_digit(gtin: str) -> None:
    assert check_digit(gtin[:-1]) == gtin[-1]
    assert wrong_check_digit(gtin) == ""
    for other in set("0123456789") - {gtin[-1]}:
        assert wrong_check_digit(gtin[:-1] + other) == gtin[-1]


@pytest.mark.parametrize("text", ["", "BOX-7", "12345", "1234567", "629104150021X", "٤٠٠٦٣٨١٣٣٣٩٣١"])
def test_what_is_no_gtin_has_no_wrong_check_digit(text: str) -> None:
    assert wrong_check_digit(text) == ""
    assert read_code(text, TODAY).gtin == ""


def test_a_gtin_is_found_however_its_zeros_are_written() -> None:
    assert gtin_forms("00036000291452") == ["036000291452", "0036000291452", "00036000291452"]
    assert gtin_forms("4006381333931") == ["4006381333931", "04006381333931"]
    assert gtin_forms("96385074") == ["96385074", "000096385074", "0000096385074", "00000096385074"]
    assert read_code("4006381333931\r", TODAY).gtin == "04006381333931"


@pytest.mark.parametrize("text", [
    f"]C101040063813339311727123110B77{END}3712",
    f"01040063813339311727123110B77{END}3712",
    f"{END}010400638133393110B77{END}172712313712",
    "(01)04006381333931(17)271231(10)B77(37)12",
])
def test_an_element_string_says_product_lot_expiry_and_count(text: str) -> None:
    code = read_code(text, TODAY)
    assert (code.gtin, code.lot, code.expires_on, code.count) == (
        "04006381333931", "B77", dt.date(2027, 12, 31), 12)
    assert code.batch == "B77"


def test_a_serial_number_is_a_lot_of_one_and_unknown_elements_are_passed_by() -> None:
    code = read_code(f"]d2010400638133393121004183{END}8008260101{END}240X", TODAY)
    assert (code.serial, code.lot, code.batch, code.count) == ("004183", "", "004183", None)
    assert read_code("]C1310300125010B77", TODAY).batch == "B77"


def test_dates_take_the_nearest_century_and_day_nought_is_the_last_of_the_month() -> None:
    def day(text: str) -> dt.date | None:
        return read_code(f"(01)04006381333931(17){text}", TODAY).expires_on

    assert day("280200") == dt.date(2028, 2, 29)
    assert day("760101") == dt.date(2076, 1, 1)
    assert day("770101") == dt.date(1977, 1, 1)
    assert [day(text) for text in ("271301", "270230", "2712", "27123X")] == [None] * 4


@pytest.mark.parametrize("text", [
    "0104006381333932", "]C10104006381333932", "(01)0400638133393", "01-2026-00001", "SO-2026-00017"])
def test_what_only_looks_like_an_element_string_stands_for_itself(text: str) -> None:
    code = read_code(text, TODAY)
    assert (code.text, code.gtin, code.batch) == (text, "", "")
