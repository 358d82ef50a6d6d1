"""What leads tell."""

from dataclasses import dataclass

from kernel import _, signal


@dataclass(frozen=True)
class LeadConverted:
    """A lead became a customer, with a contact and an opportunity where there was one to make."""

    lead_id: int
    customer_id: int
    owner_id: int | None
    contact_id: int | None = None
    opportunity_id: int | None = None


lead_converted = signal(
    "crm.lead_converted", LeadConverted, version=1, about=("crm.lead", "lead_id"), label=_("Lead converted"))
