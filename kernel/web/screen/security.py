"""What somebody sees of their own sign-in: password, second factor, sessions, tokens; and what administrators see."""

from __future__ import annotations

from dataclasses import dataclass

from .form import Input
from .shown import Action, Choice, Refused, Shown


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A browser that is signed in; end_url ends it, empty for the one at hand."""

    what: str
    how: str
    place: str
    since: str
    seen: str
    current: bool = False
    end_url: str = ""


@dataclass(frozen=True, slots=True)
class LinkRow:
    """Who one is at a sign-in provider."""

    provider: str
    email: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class SecurityPage:
    """One's own sign-in. factor is the sentence about the second factor; factor_on says whether it is set up."""

    title: str
    sessions: tuple[SessionRow, ...]
    password_href: str
    factor: str
    factor_on: bool
    factor_demanded: bool
    tokens: str
    events: tuple[EventRow, ...]
    links: tuple[LinkRow, ...] = ()
    others: int = 0


@dataclass(frozen=True, slots=True)
class FactorPage:
    """Setting up the second factor, or what may be done with the one there is. picture is a QR code as a data URI."""

    title: str
    url: str
    on: bool
    demanded: bool = False
    picture: str = ""
    secret: str = ""
    left: int = 0
    since: str = ""
    input: Input | None = None
    codes: tuple[str, ...] = ()
    """Recovery codes, shown once."""
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token: what it may, until when, when it was last used."""

    label: str
    user: str
    scopes: str
    made: str
    expires: str
    used: str
    state: Shown
    revoke_url: str = ""


@dataclass(frozen=True, slots=True)
class TokensPage:
    """The tokens of one user, or of all. made is the text of a new one, shown once."""

    title: str
    url: str
    rows: tuple[TokenRow, ...]
    all: bool = False
    made: str = ""
    made_label: str = ""
    label: Input | None = None
    days: tuple[Choice, ...] = ()
    reach: tuple[Choice, ...] = ()
    apps: tuple[tuple[str, str, str], ...] = ()
    """(plugin, label, what is chosen of it) for a token that reaches some apps only."""
    scopes: Input | None = None
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class EventRow:
    """Something the door saw, or a change of who may do what."""

    at: str
    what: Shown
    who: str
    detail: str = ""
    place: str = ""
    by: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class LogPage:
    """What the door saw and what was changed of rights, newest first."""

    title: str
    rows: tuple[EventRow, ...]
    kinds: tuple[Choice, ...]
    tabs: tuple[Choice, ...]
    who: Input
    next_href: str = ""


@dataclass(frozen=True, slots=True)
class MailPage:
    """The mail server, and the mails that last could not be sent."""

    title: str
    url: str
    inputs: tuple[Input, ...]
    set_up: bool
    fixed: bool
    """Whether TRELLIS_SMTP_URL says which it is."""
    server: str
    lately: tuple[tuple[str, str, str, Shown], ...] = ()
    """(when, to whom, why not, state)"""
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class ProvidersPage:
    """The sign-in providers, and the form for one of them."""

    title: str
    rows: tuple[tuple[str, str, Shown, str], ...]
    """(label, issuer, state, address of its form)"""
    tabs: tuple[Choice, ...]
    url: str = ""
    inputs: tuple[Input, ...] = ()
    back_uri: str = ""
    remove: Action | None = None
    refused: Refused | None = None
