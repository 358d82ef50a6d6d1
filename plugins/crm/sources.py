"""Where leads and customers come from."""

from kernel import Choice, _

SOURCES = (
    Choice("web", _("Web")), Choice("fair", _("Fair")), Choice("referral", _("Referral")),
    Choice("dealer", _("Dealer")), Choice("tender", _("Tender")), Choice("call", _("Call")),
    Choice("other", _("Other")),
)
