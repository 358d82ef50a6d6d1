"""Whose a new record is: its creator's, unless somebody else is named."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import inspect

from kernel.entities.work import actor
from kernel.identity.models import User

__all__ = ["Owned", "own_new_records"]


class Owned(Protocol):
    """A record with an owner: `owner: Mapped[User | None] = link()`."""

    owner: "User | None"
    owner_id: int | None


def own_new_records(records: Sequence["Owned"]) -> None:
    """Give new records without an owner to the person who creates them; for the `prepare` of an entity."""
    for record in records:
        if record.owner_id is None and record.owner is None and inspect(record).pending:
            record.owner_id = actor().user_id
