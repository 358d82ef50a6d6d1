"""Count the goods of a document by scanning them, undo the last scan, and write what was counted to its lines."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, delete, func, insert, select

from kernel.entities.base import Entity, entities
from kernel.entities.work import current_work, session
from kernel.errors import Forbidden, NotFound, Refusal
from kernel.exchange import records
from kernel.exchange.listing import LARGEST_PAGE, Query
from kernel.exchange.rows import rows_of
from kernel.exchange.scans.declare import ScannedLot, ScanTask, Spot, scan_tasks, scan_views
from kernel.exchange.scans.finding import find
from kernel.exchange.scans.models import Scan
from kernel.i18n import _, format_number
from kernel.permissions.rights import rights
from kernel.shared.gs1 import Code, read_code
from kernel.shared.models import Product

__all__ = [
    "KEPT_FOR", "Count", "Line", "Work", "finish", "forget_scans", "offered", "open_work", "scan", "step", "undo",
]

KEPT_FOR = dt.timedelta(days=90)
"""How long scans wait for somebody to finish the document's count."""
ZERO = Decimal(0)
NOWHERE = Spot()
_scans: Table = Scan.__table__  # type: ignore[assignment]  # a mapped class's Table


@dataclass(frozen=True, slots=True)
class Line:
    """A product to count: what there should be and what was scanned. `id` is None for one the document lacks."""

    id: int | None
    product_id: int
    code: str
    name: str
    wanted: Decimal | None
    done: Decimal = ZERO
    lot: str = ""
    spot: Spot = NOWHERE

    @property
    def left(self) -> Decimal:
        """Say how much is still to be scanned."""
        return max((self.wanted or ZERO) - self.done, ZERO)


@dataclass(frozen=True, slots=True)
class Count:
    """The last scan of a document: what it was, and which of the lines it counted for."""

    id: int
    line: int
    lot: str
    quantity: Decimal
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Work:
    """A document being counted, as it stands."""

    record: Entity
    task: ScanTask
    lines: list[Line]
    last: Count | None = None
    """The last scan of the person who looks."""
    scans: int = 0
    """How many scans the lines were counted by."""


def offered(record: Entity) -> ScanTask | None:
    """Give the task that the current person may do on a document as it is, if there is one."""
    task = scan_tasks.get(record.__entity__)
    if task is None or not _fits(task, record) or not _may(task, type(record)):
        return None
    return task


def _fits(task: ScanTask, record: Any) -> bool:
    return (record.state == task.state and not record.archived
            and all(getattr(record, name) == value for name, value in task.only.items()))


def _may(task: ScanTask, cls: type[Entity]) -> bool:
    granted = rights()
    lines = cls.__fields__[task.lines].target
    return granted.may("change", cls.__entity__) and any(field.name == task.done for field in granted.writable(lines))


def open_work(cls: type[Entity], id_: int) -> Work:
    """Open a document for counting: a number of statements that doesn't depend on its lines or scans.

    Raises NotFound where there is no such document or task, Forbidden for want of a right, Refusal STATE where the
    document is past counting.
    """
    task = scan_tasks.get(cls.__entity__)
    if task is None:
        raise NotFound("PAGE", _("Nothing is scanned on {what}", what=cls.__plural__))
    record = records.get(cls, id_)
    if not _may(task, cls):
        raise Forbidden("CHANGE", _("None of your roles lets you count goods here"), record=record)
    if not _fits(task, record):
        raise Refusal("STATE", _("{title} can't be counted as it is now", title=record.title), record=record,
                      fix=_("Open it to see what has become of it"))
    return _with_scans(Work(record, task, _lines(record, task)))


def _lines(record: Entity, task: ScanTask) -> list[Line]:
    cls = type(record).__fields__[task.lines].target
    names = ["product", "product.code", "product.name", *filter(None, (task.wanted, task.lot))]
    lines: list[Line] = []
    cursor: str | None = None
    while True:
        page = Query(cls, filter=[[cls.__parent__, "eq", record.id]], sort=("id",), fields=names, cursor=cursor,
                     limit=LARGEST_PAGE).page()
        for row in page.rows:
            lot = row.values[task.lot] if task.lot else None
            lines.append(Line(
                row.id, row.values["product"].id, row.values["product.code"], row.values["product.name"],
                row.values[task.wanted] if task.wanted else None, lot=lot.title or "" if lot else ""))
        cursor = page.next_cursor
        if cursor is None:
            break
    spots = task.spots([line.id for line in lines if line.id]) if task.spots and lines else {}
    return [replace(line, spot=spots.get(line.id or 0, NOWHERE)) for line in lines]


