"""The frame around every page: sidebar, top bar, tab bar."""

from __future__ import annotations

from dataclasses import dataclass

from .shown import Choice, Person
from .walk import Pointer


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One link of a menu."""

    label: str
    href: str
    icon: str = ""
    count: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class AppMenu:
    """An app in the sidebar with its pages; `open` shows them."""

    label: str
    icon: str
    href: str
    entries: tuple[MenuEntry, ...] = ()
    open: bool = False
    current: bool = False


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of the path at the top; the last one is the page itself."""

    label: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A short sentence after something was done; tone is green, amber or red."""

    text: str
    tone: str = "green"
    href: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Shell:
    """Everything the frame shows. here is board, home, inbox, find, settings or empty."""

    company: str
    user: Person
    apps: tuple[AppMenu, ...]
    crumbs: tuple[Crumb, ...]
    here: str = ""
    inbox_count: int = 0
    news_count: int = 0
    """Notifications that weren't seen."""
    companies: tuple[Choice, ...] = ()
    starred: tuple[MenuEntry, ...] = ()
    settings: tuple[MenuEntry, ...] = ()
    create: tuple[MenuEntry, ...] = ()
    notices: tuple[Notice, ...] = ()
    locale: str = "en"
    locales: tuple[Choice, ...] = ()
    theme: str = "auto"
    density: str = ""
    rail: bool = False
    security_href: str = ""
    """Where one sees to one's own sign-in: password, second factor, sessions, tokens."""
    seeing: str = ""
    """Whose eyes an administrator looks through."""
    pointer: Pointer | None = None
    """What the first walk points at on this page."""
    board: bool = False
    """Whether the control board has something to say to the person."""
    user_key: str = ""
    """Whose page it is: what the browser remembers, and the typing it keeps, are kept apart by this."""
    saved: tuple[str, ...] = ()
    """The keys of forms that were saved just now: what was kept of them goes."""

    @property
    def lang(self) -> str:
        """Give the value of the page's lang attribute (zh_Hant becomes zh-Hant)."""
        return self.locale.replace("_", "-")

    @property
    def tinted(self) -> str:
        """Give the theme as the markup carries it before any script ran."""
        return "dark" if self.theme == "dark" else "light"

    @property
    def app(self) -> AppMenu | None:
        """Find the app the page belongs to."""
        return next((app for app in self.apps if app.open or app.current), None)


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """Something the search found: a record, a page or an action."""

    label: str
    href: str
    icon: str
    note: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """What the search found, of one kind."""

    label: str
    entries: tuple[FoundEntry, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The answer of the search page and the palette."""

    query: str
    groups: tuple[FoundGroup, ...] = ()
