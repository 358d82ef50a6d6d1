"""OpenID Connect, authorization code flow with PKCE: the address to go to, and what comes back, checked.

After OpenID Connect Core 1.0 and RFC 7636; Authlib does the protocol, this says what is demanded of it.
"""

import time
from collections.abc import Mapping
from typing import Any

import requests
import structlog
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]  # it has no types
from authlib.common.security import generate_token  # type: ignore[import-untyped]  # it has no types
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]  # it has no types
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]  # it has no types
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from kernel.errors import Forbidden, Unavailable
from kernel.i18n import _
from kernel.identity.signing.providers import Provider

__all__ = ["Begun", "begin", "check_provider", "finish"]

log = structlog.get_logger("trellis.openid")
SECONDS = 10
"""How long a provider may take to answer."""
KEPT = 600
"""Seconds for which a provider's metadata and keys are kept."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures by a key that only the provider has; never "none", nor by a secret that both know."""

DISCOVERY = "/.well-known/openid-configuration"

Begun = dict[str, str]
"""What the browser's cookie keeps meanwhile: state, nonce, verifier."""

_kept: dict[str, tuple[float, Mapping[str, Any]]] = {}


def begin(provider: Provider, redirect_uri: str) -> tuple[str, Begun]:
    """Give the provider's address to send the browser to, and what must be kept to know it again."""
    begun = {"state": generate_token(32), "nonce": generate_token(32), "verifier": generate_token(64)}
    with _client(provider, redirect_uri) as client:
        url, _state = client.create_authorization_url(
            _metadata(provider)["authorization_endpoint"], state=begun["state"], nonce=begun["nonce"],
            code_verifier=begun["verifier"])
    return str(url), begun


def finish(provider: Provider, redirect_uri: str, begun: Begun, given: Mapping[str, str]) -> Mapping[str, Any]:
    """Exchange what came back for an identity; gives its claims once all of it was checked.

    Raises Forbidden where the answer isn't to what was begun in this browser, or its token isn't in order, and
    Unavailable where the provider can't be reached.
    """
    if not begun or given.get("state") != begun.get("state"):
        raise Forbidden("STATE", _("This answer of {provider} does not belong to a sign-in begun here",
                                   provider=provider.label), fix=_("Begin again"))
    if "error" in given or not given.get("code"):
        raise Forbidden("PROVIDER", _("{provider} did not sign you in", provider=provider.label),
                        fix=str(given.get("error_description", ""))[:200] or None)
    metadata = _metadata(provider)
    try:
        with _client(provider, redirect_uri) as client:
            token = client.fetch_token(
                metadata["token_endpoint"], grant_type="authorization_code", code=given["code"],
                code_verifier=begun["verifier"], redirect_uri=redirect_uri)
        return _claims(provider, metadata, token, begun["nonce"])
    except requests.RequestException as error:
        raise _unreachable(provider, error) from error
    except (AuthlibBaseError, JoseError, KeyError, ValueError) as error:
        log.warning("openid.refused", provider=provider.name, error=str(error))
        raise Forbidden("PROVIDER", _("What {provider} answered is not in order", provider=provider.label),
                        fix=_("Begin again; if it stays, ask an administrator to look at the provider's settings")
                        ) from error


def check_provider(provider: Provider) -> None:
    """Ask a provider for its metadata; raises Unavailable or Forbidden saying what is wrong with it."""
    _kept.pop(f"{provider.issuer}{DISCOVERY}", None)
    _keys(provider, fresh=True)


def _client(provider: Provider, redirect_uri: str) -> OAuth2Session:
    return OAuth2Session(
        provider.client_id, provider.client_secret.open() or None, scope="openid email profile",
        redirect_uri=redirect_uri,
        code_challenge_method="S256", default_timeout=SECONDS,
        token_endpoint_auth_method="client_secret_basic" if provider.client_secret else "none")


def _claims(
    provider: Provider, metadata: Mapping[str, Any], token: Mapping[str, Any], nonce: str
) -> Mapping[str, Any]:
    offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    registry = JWSRegistry(algorithms=[each for each in offered if each in ALGORITHMS], strict_check_header=False)
    try:
        read = jwt.decode(token["id_token"], _keys(provider), registry=registry)
    except (JoseError, ValueError):
        read = jwt.decode(token["id_token"], _keys(provider, fresh=True), registry=registry)  # it may have new keys
    claims = CodeIDToken(
        read.claims, read.header,
        {"iss": {"essential": True, "value": metadata["issuer"]},
         "aud": {"essential": True, "value": provider.client_id}, "nonce": {"essential": True, "value": nonce},
         "sub": {"essential": True}},
        {"nonce": nonce, "client_id": provider.client_id, "access_token": token.get("access_token")})
    claims.validate(leeway=60)
    return dict(claims)


def _metadata(provider: Provider) -> Mapping[str, Any]:
    """Give what a provider publishes of itself (OpenID Connect Discovery 1.0); it must name the issuer asked for."""
    found = _fetched(provider, f"{provider.issuer}{DISCOVERY}", fresh=False)
    if str(found.get("issuer", "")).rstrip("/") != provider.issuer or not found.get("authorization_endpoint"):
        raise Forbidden("ISSUER", _("{address} is no OpenID Connect issuer, or calls itself otherwise",
                                    address=provider.issuer), field="issuer")
    return found


def _keys(provider: Provider, *, fresh: bool = False) -> KeySet:
    published: Any = dict(_fetched(provider, _metadata(provider)["jwks_uri"], fresh=fresh))
    return KeySet.import_key_set(published)


def _fetched(provider: Provider, address: str, *, fresh: bool) -> Mapping[str, Any]:
    known = _kept.get(address)
    if known and not fresh and time.monotonic() - known[0] < KEPT:
        return known[1]
    try:
        answer = requests.get(address, timeout=SECONDS, headers={"Accept": "application/json"})
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise _unreachable(provider, error) from error
    if not isinstance(found, dict):
        raise _unreachable(provider, ValueError("no JSON object"))
    _kept[address] = time.monotonic(), found
    return found


def _unreachable(provider: Provider, error: Exception) -> Unavailable:
    log.warning("openid.unreachable", provider=provider.name, error=str(error))
    return Unavailable("PROVIDER_LOST", _("{provider} can't be reached at {address}", provider=provider.label,
                                          address=provider.issuer), field="issuer")
