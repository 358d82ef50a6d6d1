"""A browser without a screen: follow links, send forms with their tokens, read what a page says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

__all__ = ["Browser", "words"]


@dataclass
class Browser:
    """One person's browser."""

    client: FlaskClient

    def get(self, path: str, **more: object) -> TestResponse:
        """Get an address."""
        return self.client.get(path, **more)

    def page(self, path: str) -> str:
        """Give a page's text; it must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, words(answer.text)[:300])
        return answer.text

    def token(self, page: str = "/") -> str:
        """Give the token that a page's forms carry."""
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.get(page).text)
        assert found
        return found[1]

    def post(self, path: str, data: object = (), *, token_from: str = "/", **more: object) -> TestResponse:
        """Send a form as a page of this person's would: with the token of one."""
        token = self.token(token_from)
        pairs = [*dict(data).items()] if not isinstance(data, list) else data  # type: ignore[call-overload]  # pairs
        form: dict[str, list[str]] = {}
        for name, value in [*pairs, ("csrf_token", token)]:
            form.setdefault(name, []).append(str(value))
        return self.client.post(path, data=form, **more)


def words(html: str) -> str:
    """Give the text of a page without its markup."""
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(text).split()).replace(" :", ":")
