"""The examples on the pages about mails and activities run."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from types import ModuleType
from typing import Any

from kernel import ArrivedMail
from kernel.discussion.reading import follow_ups_of
from kernel.entities.work import Actor, unit_of_work
from kernel.hooks.specifications import ask, register_hooks, temporary_hooks
from kernel.mail.incoming.filing import place_of
from tests.kernel.web.garage import Repair, Rider

assert place_of  # brings the questions about mails

PAGES = Path(__file__).parents[2] / "docs" / "how-to"


def example(page: str) -> dict[str, Any]:
    [code] = re.findall(r"```python\n(.*?)```", (PAGES / page).read_text(), re.DOTALL)
    names: dict[str, Any] = {"__name__": "example"}
    exec(code, names)
    return names


def test_a_mail_becomes_what_the_example_says() -> None:
    module = ModuleType("desk")
    vars(module).update(example("file-mails.md"))
    with temporary_hooks():
        register_hooks("desk", module)
        [[target]] = ask.mail_becomes()
    assert target.entity == "desk.ticket"
    assert target.values(ArrivedMail("a@b.example", "Anna", "Brake", "It squeaks")) == {
        "title": "Brake", "email": "a@b.example", "text": "It squeaks"}


def test_the_example_plans_an_activity(system: Actor, make_user: Any) -> None:
    anna = make_user("anna", roles=["kernel.admin"])
    with unit_of_work(anna) as opened:
        opened.add(rider := Rider(name="Ada"))
        opened.flush()
        opened.add(repair := Repair(rider_id=rider.id))
        opened.flush()
        example("plan-activities.md")["ask_for_the_deposit"](repair, opened.today)
        [planned] = follow_ups_of(Repair, repair.id)
        assert (planned.note, planned.due_on) == ("Ask for the deposit", opened.today + dt.timedelta(days=3))
