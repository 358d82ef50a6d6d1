"""The page of components: every one in its states, in light and in dark, for whoever sees Settings."""

from __future__ import annotations

import re

from kernel.permissions.declare import grant
from tests.kernel.web.conftest import Browser, SignIn, words


def test_every_macro_that_pages_use_has_its_sample(admin: Browser) -> None:
    html = admin.page("/settings/components")
    samples = {name.strip() for made_by in re.findall(r"<h2>[^<]+<code>([^<]+)</code>", html)
               for name in made_by.split(",")}
    for macro in ("action", "status", "tag", "shown", "avatar", "fields", "control", "chip", "tabs", "segment", "menu",
                  "pointer", "empty", "refused", "notices", "meter", "board_card", "entry", "bar", "chain_card", "walk",
                  "_lines.html", "_cards.html", "_panel.html", "_rows.html"):
        assert macro in samples
    assert html.count('class="smp-t" data-bs-theme="light"') == html.count('class="smp-t" data-bs-theme="dark"') > 20
    for state in ('aria-invalid="true"', "Waiting", "disabled", "required", 'class="card kpi', 'class="kc"',
                  'class="gb red"', 'class="ca late"', "This card could not be made"):
        assert state in html, state


def test_ids_are_there_once_though_everything_is_shown_twice(admin: Browser) -> None:
    ids = re.findall(r'\sid="([^"]+)"', admin.page("/settings/components"))
    assert sorted(ids) == sorted(set(ids))


def test_it_is_under_settings_for_whoever_sees_them(admin: Browser, sign_in: SignIn) -> None:
    assert 'href="/settings/components"' in admin.page("/settings/plugins")
    refused = sign_in("rita", grant("tests.rider", "read")).get("/settings/components")
    assert (refused.status_code, "looks after settings" in words(refused.text)) == (403, True)


def test_it_speaks_both_chinese_scripts(admin: Browser) -> None:
    for locale, said in (("zh_Hant", "每個頁面的組成元件"), ("zh_Hans", "每个页面的组成组件")):
        admin.post("/preferences", {"locale": locale})
        page = words(admin.page("/settings/components"))
        assert said in page
        assert "Buttons" not in page
