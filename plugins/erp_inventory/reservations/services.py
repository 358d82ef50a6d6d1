"""Keep goods for those who need them, remember what they lack, and give up what isn't needed any more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Table, Update, bindparam, func, select, union, update

from kernel import AnyRef, Invalid, Problem, _, as_system
from plugins.erp_inventory.moves.book import open_book
from plugins.erp_inventory.moves.postings import Need
from plugins.erp_inventory.moves.signals import ShortLine, StockShort, stock_short
from plugins.erp_inventory.places.services import current_company
from plugins.erp_inventory.reservations.models import Reservation, Wait

_kept: Table = Reservation.__table__  # type: ignore[assignment]  # a mapped class's Table
_waits: Table = Wait.__table__  # type: ignore[assignment]  # a mapped class's Table


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept of a need, and in which unit."""

    quantity: Decimal
    unit_id: int


def reserve(needs: Sequence[Need]) -> list[Decimal]:
    """Keep free goods for needs, in their order and never more than there are; gives how many of each.

    The rest waits: goods that come in are offered to it, the earliest needed first. What is short is told by
    `stock_short`, once for all. A fixed number of statements. Raises Invalid for quantities of zero and less.
    """
    kept = keep(needs)
    tell_short(needs, kept)
    return [each.quantity for each in kept]


def keep(needs: Sequence[Need]) -> list[Kept]:
    """Keep free goods for needs and let the rest wait, without telling anybody what is short."""
    if not needs:
        return []
    wrong = [
        Problem("quantity", _("A quantity is greater than zero"), "QUANTITY", need.source) for need in needs
        if need.quantity <= 0]
    if wrong:
        raise Invalid(wrong)
    with as_system("keep goods"):
        book = open_book(need.product_id for need in needs)
        found = []
        for need in needs:
            given = book.keep(need.product_id, need.quantity, need.source, need.source_line, need.needed_on)
            if given < need.quantity:
                book.ledger.wait(
                    need.product_id, need.quantity - given, need.source, need.source_line, need.needed_on)
            found.append(Kept(given, book.products[need.product_id].unit_id))
        book.write()
    return found


def tell_short(
    needs: Sequence[Need], kept: Sequence[Kept], *, told_as: Mapping[AnyRef, tuple[AnyRef, AnyRef]] | None = None,
    because: Mapping[AnyRef, object] | None = None,
) -> None:
    """Tell `stock_short` for the documents that lack something, once for all.

    `told_as` gives the document and line to tell in place of a need's own, by its line (a sales order's for a
    delivery's); `because` the event that led to a document's needs.
    """
    short: dict[AnyRef, list[ShortLine]] = {}
    for need, given in zip(needs, kept, strict=True):
        if given.quantity < need.quantity:
            source, line = (told_as or {}).get(need.source_line, (need.source, need.source_line))
            short.setdefault(source, []).append(ShortLine(
                line, need.product_id, need.quantity - given.quantity, given.unit_id, need.needed_on))
    stock_short.tell(
        [StockShort(source, tuple(lines)) for source, lines in short.items()],
        because=[because[source] for source in short] if because else ())


def release(sources: Sequence[AnyRef]) -> None:
    """Give up everything that is kept for documents or that they wait for; others who wait are offered it."""
    if not sources:
        return
    ids = {source.id for source in sources}
    with as_system("give goods free") as system:
        company = current_company()
        products = system.work.connection.scalars(union(*(
            select(table.c.product_id).where(table.c.company_id == company, table.c.source_id.in_(ids))
            for table in (_kept, _waits)))).all()
        if not products:
            return
        book = open_book(products)
        for wait in book.ledger.waits_of(sources):
            book.ledger.satisfy(wait, wait.quantity)
        for kept in book.ledger.of_sources(sources):
            book.known_pile(kept.product_id, kept.place_id, kept.lot_id).keep(-kept.quantity)
            book.ledger.take(kept, kept.quantity)
        book.offer()
        book.write()


def reserved_for(sources: Sequence[AnyRef]) -> Mapping[AnyRef, Decimal]:
    """Give what is kept for documents now, by line (named as it was when it was reserved): one statement."""
    wanted = {(source.entity, source.id) for source in sources}
    line = (_kept.c.source_line_entity, _kept.c.source_line_id, _kept.c.source_line_title)
    with as_system("know what is kept") as system:
        rows = system.work.connection.execute(
            select(_kept.c.source_entity, _kept.c.source_id, *line, func.sum(_kept.c.quantity).label("quantity"))
            .where(_kept.c.company_id == current_company(), _kept.c.source_id.in_({id_ for _name, id_ in wanted}))
            .group_by(_kept.c.source_entity, _kept.c.source_id, *line)).all()
    return {
        AnyRef(row.source_line_entity, row.source_line_id, row.source_line_title): row.quantity for row in rows
        if (row.source_entity, row.source_id) in wanted}


def waited_for(products: Sequence[int]) -> dict[int, Decimal]:
    """Give how much of products is waited for: one statement."""
    with as_system("know what is waited for") as system:
        rows = system.work.connection.execute(
            select(_waits.c.product_id, func.sum(_waits.c.quantity))
            .where(_waits.c.company_id == current_company(), _waits.c.product_id.in_(set(products)))
            .group_by(_waits.c.product_id))
        return dict(rows.all())


def hand_over(lines: Mapping[int, tuple[AnyRef, AnyRef]]) -> None:
    """Let what is kept for lines (by id), and what they wait for, go over to other documents and lines."""
    if not lines:
        return
    with as_system("hand reservations over") as system:
        connection = system.work.connection
        for table in (_kept, _waits):
            connection.execute(_HAND_OVER[table.name], [
                {"b_old": old, "b_source": source.id, "b_title": source.title, "b_line": line.id,
                 "b_line_title": line.title} for old, (source, line) in lines.items()])


def _handing_over(table: Table) -> Update:
    return update(table).where(table.c.source_line_id == bindparam("b_old")).values(
        source_id=bindparam("b_source"), source_title=bindparam("b_title"), source_line_id=bindparam("b_line"),
        source_line_title=bindparam("b_line_title"), version=table.c.version + 1)


_HAND_OVER = {table.name: _handing_over(table) for table in (_kept, _waits)}
