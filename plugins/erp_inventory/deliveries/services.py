"""What one does with deliveries: make them, keep goods for them, ship them, take them back."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, bindparam, case, select, update

from kernel import AnyRef, Refusal, Spot, UpdateEach, _, as_system, format_number, insert_rows, session, workflow_of
from plugins.erp_inventory.deliveries.models import Delivery, DeliveryLine
from plugins.erp_inventory.documents import ZERO, plain, products_of
from plugins.erp_inventory.moves.book import refresh
from plugins.erp_inventory.moves.postings import Movement, Need, Posting
from plugins.erp_inventory.moves.services import post, reverse
from plugins.erp_inventory.places.models import Lot, Place
from plugins.erp_inventory.reservations.ledger import Told, follow
from plugins.erp_inventory.reservations.models import Reservation
from plugins.erp_inventory.reservations.services import Kept, hand_over, keep, release, tell_short

_lines: Table = DeliveryLine.__table__  # type: ignore[assignment]  # a mapped class's Table
_LINES_OF = (
    select(_lines).where(_lines.c.delivery_id.in_(bindparam("deliveries", expanding=True))).order_by(_lines.c.id))


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line of a delivery to be made, in the product's own unit."""

    product_id: int
    quantity: Decimal
    needed_on: dt.date | None = None
    source_line: AnyRef | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A delivery to be made; `event` is what was heard that led to it."""

    customer_id: int
    lines: Sequence[DraftLine]
    source: AnyRef | None = None
    ship_to_id: int | None = None
    promised_on: dt.date | None = None
    earlier_id: int | None = None
    event: object | None = None


def ship_deliveries(deliveries: Sequence[Delivery]) -> None:
    """Ship what is to go of open deliveries; the rest goes to a new delivery each.

    Raises Refusal NOTHING, NOT_RESERVED, STOCK_NEGATIVE or STATE, for one as for all.
    """
    _run("ship", deliveries)


def reserve_deliveries(deliveries: Sequence[Delivery]) -> None:
    """Keep goods for the lines of open deliveries made by hand."""
    _run("reserve", deliveries)


def cancel_deliveries(deliveries: Sequence[Delivery], reason: str | None = None) -> None:
    """Cancel open deliveries and give free what was kept for them; without a reason each must have its own."""
    _run("cancel", deliveries, {"cancel_reason": reason} if reason else None)


def reverse_deliveries(deliveries: Sequence[Delivery]) -> None:
    """Take shipped deliveries back into stock; an order they were made for is to be delivered again."""
    _run("reverse", deliveries)


def _run(action: str, deliveries: Sequence[Delivery], values: Mapping[str, object] | None = None) -> None:
    flow = workflow_of(Delivery)
    if flow is None:
        raise Refusal("NO_WORKFLOW", _("Deliveries have no workflow"))
    flow.run(action, deliveries, values)


def open_deliveries(drafts: Iterable[Draft]) -> list[Delivery]:
    """Make open deliveries and keep goods for their lines; what is short waits and is told, once for all.

    A fixed number of statements. Drafts may come from a generator over the events that led to them.
    """
    with as_system("make deliveries") as system:
        made: list[tuple[Delivery, Draft]] = []
        for draft in drafts:
            delivery = Delivery(
                customer_id=draft.customer_id, source=draft.source, ship_to_id=draft.ship_to_id,
                promised_on=draft.promised_on, earlier_id=draft.earlier_id)
            system.add(delivery)
            made.append((delivery, draft))
        system.flush()
        rows, needs, told_as, because = _rows_and_needs(made)
        kept = keep(needs)
        for row, given in zip(rows, kept, strict=True):
            row["unit_id"], row["reserved"], row["to_ship"] = given.unit_id, given.quantity, given.quantity
            row["short"] = row["quantity"] - given.quantity
        insert_rows(DeliveryLine, rows)
        _tell_short(needs, kept, told_as, because)
    return [delivery for delivery, _draft in made]


Refs = dict[AnyRef, tuple[AnyRef, AnyRef]]


def _tell_short(needs: Sequence[Need], kept: Sequence[Kept], told_as: Refs, because: Mapping[AnyRef, object]) -> None:
    tell_short(needs, kept, told_as=told_as, because=because or None)


def _rows_and_needs(
    made: Sequence[tuple[Delivery, Draft]]
) -> tuple[list[dict[str, Any]], list[Need], Refs, dict[AnyRef, object]]:
    ids = iter(session().work.take_ids(sum(len(draft.lines) for _delivery, draft in made)))
    rows: list[dict[str, Any]] = []
    needs: list[Need] = []
    told_as: Refs = {}
    because: dict[AnyRef, object] = {}
    for delivery, draft in made:
        document = AnyRef.to(delivery)
        if draft.event is not None:
            because[draft.source or document] = draft.event
        for line in draft.lines:
            id_ = next(ids)
            own = AnyRef(DeliveryLine.__entity__, id_, delivery.number)
            told_as[own] = (draft.source or document, line.source_line or own)
            needs.append(Need(document, own, line.product_id, line.quantity, line.needed_on or draft.promised_on))
            rows.append({
                "id": id_, "company_id": delivery.company_id, "delivery_id": delivery.id,
                "product_id": line.product_id, "quantity": line.quantity, **_named(line.source_line)})
    return rows, needs, told_as, because


def _named(ref: AnyRef | None) -> dict[str, Any]:
    return {
        "source_line_entity": ref.entity if ref else None, "source_line_id": ref.id if ref else None,
        "source_line_title": ref.title if ref else None}


def lines_of(deliveries: Sequence[Delivery]) -> dict[int, list[Any]]:
    """Read the lines of deliveries as plain rows, by delivery."""
    found: dict[int, list[Any]] = {delivery.id: [] for delivery in deliveries}
    for row in session().work.connection.execute(_LINES_OF, {"deliveries": list(found)}):
        found[row.delivery_id].append(row)
    return found


def reserved_spots(lines: Sequence[int]) -> dict[int, Spot]:
    """Say where the goods kept for delivery lines lie, and in which lots: one statement."""
    rows = session().execute(
        select(Reservation.source_line_id, Place.code, Lot.number)
        .join(Place, Place.id == Reservation.place_id).outerjoin(Lot, Lot.id == Reservation.lot_id)
        .where(Reservation.source_line_entity == DeliveryLine.__entity__, Reservation.source_line_id.in_(lines))
        .order_by(Reservation.source_line_id, Reservation.id))
    kept: dict[int, list[tuple[str, str | None]]] = {}
    for line, place, lot in rows:
        kept.setdefault(line, []).append((place, lot))
    return {
        line: Spot(parts[0][0], tuple(dict.fromkeys(lot for _place, lot in parts if lot)))
        for line, parts in kept.items()}


def may_ship(deliveries: Sequence[Delivery]) -> Iterable[Refusal]:
    """Refuse NOTHING where nothing is to go, NOT_RESERVED where more is to go than is kept: the guard of shipping."""
    lines = lines_of(deliveries)
    products = _product_names([row for rows in lines.values() for row in rows if row.to_ship > row.reserved])
    for delivery in deliveries:
        rows = lines[delivery.id]
        if not any(row.to_ship for row in rows):
            yield Refusal(
                "NOTHING", _("Nothing of {number} is to be shipped", number=delivery.number), record=delivery,
                field="lines", fix=_("Reserve goods for it, and say how many go"))
        for row in rows:
            if row.to_ship > row.reserved:
                yield Refusal(
                    "NOT_RESERVED",
                    _("{number}: {wanted} of {product} are to be shipped, but {reserved} are reserved",
                      number=delivery.number, wanted=format_number(row.to_ship), product=products[row.product_id],
                      reserved=format_number(row.reserved)),
                    record=delivery, field="to_ship", actual=plain(row.to_ship), allowed=plain(row.reserved),
                    fix=_("Ship what is reserved; the rest follows when goods come in"))


def _product_names(rows: Sequence[Any]) -> dict[int, str]:
    return {id_: product.code for id_, product in products_of(row.product_id for row in rows).items()}


def send_goods(deliveries: Sequence[Delivery]) -> None:
    """Move the goods out, and leave what didn't go to a new delivery each: the effect of shipping."""
    lines = lines_of(deliveries)
    post([
        Posting(
            document=AnyRef.to(delivery), kind="delivery", source=delivery.source, party_id=delivery.customer_id,
            day=delivery.shipped_on,
            lines=[
                Movement(row.product_id, row.to_ship, source_line=_source_line(row),
                         reserved_for=AnyRef(DeliveryLine.__entity__, row.id, delivery.number))
                for row in lines[delivery.id] if row.to_ship])
        for delivery in deliveries])
    with as_system("note what was shipped") as system:
        system.work.connection.execute(
            update(_lines).where(_lines.c.delivery_id.in_([delivery.id for delivery in deliveries]))
            .values(shipped=_lines.c.to_ship, reserved=ZERO, short=ZERO, to_ship=ZERO,
                    version=_lines.c.version + 1, changed_at=system.now, changed_by_id=system.actor.user_id))
        refresh(DeliveryLine, [row.id for rows in lines.values() for row in rows])
        _leave_rest(deliveries, lines)


