"""Keep what a database must hold but nobody who copies it may read: what apps and other servers share with this one.

Sealed with a key that follows from the installation's secret, which is never in the database.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kernel.errors import Refusal, UsageError
from kernel.i18n import _

__all__ = ["SEALED", "Secret", "mark_of", "set_secret"]

SEALED = "gAAAA"
"""How what is sealed begins (the version of the format and the first bytes of a time): nothing plain does."""

MARK = 16
"""Letters of a mark: 80 bits."""

_fernet: Fernet | None = None
_marking = b""


def set_secret(secret: str) -> None:
    """Make the installation's secret the process's own; `open_installation` does it."""
    global _fernet, _marking
    _marking = HKDF(SHA256(), 32, salt=None, info=b"trellis marks").derive(secret.encode())
    key = HKDF(SHA256(), 32, salt=None, info=b"trellis sealed settings").derive(secret.encode())
    _fernet = Fernet(base64.urlsafe_b64encode(key))


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that is kept sealed and opened only where it is used, so that no log and no page shows it by mistake.

    False where it is empty.
    """

    sealed: str

    @classmethod
    def of(cls, text: str) -> Secret:
        """Seal a text; an empty one stays empty."""
        return cls(_known().encrypt(text.encode()).decode() if text else "")

    def open(self) -> str:
        """Give back what was sealed; raises Refusal where the installation has another secret now."""
        try:
            return _known().decrypt(self.sealed.encode()).decode() if self.sealed else ""
        except InvalidToken as error:
            raise Refusal(
                "SEALED", _("What is stored sealed can't be read: the installation's secret key is another one now"),
                fix=_("Bring the old key back, or enter the password or secret again")) from error

    @property
    def readable(self) -> bool:
        """Say whether the installation's secret opens it."""
        try:
            self.open()
        except Refusal:
            return False
        return True

    def __bool__(self) -> bool:
        return bool(self.sealed)

    def __repr__(self) -> str:
        return "Secret()"


def mark_of(text: str) -> str:
    """Give sixteen small letters and figures for a text that nobody without the installation's secret can give."""
    _known()
    digest = hmac.new(_marking, text.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:MARK]


def _known() -> Fernet:
    if _fernet is None:
        raise UsageError("NO_SECRET", "no secret is set: call kernel.registry.open_installation() first")
    return _fernet
