"""`trellis user`: people who may sign in."""

import secrets

import click
from sqlalchemy import Select, select

from kernel.cli.output import json_option, print_json
from kernel.config import load_config
from kernel.entities.work import SYSTEM, perform, session
from kernel.errors import UsageError
from kernel.i18n import LOCALES, _
from kernel.identity.models import Company, User
from kernel.identity.signing.passwords import set_password
from kernel.logs import set_up_log
from kernel.permissions.models import Role
from kernel.permissions.roles import give_roles
from kernel.registry.start import open_installation

__all__ = ["user"]


@click.group()
def user() -> None:
    """Add people who may sign in.

    \b
    For example:
        trellis user add anna --name "Anna Lind" --roles crm.agent
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


def _company(name: str | None) -> Select[Company]:
    statement = select(Company).where(Company.archived.is_(False)).order_by(Company.id)
    return statement.where(Company.name == name) if name else statement
