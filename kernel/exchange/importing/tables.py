"""TOML tables whose words are taken one by one, so that a misspelt one is named and not overlooked."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from kernel.errors import UsageError
from kernel.i18n import Text, _

__all__ = ["WordTable", "like", "mistake", "written"]


def written(value: object) -> str:
    """Write a TOML value the mapping's own way: decimal point, ISO dates, true and false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return str(value)


def mistake(message: Text) -> UsageError:
    """Give the refusal of a mapping, which says where its words are explained."""
    return UsageError("MAPPING", message, fix=_("See docs/reference/import-mapping.md"))


def like(word: str, known: Iterable[str]) -> str:
    """Guess what a misspelt word was meant to be, as the end of a sentence."""
    close = get_close_matches(word, list(known), 1)
    return str(_("; did you mean {word}?", word=close[0])) if close else ""


class WordTable:
    """One TOML table, from which words are taken until none is left."""

    def __init__(self, data: dict[str, Any], where: Text) -> None:
        self.data = data
        self.where = where
        self._taken: set[str] = set()

    def take(self, word: str, kinds: type | tuple[type, ...]) -> Any:
        self._taken.add(word)
        value = self.data.get(word)
        if value is not None and (not isinstance(value, kinds) or (isinstance(value, bool) and kinds is int)):
            raise mistake(_("{where}: `{word}` can't be {value}", where=self.where, word=word, value=repr(value)))
        return value

    def optional(self, word: str) -> str | None:
        value = self.take(word, str)
        return None if value is None else str(value)

    def text(self, word: str) -> str:
        value = self.optional(word)
        if not value:
            raise mistake(_("{where} needs `{word}`", where=self.where, word=word))
        return value

    def value(self, word: str) -> str | None:
        value = self.take(word, (str, int, bool, Decimal, dt.date, dt.datetime))
        return None if value is None else written(value)

    def texts(self, word: str) -> tuple[str, ...]:
        value = self.take(word, (str, list))
        return (value,) if isinstance(value, str) else tuple(map(str, value or ()))

    def flag(self, word: str) -> bool:
        return bool(self.take(word, bool))

    def one_of(self, word: str, allowed: tuple[str, ...]) -> str:
        value = self.optional(word) or allowed[0]
        if value not in allowed:
            raise mistake(_("{where}: `{word}` is one of {allowed}, not {value}", where=self.where, word=word,
                             allowed=", ".join(filter(None, allowed)), value=value))
        return value

    def table(self, word: str) -> "WordTable | None":
        value = self.take(word, dict)
        return None if value is None else WordTable(value, _("{where}, {word}", where=self.where, word=word))

    def tables(self, word: str) -> "list[WordTable]":
        value = self.take(word, list) or []
        return [WordTable(each, _("step {n}", n=n)) for n, each in enumerate(value, 1) if isinstance(each, dict)]

    def named_tables(self, word: str) -> "list[tuple[str, WordTable]]":
        value = self.take(word, dict) or {}
        if wrong := [name for name, each in value.items() if not isinstance(each, dict)]:
            raise mistake(_("{where}: `{word}` holds tables such as [step.{word}.{name}]", where=self.where,
                             word=word, name=wrong[0]))
        return [(name, WordTable(each, _("{where}, {word} {name}", where=self.where, word=word, name=name)))
                for name, each in value.items()]

    def done(self, allowed: tuple[str, ...] = ()) -> None:
        known = {*self._taken, *allowed}
        for word in self.data:
            if word not in known:
                raise mistake(_("{where} has an unknown word `{word}`{hint}", where=self.where, word=word,
                                 hint=like(word, known)))
