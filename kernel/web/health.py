"""Say whether the process lives and whether it can serve: for load balancers and for people in doubt."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from kernel.entities.work import unit_of_work
from kernel.errors import Refusal

__all__ = ["blueprint"]

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """Answer: the process runs."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Answer 200 where the database can be asked, 503 where it can't."""
    try:
        with unit_of_work(reading=True) as system:
            system.connection().execute(text("SELECT 1"))
    except (SQLAlchemyError, Refusal) as error:
        return jsonify(status="unavailable", reason=type(error).__name__), 503
    return jsonify(status="ok"), 200
