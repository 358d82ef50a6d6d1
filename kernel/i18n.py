"""Text in the user's language: lazy strings, catalogues beside the code, numbers and dates by locale.

A catalogue is `<package>/translations/<locale>.po`. It is read when its locale is first asked for, so English
costs nothing. The source strings are English. A string is looked up in the catalogue of the package that marks it,
then in those of all: "Release" is one thing to stock and another to production.
"""

import datetime as dt
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from kernel.clock import moment

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

__all__ = [
    "LOCALES", "LazyText", "OwnText", "Text", "_", "current_locale", "current_timezone", "format_date",
    "format_instant", "format_moment", "format_money", "format_number", "format_percent", "places",
    "translation_folders", "use_locale",
]

LOCALES = {"en": "English", "zh_Hant": "繁體中文", "zh_Hans": "简体中文"}

_locale: ContextVar[str] = ContextVar("locale", default="en")
_timezone: ContextVar[str] = ContextVar("timezone", default="UTC")
_folders: list[Path] = [Path(__file__).parent / "translations"]


class LazyText:
    """A string that is translated when it is shown, not when its module is imported."""

    __slots__ = ("place", "source", "values")

    def __init__(self, source: str, values: dict[str, object] | None = None, place: str = "") -> None:
        self.source = source
        self.values = values
        self.place = place
        """The file that marks the string."""

    def __str__(self) -> str:
        text = _translate(self.source, _locale.get(), self.place)
        return text.format(**self.values) if self.values else text

    def __repr__(self) -> str:
        return f"_({self.source!r})"

    def __html__(self) -> str:
        from markupsafe import escape

        return str(escape(str(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LazyText) and (self.source, self.values) == (other.source, other.values)

    def __hash__(self) -> int:
        return hash(self.source)

    def __add__(self, other: str) -> str:
        return str(self) + other

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


class OwnText(LazyText):
    """A text that people of the installation wrote, in as many of the languages as they did; English stands in."""

    __slots__ = ("texts",)

    def __init__(self, source: str, texts: Mapping[str, str]) -> None:
        super().__init__(source)
        self.texts = {locale: text for locale, text in texts.items() if text}

    def __str__(self) -> str:
        locale = _locale.get()
        near = "zh_Hans" if locale == "zh_Hant" else "zh_Hant"
        return self.texts.get(locale) or (locale != "en" and self.texts.get(near)) or self.source

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OwnText) and (self.source, self.texts) == (other.source, other.texts)

    def __hash__(self) -> int:
        return hash(self.source)


DateForm = Literal["short", "medium", "long", "full"]

Text = str | LazyText
"""What a label or message may be: a plain string, or one that is translated when shown."""


def _(source: str, /, **values: object) -> LazyText:
    """Mark a string for translation; `values` fill its `{names}` after translating."""
    frame = sys._getframe(1)
    if frame.f_globals.get("__name__") == "jinja2.runtime" and frame.f_back is not None:
        frame = frame.f_back  # a template's own frame
    return LazyText(source, values or None, frame.f_globals.get("__file__", ""))


def translation_folders() -> list[Path]:
    """List the catalogue folders in use; the registry adds one per loaded plugin."""
    return _folders


def add_translations(folder: Path) -> None:
    """Let catalogues of a folder take part; later folders win where neither is that of the string's own package."""
    if folder not in _folders:
        _folders.append(folder)
        _merged.cache_clear()
        _folder_of.cache_clear()


@cache
def _catalogue(folder: Path, locale: str) -> dict[str, str]:
    from babel.messages.pofile import read_po

    path = folder / f"{locale}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalog: Catalog = read_po(file, locale=locale)
    return {
        message.id: message.string
        for message in catalog
        if isinstance(message.id, str) and isinstance(message.string, str) and message.id and message.string
    }


@cache
def _merged(locale: str) -> dict[str, str]:
    return {source: text for folder in _folders for source, text in _catalogue(folder, locale).items()}


@cache
def _folder_of(place: str) -> Path | None:
    """Find the catalogues of the package that a file is in."""
    return next((folder for folder in _folders if Path(place).is_relative_to(folder.parent)), None) if place else None


def _translate(source: str, locale: str, place: str) -> str:
    if locale == "en":
        return source
    own = _folder_of(place)
    text = _catalogue(own, locale).get(source) if own is not None else None
    return text or _merged(locale).get(source, source)


def current_locale() -> str:
    """Name the locale of the person being served: a key of `LOCALES`."""
    return _locale.get()


def current_timezone() -> ZoneInfo:
    """Give the time zone of the person being served."""
    return ZoneInfo(_timezone.get())


@contextmanager
def use_locale(locale: str, timezone: str | None = None) -> Iterator[None]:
    """Serve the enclosed work in a locale and, where given, an IANA time zone; an unknown locale means English."""
    tokens = [(_locale, _locale.set(locale if locale in LOCALES else "en"))]
    if timezone:
        tokens.append((_timezone, _timezone.set(timezone)))
    try:
        yield
    finally:
        for variable, token in reversed(tokens):
            variable.reset(token)


def format_number(value: Decimal | float | int, decimals: int | None = None) -> str:
    """Show a number by locale, with exactly `decimals` places where given and no trailing zeros otherwise."""
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * decimals if decimals else "") if decimals is not None else "#,##0.######"
    return str(format_decimal(value, format=pattern, locale=_locale.get()))


def format_money(amount: Decimal, currency: str | None = None, decimals: int = 2) -> str:
    """Show an amount by locale, led by its ISO 4217 code where one is given."""
    figure = format_number(amount, decimals)
    return f"{currency} {figure}" if currency else figure


def places(value: Decimal | int, most: int, usual: int = 2) -> int:
    """Say how many decimals of an amount to show: its currency's, more only where it has them, at `most` so many."""
    exponent = Decimal(value).normalize().as_tuple().exponent
    return max(min(usual, most), min(most, -exponent if isinstance(exponent, int) else 0))


def format_percent(value: Decimal) -> str:
    """Show a percentage that is stored as such (12.5 means 12.5 %)."""
    return f"{format_number(value)}%"


def format_date(value: dt.date, form: DateForm = "medium") -> str:
    """Show a business date by locale."""
    from babel.dates import format_date as babel_date

    return str(babel_date(value, format=form, locale=_locale.get()))


def format_instant(value: dt.datetime, form: DateForm = "short") -> str:
    """Show an instant (UTC) in the user's zone and locale."""
    from babel.dates import format_datetime

    aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    return str(format_datetime(aware, format=form, tzinfo=current_timezone(), locale=_locale.get()))


def format_moment(value: dt.datetime | dt.date) -> str:
    """Show a moment or day briefly: one of this year without it, others without the time of day."""
    from babel.dates import format_skeleton

    zone = current_timezone()
    day: dt.date = value
    if isinstance(value, dt.datetime):
        day = (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).astimezone(zone)
    if day.year != moment().astimezone(zone).year:
        return str(format_skeleton("yMMMd", day, locale=_locale.get()))
    text = str(format_skeleton("MMMd", day, locale=_locale.get()))
    return f"{text} {day:%H:%M}" if isinstance(day, dt.datetime) else text
