"""The page of hooks: questions and who answers; and an administrator's own calls, while they want them recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask

from kernel import PriceQuestion, Refusal, grant
from kernel.hooks.specifications import HookManager, ask, hook, temporary_hooks
from kernel.hooks.tracing import logging_calls
from kernel.web.serving import served
from tests.kernel.web.conftest import Browser, SignIn, words

HERE = "/settings/hooks"


@pytest.fixture
def asking(app: Flask) -> Iterator[HookManager]:
    """A page that asks for prices, one that asks and then refuses, and a plugin that answers."""
    answering = ModuleType("plugins.bazaar.hooks")

    def unit_price(questions: Sequence[PriceQuestion]) -> list[None]:
        return [None for _question in questions]

    def ask_twice() -> str:
        return str(len(ask.unit_price(questions=["one", "two"])))

    def ask_and_refuse() -> str:
        ask.unit_price(questions=["one"])
        raise Refusal("NO", "not today")

    answering.unit_price = hook(unit_price)  # type: ignore[attr-defined]
    app.add_url_rule("/ask", "ask", served()(ask_twice))
    app.add_url_rule("/refused", "refused", served()(ask_and_refuse))
    with temporary_hooks() as hooks:
        hooks.register("bazaar", answering)
        yield hooks


def folder(app: Flask) -> Path:
    return Path(app.extensions["trellis.config"].data_dir) / "hook-calls"


def test_questions_are_listed_with_who_answers(asking: HookManager, admin: Browser) -> None:
    page = words(admin.page(HERE))
    assert "unit_price" in page
    assert "Give the price of one unit for each question" in page
    assert "Sequence[PriceQuestion]" in page
    assert "bazaar" in page.lower()
    assert "nobody here" in page


def test_the_page_opens_while_every_call_is_logged(asking: HookManager, admin: Browser) -> None:
    logging_calls(True)
    try:
        assert "unit_price" in admin.page(HERE)
    finally:
        logging_calls(False)


def test_nothing_is_recorded_until_it_is_switched_on(asking: HookManager, admin: Browser, app: Flask) -> None:
    admin.page("/ask")
    assert "Nothing is being recorded" in words(admin.page(HERE))
    assert not folder(app).exists()


def test_the_next_requests_are_recorded_and_then_no_more(asking: HookManager, admin: Browser, app: Flask) -> None:
    assert admin.post(HERE, {"requests": "10"}, token_from=HERE).status_code == 302
    assert "your next 10 requests" in words(admin.page(HERE))
    admin.page("/ask")
    page = words(admin.page(HERE))
    assert "your next 9 requests" in page
    assert "GET /ask" in page
    assert "questions = ['one', 'two']" in page
    assert "[None, None]" in page
    for _time in range(12):
        admin.page("/ask")
    page = words(admin.page(HERE))
    assert "Nothing is being recorded" in page
    assert page.count("GET /ask") == 10
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder(app).iterdir())


def test_what_a_refused_request_asked_is_recorded_too(asking: HookManager, admin: Browser) -> None:
    admin.post(HERE, {"requests": "10"}, token_from=HERE)
    assert admin.get("/refused").status_code == 422
    assert "questions = ['one']" in words(admin.page(HERE))


def test_stopping_forgets_what_was_recorded(asking: HookManager, admin: Browser, app: Flask) -> None:
    admin.post(HERE, {"requests": "-1"}, token_from=HERE)
    admin.page("/ask")
    assert "all your requests" in words(admin.page(HERE))
    admin.post(HERE, {"requests": "off"}, token_from=HERE)
    assert list(folder(app).iterdir()) == []
    assert "Nothing is being recorded" in words(admin.page(HERE))


def test_nobody_elses_requests_are_recorded(asking: HookManager, admin: Browser, anna: Browser, app: Flask) -> None:
    admin.post(HERE, {"requests": "-1"}, token_from=HERE)
    anna.page("/ask")
    assert not folder(app).exists() or list(folder(app).iterdir()) == []


def test_whoever_looks_after_settings_sees_the_list_but_records_nothing(asking: HookManager, sign_in: SignIn) -> None:
    keeper = sign_in("keeper", grant("kernel.role", "read change"))
    page = words(keeper.page(HERE))
    assert "unit_price" in page
    assert "What each call answered" not in page
    assert keeper.post(HERE, {"requests": "10"}).status_code == 403


def test_others_are_refused(anna: Browser) -> None:
    assert anna.get(HERE).status_code == 403
    assert anna.post(HERE, {"requests": "10"}).status_code == 403


def test_a_wrong_choice_is_refused(admin: Browser) -> None:
    assert admin.post(HERE, {"requests": "1000000"}, token_from=HERE).status_code == 422
