"""What made products should cost: parts at their standard cost, work at the rates of the work centres."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from sqlalchemy import select

from kernel import Product, session
from plugins.erp_mrp.boms.explosion import rounded
from plugins.erp_mrp.boms.models import BomOperation
from plugins.erp_mrp.boms.structure import HUNDRED, load_structure
from plugins.erp_mrp.work_centres.models import WorkCentre


@dataclass(frozen=True, slots=True)
class Cost:
    """What one piece takes of material and of work, at every level below it."""

    material: Decimal
    work: Decimal


def cost_of(day: dt.date) -> Mapping[int, Cost]:
    """Roll up the cost of one piece of every made product on a day: four statements.

    From the deepest level up: Σ component × per piece ÷ (1 − scrap), and the hours of the product's own operations,
    the setup counted for a batch of one. Exact until it is given, to six decimals. A fixed line counts as if the
    order were for one piece.
    """
    known = load_structure(day)
    standard = dict(session().execute(
        select(Product.id, Product.cost).where(Product.id.in_(known.products.tolist()))).all())
    hours: dict[int, Fraction] = {}
    for bom, setup, run, rate, efficiency in session().execute(
            select(BomOperation.bom_id, BomOperation.setup_hours, BomOperation.run_hours, WorkCentre.cost_per_hour,
                   WorkCentre.efficiency).join(WorkCentre, WorkCentre.id == BomOperation.work_centre_id)):
        hours[bom] = hours.get(bom, Fraction(0)) + Fraction(setup + run) * Fraction(rate) * 100 / Fraction(efficiency)
    levels = known.levels()
    material: dict[int, Fraction] = {}
    work: dict[int, Fraction] = {}
    found: dict[int, Cost] = {}
    for place in np.argsort(-levels, kind="stable").tolist():
        product, lines = int(known.products[place]), range(int(known.start[place]), int(known.start[place + 1]))
        if not known.bom[place]:
            material[place], work[place] = Fraction(standard.get(product) or 0), Fraction(0)
            continue
        material[place], work[place] = Fraction(0), hours.get(int(known.bom[place]), Fraction(0))
        for line in lines:
            per = Fraction(int(known.numerator[line]), int(known.denominator[line])) / (
                1 - Fraction(int(known.scrap[line]), HUNDRED))
            below = int(known.component[line])
            material[place] += per * material[below]
            work[place] += per * work[below]
        found[product] = Cost(rounded(material[place]), rounded(work[place]))
    return found
