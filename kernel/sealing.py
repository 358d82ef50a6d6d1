"""Keep what a database must hold but nobody who copies it may read: passwords of other servers.

Sealed with a key that follows from the installation's secret, which is never in the database.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kernel.errors import Refusal, UsageError
from kernel.i18n import _

__all__ = ["seal", "set_secret", "unseal"]

_fernet: Fernet | None = None


def set_secret(secret: str) -> None:
    """Make the installation's secret the process's own; `open_installation` does it."""
    global _fernet
    key = HKDF(SHA256(), 32, salt=None, info=b"trellis sealed settings").derive(secret.encode())
    _fernet = Fernet(base64.urlsafe_b64encode(key))


def seal(text: str) -> str:
    """Seal a text; an empty one stays empty."""
    return _known().encrypt(text.encode()).decode() if text else ""


def unseal(text: str) -> str:
    """Give back what was sealed; raises Refusal where the installation has another secret now."""
    try:
        return _known().decrypt(text.encode()).decode() if text else ""
    except InvalidToken as error:
        raise Refusal(
            "SEALED", _("A stored password can't be read: the installation's secret is another one now"),
            fix=_("Enter the password again in the settings")) from error


def _known() -> Fernet:
    if _fernet is None:
        raise UsageError("NO_SECRET", "no secret is set: call kernel.registry.open_installation() first")
    return _fernet
