"""Bills of materials: exact explosions over all levels and paths, validity, loops named by their path."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import pairwise

import pytest

from kernel.entities.work import Session, session
from kernel.errors import Invalid, Refusal
from plugins.erp_mrp.boms.explosion import explode
from plugins.erp_mrp.boms.models import Bom, BomLine
from tests.plugins.conftest import Goods
from tests.plugins.erp_inventory.stock import on_sqlite
from tests.plugins.erp_mrp.bicycles import bill, codes, product, set_up

DAY = dt.date(2026, 7, 1)


def exploded(root: int, day: dt.date = DAY) -> dict[str, tuple[Decimal, int, bool]]:
    names = codes()
    return {names[each.product_id]: (each.quantity, each.level, each.leaf) for each in explode([root], day)[0]}


def test_an_explosion_totals_every_component_over_all_levels(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    assert exploded(shop.bike) == {
        "FRAME": (1, 1, True), "WHEEL": (2, 1, False), "SPOKE": (64, 2, True), "RIM": (2, 2, True)}
    assert exploded(shop.rim) == {}


@on_sqlite
def test_a_component_reached_by_two_paths_counts_both(work: Session, goods: Goods) -> None:
    screw, plate, box = (product(code, goods.piece) for code in ("SCREW", "PLATE", "BOX"))
    bill(plate.id, (screw.id, 4))
    bill(box.id, (plate.id, 6), (screw.id, 3))
    assert exploded(box.id) == {"PLATE": (6, 1, False), "SCREW": (27, 2, True)}


@on_sqlite
def test_quantities_are_exact_even_where_64_bits_are_too_few(work: Session, goods: Goods) -> None:
    parts = [product(f"P{n}", goods.piece) for n in range(9)]
    for above, below in pairwise(parts):
        bill(above.id, (below.id, "0.999999"), quantity=Decimal("0.7"))
    exact = (Decimal("0.999999") / Decimal("0.7")) ** 8
    assert exploded(parts[0].id)["P8"][0] == exact.quantize(Decimal("0.000001"))


@on_sqlite
def test_a_batch_and_a_line_in_another_unit_are_converted_by_exact_fractions(work: Session, goods: Goods) -> None:
    box, screw = product("BOX", goods.piece), product("SCREW", goods.piece)
    of_box = bill(box.id, (screw.id, 1), quantity=Decimal(3))
    of_box.components[0].unit_id = goods.dozen
    work.flush()
    assert exploded(box.id)["SCREW"][0] == 4


def test_lines_and_bills_count_only_while_they_are_valid(work: Session, goods: Goods) -> None:
    box, old, new = (product(code, goods.piece) for code in ("BOX", "OLD", "NEW"))
    first = bill(box.id, (old.id, 1), (new.id, 1))
    first.components[0].valid_until = dt.date(2026, 6, 1)
    first.components[1].valid_from = dt.date(2026, 6, 1)
    work.flush()
    assert set(exploded(box.id, dt.date(2026, 5, 31))) == {"OLD"}
    assert set(exploded(box.id, dt.date(2026, 6, 1))) == {"NEW"}
    bill(box.id, (old.id, 5), revision="2", valid_from=dt.date(2026, 7, 1))
    assert exploded(box.id, dt.date(2026, 6, 30)) == {"NEW": (1, 1, True)}
    assert exploded(box.id, dt.date(2026, 7, 1)) == {"OLD": (5, 1, True)}


def test_a_loop_is_refused_with_its_path(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    with pytest.raises(Invalid) as refused, work.begin_nested():
        bill(shop.rim, (shop.bike, 1))
    problem = refused.value.problems[0]
    assert problem.code == "BOM_LOOP"
    assert "RIM → CC8-L → WHEEL → RIM" in str(problem.message)


@on_sqlite
def test_a_loop_is_refused_when_a_line_is_changed_or_a_bill_comes_into_use(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    sleeping = bill(shop.rim, (shop.bike, 1), active=False)
    with pytest.raises(Invalid) as refused, work.begin_nested():
        sleeping.active = True
        work.flush()
    assert refused.value.code == "BOM_LOOP"
    work.expire_all()
    other = bill(shop.spoke, (shop.frame, 1))
    with pytest.raises(Invalid) as refused, work.begin_nested():
        other.components[0].component_id = shop.wheel
        work.flush()
    assert "SPOKE → WHEEL → SPOKE" in str(refused.value)


@on_sqlite
def test_a_product_made_of_itself_is_refused(work: Session, goods: Goods) -> None:
    screw = product("SCREW", goods.piece)
    with pytest.raises(Invalid) as refused, work.begin_nested():
        bill(screw.id, (screw.id, 1))
    assert "SCREW → SCREW" in str(refused.value)


def test_loops_are_looked_for_in_a_fixed_number_of_statements(
    work: Session, goods: Goods, count_statements: object
) -> None:
    parts = [product(f"P{n}", goods.piece) for n in range(40)]
    taken = []
    for some in (parts[:2], parts[2:]):
        for above, below in pairwise(some):
            made = Bom(product_id=above.id)
            made.components = [BomLine(component_id=below.id)]
            session().add(made)
        with count_statements() as counter:  # type: ignore[operator]  # the fixture's callable
            work.flush()
        taken.append(len(counter))
    assert taken[0] == taken[1]


@on_sqlite
def test_a_loop_that_got_in_by_another_way_is_named_by_the_explosion(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    made = bill(shop.rim, (shop.frame, 1))
    work.connection().execute(
        BomLine.__table__.update().where(BomLine.__table__.c.id == made.components[0].id)
        .values(component_id=shop.bike))
    with pytest.raises(Refusal) as refused:
        explode([shop.bike], DAY)
    assert refused.value.code == "BOM_LOOP"


@on_sqlite
@pytest.mark.parametrize(("field", "value"), [("quantity", Decimal(0)), ("scrap_percent", Decimal(100))])
def test_a_line_that_makes_no_sense_is_named(work: Session, goods: Goods, field: str, value: Decimal) -> None:
    shop = set_up(goods)
    with pytest.raises(Invalid) as refused, work.begin_nested():
        made = bill(shop.frame, (shop.spoke, 1))
        setattr(made.components[0], field, value)
        work.flush()
    assert refused.value.problems[0].field == field
