"""What the kernel says when it refuses: one exception family, told in the user's words."""

import copyreg
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from kernel.i18n import Text

__all__ = ["Conflict", "Forbidden", "Invalid", "NotFound", "Problem", "Refusal", "Unavailable", "UsageError"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Name one wrong value: the dotted path of its field (`lines.2.price`), what is wrong and what would be right."""

    field: str
    message: Text
    code: str = "INVALID"
    record: object | None = None


class Facts(TypedDict, total=False):
    """What a refusal says besides, as Refusal takes it: for the kinds of refusals that hand it on."""

    record: object | None
    field: str | None
    actual: object | None
    allowed: object | None
    fix: Text | None


class Refusal(Exception):
    """Refuse a piece of work as a whole, in one sentence that the person who asked for it understands.

    `code` is the short capital name that programs rely on (CREDIT, STOCK_SHORT); `fix` says the next step.
    Nothing is written when a refusal leaves a unit of work.
    """

    status = 422

    def __init__(
        self,
        code: str,
        message: Text,
        *,
        record: object | None = None,
        field: str | None = None,
        actual: object | None = None,
        allowed: object | None = None,
        fix: Text | None = None,
    ) -> None:
        super().__init__(str(message))
        self.code = code
        self.message = message
        self.record = record
        self.field = field
        self.actual = actual
        self.allowed = allowed
        self.fix = fix

    def __str__(self) -> str:
        return str(self.message)

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a refusal cross to another process, whatever its class takes to be made."""
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]  # typeshed leaves it out

    @property
    def problems(self) -> list[Problem]:
        """Give the refusal as field problems, so that a form can show it where it belongs."""
        return [Problem(self.field, self.message, self.code, self.record)] if self.field else []

    def as_problem(self) -> dict[str, Any]:
        """Give the body of an RFC 9457 answer (`application/problem+json`)."""
        body: dict[str, Any] = {
            "type": f"urn:trellis:{self.code.lower().replace('_', '-')}",
            "title": str(self.message),
            "status": self.status,
            "code": self.code,
        }
        for name in ("actual", "allowed", "fix"):
            value = getattr(self, name)
            if value is not None:
                body[name] = str(value)
        if self.record is not None:
            body["record"] = str(getattr(self.record, "title", self.record))
        if self.problems:
            body["errors"] = [
                {"field": p.field, "code": p.code, "message": str(p.message)} for p in self.problems
            ]
        return body


class Invalid(Refusal):
    """Refuse input because of its values; carries every problem at once, not only the first."""

    def __init__(self, problems: Iterable[Problem], message: Text | None = None) -> None:
        self._problems = list(problems)
        first = self._problems[0] if self._problems else None
        super().__init__(
            first.code if first and len(self._problems) == 1 else "INVALID",
            message or (first.message if first else ""),
            record=first.record if first else None,
        )

    @property
    def problems(self) -> list[Problem]:
        return self._problems

    def __str__(self) -> str:
        if not self._problems:
            return str(self.message)
        return "; ".join(f"{p.field}: {p.message}" if p.field else str(p.message) for p in self._problems)

    @classmethod
    def of(cls, messages: Mapping[str, Text]) -> "Invalid":
        """Build from a mapping of field path to message."""
        return cls([Problem(field, message) for field, message in messages.items()])


class Forbidden(Refusal):
    """Refuse for want of a right; names the missing right and, where there is one, the rule that took it.

    `right` is what was asked for as (action, entity, record's id or None), for whoever explains it.
    """

    status = 403

    def __init__(
        self, code: str, message: Text, *, right: tuple[str, str, int | None] | None = None, **facts: Unpack[Facts]
    ) -> None:
        super().__init__(code, message, **facts)
        self.right = right


class NotFound(Refusal):
    """Say that a record or page does not exist, or not for this person: the two look the same from outside."""

    status = 404


class Conflict(Refusal):
    """Refuse because somebody else was first: a lost update, a number already used."""

    status = 409


class Unavailable(Refusal):
    """Say that something the work needs can't be reached now, such as the database."""

    status = 503


class UsageError(Refusal):
    """Refuse a mistake of whoever wrote or runs the code (a wrong declaration, an unknown plugin)."""

    status = 400