def _leave_rest(deliveries: Sequence[Delivery], lines: Mapping[int, Sequence[Any]]) -> None:
    """Make a delivery of what didn't go, with the reservations and waits there were for it."""
    left = [
        (delivery, [row for row in lines[delivery.id] if row.quantity > row.to_ship]) for delivery in deliveries]
    left = [(delivery, rows) for delivery, rows in left if rows]
    if not left:
        return
    system = session()
    rests = [
        Delivery(customer_id=delivery.customer_id, ship_to_id=delivery.ship_to_id, source=delivery.source,
                 promised_on=delivery.promised_on, earlier_id=delivery.id)
        for delivery, _rows in left]
    system.add_all(rests)
    system.flush()
    ids = iter(system.work.take_ids(sum(len(rows) for _delivery, rows in left)))
    new: list[dict[str, Any]] = []
    over: dict[int, tuple[AnyRef, AnyRef]] = {}
    for rest, (_delivery, rows) in zip(rests, left, strict=True):
        for row in rows:
            id_, kept = next(ids), row.reserved - row.to_ship
            over[row.id] = (AnyRef.to(rest), AnyRef(DeliveryLine.__entity__, id_, rest.number))
            new.append({
                "id": id_, "company_id": rest.company_id, "delivery_id": rest.id, "product_id": row.product_id,
                "unit_id": row.unit_id, "quantity": row.quantity - row.to_ship, "reserved": kept, "to_ship": kept,
                "short": row.short, **_named(_source_line(row))})
    insert_rows(DeliveryLine, new)
    hand_over(over)


