"""`trellis init`: make a new installation."""

import json
import secrets
import sys

import click

from kernel.cli.output import json_option, print_json
from kernel.config import load_config
from kernel.i18n import LOCALES
from kernel.logs import set_up_log
from kernel.registry.discovery import discover
from kernel.registry.start import initialise

__all__ = ["init"]


@click.command()
@click.option("--company", default=None, help="Name of the first company.")
@click.option("--currency", default="USD", show_default=True, help="Its currency, as an ISO 4217 code.")
@click.option("--timezone", default="UTC", show_default=True, help="Its time zone, such as Asia/Taipei.")
@click.option("--language", type=click.Choice(list(LOCALES)), default="en", show_default=True)
@click.option("--plugins", default=None, help="Plugins to install, by comma. With --demo: all there are, unless named.")
@click.option("--demo", type=click.Choice(["small", "large"]), is_flag=False, flag_value="small",
              help="Fill it with a demo company to try things out; a large one has a million order lines.")
@click.option("--login", default="admin", show_default=True, help="The administrator's sign-in name.")
@click.option("--password", default=None, help="Their password; made up and shown where not given.")
@json_option
def init(
    company: str | None, currency: str, timezone: str, language: str, plugins: str | None, demo: str | None, login: str,
    password: str | None, as_json: bool,
) -> None:
    """Make a new installation: schema, company, administrator, plugins.

    \b
    For example:
        trellis init --company "Blue Door" --currency EUR --plugins crm,erp_sales
        trellis init --demo
        trellis init --demo large
    """
    config = load_config()
    set_up_log(config)
    wanted = [name.strip() for name in plugins.split(",") if name.strip()] if plugins else []
    if demo and plugins is None:
        wanted = [name for name, found in discover().items() if found.plugin is not None]
    secret = password or secrets.token_urlsafe(9)
    made = initialise(
        config, company=company or ("Trellis Cycles" if demo else "My company"), currency=currency, timezone=timezone,
        locale=language, plugins=wanted, demo=demo is not None, large=demo == "large", login=login, password=secret,
        say=_progress)
    _progress("")
    if made.sign_ins:
        config.demo_sign_ins.parent.mkdir(parents=True, exist_ok=True)
        config.demo_sign_ins.write_text(json.dumps([list(each) for each in made.sign_ins]), encoding="utf-8")
    if as_json:
        print_json({"company_id": made.company_id, "login": made.login, "password": None if password else secret,
                    "plugins": made.plugins, "demo": made.demo})
        return
    click.echo(f"Made an installation in {made.database.url.render_as_string(hide_password=True)}")
    if made.plugins:
        click.echo(f"Plugins: {', '.join(made.plugins)}")
    if not password:
        click.echo(f"Sign in as {made.login} with the password {secret}")
    for name, words, what in made.sign_ins:
        click.echo(f"        or {name} with the password {words}: {what}")
    click.echo("Start it with: trellis run")


def _progress(words: str) -> None:
    """Show on a terminal how far a demo is, in one line that is written over; elsewhere nothing."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{words}", err=True, nl=False)
