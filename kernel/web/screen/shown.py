"""What a value looks like on a page, before any template has seen it."""

from __future__ import annotations

from dataclasses import dataclass

HUES = 6


@dataclass(frozen=True, slots=True)
class Shown:
    """One value, ready to print.

    kind is one of text, number, status, tag, tags, person, link, meter, yes, note, ref, gone. tone is one of the six
    status families (gray, amber, blue, green, red, violet) or empty. percent (0 to 100) belongs to a meter.
    """

    text: str
    kind: str = "text"
    href: str = ""
    tone: str = ""
    icon: str = ""
    second: str = ""
    percent: int | None = None
    parts: tuple[Shown, ...] = ()
    """Of tags: each of them."""

    @property
    def number(self) -> bool:
        """Say whether the value stands on the right, in figures of one width."""
        return self.kind == "number"

    @property
    def initials(self) -> str:
        """Give the one or two characters for a person's circle."""
        return initials(self.text)

    @property
    def hue(self) -> int:
        """Give the colour (1 to 6) of a person's circle: the same person, the same colour everywhere."""
        return hue(self.text)


EMPTY = Shown("")


def initials(name: str) -> str:
    """Shorten a name to what fits a circle: 陳美華 to 陳, Anna Keller to AK."""
    words = name.split()
    if not words:
        return "?"
    if ord(words[0][0]) > 0x2E80:
        return words[0][0]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def hue(name: str) -> int:
    """Choose one of the six colours of a circle from the name alone."""
    return sum(name.encode()) % HUES + 1


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the shell and the history name them."""

    name: str
    href: str = ""

    @property
    def initials(self) -> str:
        """Give the one or two characters for the circle."""
        return initials(self.name)

    @property
    def hue(self) -> int:
        """Give the colour of the circle."""
        return hue(self.name)


@dataclass(frozen=True, slots=True)
class Action:
    """A button or link. With `post` it is a button of a form, else a link.

    With `why_not` it can't be done: it stands there with the reason, and `why_href` explains the rule behind that.
    """

    label: str
    href: str
    icon: str = ""
    post: bool = False
    primary: bool = False
    risk: bool = False
    why_not: str = ""
    confirm: str = ""
    name: str = ""
    key: str = ""
    why_href: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select, a segment or a menu."""

    value: str
    label: str
    selected: bool = False
    href: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Empty:
    """What a list without rows says: one sentence and one button."""

    icon: str
    title: str
    text: str
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something was not done: what, the reason, and the next step. Fields are named with their labels."""

    title: str
    text: str = ""
    fix: str = ""
    fields: tuple[tuple[str, str, str], ...] = ()
    """(anchor of the field, its label, the message)"""
    why_href: str = ""
    """Where a refusal for want of a right is explained."""
