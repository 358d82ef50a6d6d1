"""Parties: everybody the company deals with, be it as customer, supplier or both, with contacts and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from kernel.entities.base import Entity
from kernel.entities.fields import boolean, choice, lines, link, note, serial, text
from kernel.entities.work import session
from kernel.errors import Problem
from kernel.i18n import LOCALES, _
from kernel.shared.keys import email_key, name_key, phone_key, tax_key
from kernel.shared.models.currencies import Currency
from kernel.shared.models.places import Country, Region

__all__ = ["Address", "Contact", "Party"]

EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class Party(
    Entity, label=_("Party"), plural=_("Parties"), icon="address-book", unique=[("tax_key",)],
    tagged=True, mergeable=True,
):
    """A person or organisation the company deals with: one record, whatever it is to which plugin.

    The `..._key` fields hold normalised values that duplicates are found by. A tax id belongs to one active party.
    """

    number: Mapped[str] = serial("P-{n:05}", label=_("Number"))
    name: Mapped[str] = text(200, label=_("Name"), searchable=True)
    kind: Mapped[str] = choice(
        ("organisation", _("Organisation")), ("person", _("Person")), label=_("Kind"), default="organisation")
    tax_id: Mapped[str | None] = text(40, label=_("Tax ID"), searchable=True)
    email: Mapped[str | None] = text(200, label=_("E-mail"), searchable=True)
    phone: Mapped[str | None] = text(40, label=_("Phone"), searchable=True)
    website: Mapped[str | None] = text(200, label=_("Website"))
    language: Mapped[str | None] = choice(*LOCALES.items(), label=_("Language"), help=_("Prints are made in it"))
    country: Mapped[Country | None] = link(label=_("Country"))
    country_id: Mapped[int | None]
    currency: Mapped[Currency | None] = link(label=_("Currency"), help=_("The company's where empty"))
    currency_id: Mapped[int | None]
    parent: Mapped[Party | None] = link(label=_("Belongs to"))
    parent_id: Mapped[int | None]
    is_customer: Mapped[bool] = boolean(label=_("Is a customer"))
    is_supplier: Mapped[bool] = boolean(label=_("Is a supplier"))
    comment: Mapped[str | None] = note(label=_("Note"))
    name_key: Mapped[str | None] = text(200, readonly=True, hidden=True, index=True)
    tax_key: Mapped[str | None] = text(40, readonly=True, hidden=True)
    email_key: Mapped[str | None] = text(200, readonly=True, hidden=True, index=True)
    phone_key: Mapped[str | None] = text(40, readonly=True, hidden=True, index=True)
    contacts: Mapped[list[Contact]] = lines("party", label=_("Contacts"))
    addresses: Mapped[list[Address]] = lines("party", label=_("Addresses"))

    @classmethod
    def prepare(cls, records: Sequence[Party]) -> None:
        codes = _calling_codes({record.country_id for record in records if record.country_id and record.phone})
        for record in records:
            keys = {
                "name_key": name_key(record.name), "tax_key": tax_key(record.tax_id),
                "email_key": email_key(record.email),
                "phone_key": phone_key(record.phone, codes.get(record.country_id or 0))}
            for field, key in keys.items():
                if getattr(record, field) != key:
                    setattr(record, field, key)

    @classmethod
    def check(cls, records: Sequence[Party]) -> Iterable[Problem]:
        for record in records:
            if record.email and not EMAIL.fullmatch(record.email.strip()):
                yield Problem("email", _("An e-mail address looks like name@example.com"), "EMAIL", record)
            if record.parent_id is not None and record.parent_id == record.id:
                yield Problem("parent", _("A party can't belong to itself"), "PARTY_LOOP", record)
        yield from _same_tax_id([record for record in records if record.tax_key and not record.archived])


def _calling_codes(countries: set[int | None]) -> dict[int, str]:
    if not countries:
        return {}
    table = Country.__table__
    rows = session().work.connection.execute(
        select(table.c.id, table.c.calling_code).where(table.c.id.in_(countries), table.c.calling_code.is_not(None)))
    return {row.id: row.calling_code for row in rows}


def _same_tax_id(records: Sequence[Party]) -> Iterable[Problem]:
    """Refuse a tax id that another party has; who that is stays hidden from those who may not see it."""
    if not records:
        return
    table = Party.__table__
    found = session().work.connection.execute(
        select(table.c.id, table.c.tax_key)
        .where(table.c.tax_key.in_({record.tax_key for record in records}), table.c.archived.is_(False)))
    holders: dict[str, set[int]] = {}
    for id_, key in found:
        holders.setdefault(key, set()).add(id_)
    for record in records:
        holders.setdefault(record.tax_key or "", set()).add(record.id)
    for record in records:
        if len(holders[record.tax_key or ""]) > 1:
            yield Problem(
                "tax_id", _("Another party has the tax ID {tax_id} already", tax_id=record.tax_id), "DUPLICATE", record)


class Contact(Entity, label=_("Contact"), plural=_("Contacts"), icon="user"):
    """A person one talks to at a party."""

    party: Mapped[Party] = link(parent=True, label=_("Party"))
    party_id: Mapped[int]
    name: Mapped[str] = text(120, label=_("Name"), searchable=True)
    job_title: Mapped[str | None] = text(120, label=_("Job title"))
    email: Mapped[str | None] = text(200, label=_("E-mail"), searchable=True)
    phone: Mapped[str | None] = text(40, label=_("Phone"), searchable=True)
    decides: Mapped[bool] = boolean(label=_("Decides"))


class Address(Entity, label=_("Address"), plural=_("Addresses"), icon="map-pin", title="street"):
    """Where a party is, is sent goods or is billed."""

    party: Mapped[Party] = link(parent=True, label=_("Party"))
    party_id: Mapped[int]
    kind: Mapped[str] = choice(
        ("main", _("Main office")), ("billing", _("Billing")), ("shipping", _("Shipping")), ("home", _("At home")),
        ("primary", _("Primary")), ("archive", _("Former")), label=_("Kind"), default="main")
    street: Mapped[str] = text(200, label=_("Street"), searchable=True)
    street2: Mapped[str | None] = text(200, label=_("Street, second line"))
    postal_code: Mapped[str | None] = text(20, label=_("Postal code"))
    city: Mapped[str | None] = text(80, label=_("City"), searchable=True)
    region: Mapped[Region | None] = link(label=_("Region"))
    region_id: Mapped[int | None]
    country: Mapped[Country | None] = link(label=_("Country"))
    country_id: Mapped[int | None]
