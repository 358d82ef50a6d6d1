"""Signing in by a provider that vouches: out to it, and back with an identity that belongs to a user here."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, redirect, request, url_for
from flask import session as cookie

from kernel.entities.work import Actor, perform
from kernel.errors import NotFound, Refusal
from kernel.i18n import _, use_locale
from kernel.identity.signing.log import Client, note_event
from kernel.identity.signing.providers import Provider, linked_user, provider_named
from kernel.web.serving import Answer, back_here, locale_asked
from kernel.web.signing import openid
from kernel.web.signing.admitting import Admitted, admit, go_on
from kernel.web.signing.client import client_asking

__all__ = ["address_of", "come_back", "leave"]


def address_of(name: str, after: str = "") -> str:
    """Give the link that signs in by a provider."""
    return f"/sign-in/with/{name}" + (f"?{urlencode({'after': after})}" if after not in ("", "/") else "")


def _provider(name: str) -> Provider:
    found = perform(Actor(system=True), lambda: provider_named(name), reading=True)
    if not found.active:
        raise NotFound("PROVIDER", _("There is no such sign-in provider"))
    return found


def _back_uri(name: str) -> str:
    return url_for("auth.come_back", name=name, _external=True)


def _shut(refusal: Refusal) -> Response:
    """Go back to the door, which says why it stayed shut."""
    cookie["door"] = (str(refusal), str(refusal.fix or ""))
    return make_response(redirect("/sign-in"))


def leave(name: str) -> Answer:
    """Send the browser to the provider."""
    with use_locale(locale_asked()):
        try:
            url, begun = openid.begin(_provider(name), _back_uri(name))
        except Refusal as refusal:
            return _shut(refusal)
    cookie["openid"] = begun | {"provider": name, "after": back_here(request.args.get("after", "/") or "/")}
    return make_response(redirect(url))


def come_back(name: str) -> Answer:
    """Take what the provider answered; what was begun is good once."""
    begun, client = cookie.pop("openid", {}), client_asking()
    if begun.get("provider") != name:
        begun = {}
    with use_locale(locale_asked()):
        try:
            provider = _provider(name)
            claims = openid.finish(provider, _back_uri(name), begun, request.args)
            found = perform(Actor(system=True), lambda: _admitted(provider, claims, client))
        except Refusal as refusal:
            problem = refusal
            perform(Actor(system=True), lambda: note_event(
                "provider_failure", None, client, login=problem.code, method=name))
            return _shut(refusal)
    return go_on(found, begun.get("after", "/"))


def _admitted(provider: Provider, claims: Mapping[str, Any], client: Client) -> Admitted:
    user = linked_user(provider, claims, client)
    return admit(user, provider.name, client, factor=provider.second_factor)
