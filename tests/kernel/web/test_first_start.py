"""The first start in the browser: the terminal's code, the questions, what is wrong with answers, and the making."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from kernel.config import Config
from kernel.entities.database import Database
from kernel.entities.work import set_database
from kernel.registry.first_start import Answers, Making
from kernel.registry.start import open_installation
from kernel.web.app import create_app
from kernel.web.setup.pages import create_setup_app
from kernel.web.setup.starting import FirstStart
from tests.kernel.web.conftest import Browser, words

COMPANY = {"name": "Formosa Cycle Works", "country": "TW"}
MONEY = {"currency": "TWD", "locale": "en", "timezone": "Asia/Taipei", "fiscal_year_starts": "4"}
PERSON = {"person": "Anna Lind", "login": "anna", "email": "", "password": "correct horse", "again": "correct horse"}


class House:
    """An empty database, its first start, and what became of it."""

    def __init__(self, folder: Path) -> None:
        self.config = Config(
            database_url=f"sqlite:///{folder / 'trellis.db'}", data_dir=str(folder), secret_key="not a secret")
        self.database = Database(self.config.database_url)
        self.left = 0
        self.begin()

    def begin(self) -> None:
        """Start the process, anew."""
        self.start = FirstStart(self.database, self.config, self._leave)
        self.app: Flask = create_setup_app(self.start)

    def _leave(self) -> None:
        self.left += 1

    def browser(self, code: str | None = None) -> Browser:
        found = Browser(self.app.test_client())
        if code is not None:
            found.post("/setup", {"code": code}, token_from="/setup")
        return found

    def holder(self) -> Browser:
        return self.browser(self.start.code)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    set_database(None)
    made.database.dispose()


def answer(browser: Browser, page: str, values: object, *, token_from: str = "") -> str:
    """Answer a page's questions; gives where it leads."""
    told = browser.post(f"/setup/{page}", values, token_from=token_from or f"/setup/{page}")
    assert told.status_code == 302, words(told.text)
    return str(told.location)


