"""Open an installation, or make a new one."""

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect

from kernel.config import Config, load_config, secret_key
from kernel.entities.database import Database
from kernel.entities.work import set_database
from kernel.errors import Refusal
from kernel.files import open_store, set_files
from kernel.hooks.specifications import check_hooks
from kernel.hooks.subscriptions import check_subscriptions
from kernel.i18n import _
from kernel.identity.models import Company, User
from kernel.identity.signing.passwords import set_password
from kernel.permissions.roles import give_roles
from kernel.registry.demo import make_demo
from kernel.registry.discovery import Available, discover, find_plugin, refuse_other_kernel
from kernel.registry.drift import demand_no_drift
from kernel.registry.installing import SignIn, install, install_kernel, newer_schema
from kernel.registry.loading import load, load_kernel, loaded_plugins, migrations_folder
from kernel.registry.migrating import head_of, is_known, revision_in, schema_work
from kernel.registry.models import PluginState
from kernel.registry.order import with_requirements
from kernel.registry.plainsecrets import seal_plain_secrets
from kernel.registry.state import Installed, read_states, seal
from kernel.sealing import set_secret
from kernel.search.filling import catch_up

__all__ = [
    "NewInstallation", "connect", "has_installation", "initialise", "make_installation", "open_installation", "settle",
]


@dataclass(frozen=True, slots=True)
class NewInstallation:
    """What `initialise` made."""

    database: Database
    company_id: int
    login: str
    plugins: tuple[str, ...]
    demo: tuple[str, ...]
    """Packages whose demo records were made."""
    sign_ins: tuple[SignIn, ...] = ()
    """Who may sign in to a demo company."""


def open_installation(config: Config | None = None, *, strict: bool = True) -> Database:
    """Open the installation of this process: load its plugins, see that code, schema and signals fit, and set it.

    Raises Unavailable where the database can't be reached; Refusal where there is no installation in it, a plugin is
    missing or broken, or a schema is newer or older than its code or has drifted. Without `strict` only what
    is needed to mend the schema is checked.
    """
    database = connect(config or load_config())
    try:
        with database.connect(reading=True) as connection:
            states = read_states(connection)
            available = discover()
            names = _demand_present(states, available)
            for name in names:
                refuse_other_kernel(find_plugin(name, available)[1])
            load(names, available)
            if strict:
                for name in ("kernel", *names):
                    _demand_same_revision(states[name], revision_in(connection, name))
        if strict:
            demand_no_drift(database)
            check_subscriptions(loaded_plugins().keys())
            check_hooks()
            seal_plain_secrets(database)
    except BaseException:
        database.dispose()
        raise
    set_database(database)
    return database


def settle() -> None:
    """Take what is loaded by now for what stays: a process that serves for days need not have it walked all the time.

    A seventh of the time of a large piece of work went to the collector's walks over classes and mappers.
    """
    gc.collect()
    gc.freeze()


def connect(config: Config) -> Database:
    """Connect to the database and the files of a configuration; raises Unavailable with the reason where that fails."""
    database = Database(config.database_url)
    if database.is_sqlite and database.url.database:
        folder = Path(database.url.database).parent
        if not folder.exists():
            raise Refusal("DATABASE_FOLDER", _("The folder {folder} of the database doesn't exist", folder=folder),
                          fix=_("Make it, or set TRELLIS_DATABASE_URL to another file"))
    database.connect(reading=True).close()
    set_files(open_store(config))
    set_secret(secret_key(config))
    return database


def _demand_present(states: dict[str, Installed], known: Mapping[str, Available]) -> list[str]:
    names = [name for name in states if name != "kernel"]
    missing = [name for name in names if name not in known]
    if missing:
        raise Refusal(
            "PLUGIN_MISSING",
            _("{names} is installed in this database, but its package is not on this machine",
              names=", ".join(missing)),
            fix=_("Install its package again, or take it out with: trellis plugin uninstall {names}",
                  names=" ".join(missing)))
    ordered = with_requirements(names, known)
    if extra := [name for name in ordered if name not in states]:
        raise Refusal(
            "REQUIREMENT", _("{names} is required by now, but not installed in this database", names=", ".join(extra)),
            fix=_("Bring the database up to date with: trellis plugin upgrade"))
    return ordered


def _demand_same_revision(state: Installed, revision: str | None) -> None:
    folder = migrations_folder(state.name)
    if revision == head_of(folder):
        return
    if revision is not None and not is_known(folder, revision):
        raise newer_schema(state.name, state.version, loaded_plugins()[state.name].version)
    raise Refusal(
        "SCHEMA_OLDER", _("The database is older than the code of {name}", name=state.name), actual=revision,
        fix=_("Make a backup, then run: trellis plugin upgrade"))


def initialise(
    config: Config | None = None,
    *,
    company: str = "My company",
    currency: str = "USD",
    timezone: str = "UTC",
    locale: str = "en",
    plugins: Sequence[str] = (),
    demo: bool = False,
    large: bool = False,
    say: Callable[[str], None] = lambda words: None,
    login: str = "admin",
    password: str | None = None,
) -> NewInstallation:
    """Make a new installation: the kernel's schema, a company, its administrator, plugins, and demo records if wanted.

    A `large` demo has a million order lines; `say` is told how far a demo is.

    Kernel and company are one transaction, the plugins another. Raises Refusal where the database holds an
    installation already or a plugin can't be installed; nothing is changed then.
    """
    database = connect(config or load_config())
    first = Company(name=company, currency=currency.upper(), timezone=timezone, locale=locale)
    administrator = User(login=login, name=str(_("Administrator")), locale=locale, timezone=timezone)
    if password:
        set_password(administrator, password)
    company_id = make_installation(database, first, administrator, plugins)
    made = install(plugins, database=database) if plugins else []
    set_database(database)
    names = [step.plugin for step in made]
    demos = make_demo(database, names, company_id, large=large, say=say) if demo else {}
    catch_up(database)
    people = [person for each in demos.values() for person in each]
    return NewInstallation(database, company_id, login, tuple(names), tuple(demos), tuple(people))


def make_installation(
    database: Database, company: Company, administrator: User, plugins: Sequence[str] = (),
    also: Callable[[], object] = lambda: None,
) -> int:
    """Make the kernel's schema, the first company and its administrator in one transaction; gives the company's id.

    The code of `plugins`, which are to be installed next, is loaded first: one that can't be refuses before anything
    was written. `also` is done in the same transaction.
    """
    available = discover()
    wanted = with_requirements(plugins, available)
    for name in wanted:
        refuse_other_kernel(find_plugin(name, available)[1])
    if has_installation(database):
        raise Refusal(
            "INITIALISED", _("{url} holds an installation already",
                             url=database.url.render_as_string(hide_password=True)),
            fix=_("Choose another TRELLIS_DATABASE_URL, or just run: trellis run"))
    load_kernel()
    load(wanted, available)
    with schema_work(database) as current:
        install_kernel()
        current.add(company)
        current.flush()
        administrator.home_company_id = company.id
        current.add(administrator)
        current.flush()
        give_roles([administrator], ["kernel.admin"])
        also()
        seal()
        return company.id


def has_installation(database: Database) -> bool:
    """Say whether a database holds an installation, be it in the making."""
    with database.connect(reading=True) as connection:
        return inspect(connection).has_table(PluginState.__tablename__)
