"""A small OpenID Connect provider of Authlib's server parts, behind a real server on loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, Response, jsonify, request
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

__all__ = ["SECRET", "Provider", "provider"]

CLIENT, SECRET = "trellis", "the client's secret"


@dataclass
class Client:
    """The one client it knows."""

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, uri: str) -> bool:
        return uri == "http://localhost/sign-in/back/house"

    def check_client_secret(self, secret: str) -> bool:
        return secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, kind: str) -> bool:
        return kind == "code"

    def check_grant_type(self, kind: str) -> bool:
        return kind == "authorization_code"


@dataclass
class Code:
    """What an authorization code stands for."""

    redirect_uri: str
    scope: str
    nonce: str
    challenge: str
    method: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


@dataclass
class Provider:
    """A provider that runs: who is signed in there, and how it misbehaves where a test wants that."""

    address: str = ""
    claims: dict[str, Any] = field(default_factory=lambda: {
        "sub": "248289761001", "email": "anna@formosa.example", "email_verified": True})
    wrong: dict[str, Any] = field(default_factory=dict)
    """Claims it gives out instead of the right ones: another nonce, audience or issuer."""
    foreign_key: bool = False
    """It signs with a key that it does not publish."""
    codes: dict[str, Code] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    """What each browser brought along."""
    keys: KeySet = field(default_factory=lambda: KeySet([RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=True)]))
    other: KeySet = field(default_factory=lambda: KeySet([RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=True)]))


def _app(known: Provider) -> Flask:
    app = Flask("provider")

    class AuthorizationCode(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]  # noqa: RUF012  # as Authlib declares it

        def save_authorization_code(self, code: str, asked: Any) -> None:
            data = asked.payload.data
            known.codes[code] = Code(
                asked.payload.redirect_uri, asked.payload.scope, data.get("nonce", ""), data.get("code_challenge", ""),
                data.get("code_challenge_method", ""))

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            return known.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            known.codes = {code: each for code, each in known.codes.items() if each is not authorization_code}

        def authenticate_user(self, authorization_code: Code) -> dict[str, Any]:
            return known.claims

    class Challenge(CodeChallenge):
        def get_authorization_code_challenge(self, authorization_code: Code) -> str:
            return authorization_code.challenge

        def get_authorization_code_challenge_method(self, authorization_code: Code) -> str:
            return authorization_code.method

    class Identity(OpenIDCode):
        def exists_nonce(self, nonce: str, asked: Any) -> bool:
            return False

        def resolve_client_private_key(self, client: Client) -> KeySet:
            return known.other if known.foreign_key else known.keys

        def get_client_algorithm(self, client: Client) -> str:
            return "RS256"

        def get_encode_header(self, client: Client) -> dict[str, str]:
            return {"alg": "RS256", "kid": "one"}

        def get_client_claims(self, client: Client) -> dict[str, Any]:
            return {"iss": known.address, "aud": [CLIENT]}

        def generate_user_info(self, user: dict[str, Any], scope: str) -> UserInfo:
            return UserInfo(**{**user, **known.wrong})

    server = AuthorizationServer(app, lambda client_id: Client() if client_id == CLIENT else None,
                                 lambda token, asked: None)
    server.register_grant(AuthorizationCode, [Challenge(required=True), Identity(require_nonce=True)])

    @app.get("/.well-known/openid-configuration")
    def discover() -> Response:
        return jsonify(
            issuer=known.address, authorization_endpoint=f"{known.address}/authorize",
            token_endpoint=f"{known.address}/token", jwks_uri=f"{known.address}/keys",
            response_types_supported=["code"], subject_types_supported=["public"],
            id_token_signing_alg_values_supported=["RS256", "none"])

    @app.get("/keys")
    def keys() -> Response:
        return jsonify(known.keys.as_dict(private=False))

    @app.get("/authorize")
    def authorize() -> Any:
        known.asked.append(dict(request.args))
        return server.create_authorization_response(grant_user=known.claims)

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    return app


@contextmanager
def provider() -> Iterator[Provider]:
    """Run a provider for a while."""
    known = Provider()
    server = make_server("127.0.0.1", 0, _app(known), threaded=True)
    known.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        thread.join()
