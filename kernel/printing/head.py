"""Who writes and to whom: the company's letterhead, and parties with the addresses that documents go to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.entities.work import session
from kernel.exchange.paths import readable_fields
from kernel.exchange.rows import Linked, Row, rows_of
from kernel.i18n import LOCALES, Text, _
from kernel.identity.models import Company
from kernel.printing.models import CompanyLogo
from kernel.printing.paper import Block, Head
from kernel.shared.models.parties import Address, Party

__all__ = ["Heads", "Parties"]


class Heads:
    """The letterheads of companies: one statement for all; whoever may print a document may print its head."""

    def __init__(self, companies: Iterable[int]) -> None:
        table, logo = Company.__table__.c, CompanyLogo.__table__.c
        rows = session().work.connection.execute(
            select(Company.__table__, logo.kind, logo.content)
            .outerjoin(CompanyLogo.__table__, logo.company_id == table.id).where(table.id.in_(set(companies))))
        self._known: dict[int, Any] = {row.id: row for row in rows}

    @property
    def pictures(self) -> dict[str, bytes]:
        """Give the logos by their file names."""
        return {_logo_name(row): row.content for row in self._known.values() if row.content}

    def locale(self, company: int | None) -> str:
        """Name the language of a company."""
        return str(self._known[company].locale) if company in self._known else "en"

    def head(self, company: int | None) -> Head:
        """Give a company's letterhead in the current language."""
        row = self._known.get(company) if company else None
        if row is None:
            return Head("")
        reach = [
            *(row.address or "").splitlines(), *_labelled((_("Phone"), row.phone)),
            *(value for value in (row.email, row.website) if value)]
        foot = [row.name, *_labelled((_("Tax ID"), row.tax_id), (_("Bank account"), row.bank))]
        return Head(row.name, tuple(reach), tuple(foot), _logo_name(row) if row.content else "")


def _labelled(*facts: tuple[Text, str | None]) -> list[str]:
    return [str(_("{label}: {value}", label=label, value=value)) for label, value in facts if value]


def _logo_name(row: Any) -> str:
    return f"logo-{row.id}.{row.kind}"


class Parties:
    """The parties that documents go to, with their addresses and language, as far as the person may see them."""

    def __init__(self, parties: Iterable[int], addresses: Iterable[int]) -> None:
        self._parties = _loaded(Party, parties, ("name", "tax_id", "language", "addresses"))
        self._addresses = _loaded(
            Address, addresses, ("street", "street2", "postal_code", "city", "region", "country"))

    def language(self, party: object) -> str | None:
        """Name the language a party wants its documents in, where it wants one."""
        row = self._parties.get(party.id) if isinstance(party, Linked) else None
        wanted = row.values.get("language") if row else None
        return wanted if wanted in LOCALES else None

    def block(self, party: object, address: object, kinds: Sequence[str]) -> Block | None:
        """Write a party's name and its address: the one the document names, else the best of some kinds."""
        if not isinstance(party, Linked) or not party.title:
            return None
        row = self._parties.get(party.id)
        found = self._addresses.get(address.id) if isinstance(address, Linked) else None
        if found is None and row is not None:
            found = _best(row.values.get("addresses") or (), kinds)
        tax_id = row.values.get("tax_id") if row else None
        return Block((
            party.title, *(_address_lines(found.values) if found else ()),
            *_labelled((_("Tax ID"), tax_id))))

    def place(self, label: str, party: object, address: object) -> Block | None:
        """Write where goods go, where the document names that."""
        found = self._addresses.get(address.id) if isinstance(address, Linked) else None
        if found is None:
            return None
        name = party.title if isinstance(party, Linked) and party.title else ""
        return Block((*((name,) if name else ()), *_address_lines(found.values)), label)


def _loaded(cls: type[Entity], ids: Iterable[int], wanted: Sequence[str]) -> Mapping[int, Row]:
    readable: Mapping[str, Field] = readable_fields(cls)
    asked = sorted(set(ids))
    names = [name for name in wanted if name in readable]
    if not asked or not names:
        return {}
    return {row.id: row for row in rows_of(cls, asked, names)[1]}


def _best(addresses: Sequence[Row], kinds: Sequence[str]) -> Row | None:
    order = {kind: place for place, kind in enumerate(kinds)}
    fitting = [each for each in addresses if each.values.get("kind") in order]
    return min(fitting, key=lambda each: order[each.values["kind"]], default=None)


def _address_lines(values: Mapping[str, Any]) -> tuple[str, ...]:
    town = [values.get("postal_code"), values.get("city"), _title(values.get("region"))]
    return tuple(line for line in (
        values.get("street"), values.get("street2"), " ".join(part for part in town if part),
        _title(values.get("country"))) if line)


def _title(value: object) -> str:
    return (value.title or "") if isinstance(value, Linked) else ""
