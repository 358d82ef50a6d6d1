"""How work centres look."""

from kernel import FormView, ListView, Section, _

ListView("erp_mrp.work_centre", "code name cost_per_hour hours_per_day machines efficiency", sort="code",
         phone="name cost_per_hour code machines hours_per_day efficiency")
FormView("erp_mrp.work_centre", Section("", "code name"),
         Section(_("Capacity and cost"), "cost_per_hour hours_per_day machines efficiency"), subtitle="name")
ListView("erp_mrp.scrap_reason", "name", sort="name")
