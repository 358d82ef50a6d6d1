"""Read what a scanner says: GTINs with their check digit, and the element strings of GS1's bar codes.

Source: GS1 General Specifications, release 25: chapter 3 (the application identifiers), 7.8 (element strings of
predefined length and the FNC1 separator), 7.9.1 (check digits), 7.12 (the century of a date, the day “00”), and 5.1.2
(symbology identifiers). Only what Trellis acts on is taken: 01 and 02 GTIN, 10 lot, 17 expiry, 21 serial number,
37 count.
"""

import calendar
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

__all__ = ["ELEMENT_END", "Code", "check_digit", "gtin_forms", "read_code", "wrong_check_digit"]

ELEMENT_END = "\x1d"
"""How a scanner sends FNC1 between elements: the ASCII character GS."""
GTIN_LENGTHS = (8, 12, 13, 14)
"""EAN-8, UPC-A, EAN-13 and ITF-14."""
PREDEFINED = {
    "00": 20, "01": 16, "02": 16, "03": 16, "04": 18, "11": 8, "12": 8, "13": 8, "14": 8, "15": 8, "16": 8, "17": 8,
    "18": 8, "19": 8, "20": 4, "31": 10, "32": 10, "33": 10, "34": 10, "35": 10, "36": 10, "41": 16,
}
"""The length of the elements that end without a separator, their identifier included, by its first two digits."""
SYMBOLOGIES = ("]C1", "]e0", "]d2", "]Q3", "]J1")
"""What scanners put before an element string, where they are told to: GS1-128, DataBar, DataMatrix, QR, DotCode."""
BRACKETED = re.compile(r"\((\d{2,4})\)([^(]*)")


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it was scanned, and what it says where it is one of GS1's."""

    text: str
    gtin: str = ""
    """Fourteen digits."""
    lot: str = ""
    serial: str = ""
    expires_on: dt.date | None = None
    count: int | None = None

    @property
    def batch(self) -> str:
        """Give the lot, or the serial number as a lot of one."""
        return self.lot or self.serial


def check_digit(digits: str) -> str:
    """Give the last digit of a GTIN from those before it: weights 3 and 1 from the right, filled up to ten."""
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def wrong_check_digit(text: str) -> str:
    """Give the digit that ought to end a number of a GTIN's length; empty where all is well or it is no such number."""
    if len(text) not in GTIN_LENGTHS or not _digits(text):
        return ""
    right = check_digit(text[:-1])
    return "" if text[-1] == right else right


def gtin_forms(gtin: str) -> list[str]:
    """Give all ways in which a GTIN may be written: with and without the zeros that fill it up to fourteen digits."""
    full = gtin.zfill(14)
    return [full[14 - length:] for length in GTIN_LENGTHS if not full[:14 - length].strip("0")]


def read_code(text: str, today: dt.date) -> Code:
    """Read a scanned code; what is neither a GTIN nor an element string stands for itself.

    `today` tells the century of its date.
    """
    text = text.strip().strip(ELEMENT_END)
    elements = _elements(text)
    if elements is None:
        is_gtin = len(text) in GTIN_LENGTHS and _digits(text) and not wrong_check_digit(text)
        return Code(text, gtin=text.zfill(14) if is_gtin else "")
    count = elements.get("37", "")
    return Code(
        text, gtin=elements.get("01") or elements.get("02", ""), lot=elements.get("10", ""),
        serial=elements.get("21", ""), expires_on=_day(elements.get("17", ""), today),
        count=int(count) if _digits(count) and len(count) <= 8 else None)


def _elements(text: str) -> Mapping[str, str] | None:
    """Split an element string into its elements by identifier; None where it is none."""
    if text.startswith("("):
        found = dict(BRACKETED.findall(text))
    else:
        bare = text
        for symbology in SYMBOLOGIES:
            bare = bare.removeprefix(symbology)
        marked = bare != text or ELEMENT_END in bare
        if not marked and not (bare.startswith("01") and len(bare) >= PREDEFINED["01"]):
            return None
        found = dict(_split(bare.removeprefix(ELEMENT_END)))
    gtin = found.get("01") or found.get("02") or ""
    if gtin and (len(gtin) != 14 or not _digits(gtin) or wrong_check_digit(gtin)):
        return None
    return found if gtin or found.keys() & {"10", "21"} else None


def _split(text: str) -> Iterator[tuple[str, str]]:
    """Yield identifier and value of each element; only two-digit identifiers are told apart, the others passed by."""
    while text:
        identifier = text[:2]
        length = PREDEFINED.get(identifier)
        element, rest = (text[:length], text[length:]) if length else _to_separator(text)
        yield identifier, element[2:]
        text = rest.removeprefix(ELEMENT_END)


def _to_separator(text: str) -> tuple[str, str]:
    element, _end, rest = text.partition(ELEMENT_END)
    return element, rest


def _day(text: str, today: dt.date) -> dt.date | None:
    """Read YYMMDD: the century that brings the year within fifty of this one; day 00 is the month's last."""
    if len(text) != 6 or not _digits(text):
        return None
    year = today.year // 100 * 100 + int(text[:2])
    if year - today.year > 50:
        year -= 100
    elif year - today.year < -49:
        year += 100
    month = int(text[2:4])
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    day = int(text[4:]) or last
    return dt.date(year, month, day) if day <= last else None


def _digits(text: str) -> bool:
    return text.isascii() and text.isdecimal()
