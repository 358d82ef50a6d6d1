"""Bearer tokens: made once and shown once, kept as a hash, narrowed by scopes, ended by date or by hand."""

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, insert, select, update

from kernel.api.models import ApiToken
from kernel.entities.work import Actor, current_work, session
from kernel.errors import Forbidden, Invalid, NotFound, Problem
from kernel.i18n import _
from kernel.identity.models import User
from kernel.identity.signing.log import note_event
from kernel.permissions.actors import ACTOR_COLUMNS, MAY_SIGN_IN, actor_from, places
from kernel.permissions.rights import Reach, Rights, rights

__all__ = [
    "USED_EVERY", "KnownToken", "all_tokens", "create_token", "find_token", "list_tokens", "narrowed", "note_used",
    "revoke_token",
]

PREFIX = "trellis_"
USED_EVERY = dt.timedelta(minutes=5)
"""How often at most it is written when a token was last used."""
MOST = 500
"""How many tokens the list of all shows at most."""
_SCOPE = re.compile(r"(\*|[a-z][a-z0-9_]*\.(\*|[a-z][a-z0-9_]*)):(\*|[a-z][a-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token that is good now: who works by it, where they may still sign in, and what it may do at most."""

    id: int
    actor: Actor | None
    scopes: tuple[str, ...] | None
    used_at: dt.datetime | None


def create_token(
    user_id: int, label: str, *, scopes: Sequence[str] | None = None, days: int | None = 365,
    company_id: int | None = None,
) -> str:
    """Make a token for a user and give its text, which can't be had again.

    `scopes` are `entity:action` with `*` for all of either ("crm.lead:read", "erp_sales.*:*", "*:read"); they never
    widen what the user may. Users make tokens for themselves, the system for anybody. Raises Invalid for a wrong
    scope and Forbidden for somebody else's token.
    """
    _demand_self(user_id)
    if wrong := [scope for scope in scopes or () if not _SCOPE.fullmatch(scope)]:
        raise Invalid([Problem(
            "scopes", _("{scope} is no scope; write it as crm.lead:read or *:read", scope=wrong[0]))])
    if not label.strip() or len(label) > 80:
        raise Invalid([Problem("label", _("A token needs a label of at most 80 characters"))])
    text = PREFIX + secrets.token_urlsafe(32)
    work = current_work()
    work.connection.execute(insert(ApiToken), [{
        "id": work.take_ids()[0], "user_id": user_id, "company_id": company_id, "label": label.strip(),
        "hash": _hash(text), "scopes": None if scopes is None else sorted(scopes), "created_at": work.now,
        "expires_at": None if days is None else work.now + dt.timedelta(days=days), "revoked": False, "used_from": "",
    }])
    note_event("token_made", user_id, login=label.strip())
    return text


def list_tokens(user_id: int) -> list[ApiToken]:
    """List a user's tokens that are still good, the newest first."""
    _demand_self(user_id)
    work = current_work()
    table = ApiToken.__table__.c
    rows = work.connection.execute(
        select(ApiToken.__table__)
        .where(table.user_id == user_id, table.revoked.is_(False)).order_by(table.id.desc())).mappings()
    return [ApiToken(**row) for row in rows if row["expires_at"] is None or row["expires_at"] > work.now]


def all_tokens() -> list[tuple[ApiToken, str]]:
    """List everybody's tokens with their users' names, the newest first; for whoever may change users."""
    rights().demand("change", "kernel.user")
    user = User.__table__.c
    rows = current_work().connection.execute(
        select(ApiToken.__table__, user.name.label("user_name"))
        .join(User.__table__, user.id == ApiToken.__table__.c.user_id).order_by(ApiToken.__table__.c.id.desc())
        .limit(MOST)).mappings()
    return [(ApiToken(**{name: value for name, value in row.items() if name != "user_name"}), row["user_name"])
            for row in rows]


def note_used(token_id: int, address: str) -> None:
    """Write that a token is in use, and from where."""
    work, table = current_work(), ApiToken.__table__.c
    work.connection.execute(update(ApiToken).where(table.id == token_id).values(
        used_at=work.now, used_from=address[:64]))


def revoke_token(user_id: int, token_id: int) -> None:
    """End a user's token at once: one's own, or anybody's for who may change users. Raises NotFound for none such."""
    who = session().actor
    if who.user_id != user_id and not rights().may("change", "kernel.user"):
        _demand_self(user_id)
    table = ApiToken.__table__.c
    done = current_work().connection.execute(
        update(ApiToken).where(table.id == token_id, table.user_id == user_id).values(revoked=True))
    if not done.rowcount:
        raise NotFound("TOKEN", _("There is no such token"))
    note_event("token_revoked", user_id, by_id=None if who.user_id == user_id else who.user_id)


def _demand_self(user_id: int) -> None:
    who = session().actor
    if not who.system and who.user_id != user_id:
        raise Forbidden("FORBIDDEN", _("Tokens belong to their user alone"))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_token, _user = ApiToken.__table__, User.__table__
_GOOD = (
    select(
        *ACTOR_COLUMNS, _token.c.id.label("token_id"), _token.c.company_id, _token.c.scopes, _token.c.expires_at,
        _token.c.used_at)
    .select_from(places(
        _token.outerjoin(_user, (_user.c.id == _token.c.user_id) & MAY_SIGN_IN), _token.c.company_id))
    .where(_token.c.hash == bindparam("hash"), _token.c.revoked.is_(False)))
"""Every request asks it, so it is built once and brings whoever asks along."""


def find_token(connection: Connection, text: str, now: dt.datetime) -> KnownToken | None:
    """Find a token that is good now."""
    row = connection.execute(_GOOD, {"hash": _hash(text)}).first()
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    actor = None if row.id is None else actor_from(row, row.company_id)
    return KnownToken(row.token_id, actor, None if row.scopes is None else tuple(row.scopes), row.used_at)


def narrowed(granted: Rights, scopes: Sequence[str]) -> Rights:
    """Cut rights down to what scopes allow: the narrower of each grant and each scope that overlap."""
    kept: set[tuple[str, str, Reach]] = set()
    for scope in scopes:
        scope_entity, _colon, scope_action = scope.partition(":")
        for entity, action, reach in granted.grants:
            both = _narrower(entity, scope_entity), _narrower(action, scope_action)
            if both[0] is not None and both[1] is not None:
                kept.add((both[0], both[1], reach))
    return replace(granted, grants=frozenset(kept))


def _narrower(one: str, other: str) -> str | None:
    """Give what two patterns have in common: `crm.*` and `crm.lead` have `crm.lead`."""
    if one in (other, "*"):
        return other
    if other == "*":
        return one
    for wide, narrow in ((one, other), (other, one)):
        if wide.endswith(".*") and narrow.startswith(wide[:-1]):
            return narrow
    return None
