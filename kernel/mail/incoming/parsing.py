"""Read a mail as it came: headers in whatever charset, text or HTML as plain text, and its files.

What is broken is read as far as it can be. Only what no reader could make sense of raises.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from typing import cast

from inscriptis import get_text

from kernel.i18n import _

__all__ = ["LONGEST_TEXT", "ReadFile", "ReadMail", "plain", "read_mail"]

LONGEST_TEXT = 100_000
LONGEST_HTML = 2_000_000
LONGEST_SUBJECT = 500
LONGEST_ADDRESS = 320
LONGEST_ID = 998
MOST_FILES = 100
MOST_THREAD = 50
WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "big5": "big5hkscs", "iso-8859-1": "cp1252",
         "latin-1": "cp1252", "us-ascii": "utf-8", "ascii": "utf-8", "unicode-1-1-utf-7": "utf-7",
         "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "shift_jis": "cp932"}
"""The charsets that mail programs really write in where they name a narrower one."""
GUESSED = ("utf-8", "gb18030", "big5hkscs", "cp1252")
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
MESSAGE_ID = re.compile(r"<[^<>\s]{1,990}>")
RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that came with a mail."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ReadMail:
    """What a mail says."""

    key: str
    message_id: str
    thread: tuple[str, ...]
    sender_name: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    sent_at: dt.datetime | None
    text: str
    automatic: bool
    files: tuple[ReadFile, ...]


def read_mail(raw: bytes) -> ReadMail:
    """Read a mail, or its headers alone. Raises whatever a mail that nobody can read makes a parser raise."""
    message = message_from_bytes(raw, policy=policy.default)
    headers = _Headers(message, raw)
    addresses = headers.addresses("from", "sender")
    name, sender = addresses[0] if addresses else ("", "")
    subject, [message_id, *_more] = headers.text("subject"), [*MESSAGE_ID.findall(headers.raw("message-id")), ""]
    thread = dict.fromkeys(
        [*MESSAGE_ID.findall(headers.raw("references"))[-MOST_THREAD:],
         *MESSAGE_ID.findall(headers.raw("in-reply-to"))[:MOST_THREAD]])
    text, files = _content(message)
    told = (message_id or hashlib.sha256(raw).hexdigest(), sender, headers.raw("date"), subject)
    return ReadMail(
        hashlib.sha256("\0".join(told).encode(errors="replace")).hexdigest(), plain(message_id)[:LONGEST_ID],
        tuple(map(plain, thread)), name[:200], sender[:LONGEST_ADDRESS],
        tuple(address for _name, address in headers.addresses(*RECIPIENTS)), subject[:LONGEST_SUBJECT],
        _moment(headers.raw("date")), text[:LONGEST_TEXT], _automatic(headers), tuple(files))


class _Headers:
    """The headers as their bytes say them: programs write charsets that they don't name, or name another."""

    def __init__(self, message: EmailMessage, raw: bytes) -> None:
        self._found: dict[str, list[str]] = {}
        for name, value in message.raw_items():
            self._found.setdefault(name.lower(), []).append(str(value))
        charset = re.search(rb"charset=[\"']?([\w.:-]+)", raw[:100_000], re.IGNORECASE)
        self._charset = charset[1].decode() if charset else ""

    def raw(self, name: str) -> str:
        return " ".join(re.sub(r"\r?\n", "", value) for value in self._found.get(name, ())[:20])[:100_000]

    def text(self, name: str) -> str:
        return self._words(self.raw(name))

    def _words(self, value: str) -> str:
        """Decode a header's encoded words, and what stands there in bytes without saying in which charset."""
        if any("\udc80" <= char <= "\udcff" for char in value):
            value = decoded(value.encode("utf-8", "surrogateescape"), self._charset)
        try:
            parts = decode_header(value)
        except (HeaderParseError, ValueError):
            return _line(value)
        said: list[str] = []
        held, held_in = b"", ""
        for part, charset in [*parts, ("", None)]:  # a character may be cut between two words of one charset
            if isinstance(part, bytes) and held and charset == held_in:
                held += part
                continue
            if held:
                said.append(decoded(held, held_in))
                held = b""
            if isinstance(part, bytes) and charset:
                held, held_in = part, charset
            else:
                said.append(part.decode("utf-8", "replace") if isinstance(part, bytes) else part)
        return _line("".join(said))

    def addresses(self, *names: str) -> list[tuple[str, str]]:
        """Give names and addresses, in small letters; a name with an address in it doesn't pass for one."""
        found = getaddresses([self.raw(name) for name in names if name in self._found])
        return [(self._words(name), _line(address).lower()) for name, address in found if "@" in address][:200]


