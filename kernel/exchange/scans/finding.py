"""Find the records that a code stands for: documents by number, anything by its code, goods by GTIN, lot or serial."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, func, literal, select, union_all

from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.entities.work import actor, session
from kernel.exchange.scans.declare import ScanView, scan_views
from kernel.permissions.rights import rights
from kernel.shared.gs1 import Code, gtin_forms

__all__ = ["MOST_FOUND", "find"]

MOST_FOUND = 16


def find(code: Code, kinds: Sequence[type[Entity]]) -> dict[type[Entity], list[int]]:
    """Give the ids of the records of one's company that a code stands for, by kind in the order of `kinds`.

    One statement. Which of them the actor may read is not asked here: whoever shows them loads them by their rights.
    """
    parts = [
        select(literal(cls.__entity__), cls.__table__.c.id)
        .where(_here(cls), cls.__table__.c.archived.is_(False), asked)
        for cls in kinds for asked in _asked(cls, code)]
    if not parts:
        return {}
    found: dict[str, list[int]] = {}
    for name, id_ in session().work.connection.execute(union_all(*parts).limit(MOST_FOUND)):
        ids = found.setdefault(name, [])
        if id_ not in ids:
            ids.append(id_)
    return {cls: found[cls.__entity__] for cls in kinds if cls.__entity__ in found}


def _here(cls: type[Entity]) -> ColumnElement[bool]:
    company = cls.__table__.c.company_id
    if cls.__company__ == "required":
        return company == actor().company_id
    return func.coalesce(company, 0).in_((0, actor().company_id))


def _asked(cls: type[Entity], code: Code) -> Iterator[ColumnElement[bool]]:
    """Yield a condition for each field of an entity, of those one may see, that the code may stand in."""
    table = cls.__table__.c
    view = scan_views.get(cls.__entity__)
    texts = {code.text, code.text.upper()}
    for field in rights().visible(cls):
        if view and field.name == view.gtin:
            yield table[field.column].in_(texts.union(gtin_forms(code.gtin) if code.gtin else ()))
        elif view and field.name == view.lot:
            yield _lot(cls, view, field, code)
        elif field.kind == "serial" or (field.searchable and field.name == "code"):
            yield table[field.column].in_(texts)


def _lot(cls: type[Entity], view: ScanView, field: Field, code: Code) -> ColumnElement[bool]:
    """Ask for a lot by its number; where the code names the product too, for that product's alone."""
    column = cls.__table__.c[field.column]
    link = cls.__fields__.get(view.of)
    if not code.gtin or link is None:
        return column.in_({code.text, code.text.upper()} | ({code.batch} if code.batch else set()))
    product = link.target.__table__.c
    gtin = product[link.target.__fields__[scan_views[link.target.__entity__].gtin].column]
    goods = select(product.id).where(gtin.in_(gtin_forms(code.gtin)))
    return (column == code.batch) & cls.__table__.c[link.column].in_(goods)
