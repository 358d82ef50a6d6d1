"""The limit of P12: the smallest honest Flask and SQLAlchemy application, with one table and one page.

    python -m benchmarks.limits.bare_app build      import it and build it, then leave
    python -m benchmarks.limits.bare_app serve URL  answer one request, say "ready" and wait
"""

from __future__ import annotations

import sys

from flask import Flask, render_template_string
from sqlalchemy import String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

PAGE = "<!doctype html><title>Parties</title>{% for party in parties %}<p>{{ party.name }}{% endfor %}"


class Base(DeclarativeBase):
    """The one declarative base."""


class Party(Base):
    """The one table."""

    __tablename__ = "party"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))


def create_app(url: str = "sqlite://") -> Flask:
    """Build the application with its table and page."""
    app = Flask(__name__)
    engine = create_engine(url)
    Base.metadata.create_all(engine)

    @app.get("/")
    def parties() -> str:
        with Session(engine) as session:
            return render_template_string(PAGE, parties=session.scalars(select(Party)).all())

    return app


if __name__ == "__main__":
    application = create_app(*sys.argv[2:])
    if sys.argv[1] == "serve":
        assert application.test_client().get("/").status_code == 200
        print("ready", flush=True)
        sys.stdin.read()
