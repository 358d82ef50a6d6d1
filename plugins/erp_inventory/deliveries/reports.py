"""What is still to be delivered, line by line."""

from decimal import Decimal

from sqlalchemy import select

from kernel import Parameter, Party, Product, ReportTable, _, report, session
from plugins.erp_inventory.deliveries.models import Delivery, DeliveryLine


@report(_("Open deliveries"),
        Parameter("show", _("Show"), choices=(
            ("ready", _("Ready to ship")), ("short", _("Lacking goods")), ("late", _("Late")))),
        needs="erp_inventory.delivery",
    shows="erp_inventory.delivery.promised_on erp_inventory.delivery_line.quantity "
          "erp_inventory.delivery_line.reserved erp_inventory.delivery_line.short", icon="truck-delivery",
        help=_("What is wanted, what is kept for it and what it lacks, the earliest promised first"))
def open_deliveries(show: str | None = None) -> ReportTable:
    """List the lines of open deliveries."""
    wanted = (
        select(Delivery.id, Delivery.number, Delivery.promised_on, Party.name, Product.code, DeliveryLine.quantity,
               DeliveryLine.reserved, DeliveryLine.short, Delivery.source_title)
        .join(Delivery, Delivery.id == DeliveryLine.delivery_id).join(Party, Party.id == Delivery.customer_id)
        .join(Product, Product.id == DeliveryLine.product_id)
        .where(Delivery.state == "open", Delivery.archived.is_(False))
        .order_by(Delivery.promised_on.is_(None), Delivery.promised_on, Delivery.id, DeliveryLine.id).limit(2000))
    if show == "ready":
        wanted = wanted.where(DeliveryLine.reserved >= DeliveryLine.quantity)
    elif show == "short":
        wanted = wanted.where(DeliveryLine.short > Decimal(0))
    elif show == "late":
        wanted = wanted.where(Delivery.promised_on < session().today)
    found = session().execute(wanted).all()
    return ReportTable(
        columns=(("delivery", _("Delivery"), "text"), ("source", _("Made for"), "text"),
                 ("customer", _("Customer"), "text"), ("promised_on", _("Promised"), "date"),
                 ("product", _("Product"), "text"), ("quantity", _("Wanted"), "quantity"),
                 ("reserved", _("Reserved"), "quantity"), ("short", _("Short"), "quantity")),
        rows=[(row.number, row.source_title, row.name, row.promised_on, row.code, row.quantity, row.reserved, row.short)
              for row in found],
        totals={name: sum((getattr(row, name) for row in found), Decimal(0))
                for name in ("quantity", "reserved", "short")},
        links=[f"/erp_inventory/delivery/{row.id}" for row in found])
