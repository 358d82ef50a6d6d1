"""The paper that goes through the workshop with a work order: what it needs, what is done, codes to scan."""

from kernel import Printout, PrintTable, Values, _


def _to_be_made(order: Values) -> bool:
    return order.get("state") != "cancelled"


def _operation_code(order: Values, operation: Values) -> str:
    """Give what the bar code of an operation says: the order's number and the step."""
    number, step = order.get("number"), operation.get("sequence")
    return f"{number}/{step}" if number and step is not None else ""


Printout(
    "erp_mrp.work_order", "job_card", _("Work order"), when=_to_be_made, coded=True, template="work_order.typ",
    facts="product quantity start_on due_on bom owner", notes="comment",
    tables=(
        PrintTable("components", "product quantity issued step", label=_("Components")),
        PrintTable("operations", "sequence name work_centre planned_hours", label=_("Operations"),
                   code=_operation_code),
        PrintTable("pegs", "source", label=_("Made for"))),
    words={"good": _("Good"), "scrap": _("Scrap"), "signed": _("Signed")})
