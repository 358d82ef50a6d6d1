"""Take material: components are reserved at release, and issued from the stock into work in progress."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from sqlalchemy import select

from kernel import AnyRef, Product, Refusal, _, as_system, format_number, session, update_rows
from plugins.erp_inventory.api import Movement, Need, Posting, post, reserve, reserved_for, stock_of
from plugins.erp_mrp.work_orders.making import fill_orders
from plugins.erp_mrp.work_orders.models import WorkOrder, WorkOrderComponent

ZERO = Decimal(0)


def line_ref(order: WorkOrder, component: WorkOrderComponent) -> AnyRef:
    """Refer to a component of an order as reservations and moves know it."""
    return AnyRef(component.__entity__, component.id, order.number)


def components_of(orders: Sequence[WorkOrder]) -> Mapping[int, Sequence[WorkOrderComponent]]:
    """Load the components of orders: one statement."""
    found: dict[int, list[WorkOrderComponent]] = {order.id: [] for order in orders}
    for each in session().scalars(
            select(WorkOrderComponent).where(WorkOrderComponent.work_order_id.in_(found))
            .order_by(WorkOrderComponent.id)):
        found[each.work_order_id].append(each)
    return found


def release(orders: Sequence[WorkOrder]) -> None:
    """Fill orders that are empty yet, and reserve what is free of their components: the effect of releasing.

    What isn't there is waited for, and offered as it comes in.
    """
    fill_orders(orders)
    components = components_of(orders)
    reserve([
        Need(AnyRef.to(order), line_ref(order, each), each.product_id, each.quantity, order.start_on or order.due_on)
        for order in orders for each in components[order.id] if each.quantity > 0])


def something_to_issue(orders: Sequence[WorkOrder]) -> Iterable[Refusal]:
    """Refuse orders whose material is issued already: a guard of issuing."""
    components = components_of(orders)
    for order in orders:
        if not any(to_issue(each) for each in components[order.id]):
            yield Refusal("NOTHING_TO_ISSUE", _("{number}: all its material is issued", number=order.number),
                          record=order, field="components",
                          fix=_("To issue more, enter how much beside the component, and why"))


def lacks_material(order: WorkOrder) -> bool:
    """Say whether anything is to be issued for an order: its page then offers it."""
    return any(to_issue(each) for each in order.components)


def reason_for_more(orders: Sequence[WorkOrder]) -> Iterable[Refusal]:
    """Refuse to issue more than needed without a reason: a guard of issuing."""
    components = components_of(orders)
    for order in orders:
        for each in components[order.id]:
            after = each.issued + to_issue(each)
            if after > each.quantity and to_issue(each) > 0 and not (each.over_reason or "").strip():
                yield Refusal(
                    "OVER_ISSUE", _("{number} needs {needed} of {product}, {after} would be issued",
                                    number=order.number, needed=format_number(each.quantity),
                                    product=each.product.title, after=format_number(after)),
                    record=order, field="components", actual=after, allowed=each.quantity,
                    fix=_("Issue less, or say beside the component why more is needed"))


def enough_there(orders: Sequence[WorkOrder]) -> Iterable[Refusal]:
    """Refuse where parts are missing, all of them named: a guard of issuing. Orders given first are served first.

    What others have reserved is theirs.
    """
    components = components_of(orders)
    kept = {ref.id: quantity for ref, quantity in reserved_for([AnyRef.to(order) for order in orders]).items()}
    wanted = {each.product_id for order in orders for each in components[order.id] if to_issue(each)}
    free = {product: stock.on_hand - stock.reserved for product, stock in stock_of(list(wanted)).items()}
    missing: dict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for order in orders:
        for each in components[order.id]:
            more = to_issue(each) - kept.get(each.id, ZERO)
            if more > 0:
                taken = min(more, max(free.get(each.product_id, ZERO), ZERO))
                free[each.product_id] = free.get(each.product_id, ZERO) - taken
                if taken < more:
                    missing[order.id][each.product_id] += more - taken
    if not missing:
        return
    products = {product for some in missing.values() for product in some}
    codes = dict(session().execute(select(Product.id, Product.code).where(Product.id.in_(products))).all())
    for order in orders:
        if parts := missing.get(order.id):
            named = ", ".join(f"{format_number(lacking)} {codes[product]}" for product, lacking in parts.items())
            yield Refusal(
                "STOCK_SHORT", _("{number} lacks {parts}", number=order.number, parts=named), record=order,
                field="components", actual=named,
                fix=_("Wait for the missing parts, or enter beside the components how much to issue now"))


def issue(orders: Sequence[WorkOrder]) -> None:
    """Post what is to be issued as moves, and gather its cost: the effect of issuing."""
    components = components_of(orders)
    taking = [[each for each in components[order.id] if to_issue(each)] for order in orders]
    moved = post([
        Posting(AnyRef.to(order), "issue", [
            Movement(each.product_id, to_issue(each), source_line=line_ref(order, each)) for each in some])
        for order, some in zip(orders, taking, strict=True)])
    rows = []
    for order, some, lines in zip(orders, taking, moved, strict=True):
        for each, line in zip(some, lines, strict=True):
            rows.append({"id": each.id, "version": each.version, "issued": each.issued - line.quantity,
                         "issuing": None, "issued_value": each.issued_value - line.value})
        order.material_cost -= sum((line.value for line in lines), ZERO)
        order.started_on = order.started_on or session().today
    with as_system("note what was issued"):
        update_rows(WorkOrderComponent, rows)
    session().flush()


def to_issue(component: WorkOrderComponent) -> Decimal:
    """Give how much of a component is to be issued now: what was entered, else all that is left."""
    if component.issuing is not None:
        return component.issuing
    return max(component.quantity - component.issued, ZERO)
