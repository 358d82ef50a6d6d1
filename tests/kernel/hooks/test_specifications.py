"""Questions and answers between plugins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import pytest

from kernel.entities.database import Database
from kernel.entities.work import Actor, unit_of_work
from kernel.errors import UsageError
from kernel.hooks.participation import switch_off, switch_on
from kernel.hooks.specifications import HookManager, ask, hook, hook_map, hooks, spec, temporary_hooks


class Questions:
    @staticmethod
    @spec
    def asked_price(products: Sequence[int]) -> Sequence[int]:
        """Ask what products cost."""
        raise NotImplementedError


def module(name: str, **functions: Any) -> ModuleType:
    made = ModuleType(name)
    for key, function in functions.items():
        setattr(made, key, hook(function))
    return made


@pytest.fixture
def manager() -> Iterator[HookManager]:
    with temporary_hooks() as fresh:
        fresh.add_specifications(Questions)
        fresh.add_specifications(Questions)
        yield fresh


def test_every_plugin_that_answers_is_heard(manager: HookManager) -> None:
    manager.register("alpha", module("plugins.alpha.hooks", asked_price=lambda products: [1 for _ in products]))
    manager.register("beta", module("plugins.beta.hooks", asked_price=lambda products: [2 for _ in products]))
    assert hooks().asked_price(products=[7, 8]) == [[2, 2], [1, 1]]
    assert hook_map()["asked_price"] == ("Ask what products cost.", ["alpha", "beta"])


def test_a_plugin_that_was_unloaded_answers_no_more(manager: HookManager) -> None:
    answers = module("plugins.alpha.hooks", asked_price=lambda products: [1])
    manager.register("alpha", answers)
    manager.register("alpha", answers)
    assert ask.asked_price(products=[7]) == [[1]]
    manager.unregister("alpha")
    assert ask.asked_price(products=[7]) == []


def test_a_plugin_that_was_uninstalled_answers_no_more_in_that_installation(
    manager: HookManager, database: Database, system: Actor
) -> None:
    manager.register("alpha", module("plugins.alpha.hooks", asked_price=lambda products: [1]))
    manager.register("beta", module("plugins.beta.hooks", asked_price=lambda products: [2]))
    switch_off("alpha")
    assert ask.asked_price(products=[7]) == [[2]]
    with unit_of_work(system):
        assert ask.asked_price(products=[7]) == [[2]]
    switch_on("alpha")
    assert ask.asked_price(products=[7]) == [[2], [1]]
    with pytest.raises(AttributeError):
        ask.unit_prize(products=[7])


def test_an_answer_to_no_question_stops_the_start(manager: HookManager) -> None:
    manager.register("alpha", module("plugins.alpha.hooks", unit_prize=lambda products: [1]))
    with pytest.raises(UsageError, match="unit_prize"):
        manager.check()


def test_an_answer_that_asks_for_other_arguments_is_refused(manager: HookManager) -> None:
    with pytest.raises(UsageError, match=r"(?s)plugins\.alpha\.hooks.*customers"):
        manager.register("alpha", module("plugins.alpha.hooks", asked_price=lambda customers: [1]))


def test_the_process_keeps_its_own_answers_while_a_test_has_others(manager: HookManager) -> None:
    manager.register("alpha", module("plugins.alpha.hooks", asked_price=lambda products: [1]))
    with temporary_hooks() as other:
        assert other.caller("asked_price")(products=[7]) == []
    assert hooks().asked_price(products=[7]) == [[1]]
