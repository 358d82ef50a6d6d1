"""Sessions, second factors, one-time links, sign-in providers: the kernel's own tables, which no door shows."""

import datetime as dt

from sqlalchemy import Boolean, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Base
from kernel.entities.types import Id, Instant, Json, Sealed
from kernel.sealing import Secret

__all__ = ["IdentityProvider", "LinkedIdentity", "PasswordReset", "SecondFactor", "SignInEvent", "SignInSession"]


class SignInSession(Base):
    """A browser that is signed in; of the key in its cookie only the hash is kept."""

    __tablename__ = "kernel_session"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("kernel_user.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(64), nullable=False, unique=True)
    method: Mapped[str] = mapped_column(String(60), nullable=False)
    """password, or the name of the provider that vouched."""
    address: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    agent: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    device: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    """Hash of the cookie that tells a known device from a new one."""
    created_at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    seen_at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    """To within some minutes: a request writes it only where it is older."""
    ended_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    enrolling: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    """Good for setting up the second factor that a role demands, and for nothing else."""
    seeing_as_id: Mapped[int | None] = mapped_column(Id, ForeignKey("kernel_user.id", ondelete="SET NULL"))
    """Whose view an administrator looks through, without changing anything."""


class SecondFactor(Base):
    """The secret a user's authenticator app shares with Trellis (RFC 6238), and the codes for when it is lost."""

    __tablename__ = "kernel_second_factor"

    user_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    secret: Mapped[Secret] = mapped_column(Sealed, nullable=False)
    confirmed_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    """None until the user has shown a code of it."""
    last_step: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    """The time step of the last code taken: no code is good twice."""
    recovery: Mapped[list[str]] = mapped_column(Json, nullable=False, default=list)
    """Hashes of the recovery codes that are left."""


class SignInEvent(Base):
    """Something the door saw: a sign-in, a failure, a lock, a session ended, a view through another's eyes."""

    __tablename__ = "kernel_sign_in_event"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False, index=True)
    user_id: Mapped[int | None] = mapped_column(Id, index=True)
    """None where nobody has the name that was typed."""
    login: Mapped[str] = mapped_column(String(80), nullable=False, default="")
    what: Mapped[str] = mapped_column(String(30), nullable=False)
    method: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    address: Mapped[str] = mapped_column(String(64), nullable=False, default="")
    agent: Mapped[str] = mapped_column(String(300), nullable=False, default="")
    by_id: Mapped[int | None] = mapped_column(Id)
    """Who did it, where it was not the user."""


class PasswordReset(Base):
    """A link by which a user sets a new password, once."""

    __tablename__ = "kernel_password_reset"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Hash of the link's secret."""
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("kernel_user.id", ondelete="CASCADE"), index=True)
    made_by_id: Mapped[int | None] = mapped_column(Id)
    made_at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    expires_at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    used_at: Mapped[dt.datetime | None] = mapped_column(Instant)


class IdentityProvider(Base):
    """An OpenID Connect provider that users may sign in with."""

    __tablename__ = "kernel_identity_provider"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(40), nullable=False, unique=True)
    label: Mapped[str] = mapped_column(String(80), nullable=False)
    issuer: Mapped[str] = mapped_column(String(300), nullable=False)
    client_id: Mapped[str] = mapped_column(String(200), nullable=False)
    client_secret: Mapped[Secret] = mapped_column(Sealed, nullable=False, default=Secret(""))
    by_email: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)
    """Take somebody for the user with the same e-mail, where the provider says that it is verified."""
    second_factor: Mapped[bool] = mapped_column(Boolean, nullable=False, default=False)
    """The provider asks for a second factor itself, so that Trellis doesn't."""
    active: Mapped[bool] = mapped_column(Boolean, nullable=False, default=True)


class LinkedIdentity(Base):
    """Who a user is at a provider: its subject, which never changes, while an e-mail may."""

    __tablename__ = "kernel_linked_identity"
    __table_args__ = (UniqueConstraint("provider_id", "subject", name="uq_kernel_linked_identity_subject"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    provider_id: Mapped[int] = mapped_column(
        Id, ForeignKey("kernel_identity_provider.id", ondelete="CASCADE"), nullable=False)
    subject: Mapped[str] = mapped_column(String(255), nullable=False)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("kernel_user.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    linked_at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
