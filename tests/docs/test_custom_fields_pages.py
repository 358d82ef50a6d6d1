"""The pages about custom fields say what is so: formulas come to what stands beside them, the example defines."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import kernel
from kernel.entities.custom.formula import LONGEST, MOST_PARTS
from kernel.entities.custom.functions import FUNCTIONS
from kernel.entities.custom.stored import MOST_LINES
from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.i18n import use_locale
from tests.kernel.exchange.studio import Patron

DOCS = Path(__file__).parents[2] / "docs"
VALUES = {
    "n": Decimal("2.50"), "t": "Ada", "d": dt.date(2026, 1, 31), "none": None,
    "items.qty": [Decimal(1), Decimal("2.5"), None], "items": [{}, {}, {}]}


def test_each_formula_comes_to_what_the_page_says() -> None:
    page = (DOCS / "reference" / "formulas.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \|$", page, re.MULTILINE)
    told = {source: result for source, result in rows if not source.startswith("FORMULA")}
    with use_locale("en"):
        found = {source: written(kernel.parse_formula(source).work_out(VALUES)) for source in told}
    assert found == told
    assert all(any(f"{name}(" in source for source in told) for name in FUNCTIONS)
    assert f"{LONGEST:,} characters and {MOST_PARTS} parts" in page


def written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def test_the_example_for_plugins_defines_its_fields(system: Actor) -> None:
    page = (DOCS / "explanation" / "custom-fields.md").read_text(encoding="utf-8")
    code = "\n".join(line[4:] for line in page.splitlines() if line.startswith("    "))
    assert f"{MOST_LINES} lines" in page
    with unit_of_work(system):
        exec(code, {"Lead": Patron, "Decimal": Decimal})
        made = records.create(Patron, [{
            "code": "A", "name": "A", "x_wishes": [{"x_pieces": "3", "x_price": "1200.10"}]}])[0]
        assert records.to_json(Patron, [made], ["x_wished"])[0]["x_wished"] == "3600.30"
        assert [each.code for each in kernel.custom_fields(Patron)] == ["x_fleet_budget", "x_wishes", "x_wished"]
