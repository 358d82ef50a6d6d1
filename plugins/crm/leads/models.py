"""The lead."""

from __future__ import annotations

import datetime as dt

from kernel import (
    Country,
    Document,
    Mapped,
    Money,
    Party,
    User,
    _,
    boolean,
    choice,
    date,
    instant,
    link,
    money,
    note,
    serial,
    state,
    text,
)
from plugins.crm.sources import SOURCES


class Lead(Document, label=_("Lead"), plural=_("Leads"), icon="user-search", tagged=True, mergeable=True):
    """Somebody who may buy, before anyone has qualified them.

    Converting makes a customer (or takes the one named), a contact and, where wanted, an opportunity.
    """

    number: Mapped[str] = serial("LEAD-{year}-{n:05}", label=_("Number"))
    name: Mapped[str] = text(200, label=_("Name"), searchable=True, help=_("The organisation, or the person"))
    state: Mapped[str] = state("new", label=_("State"))
    owner: Mapped[User | None] = link(label=_("Owner"), present=True)
    owner_id: Mapped[int | None]
    source: Mapped[str | None] = choice(*SOURCES, label=_("Source"))
    person: Mapped[bool] = boolean(label=_("Is a person"))
    contact_name: Mapped[str | None] = text(120, label=_("Contact"), searchable=True)
    job_title: Mapped[str | None] = text(120, label=_("Job title"))
    email: Mapped[str | None] = text(200, label=_("E-mail"), searchable=True)
    phone: Mapped[str | None] = text(40, label=_("Phone"), searchable=True)
    website: Mapped[str | None] = text(200, label=_("Website"))
    country: Mapped[Country | None] = link(label=_("Country"))
    country_id: Mapped[int | None]
    tax_id: Mapped[str | None] = text(40, label=_("Tax ID"))
    need: Mapped[str | None] = note(label=_("Need"))
    budget: Mapped[Money | None] = money(label=_("Budget"))
    follow_up_on: Mapped[dt.date | None] = date(
        label=_("Follow up on"), help=_("A day to sort and filter by; plan an activity to have somebody reminded"))
    reason: Mapped[str | None] = text(200, label=_("Reason"), help=_("Why it came to nothing"))
    with_opportunity: Mapped[bool] = boolean(label=_("Convert with an opportunity"), default=True)
    customer: Mapped[Party | None] = link(
        label=_("Customer"), help=_("Name a customer you have already; otherwise converting makes one"))
    customer_id: Mapped[int | None]
    converted_at: Mapped[dt.datetime | None] = instant(label=_("Converted"), readonly=True)

