"""Make the Flask application: pages, sign-in, inbox, settings, static files, and the API where it is there."""

import datetime as dt
import math
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect, generate_csrf
from jinja2 import ChoiceLoader, FileSystemBytecodeCache, PackageLoader, PrefixLoader
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from kernel.config import Config, secret_key
from kernel.entities.work import current_database
from kernel.files import open_store, set_files
from kernel.i18n import _
from kernel.mail.server import set_smtp_url
from kernel.sealing import set_secret
from kernel.web.assets import Assets, assets_blueprint
from kernel.web.declare import views
from kernel.web.errors import answer_errors
from kernel.web.figures import short_number
from kernel.web.live.streams import Streams, streams_of
from kernel.web.metrics import measure, watch_process
from kernel.web.once import once_field
from kernel.web.restart import watch_plugins
from kernel.web.security import guard_answers
from kernel.web.signing.door import auth_blueprint
from kernel.webhooks.targets import allow_networks

__all__ = ["bare_app", "create_app"]

PAGES = (
    "home", "walk", "live.pages", "dashboards", "inbox.pages", "inbox.acts", "inbox.deputies",
    "inbox.reminders", "inbox.news", "inbox.telling", "inbox.mails",
    "inbox.activities", "search", "reports", "settings", "mailserver",
    "mailboxes", "webhooks",
    "flows.pages", "flows.editing", "signalmap", "hookmap", "jobs.pages", "jobs.kept", "components", "health",
    "metrics", "installable",
    "signing.passwords", "signing.own", "access.roles", "access.matrix", "access.users", "access.seeing", "access.why",
    "access.events", "access.tokens", "access.providers", "access.shares", "traces", "scanning", "arranging", "boards",
    "calendars", "gantts", "printing", "mailing", "answering", "logos", "importing.pages", "talk", "pivot.pages",
    "listing.saving", "listing.cells", "listing.tagging", "listing.merging", "customising", "previews", "forms",
    "listing.pages",
)
"""The modules with pages, each with a `blueprint`; the generic ones last."""
BLUEPRINTS = tuple(import_module(f"kernel.web.{name}").blueprint for name in PAGES)
"""Imported with this module, so that whoever makes an app has the tables of its pages."""
SESSION_DAYS = 14


def create_app(config: Config) -> Flask:
    """Make the application for an installation that is open already (kernel.registry.open_installation)."""
    app, csrf, limiter = bare_app(config)
    set_files(open_store(config))
    set_secret(secret_key(config))
    set_smtp_url(config.smtp_url, config.public_url)
    allow_networks(config.webhook_networks)
    watch_plugins(app)
    answer_errors(app)
    watch_process(current_database())
    measure(app)
    app.register_blueprint(auth_blueprint(limiter))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    _mount_api(app, csrf, config)
    return app


def bare_app(config: Config) -> tuple[Flask, CSRFProtect, Limiter]:
    """Make an application without any page: its cookies, templates, static files and guards."""
    app = Flask("kernel.web", static_folder=None)
    app.config.update(
        SECRET_KEY=secret_key(config), SESSION_COOKIE_NAME="trellis", SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax", PERMANENT_SESSION_LIFETIME=dt.timedelta(days=SESSION_DAYS),
        MAX_CONTENT_LENGTH=max(64, config.attachment_mb + 8) * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=8 * 1024 * 1024, MAX_FORM_PARTS=50_000,
        WTF_CSRF_TIME_LIMIT=12 * 3600, RATELIMIT_STORAGE_URI=config.redis_url or "memory://",
        RATELIMIT_HEADERS_ENABLED=False,
    )
    if config.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # how Flask documents it
            app.wsgi_app, x_for=config.trusted_proxies, x_proto=config.trusted_proxies,
            x_host=config.trusted_proxies)
    app.extensions["trellis.config"] = config
    app.extensions["trellis.streams"] = Streams()
    app.extensions["trellis.assets"] = assets = Assets()
    csrf = CSRFProtect(app)
    limiter = Limiter(get_remote_address, app=app)
    _templates(app, assets)
    guard_answers(app)
    app.register_blueprint(assets_blueprint(assets))
    return app, csrf, limiter


def _mount_api(app: Flask, csrf: CSRFProtect, config: Config) -> None:
    """Mount /api where this installation has it; it knows tokens and ignores cookies, so CSRF does not apply."""
    if find_spec("kernel.api") is None:
        return
    module = import_module("kernel.api")
    make = getattr(module, "create_blueprint", None)
    if make is not None:
        blueprint = make(config)
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)


def _templates(app: Flask, assets: Assets) -> None:
    app.jinja_loader = ChoiceLoader([
        PackageLoader("kernel.web"),
        PrefixLoader(_PluginTemplates()),
    ])
    app.jinja_env.bytecode_cache = _compiled()
    app.jinja_env.globals.update(
        _=_, csrf_field=_csrf_field, once_field=once_field, csrf_token=generate_csrf, asset=assets.address,
        short_number=short_number, nice_top=nice_top, has_streams=lambda: streams_of(app).most > 0)


def _compiled() -> FileSystemBytecodeCache | None:
    """Give the place where compiled templates are kept for the next process; None where there can be none."""
    try:
        return FileSystemBytecodeCache()  # in the system's folder for temporary files, for this user alone
    except (OSError, RuntimeError):
        return None


class _PluginTemplates(dict[str, PackageLoader]):
    """Find a plugin's own templates when one is first asked for: `crm/duplicates.html`."""

    def __missing__(self, plugin: str) -> PackageLoader:
        known = {page.plugin for page in views.pages.values()} | {slot.plugin for slot in views.slots.values()}
        if plugin not in known or not plugin.isidentifier():
            raise KeyError(plugin)
        loader = self[plugin] = PackageLoader(f"plugins.{plugin}")
        return loader


def _csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def nice_top(value: Any) -> float:
    """Round an axis up so that its three steps are round figures."""
    top = float(value)
    if top <= 0:
        return 3.0
    step = 10.0 ** math.floor(math.log10(top / 3))
    return next(3 * m * step for m in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15) if 3 * m * step >= top)
