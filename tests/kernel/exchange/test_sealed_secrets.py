"""Secrets lie sealed in the database: a copy of it opens nothing without the installation's secret key."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kernel.testing.databases import postgres_database
from tests.kernel.registry.site import Site

SET_UP = """
    import json, pyotp
    from datetime import timedelta
    from kernel.identity.models import User
    from kernel.identity.signing.providers import ProviderInput, save_provider
    from kernel.identity.signing.second_factor import begin_factor, confirm_factor
    from kernel.mail.server import MailServer, save_mail_server
    with unit_of_work(SYSTEM) as system:
        user = system.scalars(select(User.id)).one()
        secret = begin_factor(user)
        codes = confirm_factor(user, pyotp.TOTP(secret).at(system.now - timedelta(seconds=30)))
        save_provider(ProviderInput("house", "House", "https://id.example", "trellis", "oidc-open-sesame"))
        save_mail_server(MailServer("mail.example", 587, user="me", password="mail-open-sesame",
                                    sender="a@b.example", base_url="https://b.example"))
        print(json.dumps([secret, codes]))
"""

ENTER = """
    import pyotp
    from kernel.errors import Refusal
    from kernel.identity.models import User
    from kernel.identity.signing.providers import provider_named
    from kernel.identity.signing.second_factor import factor_set_up, passes_factor
    from kernel.mail.server import mail_server
    def shown(read):
        try:
            return read()
        except Refusal as refusal:
            return f"{{refusal.code}}: {{refusal.message}}"
    with unit_of_work(SYSTEM) as system:
        user = system.scalars(select(User.id)).one()
        print(shown(lambda: passes_factor(user, pyotp.TOTP("{secret}").at(system.now))))
        print(shown(lambda: passes_factor(user, "{recovery}")))
        print(shown(lambda: provider_named("house").client_secret.open()))
        print(shown(lambda: mail_server().password))
        print(factor_set_up(user))
"""

PLAIN = """
    from sqlalchemy import text
    with unit_of_work(SYSTEM) as system:
        system.work.connection.execute(text("UPDATE kernel_second_factor SET secret = '{secret}'"))
        system.work.connection.execute(text("UPDATE kernel_identity_provider SET client_secret = 'oidc-open-sesame'"))
"""

STORED = """
    from sqlalchemy import text
    with unit_of_work(SYSTEM, reading=True) as system:
        for table in ("kernel_second_factor", "kernel_identity_provider", "kernel_mail_server"):
            print(system.work.connection.execute(text(f"SELECT * FROM {table}")).all())
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A folder with an installation on either database."""
    if request.param == "sqlite":
        yield made(tmp_path / "first", f"sqlite:///{tmp_path}/first/trellis.db")
        return
    with postgres_database() as url:
        yield made(tmp_path / "first", url)


def made(folder: Path, url: str) -> Site:
    folder.mkdir()
    site = Site(folder, url)
    site.trellis("init", "--company", "Blue Door", "--password", "correct horse")
    return site


def set_up(site: Site) -> tuple[str, str]:
    """Set a second factor, a provider and a mail server up; gives the app's secret and a recovery code."""
    secret, codes = json.loads(site.python(SET_UP))
    return secret, codes[0]


def entering(site: Site, secret: str, recovery: str) -> list[str]:
    return site.python(ENTER.format(secret=secret, recovery=recovery)).splitlines()


def restored(site: Site, *, with_key: bool) -> Site:
    """Restore a backup on another machine, with the installation's secret key or with one of its own."""
    site.trellis("backup", "all.zip")
    folder = site.folder.parent / ("same" if with_key else "other")
    folder.mkdir()
    other = Site(folder, f"sqlite:///{folder}/trellis.db")
    if with_key:
        (other.home / "data").mkdir()
        shutil.copy(site.home / "data" / "secret-key", other.home / "data" / "secret-key")
    other.trellis("restore", str(site.home / "all.zip"))
    return other


def test_no_plain_secret_lies_in_the_database_or_a_backup(site: Site) -> None:
    secret, _recovery = set_up(site)
    stored = site.python(STORED)
    assert stored.count("gAAAA") == 3
    site.trellis("backup", "all.zip")
    places: list[Any] = [stored.encode(), (site.home / "all.zip").read_bytes()]
    places += [each.read_bytes() for each in site.folder.glob("trellis.db*")]
    for place in places:
        for each in (secret, "oidc-open-sesame", "mail-open-sesame"):
            assert each.encode() not in place


def test_restored_with_the_same_key_everybody_signs_in_as_before(site: Site) -> None:
    secret, recovery = set_up(site)
    told = entering(restored(site, with_key=True), secret, recovery)
    assert told == ["code", "recovery", "oidc-open-sesame", "mail-open-sesame", "True"]


def test_with_another_key_the_refusal_is_clear_and_the_command_line_mends_it(site: Site) -> None:
    secret, recovery = set_up(site)
    other = restored(site, with_key=False)
    told = entering(other, secret, recovery)
    assert told[0] == "FACTOR_SEALED: Codes of apps can't be checked: the installation's secret key is another one now"
    assert told[1] == "recovery", "recovery codes are kept as hashes, for which no key is needed"
    assert told[2].startswith("SEALED: What is stored sealed can't be read")
    assert told[3] == told[2]
    assert other.json("user", "reset-factor", "--unreadable") == {"reset": ["admin"]}
    assert other.json("user", "reset-factor", "--unreadable") == {"reset": []}, "what can be read is left alone"
    assert entering(other, secret, recovery)[-1] == "False"


def test_a_single_persons_factor_is_reset_by_their_name(site: Site) -> None:
    secret, recovery = set_up(site)
    assert site.json("user", "reset-factor", "--unreadable") == {"reset": []}
    assert "no user anna" in site.refused("user", "reset-factor", "admin", "anna")
    assert entering(site, secret, recovery)[-1] == "True", "all that were named, or none"
    assert "Say whose second factor" in site.refused("user", "reset-factor", code=2)
    assert "without a second factor" in site.trellis("user", "reset-factor", "Admin")
    assert entering(site, secret, recovery)[-1] == "False"
    assert "no second factor" in site.refused("user", "reset-factor", "admin")


def test_what_an_earlier_version_left_plain_is_sealed_when_the_installation_opens(site: Site) -> None:
    secret, recovery = set_up(site)
    site.python(PLAIN.format(secret=secret))
    stored = site.python(STORED)
    assert secret not in stored
    assert stored.count("gAAAA") == 3
    assert entering(site, secret, recovery)[:3] == ["code", "recovery", "oidc-open-sesame"]
