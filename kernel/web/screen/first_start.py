"""The pages of the first start: the code from the terminal, the questions, and the making."""

from __future__ import annotations

from dataclasses import dataclass

from .form import Input
from .shown import Choice, Refused


@dataclass(frozen=True, slots=True)
class SetupStep:
    """A step in the list at the left: what it asks, and what was answered. state is done, now or empty."""

    label: str
    note: str
    href: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class AppCard:
    """An app one may take: what it is, what it needs, which roles it brings."""

    name: str
    label: str
    icon: str
    summary: str
    needs: str = ""
    roles: str = ""
    role_count: int = 0
    required: tuple[str, ...] = ()
    """The apps that come along with it."""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class SetupPage:
    """One page of questions; `apps` only where they are chosen."""

    title: str
    sentence: str
    url: str
    steps: tuple[SetupStep, ...]
    verb: str
    inputs: tuple[Input, ...] = ()
    apps: tuple[AppCard, ...] = ()
    presets: tuple[Choice, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    demo: bool = False
    back_href: str = ""
    refused: Refused | None = None
    lang: str = "en"
    locales: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class MakingPage:
    """How far the making is; asked again until it is done, or refused."""

    steps: tuple[SetupStep, ...]
    percent: int
    label: str
    refused: Refused | None = None
    lang: str = "en"


@dataclass(frozen=True, slots=True)
class CodePage:
    """Asks for the code that the terminal shows."""

    url: str
    error: str = ""
    fix: str = ""
    lang: str = "en"
    locales: tuple[Choice, ...] = ()
