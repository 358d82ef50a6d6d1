"""Whoever proved a first factor goes on: straight in, to the code of the second one, or to setting one up."""

import time
from dataclasses import dataclass

from flask import Response, make_response, redirect
from flask import session as cookie
from sqlalchemy import select

from kernel.entities.work import session
from kernel.identity.models import Company, User
from kernel.identity.signing.log import Client
from kernel.identity.signing.passwords import forget_failures
from kernel.identity.signing.second_factor import factor_set_up
from kernel.identity.signing.sessions import begin_session
from kernel.permissions.roles import demands_factor
from kernel.web.signing.client import remember_device, take_session

__all__ = ["Admitted", "admit", "go_on", "waiting"]

CODE_WITHIN = 300
"""Seconds between the first factor and the second."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """How somebody goes on: with a session's key, or without one to the page that asks for the code."""

    user_id: int
    method: str
    key: str = ""
    company_id: int | None = None
    enrolling: bool = False


def admit(user: User, method: str, client: Client, *, factor: bool = False) -> Admitted:
    """Begin a session in the system's work, unless a code is wanted first; `factor` says that one was given."""
    if not factor and factor_set_up(user.id):
        return Admitted(user.id, method)
    forget_failures(user)
    enrolling = not factor and demands_factor(user.id)
    company = user.home_company_id or session().scalar(select(Company.id).order_by(Company.id).limit(1))
    return Admitted(user.id, method, begin_session(user.id, method, client, enrolling=enrolling), company, enrolling)


def go_on(admitted: Admitted, after: str) -> Response:
    """Answer with the page that comes next, and what the browser shall remember."""
    if not admitted.key:
        cookie["waiting"] = {"user": admitted.user_id, "method": admitted.method, "after": after,
                             "at": int(time.time())}
        return make_response(redirect("/sign-in/code"))
    take_session(admitted.user_id, admitted.key, admitted.company_id)
    return remember_device(make_response(redirect("/me/second-factor" if admitted.enrolling else after)))


def waiting() -> tuple[int, str, str] | None:
    """Give who proved the first factor in this browser just now, how, and where they wanted to."""
    found = cookie.get("waiting")
    if not isinstance(found, dict) or time.time() - found.get("at", 0) > CODE_WITHIN:
        return None
    return int(found["user"]), str(found["method"]), str(found["after"])
