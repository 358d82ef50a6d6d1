"""The files a page loads: named by their content, packed once, kept for ever by the browser."""

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flask import Blueprint, Response, abort, request

__all__ = ["Assets", "assets_blueprint"]

STATIC = Path(__file__).parent / "static"
STYLES = (
    "tokens", "base", "shell", "controls", "status", "cards", "table", "record", "talk", "picker", "board", "inbox",
    "news", "palette", "setup", "first", "trace", "calendar", "gantt", "import", "pivot", "walk", "components",
    "flow", "developer", "phone", "scan", "keep", "arrange", "customise", "access", "jobs", "webhooks",
    "merge",
)
"""The parts of trellis.css, in order: later ones win."""
FONT = re.compile(rb"url\((vendor/[^)\"']+\.woff2)\)")
"""A font in the styles: named by its content too, or every page would wait to hear that it has not changed."""
PACKED = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml", "application/json"})


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    body: bytes
    kind: str
    mark: str

    @cached_property
    def packed(self) -> bytes | None:
        """The file compressed when it is first sent so; None for what compression does not shorten."""
        worth_it = self.kind in PACKED and len(self.body) > 500
        return gzip.compress(self.body, 9, mtime=0) if worth_it else None


class Assets:
    """Read the static files once and know their addresses."""

    def __init__(self, roots: Iterable[tuple[str, Path]] = ()) -> None:
        self._roots = (("", STATIC), *roots)
        self._known: dict[str, Asset | None] = {}

    def address(self, path: str) -> str:
        """Give the address of a file, with its content's mark so that it may be cached for ever."""
        asset = self.get(path)
        return f"/static/{path}?v={asset.mark}" if asset else f"/static/{path}"

    def get(self, path: str) -> Asset | None:
        """Give a file, or None where there is none of that name."""
        if path not in self._known:
            body = self._read(path)
            self._known[path] = None if body is None else _asset(path, body)
        return self._known[path]

    def _read(self, path: str) -> bytes | None:
        if path == "trellis.css":
            styles = b"\n".join((STATIC / "css" / f"{name}.css").read_bytes() for name in STYLES)
            return FONT.sub(lambda found: b"url(%s)" % self.address(found[1].decode()).encode(), styles)
        for prefix, root in self._roots:
            if path.startswith(prefix):
                found = (root / path.removeprefix(prefix)).resolve()
                if found.is_relative_to(root.resolve()) and found.is_file():
                    return found.read_bytes()
        return None


def _asset(path: str, body: bytes) -> Asset:
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    if path.endswith(".js"):
        kind = "text/javascript"
    return Asset(body, kind, hashlib.sha256(body).hexdigest()[:10])


def assets_blueprint(assets: Assets) -> Blueprint:
    """Serve the static files."""
    blueprint = Blueprint("assets", __name__)

    @blueprint.get("/static/<path:path>")
    def asset(path: str) -> Response:
        found = assets.get(path)
        if found is None:
            abort(404)
        packed = found.packed if "gzip" in request.headers.get("Accept-Encoding", "") else None
        answer = Response(packed or found.body, mimetype=found.kind)
        if packed:
            answer.headers["Content-Encoding"] = "gzip"
        answer.headers["Vary"] = "Accept-Encoding"
        answer.set_etag(found.mark)
        if request.args.get("v") == found.mark:
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            answer.headers["Cache-Control"] = "no-cache"
        answer.make_conditional(request)
        return answer

    return blueprint
