"""The limit of P6: a bare Flask view with one Core query and orjson, over the very table that Trellis reads.

    python -m benchmarks.limits.orders_api URL PORT
"""

from __future__ import annotations

import sys

import orjson
import sqlalchemy as sa
from flask import Flask, Response, request
from waitress import serve

from kernel.config import Config

COLUMNS = (
    "id", "number", "customer_id", "state", "order_date", "channel", "subtotal", "tax_amount", "total", "version",
)
NAMES = (*COLUMNS, "customer")


def create_app(url: str) -> Flask:
    """Build the application: the newest orders with their customers' names, as many as asked."""
    app = Flask(__name__)
    engine = sa.create_engine(url)
    known = sa.MetaData()
    order, party = (sa.Table(name, known, autoload_with=engine) for name in ("erp_sales_order", "kernel_party"))
    chosen = (
        sa.select(*(order.c[name] for name in COLUMNS), party.c.name)
        .join_from(order, party, order.c.customer_id == party.c.id)
        .order_by(order.c.id.desc()).limit(sa.bindparam("rows", type_=sa.Integer))
    )

    @app.get("/orders")
    def orders() -> Response:
        with engine.connect() as connection:
            rows = connection.execute(chosen, {"rows": int(request.args["limit"])})
            found = [dict(zip(NAMES, row, strict=True)) for row in rows]
        return Response(orjson.dumps({"data": found}, default=str), mimetype="application/json")

    return app


if __name__ == "__main__":
    serve(create_app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), threads=Config().threads)
