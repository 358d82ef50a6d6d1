"""What each hook call answered is recorded where somebody asks for it, and costs nothing where nobody does."""

from __future__ import annotations

import logging
import timeit
from collections.abc import Iterator, Sequence
from types import ModuleType

import pytest
import structlog

from kernel.hooks.specifications import HookManager, ask, hook, spec, temporary_hooks
from kernel.hooks.tracing import logging_calls, recorder, recording


class Questions:
    """What may be asked."""

    @spec
    def weigh(self, things: Sequence[str]) -> Sequence[int | None]:  # type: ignore[empty-body]
        """Say how heavy things are."""


def module(name: str, function: object) -> ModuleType:
    made = ModuleType(name)
    setattr(made, "weigh", hook(function))  # type: ignore[arg-type]  # a function  # noqa: B010
    return made


def by_length(things: Sequence[str]) -> list[int]:
    return [len(thing) for thing in things]


def never(things: Sequence[str]) -> None:
    return None


def angrily(things: Sequence[str]) -> None:
    raise ValueError("too heavy")


@pytest.fixture
def manager() -> Iterator[HookManager]:
    with temporary_hooks() as made:
        made.add_specifications(Questions)
        made.register("scales", module("scales.hooks", by_length))
        made.register("mute", module("mute.hooks", never))
        yield made


def test_each_plugins_answer_is_kept_with_its_time(manager: HookManager) -> None:
    plain = ask.weigh(things=["a", "bbb"])
    with recording() as kept:
        assert ask.weigh(things=["a", "bbb"]) == plain == [[1, 3]]
    (call,) = kept.calls
    assert call.name == "weigh"
    assert call.arguments == {"things": "['a', 'bbb']"}
    assert [(each.plugin, each.said) for each in call.answers] == [("mute", ""), ("scales", "[1, 3]")]
    assert all(each.milliseconds >= 0 for each in call.answers)


def test_answers_come_in_the_same_order_as_without(manager: HookManager) -> None:
    manager.register("liar", module("liar.hooks", lambda things: [99 for _thing in things]))
    plain = ask.weigh(things=["a"])
    with recording():
        assert ask.weigh(things=["a"]) == plain == [[99], [1]]


def test_long_arguments_and_answers_are_shortened(manager: HookManager) -> None:
    with recording() as kept:
        ask.weigh(things=["x" * 1000] * 1000)
    assert len(kept.calls[0].arguments["things"]) <= 800
    assert all(len(each.said) <= 800 for each in kept.calls[0].answers)


def test_a_plugin_that_fails_is_kept_and_still_fails(manager: HookManager) -> None:
    manager.register("angry", module("angry.hooks", angrily))
    with recording() as kept, pytest.raises(ValueError, match="too heavy"):
        ask.weigh(things=["a"])
    assert [(each.plugin, each.failed, each.said) for each in kept.calls[0].answers] == [
        ("angry", True, "ValueError: too heavy")]


def test_nothing_is_kept_while_nobody_asks(manager: HookManager) -> None:
    with recording() as kept:
        pass
    ask.weigh(things=["a"])
    assert kept.calls == []
    assert recorder() is None


def test_off_it_costs_less_than_a_tenth_of_a_call(manager: HookManager) -> None:
    call = min(timeit.repeat(lambda: ask.weigh(things=["a"]), number=2000, repeat=5))
    look = min(timeit.repeat(recorder, number=2000, repeat=5))
    assert look < call / 10


@pytest.fixture
def log_from_info() -> Iterator[None]:
    """The log as `trellis run` has it, whatever level a command in this process has set."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    yield
    structlog.configure(**before)


@pytest.mark.usefixtures("log_from_info")
def test_the_switch_logs_every_call(manager: HookManager) -> None:
    logging_calls(True)
    try:
        with structlog.testing.capture_logs() as logs:
            ask.weigh(things=["a"])
    finally:
        logging_calls(False)
    (line,) = [each for each in logs if each["event"] == "hook.called"]
    assert line["hook"] == "weigh"
    assert line["asked_things"] == "['a']"
    assert line["answers"] == {"mute": "", "scales": "[1]"}
    assert line["milliseconds"].keys() == {"mute", "scales"}
    with structlog.testing.capture_logs() as logs:
        ask.weigh(things=["a"])
    assert logs == []