def _with_scans(work: Work) -> Work:
    """Add what was scanned to the lines, and lines for what was scanned of products without one."""
    sums = session().work.connection.execute(
        select(_scans.c.line_id, _scans.c.product_id, _scans.c.lot, func.sum(_scans.c.quantity).label("done"),
               func.count().label("scans"))
        .where(_scans.c.record_id == work.record.id)
        .group_by(_scans.c.line_id, _scans.c.product_id, _scans.c.lot)
        .order_by(func.min(_scans.c.at), func.min(_scans.c.id))).all()
    lines = list(work.lines)
    at = {line.id: place for place, line in enumerate(lines)}
    new = [row for row in sums if row.line_id not in at]
    products = _products({row.product_id for row in new})
    for row in sums:
        place = at.get(row.line_id)
        if place is not None:
            line = lines[place]
            lines[place] = replace(line, done=line.done + row.done, lot=line.lot or row.lot)
        elif row.line_id is None and row.product_id in products:
            code, name = products[row.product_id]
            lines.append(Line(None, row.product_id, code, name, None, row.done, row.lot))
    return replace(work, lines=lines, last=_last(work, lines), scans=sum(row.scans for row in sums))


def _products(ids: set[int]) -> dict[int, tuple[str, str]]:
    if not ids:
        return {}
    rows = session().execute(select(Product.id, Product.code, Product.name).where(Product.id.in_(ids)))
    return {id_: (code, name) for id_, code, name in rows}


def _last(work: Work, lines: Sequence[Line]) -> Count | None:
    row = session().work.connection.execute(
        select(_scans).where(_scans.c.record_id == work.record.id, _scans.c.user_id == session().actor.user_id)
        .order_by(_scans.c.at.desc(), _scans.c.id.desc()).limit(1)).first()
    if row is None:
        return None
    at = next((place for place, line in enumerate(lines) if _is_line(line, row)), None)
    return None if at is None else Count(row.id, at, row.serial or row.lot, row.quantity, row.at)


def _is_line(line: Line, row: Any) -> bool:
    if row.line_id is not None or line.id is not None:
        return bool(line.id == row.line_id)
    return bool(line.product_id == row.product_id and line.lot == row.lot)


def scan(work: Work, text: str, key: str) -> None:
    """Count a scanned code: one, or as many as it says. The same key again counts nothing.

    Raises Refusal UNKNOWN_CODE, WRONG_PRODUCT, OTHER_LOT, SCANNED_BEFORE or COMPLETE.
    """
    if _known(key):
        return
    code = read_code(text, session().today)
    products, lot = _meant(code)
    if code.serial and _scanned_before(work, products, code.serial):
        raise Refusal("SCANNED_BEFORE", _("{serial} was scanned already", serial=code.serial), record=work.record,
                      fix=_("Each serial number counts once"))
    by = Decimal(code.count or 1)
    line = _line_of(work, products, lot, by)
    _write(work, line, by, key, replace(code, lot=lot))


def step(work: Work, at: int, by: Decimal, key: str) -> None:
    """Count one more or one less of a line by hand; never below nothing, and not above what is wanted."""
    if _known(key) or not 0 <= at < len(work.lines):
        return
    line = work.lines[at]
    if by > 0:
        _refuse_more(work, line, by)
    if line.done + by >= 0:
        _write(work, line, by, key, Code("", lot=line.lot))


def _known(key: str) -> bool:
    return session().work.connection.scalar(
        select(_scans.c.id).where(_scans.c.user_id == session().actor.user_id, _scans.c.key == key)) is not None


def _meant(code: Code) -> tuple[list[int], str]:
    """Say which products a code may mean, and the lot it names; a lot's number alone means its product."""
    if not code.text:
        raise Refusal("UNKNOWN_CODE", _("Scan a code, or type it"))
    lots = [entities()[name] for name, view in scan_views.items() if view.lot and name in entities()]
    found = find(code, [Product, *lots])
    if Product in found:
        return found[Product], code.batch
    for cls, ids in found.items():
        view = scan_views[cls.__entity__]
        rows = rows_of(cls, ids, [view.of, view.lot])[1]
        if rows:
            return [row.values[view.of].id for row in rows], str(rows[0].values[view.lot])
    raise Refusal("UNKNOWN_CODE", _("No product or lot has the code {code}", code=code.gtin or code.text),
                  fix=_("Enter it as the product's barcode, or count by hand"))


def _scanned_before(work: Work, products: Sequence[int], serial: str) -> bool:
    return session().work.connection.scalar(
        select(_scans.c.id).where(_scans.c.record_id == work.record.id, _scans.c.product_id.in_(products),
                                  _scans.c.serial == serial).limit(1)) is not None


