"""Whether somebody made a record of an entity yet: what ticks most steps of the first walk."""

from collections.abc import Callable

from sqlalchemy import select

from kernel.entities.base import entity
from kernel.entities.work import actor, session

__all__ = ["made"]

LATEST = 1000
"""Records looked at, the newest first: a step that was done long ago is no first step."""


def made(name: str, *, past: str = "") -> Callable[[], bool]:
    """Give the question whether the person made a record of an entity, and brought it past a state where one is named.

        done=made("erp_sales.order", past="draft")
    """
    def done() -> bool:
        columns = entity(name).__table__.c
        wanted = [columns.created_by_id, *([columns.state] if past else [])]
        latest = select(*wanted).order_by(columns.id.desc()).limit(LATEST).subquery().c
        mine = [latest.created_by_id == actor().user_id, *([latest.state != past] if past else [])]
        return session().work.connection.execute(select(1).where(*mine).limit(1)).first() is not None

    return done
