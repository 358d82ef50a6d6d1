"""The guided first walk: its card on home, and the popover that points at what to press."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WalkStep:
    """A step: what to do, and in one sentence why."""

    name: str
    label: str
    why: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class WalkCard:
    """The steps that fit the person; next names the one to do now."""

    steps: tuple[WalkStep, ...]
    summary: str
    next: str = ""

    @property
    def percent(self) -> int:
        """Give how much is done."""
        return 100 * sum(step.done for step in self.steps) // len(self.steps)


@dataclass(frozen=True, slots=True)
class Pointer:
    """What the popover says, and the selector of what it points at."""

    title: str
    text: str
    target: str = ""
