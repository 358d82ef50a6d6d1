"""The making of an installation from answers given over several pages, in steps that a kill can't leave half done.

The answers lie in the data folder until all is made. How far the making came stands in the database, raised in the
same transaction as each step: after a kill the steps that are missing are done, and no step twice.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import delete, func, select

from kernel.config import Config
from kernel.entities.database import Database
from kernel.entities.remembered import Generation, raise_generation
from kernel.entities.work import SYSTEM, set_database, unit_of_work
from kernel.i18n import Text, _, format_date
from kernel.identity.models import Company, User
from kernel.identity.signing.log import NOWHERE
from kernel.identity.signing.sessions import begin_session
from kernel.registry.demo import DemoStep, demo_steps
from kernel.registry.discovery import discover
from kernel.registry.installing import SignIn, install
from kernel.registry.loading import load, load_kernel
from kernel.registry.order import with_requirements
from kernel.registry.plugin import Plugin
from kernel.registry.start import has_installation, make_installation
from kernel.registry.state import read_states

__all__ = ["Answers", "Founder", "Making", "Progress", "steps_done"]

log = structlog.get_logger("trellis.registry")
STEPS = "kernel.first_start"
"""The generation that counts the finished steps; it is gone once all are."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered so far; of the password only what is kept of it."""

    name: str = ""
    country: str = ""
    currency: str = ""
    timezone: str = ""
    locale: str = ""
    fiscal_year_starts: str = "1"
    person: str = ""
    login: str = ""
    email: str = ""
    password_hash: str = ""
    plugins: tuple[str, ...] = ()
    demo: bool = False
    begun: str = ""
    """The day the making began: the demo's records lie around it, whenever it is done."""

    @staticmethod
    def path(config: Config) -> Path:
        """Say where the answers lie until all is made."""
        return Path(config.data_dir) / "first-start.json"

    @classmethod
    def load(cls, config: Config) -> "Answers":
        """Read what was answered so far; nothing where that can't be read."""
        try:
            found = json.loads(cls.path(config).read_text(encoding="utf-8"))
            known = {each.name for each in fields(cls)}
            values = {name: value for name, value in found.items() if name in known}
            return cls(**{**values, "plugins": tuple(values.get("plugins", ()))})
        except (FileNotFoundError, ValueError, AttributeError, TypeError):
            return cls()

    def save(self, config: Config) -> None:
        """Keep the answers, for the owner of the process alone."""
        path = self.path(config)
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")
        new.replace(path)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the making is, and with what it is busy."""

    done: int
    steps: int
    label: Text


@dataclass(frozen=True, slots=True)
class Founder:
    """The administrator, as their session knows them."""

    user_id: int
    session_key: str
    company_id: int


def steps_done(database: Database) -> int:
    """Say how many steps of an unfinished making are done; 0 where none is under way."""
    if not has_installation(database):
        return 0
    with database.connect(reading=True) as connection:
        table = Generation.__table__.c
        return connection.scalar(select(table.value).where(table.name == STEPS)) or 0


class Making:
    """Make an installation from answers: the kernel with company and administrator, then the apps, then demo records.

        making = Making(database, config, answers)
        founder = making.found()
        for progress in making.go_on(): ...
    """

    def __init__(self, database: Database, config: Config, answers: Answers) -> None:
        self.database = database
        self.config = config
        self.answers = answers
        available = discover()
        self.plugins = with_requirements(answers.plugins, available)
        self.labels = {each.package: each.plugin.label for each in available.values() if each.plugin}
        self.begun = dt.date.fromisoformat(answers.begun) if answers.begun else _today(answers.timezone)
        self.demo = demo_steps(self.plugins, self.begun) if answers.demo else []
        self.steps = 1 + len(self.plugins) + len(self.demo)

    def found(self) -> Founder:
        """Make the kernel's schema, the company and its administrator: from here on the rest can be done after a kill.

        Raises Refusal where a plugin can't be loaded or somebody made an installation meanwhile.
        """
        given = self.answers
        company = Company(
            name=given.name, currency=given.currency, timezone=given.timezone, locale=given.locale,
            country=given.country or None, fiscal_year_starts=given.fiscal_year_starts)
        person = User(
            login=given.login, name=given.person, email=given.email or None, locale=given.locale,
            timezone=given.timezone, password_hash=given.password_hash)
        replace(given, begun=self.begun.isoformat()).save(self.config)
        keys: list[str] = []

        def also() -> None:
            raise_generation(STEPS)
            keys.append(begin_session(person.id, "password", NOWHERE))

        company_id = make_installation(self.database, company, person, self.plugins, also=also)
        return Founder(person.id, keys[-1], company_id)

    def go_on(self, told: Callable[[Progress], object]) -> None:
        """Do the steps that are missing, telling each before it begins. Raises Refusal where one can't be done."""
        done = steps_done(self.database)
        if done == 1:
            self._install(told)
            done += 1
        self._load()
        company_id = self._company()
        for at, step in enumerate(self.demo, start=2):
            if at >= done:
                told(Progress(self.steps - len(self.demo) + at - 2, self.steps,
                              _("Demo records: {plugin}", plugin=self._about(step))))
                with step.work(self.database, company_id):
                    self._keep(step.make() or ())
                    raise_generation(STEPS)
        self.finish()

    def _about(self, step: DemoStep) -> Text:
        return format_date(step.day) if step.day else self.labels.get(step.package, _("companies and people"))

    def finish(self) -> None:
        """Call it done: the answers and the count of steps go."""
        with unit_of_work(SYSTEM, database=self.database) as system:
            system.connection().execute(delete(Generation).where(Generation.__table__.c.name == STEPS))
        Answers.path(self.config).unlink(missing_ok=True)
        log.info("first_start.done", plugins=self.plugins, demo=self.answers.demo)

    def _install(self, told: Callable[[Progress], object]) -> None:
        count = iter(range(1, self.steps + 1))

        def tell(plugin: Plugin) -> None:
            told(Progress(next(count), self.steps, _("Installing {plugin}", plugin=plugin.label)))

        with self.database.connect(reading=True) as connection:
            there = read_states(connection)
        missing = [name for name in self.plugins if name not in there]
        install(missing, database=self.database, told=tell, also=lambda: raise_generation(STEPS))

    def _load(self) -> None:
        load_kernel()
        load(self.plugins, discover())
        set_database(self.database)

    def _company(self) -> int:
        with self.database.connect(reading=True) as connection:
            first: int = connection.execute(select(func.min(Company.__table__.c.id))).scalar_one()
            return first

    def _keep(self, people: Sequence[SignIn]) -> None:
        """Keep who may sign in to the demo; a step done again after a kill gives the same people anew."""
        path = self.config.demo_sign_ins
        known = {login: each for each in _read(path) for login in each[:1]}
        known |= {login: [login, *rest] for login, *rest in people}
        if known:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(list(known.values())), encoding="utf-8")


def _today(timezone: str) -> dt.date:
    return dt.datetime.now(ZoneInfo(timezone or "UTC")).date()


def _read(path: Path) -> Iterator[list[str]]:
    if path.exists():
        yield from json.loads(path.read_text(encoding="utf-8"))
