"""Keep what a database must hold but nobody who copies it may read: what apps and other servers share with this one.

Sealed with a key that follows from the installation's secret, which is never in the database.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kernel.errors import Refusal, UsageError
from kernel.i18n import _

__all__ = ["SEALED", "Secret", "set_secret"]

SEALED = "gAAAA"
"""How what is sealed begins (the version of the format and the first bytes of a time): nothing plain does."""

_fernet: Fernet | None = None


def set_secret(secret: str) -> None:
    """Make the installation's secret the process's own; `open_installation` does it."""
    global _fernet
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


def _known() -> Fernet:
    if _fernet is None:
        raise UsageError("NO_SECRET", "no secret is set: call kernel.registry.open_installation() first")
    return _fernet
