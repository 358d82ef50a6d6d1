"""Merging in the browser: what is selected stands side by side, and old addresses lead to the survivor."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.hooks.specifications import add_specifications, temporary_hooks
from kernel.permissions.declare import grant
from kernel.shared.contracts import questions
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import MECHANIC, Repair, Rider

RIDERS = "/tests/rider"


@pytest.fixture(autouse=True)
def asked() -> Iterator[None]:
    with temporary_hooks():
        add_specifications(questions)
        yield


@pytest.fixture
def twins(system: Actor) -> list[int]:
    with unit_of_work(system):
        made = [each.id for each in records.create(Rider, [
            {"name": "Ada", "city": "Taipei"}, {"name": "Ada L.", "shoe_size": "38"}, {"name": "Bo"}])]
        records.create(Repair, [{"rider": made[1], "kind": "wheel"}, {"rider": made[1], "kind": "brake"}])
        return made


@pytest.fixture
def merger(sign_in: SignIn) -> Browser:
    return sign_in("merger", *MECHANIC, grant("tests.rider", "merge"))


def test_two_are_compared_chosen_from_and_merged(merger: Browser, system: Actor, twins: list[int]) -> None:
    ada, other, _bo = twins
    assert 'name="do" value="merge"' in merger.page(RIDERS)
    selected = [("id", ada), ("id", other)]
    sent = merger.post(f"{RIDERS}/bulk", [*selected, ("do", "merge")])
    assert (sent.status_code, sent.location) == (307, f"{RIDERS}/merge")
    page = merger.post(f"{RIDERS}/merge", [*selected, ("do", "merge")]).text
    said = words(page)
    assert "Repairs Garage 2" in said
    assert "Nothing points to it." in said
    assert f'name="survivor" value="{other}" required checked' in page, "the one with more behind it is proposed"
    assert f'name="take.city" value="{ada}" aria-label="Ada: Taipei" checked' in page
    done = merger.post(f"{RIDERS}/merge", [
        *selected, (f"version.{ada}", 1), (f"version.{other}", 1), ("survivor", other), ("take.city", ada),
        ("take.name", ada), ("take.shoe_size", other), ("do", "save")])
    assert (done.status_code, done.location) == (302, f"{RIDERS}/{other}")
    survivor = words(merger.page(f"{RIDERS}/{other}"))
    assert "2 records are one now." in survivor
    assert re.search(r"Merged into this\W+(empty )?\W*Ada", survivor)
    with unit_of_work(system, reading=True):
        kept = records.get(Rider, other)
        assert (kept.name, kept.city, kept.shoe_size) == ("Ada", "Taipei", "38")
    old = merger.get(f"{RIDERS}/{ada}")
    assert (old.status_code, old.location) == (302, f"{RIDERS}/{other}")
    assert "Merged into" in words(merger.page(f"{RIDERS}/{ada}?was=1"))
    assert ">Ada</a>" in merger.page(RIDERS)
    assert f'data-href="{RIDERS}/{ada}"' not in merger.page(RIDERS)


def test_a_refusal_keeps_what_was_chosen(merger: Browser, system: Actor, twins: list[int]) -> None:
    ada, other, _bo = twins
    with unit_of_work(system):
        records.change(Rider, [(ada, None, {"city": "Tainan"})])
    answer = merger.post(f"{RIDERS}/merge", [
        ("id", ada), ("id", other), (f"version.{ada}", 1), ("survivor", ada), ("take.name", other), ("do", "save")])
    assert answer.status_code == 409
    assert "while you were working on it" in words(answer.text)
    assert f'name="survivor" value="{ada}" required checked' in answer.text
    assert f'name="take.name" value="{other}" aria-label="Ada L.: Ada L." checked' in answer.text
    none = merger.post(f"{RIDERS}/merge", [("id", ada), ("id", other), ("do", "save")])
    assert none.status_code == 422
    assert "Choose the record that stays" in words(none.text)


def test_one_alone_is_not_merged(merger: Browser, twins: list[int]) -> None:
    answer = merger.post(f"{RIDERS}/merge", [("id", twins[0]), ("do", "merge")])
    assert (answer.status_code, answer.location) == (302, RIDERS)
    assert "Select 2 to 10 records" in words(merger.page(RIDERS))


def test_whoever_may_not_merge_is_not_offered_it(anna: Browser, twins: list[int]) -> None:
    assert 'name="do" value="merge"' not in anna.page(RIDERS)
    answer = anna.post(f"{RIDERS}/merge", [
        ("id", twins[0]), ("id", twins[1]), ("survivor", twins[0]), ("do", "save")])
    assert answer.status_code == 403
