"""Find the places a company's goods lie in and move between, made where there are none yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from kernel import Company, ReadOnce, Refusal, ScannedLot, _, actor, as_system, company_currency, rows_written, session
from plugins.erp_inventory.places.models import STOCK, Lot, Place, Warehouse

OUTSIDE = (
    ("supplier", "SUPPLIERS", _("At suppliers")), ("customer", "CUSTOMERS", _("At customers")),
    ("production", "PRODUCTION", _("In production")), ("loss", "FOUND-LOST", _("Found and lost")),
    ("transit", "TRANSIT", _("In transit")),
)
"""The places that goods come from and go to: kind, code, name."""
MAIN = "MAIN"


@dataclass(frozen=True, slots=True)
class Grounds:
    """What every posting of a company stands on: its first place of each kind and the step its values round to."""

    places: dict[str, int]
    step: Decimal


_known: ReadOnce[int, Grounds] = ReadOnce(Place, Company)


def grounds() -> Grounds:
    """Give the current company's first places by kind, made where missing; asked once in a unit of work."""
    company = current_company()
    return _known.get([company], _read)[company]


def _read(companies: Iterable[int]) -> dict[int, Grounds]:
    with as_system("know the company's places") as system:
        connection = system.work.connection
        found = {}
        for company in companies:
            found[company] = _ask(connection, company)
            if len(found[company].places) <= len(OUTSIDE):
                _make(connection, company, found[company].places)
                found[company] = _ask(connection, company)
        return found


def current_company() -> int:
    """Give the company one works in; raises Refusal NO_COMPANY outside of one."""
    company = actor().company_id
    if company is None:
        raise Refusal("NO_COMPANY", _("Stock belongs to a company: work in one"))
    return company


def default_place() -> int:
    """Give the place goods go to where nobody says another: the company's first of kind “stock”."""
    return grounds().places[STOCK]


def _ask(connection: Any, company: int) -> Grounds:
    rows = connection.execute(
        select(Place.kind, func.min(Place.id))
        .where(Place.company_id == company, Place.archived.is_(False)).group_by(Place.kind))
    return Grounds(dict(rows.all()), company_currency().step)


def _make(connection: Any, company: int, known: dict[str, int]) -> None:
    """Make the places that are missing; two who begin at once make each only once."""
    if STOCK not in known:
        _insert(connection, Warehouse, company, [{"code": MAIN, "name": str(_("Main warehouse"))}])
        warehouse = connection.scalar(select(func.min(Warehouse.id)).where(Warehouse.company_id == company))
        _insert(connection, Place, company, [
            {"code": MAIN, "name": str(_("Main stock")), "kind": STOCK, "warehouse_id": warehouse, "parent_id": None}])
    _insert(connection, Place, company, [
        {"code": code, "name": str(name), "kind": kind, "warehouse_id": None, "parent_id": None}
        for kind, code, name in OUTSIDE if kind not in known])


def _insert(connection: Any, cls: Any, company: int, rows: list[dict[str, Any]]) -> None:
    if rows:
        rows_written(cls, insert_unless_there(connection, cls.__table__, company, rows))


def insert_unless_there(connection: Any, table: Table, company: int, rows: list[dict[str, Any]]) -> Sequence[int]:
    """Insert rows, leaving out those whose unique key somebody else has taken meanwhile; gives the ids they took."""
    current = session()
    insert: Any = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert
    stamp = {
        "company_id": company, "version": 1, "archived": False, "created_at": current.now, "changed_at": current.now,
        "created_by_id": current.actor.user_id, "changed_by_id": current.actor.user_id,
    }
    ids: Sequence[int] = current.work.take_ids(len(rows))
    connection.execute(
        insert(table).on_conflict_do_nothing(),
        [{"id": id_, **stamp, **row} for id_, row in zip(ids, rows, strict=True)])
    return ids


def take_lots(scanned: Sequence[ScannedLot]) -> list[int]:
    """Find or make the lots that were scanned on goods that come in; gives their ids in order."""
    wanted = {(each.product_id, each.number): each for each in scanned}
    products, numbers = {product for product, _number in wanted}, {number for _product, number in wanted}
    found = {(product, number): id_ for id_, product, number in session().execute(
        select(Lot.id, Lot.product_id, Lot.number).where(
            Lot.company_id == current_company(), Lot.product_id.in_(products), Lot.number.in_(numbers)))}
    made = [Lot(product_id=each.product_id, number=each.number, expires_on=each.expires_on)
            for key, each in wanted.items() if key not in found]
    session().add_all(made)
    session().flush()
    found.update({(lot.product_id, lot.number): lot.id for lot in made})
    return [found[each.product_id, each.number] for each in scanned]
