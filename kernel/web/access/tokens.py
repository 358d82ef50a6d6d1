"""API tokens: one's own, made with scopes and an end and shown once; for administrators everybody's."""

from collections.abc import Mapping

from flask import Blueprint, flash, make_response, redirect, request

from kernel.api.models import ApiToken
from kernel.api.tokens import all_tokens, create_token, list_tokens, revoke_token
from kernel.entities.work import session
from kernel.errors import Invalid, Problem, Refusal
from kernel.i18n import _, format_date, format_instant
from kernel.registry.loading import loaded_plugins
from kernel.web.access.words import tabs
from kernel.web.frame import crumb, plugin_label, shell
from kernel.web.screen.form import Input
from kernel.web.screen.security import TokenRow, TokensPage
from kernel.web.screen.shown import Choice, Shown
from kernel.web.serving import Answer, render, served, visitor
from kernel.web.show import refused

__all__ = ["blueprint"]

blueprint = Blueprint("access_tokens", __name__)
OWN = "/me/tokens"
ALL = "/settings/access/tokens"
DAYS = (("30", _("30 days")), ("90", _("90 days")), ("365", _("One year")), ("", _("No end")))
REACH = (("read", _("Read what I may read")), ("all", _("Do all that I may do")), ("apps", _("Only some apps")))
OF_APP = {"read": "read", "all": "*"}


@blueprint.get(OWN)
@served(own=True)
def own() -> Answer:
    """Show one's own tokens, and the form for a new one."""
    return _page()


def _page(refusal: Refusal | None = None, made: str = "") -> str:
    me, form = visitor(), request.form
    wrong = {each.field: str(each.message) for each in refusal.problems} if refusal else {}
    label = form.get("label", "").strip()
    kept: Mapping[str, str] = {} if made else form
    page = TokensPage(
        str(_("API tokens")), OWN, tuple(_row(each, "", f"{OWN}/{each.id}/revoke") for each in list_tokens(me.user_id)),
        made=made, made_label=label,
        label=Input("label", str(_("What it is for")), value=kept.get("label", ""), required=True, max_length=80,
                    error=wrong.get("label", ""), help=str(_("The program or script that will use it"))),
        days=tuple(Choice(value, str(word), value == kept.get("days", "90")) for value, word in DAYS),
        reach=tuple(Choice(value, str(word), value == kept.get("reach", "read")) for value, word in REACH),
        apps=tuple((name, plugin_label(name), kept.get(f"app.{name}", "")) for name in loaded_plugins()),
        scopes=Input("scopes", str(_("Further scopes")), value=kept.get("scopes", ""), error=wrong.get("scopes", ""),
                     help=str(_("As entity:action, apart by blanks: kernel.party:read kernel.product:change"))),
        refused=refused(refusal) if not wrong else None)
    crumbs = [crumb(_("Sign-in and security"), "/me/security"), crumb(page.title)]
    return render("tokens.html", page, shell=shell(crumbs))


def _row(token: ApiToken, user: str, revoke_url: str) -> TokenRow:
    now = session().now
    over = token.expires_at is not None and token.expires_at <= now
    state = (Shown(str(_("Revoked")), "status", tone="gray") if token.revoked else
             Shown(str(_("Expired")), "status", tone="amber") if over else
             Shown(str(_("Good")), "status", tone="green"))
    scopes = str(_("All its user may")) if token.scopes is None else ", ".join(token.scopes)
    used = str(_("{when} from {address}", when=format_instant(token.used_at), address=token.used_from)
               ) if token.used_at else str(_("never used"))
    return TokenRow(
        token.label, user, scopes, format_instant(token.created_at),
        format_date(token.expires_at.date()) if token.expires_at else str(_("no end")), used, state,
        "" if token.revoked or over else revoke_url)


@blueprint.post(OWN)
@served(refused=lambda refusal: (_page(refusal), refusal.status), own=True)
def make() -> Answer:
    """Make a token; its text is on this answer and nowhere else afterwards."""
    days = request.form.get("days", "90")
    if days not in dict(DAYS):
        raise Invalid([Problem("days", _("Choose one of the times offered"))])
    made = create_token(
        visitor().user_id, request.form.get("label", ""), scopes=_scopes(), days=int(days) if days else None,
        company_id=session().actor.company_id)
    return _page(made=made)


def _scopes() -> list[str] | None:
    """Read what the token may do at most; None for all its user may."""
    reach = request.form.get("reach", "read")
    if reach == "all":
        return None
    if reach == "read":
        return ["*:read"]
    found = [f"{name}.*:{OF_APP[value]}" for name in loaded_plugins()
             if (value := request.form.get(f"app.{name}", "")) in OF_APP]
    found += request.form.get("scopes", "").split()
    if not found:
        raise Invalid([Problem("scopes", _("Choose at least one app, or write a scope"))])
    return found


@blueprint.post(f"{OWN}/<int:token_id>/revoke")
@served(own=True)
def revoke(token_id: int) -> Answer:
    """End one of one's own tokens at once."""
    revoke_token(visitor().user_id, token_id)
    flash(str(_("The token was revoked; what uses it is refused from now on.")), "green")
    return make_response(redirect(OWN))


@blueprint.get(ALL)
@served()
def everybodys() -> Answer:
    """Show everybody's tokens."""
    rows = tuple(_row(token, name, f"{ALL}/{token.user_id}/{token.id}/revoke") for token, name in all_tokens())
    page = TokensPage(str(_("API tokens")), ALL, rows, all=True)
    crumbs = [crumb(_("Settings")), crumb(_("Access"), "/settings/access"), crumb(page.title)]
    return render("tokens.html", page, shell=shell(crumbs, here="settings"), tabs=tabs(ALL))


@blueprint.post(f"{ALL}/<int:user_id>/<int:token_id>/revoke")
@served()
def revoke_any(user_id: int, token_id: int) -> Answer:
    """End somebody's token at once."""
    revoke_token(user_id, token_id)
    flash(str(_("The token was revoked; what uses it is refused from now on.")), "green")
    return make_response(redirect(ALL))
