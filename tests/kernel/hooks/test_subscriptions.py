"""What is checked when an installation starts: that everybody who listens can hear what they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol

import pytest

from kernel.errors import UsageError
from kernel.hooks import signals
from kernel.hooks.payloads import mismatches
from kernel.hooks.signals import signal
from kernel.hooks.subscriptions import check_subscriptions, signal_map
from tests.kernel.hooks.shop import OrderPlaced, listening


class Line(Protocol):
    product_id: int

    @property
    def quantity(self) -> Decimal: ...


class Wanted(Protocol):
    order_id: int
    lines: Sequence[Line]
    note: str | None


class LineWithPrice(Line, Protocol):
    price: Decimal


class TooMuch(Protocol):
    order_id: str
    note: str
    customer_id: int
    lines: Sequence[LineWithPrice]


def wants(events: Sequence[Wanted]) -> None:
    """Hear."""


def wants_too_much(events: Sequence[TooMuch]) -> None:
    """Hear."""


def says_nothing(events: Any) -> None:
    """Hear."""


def test_a_listener_whose_needs_are_met_is_fine() -> None:
    with listening("tests.order_placed", wants):
        assert check_subscriptions(["tests"]) == []


def test_an_unknown_signal_of_an_installed_plugin_stops_the_start() -> None:
    with listening("tests.order_plaqued", wants), pytest.raises(UsageError) as refused:
        check_subscriptions(["tests"])
    words = str(refused.value)
    assert "test_subscriptions.wants listens to tests.order_plaqued, which tests does not tell" in words
    assert "did you mean tests.order_placed?" in words


def test_a_listener_to_a_plugin_that_is_not_installed_sleeps() -> None:
    with listening("nobody.happened", wants):
        assert [each.signal for each in check_subscriptions(["tests"])] == ["nobody.happened"]


def test_every_missing_fact_is_named() -> None:
    with listening("tests.order_placed", wants_too_much), pytest.raises(UsageError) as refused:
        check_subscriptions(["tests"])
    words = str(refused.value)
    for each in (
        "OrderPlaced has no customer_id (it has order_id, lines, note)", "order_id is int, not str",
        "note is NoneType, not str", "OrderedLine has no lines[].price",
    ):
        assert each in words


def test_a_listener_must_say_what_it_needs() -> None:
    with listening("tests.order_placed", says_nothing), pytest.raises(UsageError, match="events: Sequence"):
        check_subscriptions(["tests"])


def test_a_raised_version_needs_its_upcasters() -> None:
    signal("tests.revised", OrderPlaced, version=2)
    try:
        with pytest.raises(UsageError, match=r"tests\.revised is at version 2 but has no upcaster from version 1"):
            check_subscriptions(["tests"])
    finally:
        del signals._signals["tests.revised"]


@dataclass(frozen=True)
class Coloured:
    colour: Literal["red", "green"]
    size: int | None


class WantsText(Protocol):
    colour: str


class WantsNumber(Protocol):
    colour: int


class WantsRed(Protocol):
    colour: Literal["red"]


@pytest.mark.parametrize(
    ("wanted", "problems"), [(WantsText, 0), (WantsNumber, 2), (WantsRed, 1), (Coloured, 0)])
def test_choices_are_compared_by_value(wanted: type, problems: int) -> None:
    assert len(list(mismatches(Coloured, wanted))) == problems


def test_the_map_says_who_tells_and_who_listens() -> None:
    with listening("tests.order_placed", wants), listening("nobody.happened", wants):
        lines = {line.name: line for line in signal_map()}
    told = lines["tests.order_placed"]
    assert (told.emitter, told.about) == ("tests", "Somebody ordered.")
    assert [each.name for each in told.listeners] == ["tests.wants"]
    assert told.facts["order_id"] == "int"
    assert lines["nobody.happened"].signal is None
