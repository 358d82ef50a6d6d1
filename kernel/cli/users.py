"""`trellis user`: people who may sign in."""

import secrets

import click
from sqlalchemy import Select, func, select

from kernel.cli.output import json_option, print_json
from kernel.config import load_config
from kernel.entities.work import SYSTEM, perform, session
from kernel.errors import NotFound, UsageError
from kernel.i18n import LOCALES, _
from kernel.identity.models import Company, User
from kernel.identity.signing.passwords import set_password
from kernel.identity.signing.second_factor import factor_set_up, remove_factor, unreadable_factors
from kernel.identity.signing.sessions import end_sessions
from kernel.logs import set_up_log
from kernel.permissions.models import Role
from kernel.permissions.roles import give_roles
from kernel.registry.start import open_installation

__all__ = ["user"]


@click.group()
def user() -> None:
    """Add people who may sign in, and help those who can't.

    \b
    For example:
        trellis user add anna --name "Anna Lind" --roles crm.agent
        trellis user reset-factor anna
    """


@user.command()
@click.argument("login")
@click.option("--name", default=None, help="The person's name; the sign-in name where not given.")
@click.option("--roles", default="", help="Codes of roles, by comma: crm.agent,erp_sales.manager.")
@click.option("--company", default=None, help="Their company's name; the first company where not given.")
@click.option("--language", type=click.Choice(list(LOCALES)), default="en", show_default=True)
@click.option("--password", default=None, help="Made up and shown where not given.")
@json_option
def add(
    login: str, name: str | None, roles: str, company: str | None, language: str, password: str | None, as_json: bool
) -> None:
    """Add somebody who may sign in.

    \b
    For example:
        trellis user add anna --name "Anna Lind" --roles crm.agent,crm.manager
    """
    config = load_config()
    set_up_log(config)
    open_installation(config)
    secret = password or secrets.token_urlsafe(9)
    codes = [code.strip() for code in roles.split(",") if code.strip()]

    def work() -> int:
        current = session()
        home = current.scalars(_company(company)).first()
        if home is None:
            raise UsageError("UNKNOWN_COMPANY", _("There is no company {name}", name=company or ""))
        known = dict(current.execute(select(Role.code, Role.id).where(Role.archived.is_(False))).tuples().all())
        if unknown := [code for code in codes if code not in known]:
            every = ", ".join(sorted(known))
            raise UsageError("UNKNOWN_ROLE", _("There is no role {names}", names=", ".join(unknown)), allowed=every,
                             fix=_("Roles are: {names}", names=every))
        person = User(
            login=login, name=name or login, home_company_id=home.id, locale=language, timezone=home.timezone)
        set_password(person, secret)
        current.add(person)
        current.flush()
        give_roles([person], codes)
        return person.id

    made = perform(SYSTEM, work)
    if as_json:
        print_json({"id": made, "login": login, "roles": codes, "password": None if password else secret})
        return
    click.echo(f"Added {login}" + (f" with the roles {', '.join(codes)}" if codes else ", without roles yet"))
    if not password:
        click.echo(f"Password: {secret}")


@user.command("reset-factor")
@click.argument("logins", metavar="[LOGIN]...", nargs=-1)
@click.option("--unreadable", is_flag=True,
              help="Of everybody whose codes can't be checked any more, as the secret key is lost.")
@json_option
def reset_factor(logins: tuple[str, ...], unreadable: bool, as_json: bool) -> None:
    """Take somebody's second factor away: they sign in by password alone and set a new one up.

    Their sessions end, and the log of sign-ins has it.

    \b
    For example:
        trellis user reset-factor anna
        trellis user reset-factor --unreadable
    """
    if bool(logins) == unreadable:
        raise UsageError("WHOSE", _("Say whose second factor is meant: names to sign in by, or --unreadable"))
    config = load_config()
    set_up_log(config)
    open_installation(config)

    def work() -> list[str]:
        people = _unreadable() if unreadable else [_person(login) for login in logins]
        for person in people:
            remove_factor(person.id)
            end_sessions(person.id)
        return [person.login for person in people]

    done = perform(SYSTEM, work)
    if as_json:
        print_json({"reset": done})
        return
    for login in done:
        click.echo(f"{login} signs in without a second factor now")
    if not done:
        click.echo("Every second factor can be read: nothing to do")


def _unreadable() -> list[User]:
    current = session()
    return [current.get_one(User, user_id) for user_id in unreadable_factors()]


def _person(login: str) -> User:
    found = session().scalars(
        select(User).where(func.lower(User.login) == login.lower(), User.archived.is_(False))).first()
    if found is None:
        raise NotFound("USER", _("There is no user {login}", login=login))
    if not factor_set_up(found.id):
        raise NotFound("NO_FACTOR", _("{login} has no second factor", login=login))
    return found


def _company(name: str | None) -> Select[Company]:
    statement = select(Company).where(Company.archived.is_(False)).order_by(Company.id)
    return statement.where(Company.name == name) if name else statement