def _line_of(work: Work, products: Sequence[int], lot: str, by: Decimal) -> Line:
    """Find the line that a product counts for: one that its lot suits, and that isn't complete if there is one."""
    of_product = [line for line in work.lines if line.product_id in products]
    if not of_product and not work.task.adds:
        [(code, name)] = list(_products(set(products[:1])).values()) or [("", "")]
        raise Refusal("WRONG_PRODUCT", _("{product} isn't on {title}", product=f"{code} {name}".strip(),
                                         title=work.record.title),
                      record=work.record, fix=_("Put it back"))
    suiting = [line for line in of_product if _suits(line, lot, work.task)]
    if not suiting and work.task.adds:
        return Line(None, products[0], "", "", None, lot=lot)
    if not suiting:
        right = ", ".join(dict.fromkeys(each for line in of_product for each in (line.spot.lots or (line.lot,))))
        raise Refusal("OTHER_LOT", _("{product}: lot {lot} isn't the one meant, {right} is",
                                     product=of_product[0].name, lot=lot, right=right),
                      record=work.record, fix=_("Take goods of the right lot"))
    line = next((each for each in suiting if each.left >= by), suiting[0])
    _refuse_more(work, line, by)
    return line


def _suits(line: Line, lot: str, task: ScanTask) -> bool:
    if not lot:
        return True
    if line.spot.lots:
        return lot in line.spot.lots
    return not task.lot or line.lot in ("", lot)


def _refuse_more(work: Work, line: Line, by: Decimal) -> None:
    if line.wanted is None or work.task.over or line.done + by <= line.wanted:
        return
    raise Refusal(
        "COMPLETE", _("{product}: {done} of {wanted} are counted, {more} more are too many", product=line.name,
                      done=format_number(line.done), wanted=format_number(line.wanted), more=format_number(by)),
        record=work.record, actual=line.done + by, allowed=line.wanted, fix=_("Put back what is too many"))


def _write(work: Work, line: Line, by: Decimal, key: str, code: Code) -> None:
    now = session()
    now.work.connection.execute(insert(_scans), [{
        "id": now.work.take_ids()[0], "user_id": now.actor.user_id, "key": key, "record_id": work.record.id,
        "line_id": line.id, "product_id": line.product_id, "lot": code.lot, "serial": code.serial,
        "expires_on": code.expires_on, "quantity": by, "at": now.now}])


def undo(work: Work, scan_id: int) -> None:
    """Take one's own scan back; once it is gone nothing happens."""
    session().work.connection.execute(delete(_scans).where(
        _scans.c.id == scan_id, _scans.c.record_id == work.record.id,
        _scans.c.user_id == session().actor.user_id))


def finish(work: Work) -> None:
    """Write what was scanned to the document's lines, and forget the scans.

    Raises Refusal NOTHING where nothing was scanned, SCANNED_MEANWHILE where somebody scanned more since the document
    was read, and what changing the document raises.
    """
    counted = [line for line in work.lines if line.done or (line.id is not None and not work.task.adds)]
    if not any(line.done for line in counted):
        raise Refusal("NOTHING", _("Nothing of {title} was scanned yet", title=work.record.title),
                      record=work.record, fix=_("Scan what there is"))
    data = [_written(line, work.task) for line in counted]
    for each, lot in zip(data, _lots(work, counted), strict=True):
        if lot is not None:
            each[work.task.lot] = lot
    records.change(type(work.record), [(work.record.id, None, {work.task.lines: data})])
    gone = session().work.connection.execute(delete(_scans).where(_scans.c.record_id == work.record.id)).rowcount
    if gone != work.scans:
        raise Refusal("SCANNED_MEANWHILE", _("Somebody scanned goods of {title} meanwhile", title=work.record.title),
                      record=work.record, fix=_("Look at the quantities and finish once more"))


def _written(line: Line, task: ScanTask) -> dict[str, object]:
    known: dict[str, object] = {"id": line.id} if line.id is not None else {"product": line.product_id}
    return {**known, task.done: str(line.done)}


def _lots(work: Work, lines: Sequence[Line]) -> list[int | None]:
    """Find or make the lots that were scanned, line by line; None where a line has none."""
    take = work.task.take_lots
    named = [line for line in lines if line.lot and line.done]
    if take is None or not named:
        return [None] * len(lines)
    expiries = dict(session().work.connection.execute(
        select(_scans.c.lot, func.max(_scans.c.expires_on)).where(_scans.c.record_id == work.record.id)
        .group_by(_scans.c.lot)).tuples().all())
    ids = iter(take([ScannedLot(line.product_id, line.lot, expiries.get(line.lot)) for line in named]))
    return [next(ids) if line.lot and line.done else None for line in lines]


def forget_scans() -> int:
    """Delete scans that nobody finished for long; tells how many."""
    work = current_work()
    return work.connection.execute(delete(_scans).where(_scans.c.at < work.now - KEPT_FOR)).rowcount
