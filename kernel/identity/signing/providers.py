"""The OpenID Connect providers that users may sign in with, and who they are there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import delete, func, insert, select, update

from kernel.entities.work import current_work, session
from kernel.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from kernel.i18n import _
from kernel.identity.models import User
from kernel.identity.signing.log import Client, note_event
from kernel.identity.signing.models import IdentityProvider, LinkedIdentity
from kernel.sealing import Secret

__all__ = [
    "Provider", "ProviderInput", "active_providers", "all_providers", "delete_provider", "linked_user", "links_of",
    "provider_named", "save_provider", "unlink",
]

_table = IdentityProvider.__table__.c
_links = LinkedIdentity.__table__.c
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider as it is set up."""

    id: int
    name: str
    label: str
    issuer: str
    client_id: str
    client_secret: Secret
    by_email: bool
    second_factor: bool
    active: bool


@dataclass(frozen=True, slots=True)
class ProviderInput:
    """What an administrator types of a provider; an empty secret leaves the one there is."""

    name: str
    label: str
    issuer: str
    client_id: str
    client_secret: str = ""
    by_email: bool = True
    second_factor: bool = False
    active: bool = True

    def problems(self) -> list[Problem]:
        """Say what can't be right."""
        found = []
        if not _NAME.fullmatch(self.name):
            found.append(Problem("name", _("Small letters, digits and hyphens, as it stands in addresses: google")))
        if not self.label.strip():
            found.append(Problem("label", _("This is needed"), "REQUIRED"))
        if not self.client_id.strip():
            found.append(Problem("client_id", _("This is needed"), "REQUIRED"))
        parts = urlsplit(self.issuer)
        local = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
            found.append(Problem("issuer", _("The address of the issuer begins with https://")))
        return found


def all_providers() -> list[Provider]:
    """List the providers, by their labels."""
    rows = current_work().connection.execute(select(IdentityProvider.__table__).order_by(_table.label))
    return [Provider(**row) for row in rows.mappings()]


def active_providers() -> list[Provider]:
    """List those that the sign-in page offers."""
    return [each for each in all_providers() if each.active]


def provider_named(name: str) -> Provider:
    """Find a provider by its name; raises NotFound."""
    found = next((each for each in all_providers() if each.name == name), None)
    if found is None:
        raise NotFound("PROVIDER", _("There is no such sign-in provider"))
    return found


def save_provider(given: ProviderInput, id_: int | None = None) -> int:
    """Set a provider up, or change it; raises Invalid with what is wrong, Conflict for a name that is taken."""
    if problems := given.problems():
        raise Invalid(problems)
    work = current_work()
    values: dict[str, object] = {
        "name": given.name, "label": given.label.strip()[:80], "issuer": given.issuer.strip().rstrip("/"),
        "client_id": given.client_id.strip(), "by_email": given.by_email, "second_factor": given.second_factor,
        "active": given.active}
    taken = work.connection.scalar(select(_table.id).where(_table.name == given.name, _table.id != (id_ or 0)))
    if taken is not None:
        raise Conflict("DUPLICATE", _("There is a provider of this name already"), field="name")
    if id_ is None:
        id_ = work.take_ids()[0]
        work.connection.execute(insert(IdentityProvider).values(
            id=id_, client_secret=Secret.of(given.client_secret), **values))
        return id_
    if given.client_secret:
        values["client_secret"] = Secret.of(given.client_secret)
    if not work.connection.execute(update(IdentityProvider).where(_table.id == id_).values(values)).rowcount:
        raise NotFound("PROVIDER", _("There is no such sign-in provider"))
    return id_


def delete_provider(id_: int) -> None:
    """Take a provider away, with who is who there."""
    connection = current_work().connection
    connection.execute(delete(LinkedIdentity).where(_links.provider_id == id_))
    connection.execute(delete(IdentityProvider).where(_table.id == id_))


def linked_user(provider: Provider, claims: Mapping[str, object], client: Client) -> User:
    """Find whose sign-in a provider vouches for, in the system's work, and link the two where that is new.

    By the subject, which stays the same; else, where the provider is trusted with that, by an e-mail address it says
    is verified and that one user alone has. Raises Forbidden saying why nobody was found.
    """
    system, subject = session(), str(claims.get("sub") or "")
    email = str(claims.get("email") or "").strip()
    user_id = system.work.connection.scalar(
        select(_links.user_id).where(_links.provider_id == provider.id, _links.subject == subject))
    if user_id is not None:
        user = system.get_one(User, user_id)
    else:
        user = _by_email(provider, email, verified=claims.get("email_verified") is True)
        system.work.connection.execute(insert(LinkedIdentity).values(
            id=system.work.take_ids()[0], provider_id=provider.id, subject=subject, user_id=user.id, email=email[:200],
            linked_at=system.now))
        note_event("linked", user.id, client, method=provider.name)
    if not user.active or user.archived:
        raise Forbidden("NOT_ACTIVE", _("This user may not sign in any more"), fix=_("Ask an administrator"))
    return user


def _by_email(provider: Provider, email: str, *, verified: bool) -> User:
    unknown = Forbidden(
        "NOT_LINKED", _("Nobody here is known as {email} of {provider}", email=email or "–", provider=provider.label),
        fix=_("Ask an administrator to write this e-mail address to your user"))
    if not provider.by_email or not email:
        raise unknown
    if not verified:
        raise Forbidden(
            "EMAIL_NOT_VERIFIED", _("{provider} has not verified the e-mail address {email}", provider=provider.label,
                                    email=email),
            fix=_("Verify it there, then sign in again"))
    system = session()
    found = system.scalars(select(User).where(
        func.lower(User.email) == email.lower(), User.archived.is_(False), User.active.is_(True)).limit(2)).all()
    if len(found) != 1:
        raise unknown
    other = system.work.connection.scalar(
        select(_links.id).where(_links.provider_id == provider.id, _links.user_id == found[0].id))
    if other is not None:
        raise Forbidden(
            "LINKED_OTHERWISE", _("The user with this e-mail address is linked with another account of {provider}",
                                  provider=provider.label),
            fix=_("Ask an administrator to take that link away first"))
    return found[0]


def links_of(user_id: int) -> list[tuple[int, str, str]]:
    """List who a user is at providers: (id, provider, e-mail)."""
    return [(row.id, row.label, row.email) for row in current_work().connection.execute(
        select(_links.id, _table.label, _links.email).join(IdentityProvider, _table.id == _links.provider_id)
        .where(_links.user_id == user_id).order_by(_table.label))]


def unlink(user_id: int, link_id: int, client: Client, *, by_id: int | None = None) -> None:
    """Take away who a user is at a provider."""
    done = current_work().connection.execute(
        delete(LinkedIdentity).where(_links.id == link_id, _links.user_id == user_id))
    if done.rowcount:
        note_event("unlinked", user_id, client, by_id=by_id)
