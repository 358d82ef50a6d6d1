"""How reservations and waiting needs look."""

from kernel import FormView, ListView, Section, _

ListView("erp_inventory.reservation", "source product quantity place lot needed_on", filters="product place needed_on",
         sort="-id", phone="product quantity source place needed_on")
ListView("erp_inventory.wait", "source product quantity needed_on", filters="product needed_on", sort="needed_on",
         phone="product quantity source needed_on")

FormView("erp_inventory.reservation", Section("", "source product quantity needed_on"),
         Section(_("Where"), "place lot"), subtitle="product quantity")
FormView("erp_inventory.wait", Section("", "source product quantity needed_on"), subtitle="product quantity")
