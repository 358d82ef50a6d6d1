"""The public face of the stock, for plugins that require it.

    from plugins.erp_inventory.api import Movement, Posting, post

All quantities are in the product's own unit, values in the company's currency. Every function takes many at once and
sends a fixed number of statements; none commits, and rights on stock are not asked for: whoever calls has answered for
the document that moves the goods.
"""

from plugins.erp_inventory.moves.postings import Movement, Need, Posting, Stock
from plugins.erp_inventory.moves.services import post, reverse, stock_of
from plugins.erp_inventory.moves.signals import MovedLine, MoveKind
from plugins.erp_inventory.places.services import default_place
from plugins.erp_inventory.reservations.services import release, reserve, reserved_for

__all__ = [
    "MoveKind", "MovedLine", "Movement", "Need", "Posting", "Stock", "default_place", "post", "release", "reserve",
    "reserved_for", "reverse", "stock_of",
]
