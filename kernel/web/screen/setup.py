"""Plugins: what is there, what installing brings, what uninstalling takes away. And signing in, and errors."""

from __future__ import annotations

from dataclasses import dataclass

from .form import Input
from .shown import Action, Choice, Refused


@dataclass(frozen=True, slots=True)
class PluginCard:
    """A plugin in the list. state is installed, available, broken or missing."""

    name: str
    label: str
    icon: str
    version: str
    summary: str
    state: str
    state_label: str
    needs: str = ""
    action: Action | None = None
    second: Action | None = None


@dataclass(frozen=True, slots=True)
class PluginsPage:
    """The list of plugins."""

    installed: tuple[PluginCard, ...]
    available: tuple[PluginCard, ...]
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of the preview: what, and how much."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PluginPreview:
    """What installing or uninstalling would do, before it is done."""

    title: str
    sentence: str
    verb: str
    url: str
    icon: str
    facts: tuple[Fact, ...]
    tables: tuple[Fact, ...] = ()
    blockers: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    archive: str = ""
    risk: bool = False
    back_href: str = ""
    choices: tuple[Choice, ...] = ()
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """The sign-in page."""

    url: str
    company: str = "Trellis"
    login: str = ""
    after: str = ""
    error: str = ""
    wait: str = ""
    locale: str = "en"
    locales: tuple[Choice, ...] = ()
    demo: tuple[tuple[str, str, str], ...] = ()
    """(login, password, what the person does) of a demo company"""
    providers: tuple[Choice, ...] = ()
    """Who else may vouch for somebody: each a link."""

    @property
    def lang(self) -> str:
        """Give the value of the page's lang attribute."""
        return self.locale.replace("_", "-")


@dataclass(frozen=True, slots=True)
class DoorStep:
    """A further page at the door: the code of the second factor, a new password by a link; `other` is a link."""

    title: str
    url: str
    text: str = ""
    inputs: tuple[Input, ...] = ()
    submit: str = ""
    autocomplete: str = "off"
    other: tuple[str, str] | None = None
    locale: str = "en"
    company: str = "Trellis"
    refused: Refused | None = None

    @property
    def lang(self) -> str:
        """Give the value of the page's lang attribute."""
        return self.locale.replace("_", "-")


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """A refusal as a page: what, why, the next step."""

    status: int
    title: str
    text: str
    fix: str = ""
    request_id: str = ""
    back: Action | None = None
    icon: str = "alert-triangle"
    why_href: str = ""
    """Where the refusal is explained: the rule and its role, or the grant that is missing."""


@dataclass(frozen=True, slots=True)
class FaultPage:
    """A fault shown to its developer: what was raised, and the lines of code that led there."""

    title: str
    lines: str
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """A page that opens `onwards` once the process is back."""

    title: str
    text: str
    onwards: str


@dataclass(frozen=True, slots=True)
class LogoPage:
    """The logo of a company's documents; picture is the address of the present one, empty where there is none."""

    title: str
    url: str
    picture: str
    back_href: str
    help: str
    refused: Refused | None = None
