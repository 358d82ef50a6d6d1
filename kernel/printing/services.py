"""Print records: the one service behind the pages and the API."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kernel.entities.base import Entity
from kernel.errors import NotFound
from kernel.exchange.rows import Row
from kernel.i18n import _
from kernel.permissions.rights import rights
from kernel.printing.declare import Printout, offered
from kernel.printing.filling import fill, load
from kernel.printing.typesetting import pages, typeset

__all__ = ["Printed", "chosen_document", "draw_records", "print_records"]


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF and the name it is kept under."""

    content: bytes
    filename: str


def print_records(cls: type[Entity], ids: Sequence[int], document: str = "", language: str = "") -> Printed:
    """Print records into one PDF, each in its party's language where none is asked for.

    Without a document's name each record's usual one is printed. Raises Forbidden where the entity isn't open, and
    NotFound where a record isn't there or isn't open, or has no such document now.
    """
    chosen = _chosen(cls, ids, document)
    content = typeset([printout for _row, printout in chosen], fill(cls, chosen, language))
    return Printed(content, _filename(cls, [row for row, _printout in chosen]))


def draw_records(cls: type[Entity], ids: Sequence[int], document: str = "", language: str = "") -> list[bytes]:
    """Give the pages that `print_records` prints as PNG pictures."""
    chosen = _chosen(cls, ids, document)
    return pages([printout for _row, printout in chosen], fill(cls, chosen, language))


def chosen_document(cls: type[Entity], id_: int, document: str) -> tuple[Row, Printout]:
    """Give a record with the document it is to be printed as; raises what printing would."""
    return _chosen(cls, [id_], document)[0]


def _chosen(cls: type[Entity], ids: Sequence[int], document: str) -> list[tuple[Row, Printout]]:
    rights().demand("read", cls.__entity__)
    rows = load(cls, ids)
    if not rows or len(rows) < len(set(ids)):
        raise NotFound("NO_SUCH_RECORD", _("There is no such {what}, or it isn't open to you", what=cls.__label__))
    return [(row, _document(cls, row, document)) for row in rows]


def _document(cls: type[Entity], row: Row, name: str) -> Printout:
    found = next((each for each in offered(cls, row.values) if name in ("", each.name)), None)
    if found is None:
        raise NotFound("NO_SUCH_DOCUMENT", _("{title} can't be printed as that now", title=row.title))
    return found


def _filename(cls: type[Entity], rows: Sequence[Row]) -> str:
    """Name the file by the record's number, or by what the records are."""
    name = rows[0].title if len(rows) == 1 else str(cls.__plural__)
    return (re.sub(r"[^\w.()-]+", "-", name).strip("-.") or "document")[:80] + ".pdf"
