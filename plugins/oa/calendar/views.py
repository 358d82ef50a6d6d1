"""How holidays look."""

from kernel import FormView, ListView, Section

ListView("oa.holiday", "day name working", filters="day working", sort="day", phone="name day working")
FormView("oa.holiday", Section("", "day name working"), subtitle="day")
