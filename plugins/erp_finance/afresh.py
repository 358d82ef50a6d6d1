"""See what bulk verbs changed of records that are loaded: all of them in one statement, not each at its next use."""

from collections.abc import Sequence

from sqlalchemy import inspect, select

from kernel import Entity, session


def read_afresh(records: Sequence[Entity]) -> None:
    """Load records of one entity anew."""
    if records:
        cls = type(records[0])
        keys = [inspect(record).identity for record in records]  # asking for an expired id would load each by itself
        session().scalars(select(cls).where(cls.id.in_([key[0] for key in keys if key]))).all()
