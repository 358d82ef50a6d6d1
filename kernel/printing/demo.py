"""The demo company's logo, so that its documents look as a customer's would."""

from kernel.entities.work import actor, session
from kernel.identity.models import Company
from kernel.printing.logos import put_logo

LOGO = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 56" fill="none" stroke="#0b6b54" stroke-width="5"
 stroke-linecap="round" stroke-linejoin="round">
<circle cx="20" cy="36" r="16"/><circle cx="76" cy="36" r="16"/>
<path d="M20 36 34 14H62L46 36H20M34 14 46 36M62 14 76 36M58 6H66L62 14M28 14H40"/></svg>"""


def found() -> None:
    """Put a bicycle drawn in a few lines at the head of the company's documents."""
    put_logo(session().get_one(Company, actor().company_id), LOGO)