def keep_goods(deliveries: Sequence[Delivery]) -> None:
    """Keep goods for what is neither kept nor waited for yet: the effect of reserving."""
    needs = []
    numbers = {delivery.id: delivery for delivery in deliveries}
    for id_, rows in lines_of(deliveries).items():
        delivery = numbers[id_]
        for row in rows:
            missing = row.quantity - row.reserved - row.short
            if missing > 0:
                needs.append(Need(
                    AnyRef.to(delivery), AnyRef(DeliveryLine.__entity__, row.id, delivery.number), row.product_id,
                    missing, delivery.promised_on))
    tell_short(needs, keep(needs))


def give_free(deliveries: Sequence[Delivery]) -> None:
    """Give free what is kept for deliveries: the effect of releasing and of cancelling."""
    release([AnyRef.to(delivery) for delivery in deliveries])


def take_back(deliveries: Sequence[Delivery]) -> None:
    """Bring the goods back, to be delivered anew where an order wants them: the effect of reversing."""
    lines = lines_of(deliveries)
    open_deliveries([
        Draft(
            customer_id=delivery.customer_id, source=delivery.source, ship_to_id=delivery.ship_to_id,
            promised_on=delivery.promised_on, earlier_id=delivery.id,
            lines=[DraftLine(row.product_id, row.shipped, source_line=_source_line(row))
                   for row in lines[delivery.id] if row.shipped])
        for delivery in deliveries if delivery.source is not None])
    reverse([AnyRef.to(delivery) for delivery in deliveries])


def _source_line(row: Any) -> AnyRef | None:
    if row.source_line_id is None:
        return None
    return AnyRef(row.source_line_entity, row.source_line_id, row.source_line_title)


def _note_kept(changes: Sequence[Told]) -> None:
    """Write what is kept for delivery lines and what they lack; what is to ship follows unless somebody changed it."""
    _NOTE.run([{"id": each.line_id, "kept": each.kept, "lacking": each.lacking} for each in changes])
    refresh(DeliveryLine, [each.line_id for each in changes])


_NOTE = UpdateEach(
    DeliveryLine, {"kept": _lines.c.reserved.type, "lacking": _lines.c.short.type},
    lambda given: {
        "reserved": _lines.c.reserved + given["kept"], "short": _lines.c.short + given["lacking"],
        "to_ship": case(
            (_lines.c.to_ship == _lines.c.reserved, _lines.c.reserved + given["kept"]), else_=_lines.c.to_ship)})

follow(DeliveryLine.__entity__, _note_kept)

