"""An installation made from answers: each step happens once, whatever is killed in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kernel.config import Config
from kernel.entities.database import Database
from kernel.entities.work import SYSTEM, set_database, unit_of_work
from kernel.errors import Refusal
from kernel.i18n import format_date
from kernel.identity.fiscal import fiscal_year_start
from kernel.identity.models import Company, User
from kernel.identity.signing.log import hashed
from kernel.identity.signing.models import SignInSession
from kernel.identity.signing.passwords import check_sign_in, hash_password
from kernel.registry.demo import periods
from kernel.registry.first_start import Answers, Making, Progress, steps_done
from kernel.registry.state import read_states
from kernel.shared.models import Party
from kernel.testing.databases import postgres_database

PASSWORD = "a long enough password"


@pytest.fixture(params=["sqlite", "postgresql"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Config]:
    if request.param == "sqlite":
        yield Config(database_url=f"sqlite:///{tmp_path / 'trellis.db'}", data_dir=str(tmp_path / "data"))
        return
    with postgres_database() as url:
        yield Config(database_url=url, data_dir=str(tmp_path / "data"))


@pytest.fixture
def database(config: Config) -> Iterator[Database]:
    opened = Database(config.database_url)
    yield opened
    set_database(None)
    opened.dispose()


ANSWERS = Answers(
    name="Formosa Cycle Works", country="TW", currency="TWD", timezone="Asia/Taipei", locale="zh_Hant",
    fiscal_year_starts="4", person="Anna Lind", login="anna", password_hash=hash_password(PASSWORD))


class Killed(BaseException):
    """What stands for the end of the process."""


def test_answers_are_kept_until_all_is_made_and_unreadable_ones_are_none(config: Config) -> None:
    assert Answers.load(config) == Answers()
    ANSWERS.save(config)
    assert Answers.load(config) == ANSWERS
    assert Answers.path(config).stat().st_mode & 0o077 == 0
    for broken in ("", "{", "[]", '{"name": "x", "unknown": 1, "plugins": 3}'):
        Answers.path(config).write_text(broken)
        assert Answers.load(config) == Answers(), broken


def test_an_installation_is_what_was_answered(config: Config, database: Database) -> None:
    making = Making(database, config, ANSWERS)
    founder = making.found()
    assert steps_done(database) == 1
    told: list[Progress] = []
    making.go_on(told.append)
    assert (told, steps_done(database), Answers.path(config).exists()) == ([], 0, False)
    with unit_of_work(SYSTEM, database=database) as system:
        company = system.scalars(select(Company)).one()
        assert (company.name, company.country, company.currency, company.fiscal_year_starts) == (
            "Formosa Cycle Works", "TW", "TWD", "4")
        user = check_sign_in("anna", PASSWORD)
        assert user is not None
        assert (user.id, user.home_company_id) == (founder.user_id, founder.company_id)
        [begun] = system.query(SignInSession).all()
        assert (begun.user_id, begun.key) == (user.id, hashed(founder.session_key))
    with unit_of_work(replace(SYSTEM, company_id=founder.company_id), database=database, reading=True):
        starts = [fiscal_year_start(day) for day in (date(2026, 3, 31), date(2026, 4, 1), date(2026, 12, 31))]
        assert starts == [date(2025, 4, 1), date(2026, 4, 1), date(2026, 4, 1)]
    with pytest.raises(Refusal, match="holds an installation already"):
        Making(database, config, ANSWERS).found()


@pytest.mark.slow
@pytest.mark.apart
def test_a_making_that_was_killed_goes_on_where_it_was_and_does_nothing_twice(
    config: Config, database: Database
) -> None:
    Making(database, config, replace(ANSWERS, plugins=("crm",), demo=True)).found()
    begun = date.fromisoformat(Answers.load(config).begun)
    seen: list[str] = []

    def kill_at(step: int) -> None:
        def told(progress: Progress) -> None:
            seen.append(str(progress.label))
            if progress.done >= step:
                raise Killed

        with pytest.raises(Killed):
            Making(database, config, Answers.load(config)).go_on(told)

    kill_at(1)
    with database.connect(reading=True) as connection:
        assert set(read_states(connection)) == {"kernel"}
    kill_at(3)
    with database.connect(reading=True) as connection:
        assert set(read_states(connection)) == {"kernel", "crm"}
    with unit_of_work(SYSTEM, database=database, reading=True) as system:
        parties = system.scalars(select(func.count()).select_from(Party)).one()
    kill_at(4)
    Making(database, config, Answers.load(config)).go_on(lambda progress: seen.append(str(progress.label)))
    assert steps_done(database) == 0
    past = [f"Demo records: {format_date(each.last)}" for each in periods(begun)]
    both = ["Demo records: companies and people", "Demo records: CRM"]
    assert seen == [
        "Installing CRM", "Installing CRM", *both, both[1], both[0], *both[:1] * 2, *past, *both * 3, both[0]]
    assert len(past) > 40
    with unit_of_work(SYSTEM, database=database, reading=True) as system:
        assert system.scalars(select(func.count()).select_from(Party)).one() >= parties > 0
        logins = system.scalars(select(User.login)).all()
        assert len(logins) == len(set(logins))
    assert config.demo_sign_ins.exists()
