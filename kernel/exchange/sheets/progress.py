"""How far an import has come, told while its transaction is still open.

On PostgreSQL it is written on a connection of its own, so that any process can tell. SQLite has one writer, who is
busy importing: there the process itself remembers it.
"""

from sqlalchemy import select, update

from kernel.entities.work import session
from kernel.exchange.models import ImportProgress

__all__ = ["forget_progress", "progress_of", "tell_progress"]

_here: dict[int, int] = {}


def tell_progress(import_id: int, done: int) -> None:
    """Tell how many rows are through."""
    database = session().work.database
    if database.is_sqlite:
        _here[import_id] = done
        return
    with database.engine.begin() as own:
        own.execute(update(ImportProgress).where(ImportProgress.import_id == import_id).values(done=done))


def progress_of(import_id: int) -> int:
    """Give how many rows are through."""
    work = session().work
    if work.database.is_sqlite:
        return _here.get(import_id, 0)
    return work.connection.scalar(select(ImportProgress.done).where(ImportProgress.import_id == import_id)) or 0


def forget_progress(import_id: int) -> None:
    """Forget what this process told."""
    _here.pop(import_id, None)
