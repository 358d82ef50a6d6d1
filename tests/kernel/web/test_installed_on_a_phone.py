"""The manifest, the service worker and the page without connection."""

from __future__ import annotations

import pytest
from flask import Flask

from kernel.web.assets import STATIC
from tests.kernel.web.conftest import Browser, words


def test_the_manifest_names_the_company_and_icons_that_are_there(anna: Browser) -> None:
    page = anna.page("/")
    assert '<link rel="manifest" href="/manifest.webmanifest" crossorigin="use-credentials">' in page
    answer = anna.get("/manifest.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    told = answer.json
    assert told is not None
    assert (told["name"], told["start_url"], told["display"]) == ("Formosa Cycle Works", "/", "standalone")
    assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable"}
    for icon in told["icons"]:
        assert anna.get(icon["src"]).data.startswith(b"\x89PNG")
        assert "?v=" in icon["src"]


def test_nobody_learns_the_companys_name_at_the_door(app: Flask) -> None:
    stranger = Browser(app.test_client())
    assert stranger.get("/manifest.webmanifest").status_code == 302
    assert "manifest" not in stranger.page("/sign-in")


@pytest.mark.parametrize(("lang", "said"), [
    ("en", "No connection"), ("zh_Hant", "沒有連線"), ("zh_Hans", "没有连接"), ("x", "No connection")])
def test_the_page_without_connection_needs_no_sign_in_and_speaks_ones_language(
    app: Flask, lang: str, said: str
) -> None:
    page = Browser(app.test_client()).page(f"/offline?lang={lang}")
    assert said in words(page)
    assert "Formosa Cycle Works" not in page


def test_the_service_worker_is_served_from_the_root_and_checked_for_changes(app: Flask) -> None:
    answer = app.test_client().get("/service-worker.js")
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/javascript", "no-cache")
    assert answer.data == (STATIC / "js" / "service-worker.js").read_bytes()
    policy = answer.headers["Content-Security-Policy"]
    assert "worker-src 'self'" in policy
    assert "manifest-src 'self'" in policy
    assert "unsafe" not in policy


def test_the_colour_around_the_page_follows_the_chosen_theme(anna: Browser) -> None:
    page = anna.page("/")
    assert page.count('name="theme-color"') == 2
    anna.post("/preferences", {"theme": "dark"})
    page = anna.page("/")
    assert '<meta name="theme-color" content="#0e100f">' in page
    assert page.count('name="theme-color"') == 1