def test_only_the_first_browser_with_the_code_comes_in_and_only_from_this_machine(house: House) -> None:
    stranger = house.browser()
    assert stranger.get("/").location == "/setup"
    for page in ("company", "apps", "ready", "progress"):
        assert stranger.get(f"/setup/{page}").status_code == 403
    wrong = stranger.post("/setup", {"code": "00000000x"}, token_from="/setup")
    assert (wrong.status_code, "That is not the code" in words(wrong.text)) == (403, True)
    holder = house.holder()
    assert holder.get("/").location == "/setup/company"
    late = stranger.post("/setup", {"code": house.start.code}, token_from="/setup")
    assert (late.status_code, "Another browser" in words(late.text)) == (403, True)
    assert stranger.post("/setup/company", COMPANY, token_from="/setup").status_code == 403
    far = house.app.test_client().get("/setup", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert (far.status_code, "on the machine it runs on" in words(far.text)) == (403, True)


def test_codes_are_not_to_be_guessed_by_trying(house: House) -> None:
    stranger = house.browser()
    answers = [stranger.post("/setup", {"code": str(n)}, token_from="/setup").status_code for n in range(12)]
    assert (answers[:10], answers[-1]) == ([403] * 10, 429)


def test_wrong_answers_are_told_at_the_question_and_everything_typed_is_kept(house: House) -> None:
    holder = house.holder()
    told = holder.post("/setup/company", {"name": "Blue <Door>", "country": "XX"}, token_from="/setup/company")
    assert told.status_code == 422
    assert 'value="Blue &lt;Door&gt;"' in told.text
    assert "Choose one of the list" in words(told.text)
    assert "This is needed" in words(holder.post("/setup/company", {}, token_from="/setup/company").text)
    assert answer(holder, "company", COMPANY) == "/setup/money"
    page = holder.page("/setup/money")
    for suggested in ("TWD", "Asia/Taipei"):
        assert f'<option value="{suggested}" selected>' in page
    wrong = {**MONEY, "currency": "ZZZ", "timezone": "Mars/Olympus"}
    told = holder.post("/setup/money", wrong, token_from="/setup/money")
    assert words(told.text).count("Choose one of the list") == 2
    answer(holder, "money", MONEY)
    for change, said in (
        ({"again": "another horse"}, "The two passwords are not the same"),
        ({"password": "short", "again": "short"}, "at least 10 characters"),
        ({"password": "", "again": ""}, "Choose a password"), ({"login": "an na"}, "no spaces"),
        ({"email": "x"}, "no e-mail address"), ({"person": " "}, "This is needed"), ({"login": "x" * 81}, "At most 80"),
    ):
        told = holder.post("/setup/you", {**PERSON, **change}, token_from="/setup/you")
        assert (told.status_code, said in words(told.text)) == (422, True), said
        assert PERSON["password"] not in told.text
    assert answer(holder, "you", PERSON) == "/setup/apps"


def test_no_question_is_open_before_those_it_rests_on_and_none_twice(house: House) -> None:
    holder = house.holder()
    for page in ("money", "you", "apps"):
        assert holder.get(f"/setup/{page}").location == "/setup/company"
    assert holder.get("/setup/nonesuch").status_code == 404
    assert holder.get("/setup/ready").location == "/setup/company"
    assert answer(holder, "apps", {}, token_from="/setup/company") == "/setup/company"
    answer(holder, "company", COMPANY)
    assert holder.get("/setup/apps").location == "/setup/money"
    assert 'value="Formosa Cycle Works"' in holder.page("/setup/company")


def test_it_can_be_left_and_gone_on_with_after_the_process_ended(house: House) -> None:
    holder = house.holder()
    answer(holder, "company", COMPANY)
    answer(holder, "money", MONEY)
    answer(holder, "you", PERSON)
    assert PERSON["password"] not in Answers.path(house.config).read_text()
    house.begin()
    assert house.browser().get("/").location == "/setup"
    again = house.holder()
    assert again.get("/").location == "/setup/apps"
    page = again.page("/setup/you")
    assert 'value="Anna Lind"' in page
    assert answer(again, "you", {**PERSON, "password": "", "again": ""}) == "/setup/apps"


def test_apps_say_what_they_need_and_what_they_bring(house: House) -> None:
    holder = house.holder()
    for page, values in (("company", COMPANY), ("money", MONEY), ("you", PERSON)):
        answer(holder, page, values)
    page = holder.page("/setup/apps")
    assert "Production Bills of materials" in words(page)
    assert "Brings Inventory along" in words(page)
    assert re.search(r'value="erp_mrp" data-needs="erp_inventory"', page)
    assert words(holder.page("/setup/apps?take=all")).count("7 of 7") == 1
    assert "<script>" not in page
    for lang, said in (("zh_Hant", "您的公司需要什麼"), ("zh_Hans", "您的公司需要什么")):
        assert said in words(holder.page(f"/setup/apps?lang={lang}"))


@pytest.mark.slow
@pytest.mark.apart
def test_the_company_is_made_and_its_administrator_is_signed_in(house: House) -> None:
    holder = house.holder()
    for page, values in (("company", COMPANY), ("money", MONEY), ("you", PERSON)):
        answer(holder, page, values)
    assert answer(holder, "apps", [("app", "crm"), ("app", "nonesuch")]) == "/setup/ready"
    assert holder.get("/setup/company").location == "/setup/ready"
    done = _wait(house, holder)
    assert "Your company is ready" in words(done)
    assert house.left == 1
    assert not Answers.path(house.config).exists()
    opened = open_installation(house.config)
    app = create_app(house.config)
    key = holder.client.get_cookie("trellis")
    assert key is not None
    inside = Browser(app.test_client())
    inside.client.set_cookie("trellis", key.value)
    assert "Anna Lind" in words(inside.page("/"))
    assert "CRM Installed" in words(inside.page("/settings/plugins"))
    for page in ("", "/company", "/ready", "/apps"):
        assert inside.get(f"/setup{page}").status_code == 404
    opened.dispose()


def test_what_could_not_be_finished_is_told_and_tried_again_or_left_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Making, told: object) -> None:
        raise RuntimeError("a fault of a plugin")

    holder = house.holder()
    for page, values in (("company", COMPANY), ("money", MONEY), ("you", PERSON)):
        answer(holder, page, values)
    real = Making.go_on
    monkeypatch.setattr(Making, "go_on", broken)
    answer(holder, "apps", {})
    told = _wait(house, holder)
    assert "This could not be finished" in words(told)
    answer(holder, "ready", {"do": "again"})
    assert "This could not be finished" in words(_wait(house, holder))
    monkeypatch.setattr(Making, "go_on", real)
    answer(holder, "ready", {"do": "without"})
    assert "Your company is ready" in words(_wait(house, holder))
    open_installation(house.config).dispose()


def _wait(house: House, holder: Browser) -> str:
    """Ask how far the making is until it is over; gives the last page."""
    for _turn in range(600):
        found = holder.get("/setup/progress").json
        assert found is not None
        if found["reload"]:
            return holder.get("/setup/ready").text
        time.sleep(0.05)
    raise AssertionError("the making never ended")
