"""The page of hooks: what may be asked here, who answers, and what each call answered."""

from __future__ import annotations

from dataclasses import dataclass

from .shown import Choice, Empty


@dataclass(frozen=True, slots=True)
class HookRow:
    """A question: its name, what it is asked with, what it means, who answers, in the order of their answers."""

    name: str
    asked_with: str
    about: str
    answering: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What one plugin said to a call, and how long it took."""

    plugin: str
    said: str
    took: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call: the question, what it was asked with, and the answers."""

    name: str
    asked: tuple[tuple[str, str], ...]
    took: str
    answers: tuple[AnswerRow, ...]


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request and the calls it made."""

    title: str
    at: str
    calls: tuple[CallRow, ...]


@dataclass(frozen=True, slots=True)
class HooksPage:
    """Everything the page shows; `choices` is empty for whoever may not have calls recorded."""

    rows: tuple[HookRow, ...]
    summary: str
    choices: tuple[Choice, ...] = ()
    state: str = ""
    """Says whether calls are being recorded, and for how long."""
    on: bool = False
    requests: tuple[RequestRow, ...] = ()
    none_yet: Empty | None = None