def _automatic(headers: _Headers) -> bool:
    """Say whether a machine wrote it: nobody is told of such a mail, so that machines don't write to each other."""
    said = headers.raw("auto-submitted").partition(";")[0].strip().lower()
    return (
        said not in ("", "no") or headers.raw("return-path").strip() == "<>"
        or headers.raw("precedence").strip().lower() in ("bulk", "junk", "list", "auto_reply")
        or bool(headers.raw("x-autoreply") or headers.raw("x-autorespond")))


def _moment(said: str) -> dt.datetime | None:
    try:
        found = parsedate_to_datetime(said)
        return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _content(message: EmailMessage) -> tuple[str, list[ReadFile]]:
    body = _body(message)
    said = body.get_content_type() if body is not None else ""
    text = ""
    files: list[ReadFile] = []
    if body is not None:
        written = _written(body)
        text = _tidy(written if said != "text/html" else _of_html(written, files))
    for part in _files(message, body):
        if len(files) >= MOST_FILES:
            break
        files.append(part)
    return text, files


def _body(message: EmailMessage) -> EmailMessage | None:
    """Choose the part that is the text: plain before HTML, unless the plain one is empty."""
    found = {kind: next((part for part in _leaves(message) if _is_text(part, kind)), None) for kind in (
        "text/plain", "text/html")}
    words = found["text/plain"]
    if words is not None and (found["text/html"] is None or _written(words).strip()):
        return words
    return found["text/html"] or words


def _is_text(part: EmailMessage, kind: str) -> bool:
    return part.get_content_type() == kind and part.get_content_disposition() != "attachment" and not _name(part)


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the parts that hold something; a mail within the mail is one."""
    waiting: list[EmailMessage] = [message]
    while waiting:
        part = waiting.pop()
        if part.get_content_maintype() == "multipart" and isinstance(part.get_payload(), list):
            waiting += reversed(cast("list[EmailMessage]", part.get_payload()))
        else:
            yield part


def _files(message: EmailMessage, body: EmailMessage | None) -> Iterator[ReadFile]:
    chosen = body.get_content_type() if body is not None else ""
    for part in _leaves(message):
        if part is body or (chosen and part.get_content_type() in ("text/plain", "text/html") and _is_text(
                part, part.get_content_type())):
            continue
        if part.get_content_type() == "message/rfc822":
            inner = cast("list[EmailMessage] | str", part.get_payload())
            content = inner[0].as_bytes(policy=policy.compat32) if isinstance(inner, list) and inner else b""
            name = _name(part) or f"{_('Mail')}.eml"
        else:
            content, name = _bytes(part), _name(part) or _named_after(part)
        if content:
            yield ReadFile(name, content)


def _named_after(part: EmailMessage) -> str:
    ending = re.sub(r"\W", "", part.get_content_subtype())[:8]
    return f"{_('File')}.{ending or 'bin'}"


def _name(part: EmailMessage) -> str:
    try:
        raw = part.get_filename() or ""
    except Exception:  # noqa: BLE001  # the header parser trips over broken parameters in many ways
        return str(_("File"))
    return _line(raw)


def _bytes(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _written(part: EmailMessage) -> str:
    try:
        charset = part.get_content_charset() or ""
    except Exception:  # noqa: BLE001  # as above
        charset = ""
    return decoded(_bytes(part), charset)


def decoded(content: bytes, charset: str) -> str:
    """Read bytes in the charset they say, or in the first that fits."""
    named = charset.lower().strip().strip("\"'")
    for each in dict.fromkeys([WIDER.get(named, named), *GUESSED] if named else GUESSED):
        try:
            return content.decode(each)
        except (LookupError, UnicodeError):
            continue
    return content.decode("utf-8", "replace")


def _of_html(html: str, files: list[ReadFile]) -> str:
    """Give the text of HTML: nothing of its markup stays. What can't be read so goes along as a file."""
    if len(html) > LONGEST_HTML:
        files.append(ReadFile(f"{_('Mail')}.html.txt", html.encode()))
        return ""
    try:
        return str(get_text(html)) if html.strip() else ""
    except Exception:  # noqa: BLE001  # whatever a parser of HTML raises at markup that was written to break one
        files.append(ReadFile(f"{_('Mail')}.html.txt", html.encode(errors="replace")))
        return ""


def plain(text: str) -> str:
    """Leave out what no database takes or no page shows: control characters, and signs that turn the line around."""
    return "".join(char for char in text if char in "\n\t\r" or not (
        char < " " or "\x7f" <= char <= "\x9f" or "\ud800" <= char <= "\udfff" or char in TURNING))


def _line(text: str) -> str:
    return plain(" ".join(text.split()))


def _tidy(text: str) -> str:
    lines: Sequence[str] = [line.rstrip() for line in plain(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
