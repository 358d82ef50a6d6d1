"""A small business the doors are tested on: a studio with patrons, their terms, and commissions with items."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy.orm import Mapped

from kernel.entities.base import Document, Entity
from kernel.entities.extension import Extension
from kernel.entities.fields import (
    boolean,
    choice,
    date,
    instant,
    integer,
    lines,
    link,
    money,
    note,
    quantity,
    serial,
    state,
    text,
)
from kernel.entities.types import Money, Quantity
from kernel.errors import Problem
from kernel.identity.models import User
from kernel.permissions.declare import grant
from kernel.workflows.machine import State, Transition, Workflow


class Patron(Entity, label="Patron", plural="Patrons", unique=[("code",)], tagged=True, mergeable=True):
    """Somebody who commissions works."""

    code: Mapped[str] = text(20, label="Code")
    name: Mapped[str] = text(80, label="Name", searchable=True)
    city: Mapped[str | None] = text(40, label="City", searchable=True)
    secret_note: Mapped[str | None] = text(80, label="Secret note")
    visits: Mapped[int] = integer(label="Visits", default=0)


class PatronTerms(Extension[Patron], slot="terms"):
    """What the studio grants a patron."""

    limit: Mapped[Money] = money(label="Limit", default=100)
    advisor: Mapped[User | None] = link(label="Advisor")


class Commission(Document, label="Commission", plural="Commissions", title="number", owner="owner"):
    """A work that a patron ordered."""

    number: Mapped[str] = serial("C-{n:04}")
    patron: Mapped[Patron] = link(label="Patron")
    patron_id: Mapped[int]
    owner: Mapped[User | None] = link(label="Owner")
    owner_id: Mapped[int | None]
    due: Mapped[dt.date | None] = date(label="Due", index=True)
    seen_at: Mapped[dt.datetime | None] = instant(label="Seen at")
    style: Mapped[str | None] = choice(("oil", "Oil"), ("ink", "Ink", "blue"), label="Style")
    urgent: Mapped[bool] = boolean(label="Urgent")
    remark: Mapped[str | None] = note(label="Remark")
    state: Mapped[str] = state("draft", label="State")
    total: Mapped[Money] = money(label="Total", default=0, readonly=True)
    items: Mapped[list[CommissionItem]] = lines("commission", label="Items")

    @classmethod
    def prepare(cls, records: Sequence[Commission]) -> None:
        for record in records:
            record.total = sum((item.quantity * item.price for item in record.items), Decimal(0))


class CommissionItem(Entity, label="Item", plural="Items", title="what"):
    """One piece of a commission."""

    commission: Mapped[Commission] = link(parent=True)
    commission_id: Mapped[int]
    what: Mapped[str] = text(60, label="What")
    quantity: Mapped[Quantity] = quantity(label="Quantity", default=1)
    price: Mapped[Money] = money(label="Price", default=0)

    @classmethod
    def check(cls, records: Sequence[CommissionItem]) -> Iterable[Problem]:
        for record in records:
            if record.quantity <= 0:
                yield Problem("quantity", "Quantity must be above zero", "QUANTITY", record)


Workflow(
    Commission, states=(State("draft", "Draft"), State("done", "Done", "green")),
    transitions=(Transition("finish", "Finish", source=("draft",), target="done", needs=("remark",)),))

EVERYTHING = (
    grant("tests.patron", "*"), grant("tests.commission", "*"), grant("tests.patron_terms", "*"),
)
