"""What each hook call answered: recorded while somebody asks for it, and not at all otherwise.

A recorded question is put to each plugin alone, so that each has its own answer and its own time. Off, it costs the
look at one variable.
"""

import reprlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import structlog

__all__ = ["HookCall", "PluginAnswer", "Recorder", "logging_calls", "recorder", "recording", "traced"]

log = structlog.get_logger("trellis.hooks")

Question = Callable[..., list[Any]]


@dataclass(frozen=True, slots=True)
class PluginAnswer:
    """What one plugin said, shortened, and how long it thought; `said` is empty where it had nothing to say."""

    plugin: str
    said: str
    milliseconds: float
    failed: bool = False


@dataclass(frozen=True, slots=True)
class HookCall:
    """One question with its arguments, shortened, and the answers in the order in which the asker gets them."""

    name: str
    arguments: Mapping[str, str]
    answers: tuple[PluginAnswer, ...]

    @property
    def milliseconds(self) -> float:
        """Give the time of all answers together."""
        return sum(each.milliseconds for each in self.answers)


@dataclass(slots=True)
class Recorder:
    """Keeps the calls of a request."""

    calls: list[HookCall] = field(default_factory=list)
    most: int = 200

    def note(self, call: HookCall) -> None:
        """Keep a call, of the first so many."""
        if len(self.calls) < self.most:
            self.calls.append(call)


class _Log(Recorder):
    """Writes each call to the log instead."""

    def note(self, call: HookCall) -> None:
        log.info("hook.called", hook=call.name, **{f"asked_{name}": value for name, value in call.arguments.items()},
                 answers={each.plugin: each.said for each in call.answers},
                 milliseconds={each.plugin: round(each.milliseconds, 2) for each in call.answers})


_recorder: ContextVar[Recorder | None] = ContextVar("hook_recorder", default=None)
_always: Recorder | None = None
"""Set by TRELLIS_TRACE_HOOKS=1 for the whole process."""


def recorder() -> Recorder | None:
    """Give what keeps the calls now; None while nobody asks for it."""
    return _recorder.get() or _always


def logging_calls(on: bool) -> None:
    """Log every call of this process, or no longer."""
    global _always
    _always = _Log() if on else None


@contextmanager
def recording() -> Iterator[Recorder]:
    """Keep the calls of a block."""
    kept = Recorder()
    token = _recorder.set(kept)
    try:
        yield kept
    finally:
        _recorder.reset(token)


def traced(keeper: Recorder, name: str, questions: Mapping[str, Question]) -> Question:
    """Make what puts a question to each plugin in turn, notes what each said, and gives all answers as one."""

    def ask(**arguments: Any) -> list[Any]:
        answers: list[Any] = []
        said: list[PluginAnswer] = []
        try:
            for plugin, question in questions.items():
                began = time.perf_counter()
                try:
                    found = question(**arguments)
                except BaseException as error:
                    said.append(PluginAnswer(plugin, f"{type(error).__name__}: {error}"[:500], _since(began), True))
                    raise
                said.append(PluginAnswer(plugin, _short(found[0]) if found else "", _since(began)))
                answers += found
        finally:
            keeper.note(HookCall(name, {key: _short(value) for key, value in arguments.items()}, tuple(said)))
        return answers

    return ask


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


_shortener = reprlib.Repr()
_shortener.maxlevel = 4
_shortener.maxlist = _shortener.maxtuple = _shortener.maxdict = _shortener.maxset = 5
_shortener.maxstring = 80
_shortener.maxother = 200


def _short(value: object) -> str:
    """Write a value as code would, but no longer than somebody reads."""
    return _shortener.repr(value)[:800]
