"""The sign-in providers: set up, tried and taken away by an administrator."""

from flask import Blueprint, flash, make_response, redirect, request, url_for

from kernel.entities.work import as_system
from kernel.errors import Refusal
from kernel.i18n import _
from kernel.identity.signing.providers import (
    Provider,
    ProviderInput,
    all_providers,
    delete_provider,
    provider_named,
    save_provider,
)
from kernel.permissions.rights import rights
from kernel.web.access.words import demand_keeper, tabs
from kernel.web.frame import crumb, shell
from kernel.web.screen.form import Input
from kernel.web.screen.security import ProvidersPage
from kernel.web.screen.shown import Action, Shown
from kernel.web.serving import Answer, render, served
from kernel.web.show import refused
from kernel.web.signing.openid import check_provider

__all__ = ["blueprint"]

blueprint = Blueprint("access_providers", __name__)
HERE = "/settings/access/providers"


def _demand() -> None:
    """Whoever says who vouches for people could become any of them: that takes all rights over users and roles."""
    demand_keeper()
    rights().demand("change", "kernel.user")


@blueprint.get(HERE)
@served()
def providers() -> Answer:
    """List the providers."""
    return _page()


@blueprint.get(f"{HERE}/new")
@served()
def new() -> Answer:
    """Show the form for a new one."""
    return _page(name="")


@blueprint.get(f"{HERE}/<name>")
@served()
def one(name: str) -> Answer:
    """Show one for changing."""
    return _page(name=name)


def _page(refusal: Refusal | None = None, name: str | None = None) -> str:
    _demand()
    known = all_providers()
    rows = tuple(
        (each.label, each.issuer, Shown(str(_("In use")), "status", tone="green") if each.active else
         Shown(str(_("Switched off")), "status", tone="gray"), f"{HERE}/{each.name}") for each in known)
    page = ProvidersPage(str(_("Sign-in providers")), rows, tabs(HERE))
    if name is not None:
        found = provider_named(name) if name else None
        own_name = found.name if found else "NAME"
        wrong = {each.field: str(each.message) for each in refusal.problems} if refusal else {}
        page = ProvidersPage(
            found.label if found else str(_("New sign-in provider")), rows, tabs(HERE),
            f"{HERE}/{name}" if name else f"{HERE}/new", _inputs(found, wrong),
            url_for("auth.come_back", name=own_name, _external=True),
            Action(str(_("Delete")), f"{HERE}/{name}/delete", "trash", post=True, risk=True,
                   confirm=str(_("Nobody signs in by it any more, and who is who there is forgotten. Go on?"))
                   ) if found else None,
            refused(refusal))
    crumbs = [crumb(_("Settings")), crumb(_("Access"), "/settings/access"), crumb(_("Sign-in providers"), HERE)]
    return render("providers.html", page, shell=shell(
        crumbs if name is None else [*crumbs, crumb(page.title)], here="settings"))


def _inputs(found: Provider | None, wrong: dict[str, str]) -> tuple[Input, ...]:
    form = request.form

    def value(field: str) -> str:
        return form.get(field, str(getattr(found, field)) if found else "")

    def ticked(field: str, default: bool) -> str:
        on = "1" in form.getlist(field) if form else bool(getattr(found, field)) if found else default
        return "1" if on else ""

    return (
        Input("label", str(_("Label")), value=value("label"), required=True, max_length=80,
              error=wrong.get("label", ""),
              help=str(_("As it stands on the sign-in page: Google, Microsoft, our own"))),
        Input("name", str(_("Name")), value=value("name"), required=True, max_length=40, error=wrong.get("name", ""),
              readonly=found is not None, shown=Shown(found.name) if found else None,
              help=str(_("Small letters, digits and hyphens, as it stands in addresses: google"))),
        Input("issuer", str(_("Issuer")), value=value("issuer"), required=True, max_length=300, wide=True,
              error=wrong.get("issuer", ""),
              help=str(_("The address whose /.well-known/openid-configuration describes it"))),
        Input("client_id", str(_("Client id")), value=value("client_id"), required=True, max_length=200,
              error=wrong.get("client_id", "")),
        Input("client_secret", str(_("Client secret")), "password",
              help=str(_("Leave empty to keep the one there is") if found and found.client_secret else
                       _("Empty for a client without a secret"))),
        Input("by_email", str(_("Know users by e-mail")), "boolean", ticked("by_email", True),
              help=str(_("Whoever has a verified e-mail address there that one user has here is that user"))),
        Input("second_factor", str(_("It asks for a second factor")), "boolean", ticked("second_factor", False),
              help=str(_("Then Trellis does not ask for one again"))),
        Input("active", str(_("In use")), "boolean", ticked("active", True)))


def _posted(name: str) -> ProviderInput:
    form = request.form

    def on(field: str) -> bool:
        return "1" in form.getlist(field)

    return ProviderInput(
        name or form.get("name", "").strip(), form.get("label", ""), form.get("issuer", "").strip(),
        form.get("client_id", ""), form.get("client_secret", ""), on("by_email"), on("second_factor"), on("active"))


@blueprint.post(f"{HERE}/new")
@served(refused=lambda refusal: (_page(refusal, ""), refusal.status))
def make() -> Answer:
    """Set a provider up."""
    return _saved("")


@blueprint.post(f"{HERE}/<name>")
@served(refused=lambda refusal, name: (_page(refusal, name), refusal.status))
def change(name: str) -> Answer:
    """Change a provider."""
    return _saved(name)


def _saved(name: str) -> Answer:
    _demand()
    given = _posted(name)
    with as_system("set a sign-in provider up"):
        save_provider(given, provider_named(name).id if name else None)
        if given.active:
            check_provider(provider_named(given.name))
    flash(str(_("Saved. {label} answers, and stands on the sign-in page.", label=given.label) if given.active else
              _("Saved.")), "green")
    return make_response(redirect(HERE))


@blueprint.post(f"{HERE}/<name>/delete")
@served(refused=lambda refusal, name: (_page(refusal, name), refusal.status))
def remove(name: str) -> Answer:
    """Take a provider away."""
    _demand()
    with as_system("take a sign-in provider away"):
        delete_provider(provider_named(name).id)
    flash(str(_("The provider was taken away.")), "green")
    return make_response(redirect(HERE))
