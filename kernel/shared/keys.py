"""Normalised keys, by which two spellings of the same name, phone number, address or tax id are found equal."""

import re
import unicodedata

__all__ = ["email_key", "name_key", "phone_key", "tax_key"]

LEGAL_FORMS = frozenset({
    "ab", "ag", "as", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "kg", "kk", "lda",
    "limited", "llc", "ltd", "nv", "oy", "plc", "pte", "sa", "sarl", "sas", "sl", "spa", "srl",
})
CHINESE_LEGAL_FORMS = re.compile("(股份)?有限(責任|责任)?公司$|(股份)?有限公司$")


def name_key(name: str | None) -> str | None:
    """Fold a name: width, accents, case, punctuation and legal forms don't count ("Velo Lyon S.A.S." is velolyon)."""
    if not name:
        return None
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name)).casefold()
    folded = "".join(c for c in folded if not unicodedata.combining(c))
    words = re.sub(r"[^\w\s]", "", folded.replace(".", "").replace("&", " ").replace("-", " ")).split()
    kept = [word for word in words if word not in LEGAL_FORMS] or words
    return CHINESE_LEGAL_FORMS.sub("", "".join(kept))[:200] or None


def phone_key(phone: str | None, calling_code: str | None = None) -> str | None:
    """Write a phone number as E.164 does (+886223456789); a national number needs its country's calling code.

    Without one the bare digits are the key. Extensions after "x" or "ext" don't count.
    """
    if not phone:
        return None
    number = re.split(r"(?i)\s*(?:ext\.?|x)\s*\d+\s*$", unicodedata.normalize("NFKC", phone).strip())[0]
    digits = re.sub(r"\D", "", re.sub(r"\(0\)", "", number))
    if not digits:
        return None
    if number.lstrip("( ").startswith("+"):
        return f"+{digits}"[:40]
    if digits.startswith("00") and len(digits) > 8:
        return f"+{digits[2:]}"[:40]
    if calling_code:
        national = digits if calling_code in ("1", "39") else digits.removeprefix("0")
        if calling_code == "1" and len(national) == 11:
            national = national.removeprefix("1")
        return f"+{calling_code}{national}"[:40]
    return digits[:40]


def email_key(email: str | None) -> str | None:
    """Fold an e-mail address: case and surrounding blanks don't count."""
    return email.strip().casefold()[:200] or None if email else None


def tax_key(tax_id: str | None) -> str | None:
    """Fold a tax id: letters and digits alone, in capitals."""
    if not tax_id:
        return None
    return re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", tax_id).upper())[:40] or None
