"""The shared models: one customer, one supplier, one product, whichever plugins are installed."""

from kernel.shared.models.currencies import Currency, CurrencyRate
from kernel.shared.models.parties import Address, Contact, Party
from kernel.shared.models.places import Country, Region
from kernel.shared.models.products import Product, ProductCategory, Tax
from kernel.shared.models.units import Unit

__all__ = [
    "Address", "Contact", "Country", "Currency", "CurrencyRate", "Party", "Product", "ProductCategory", "Region", "Tax",
    "Unit",
]
