"""The demo company's tags: a few words on its customers and products, so that lists can be narrowed by them."""

from sqlalchemy import select

from kernel.entities.work import session
from kernel.shared.models import Party, Product
from kernel.tags.models import Tag
from kernel.tags.services import tag

CUSTOMERS = {
    # tag: colour, customers
    "Key account": ("violet", ("Nordrad GmbH", "Pacific Bike Co.", "Alpine Outdoor AG", "Kuroshio Cycles KK")),
    "Pays late": ("amber", ("Taichung Riders Club", "Bristol Pedal Ltd")),
    "Newsletter": ("blue", ("Nordrad GmbH", "Velo Lyon SAS", "Cykelhuset AB", "Southern Cross Sports")),
}
PRODUCTS = {"Spring range": ("green", ("RG29-M", "RG29-L", "G2C-700-54", "KID-20", "KID-24"))}


def found() -> None:
    """Make the tags and put them on."""
    current = session()
    for kind, named, wanted in ((Party, Party.name, CUSTOMERS), (Product, Product.code, PRODUCTS)):
        for name, (colour, keys) in wanted.items():
            current.add(Tag(name=name, colour=colour, entity=kind.__entity__))
            current.flush()
            tag(current.scalars(select(kind).where(named.in_(keys)).order_by(kind.id)).all(), [name])
