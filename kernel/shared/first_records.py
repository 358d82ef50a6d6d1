"""What every installation starts with: the countries, the currencies in use, the common units of measure.

Countries and currencies come from the Unicode CLDR, as the Babel library carries it: a currency is in use where it
is legal tender somewhere today.
"""

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_precision, get_currency_symbol

from kernel.entities.bulk import insert_rows
from kernel.entities.work import session
from kernel.shared.models.currencies import Currency
from kernel.shared.models.places import Country
from kernel.shared.models.units import Unit

__all__ = ["UNITS", "make"]

UNITS = (
    # code, name, base unit, numerator, denominator, decimals
    ("PCS", "Piece", None, 1, 1, 0), ("DZ", "Dozen", "PCS", 12, 1, 0), ("PR", "Pair", "PCS", 2, 1, 0),
    ("KG", "Kilogram", None, 1, 1, 3), ("G", "Gram", "KG", 1, 1000, 0), ("LB", "Pound", "KG", 45359237, 100000000, 3),
    ("M", "Metre", None, 1, 1, 3), ("CM", "Centimetre", "M", 1, 100, 1), ("L", "Litre", None, 1, 1, 3),
    ("H", "Hour", None, 1, 1, 2), ("D", "Day", None, 1, 1, 2),
)
NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
"""Two-letter codes of CLDR that name no country: unions, outlying regions, test locales."""


def make() -> None:
    """Write the records; the codes are what imports match on."""
    english = Locale("en")
    names = {code: name for code, name in english.territories.items() if len(code) == 2 and code.isalpha()}
    insert_rows(Country, [
        {"code": code, "name": name[:80]} for code, name in sorted(names.items()) if code not in NO_COUNTRY])
    insert_rows(Currency, [
        {"code": code, "name": english.currencies.get(code, code)[:80], "decimals": get_currency_precision(code),
         "symbol": get_currency_symbol(code, locale="en")[:8]}
        for code in sorted(_legal_tender())])
    units: dict[str, Unit] = {}
    for code, name, base, numerator, denominator, decimals in UNITS:
        units[code] = Unit(code=code, name=name, numerator=numerator, denominator=denominator, decimals=decimals)
        units[code].base = units[base] if base else None
    session().add_all(units.values())
    session().flush()


def _legal_tender() -> set[str]:
    """Give the currencies that are legal tender in some territory now."""
    return {
        code for spans in get_global("territory_currencies").values()
        for code, _first, last, tender in spans if tender and last is None}
