"""Promises with a date, an amount and states, one made because of another: what the tests of chains play with."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy.orm import Mapped

from kernel.entities.base import Document
from kernel.entities.fields import AnyRef, choice, date, money, percent, ref, serial, state
from kernel.entities.types import Money
from kernel.workflows.machine import State, Transition, Workflow


class Pledge(Document, label="Pledge", title="number", icon="flag"):
    """A promise to somebody."""

    number: Mapped[str] = serial("PL-{n:04}", label="Number")
    promised_on: Mapped[dt.date | None] = date(label="Promised")
    total: Mapped[Money] = money(label="Total", default=0)
    state: Mapped[str] = state("open", label="State")
    source: Mapped[AnyRef | None] = ref(label="Source")
    source_id: Mapped[int | None]


class Visit(Document, label="Visit", title="number"):
    """Somebody came because of a pledge."""

    number: Mapped[str] = serial("VI-{n:04}", label="Number")
    source: Mapped[AnyRef | None] = ref(label="Source")


class Hope(Document, label="Hope", title="number"):
    """What is awaited because of a pledge: its state follows from what came, without a workflow."""

    number: Mapped[str] = serial("HO-{n:04}", label="Number")
    expected_on: Mapped[dt.date | None] = date(label="Expected", kept_by="arrived")
    arrived: Mapped[Decimal] = percent(label="Arrived", default=0)
    state: Mapped[str] = choice(
        ("open", "Open", "blue"), ("partly", "Partly", "violet"), ("done", "Done", "green"), label="State",
        default="open")
    source: Mapped[AnyRef | None] = ref(label="Source")


class Seat(Document, label="Seat", title="number"):
    """A place that somebody has: nothing better follows, it can only be given up."""

    number: Mapped[str] = serial("SE-{n:04}", label="Number")
    state: Mapped[str] = state("asked", label="State")


class Echo(Document, label="Echo", title="number"):
    """What services alone write down of a pledge."""

    number: Mapped[str] = serial("EC-{n:04}", label="Number")
    total: Mapped[Money] = money(label="Total", default=0, readonly=True)


flow = Workflow(
    Pledge, states=(State("open", "Open", "amber"), State("begun", "Begun", "blue"),
                    State("kept", "Kept", "green", final=True)),
    transitions=(Transition("begin", "Begin", ("open",), "begun"), Transition("keep", "Keep", ("begun",), "kept")))

seats = Workflow(
    Seat, states=(State("asked", "Asked for", "amber"), State("taken", "Taken", "green"),
                  State("left", "Given up", "red", final=True)),
    transitions=(Transition("take", "Take", ("asked",), "taken"),
                 Transition("leave", "Give up", ("asked", "taken"), "left")))
