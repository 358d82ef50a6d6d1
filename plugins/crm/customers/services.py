"""Which parties may be one and the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import or_, select

from kernel import Party, Text, User, _, as_system
from plugins.crm.customers.extends import Customer

Key = Literal["tax_id", "name", "phone", "email"]
KEYS: tuple[Key, ...] = ("tax_id", "name", "phone", "email")
COLUMNS = {"tax_id": "tax_key", "name": "name_key", "phone": "phone_key", "email": "email_key"}


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Another party with an equal key, disclosed even to those who may not read it: its name's owner, no more."""

    party_id: int
    other_id: int
    by: tuple[Key, ...]
    owner: str | None
    """Name of who looks after the other; None for one in the pool."""

    @property
    def sentence(self) -> Text:
        """Say it to the person who entered the party."""
        labels = {"tax_id": _("tax ID"), "name": _("name"), "phone": _("phone"), "email": _("e-mail")}
        same = ", ".join(str(labels[key]) for key in self.by)
        if self.owner:
            return _("Same {keys} as a party {owner} looks after", keys=same, owner=self.owner)
        return _("Same {keys} as a party in the pool", keys=same)


def find_duplicates(parties: Sequence[Party]) -> list[Duplicate]:
    """Find active parties that share a key with the given ones, those with most keys in common first.

    Looks beyond what the asker may read, and tells only that there is one and who looks after it.
    """
    wanted = {
        key: {value for party in parties if (value := getattr(party, COLUMNS[key]))} for key in KEYS}
    columns = {key: getattr(Party, COLUMNS[key]) for key in KEYS}
    clauses = [columns[key].in_(values) for key, values in wanted.items() if values]
    if not clauses:
        return []
    with as_system("find duplicates of parties") as system:
        others = system.execute(
            select(Party.id, *columns.values(), User.name)
            .select_from(Party).join(Customer).outerjoin(User, User.id == Customer.owner_id)
            .where(Party.archived.is_(False), or_(*clauses)).order_by(Party.id)).all()
    found = []
    for party in parties:
        mine = [getattr(party, COLUMNS[key]) for key in KEYS]
        for other_id, *values, owner in others:
            by = tuple(key for key, own, value in zip(KEYS, mine, values, strict=True) if own and own == value)
            if by and other_id != party.id:
                found.append(Duplicate(party.id, other_id, by, owner))
    return sorted(found, key=lambda each: (each.party_id, -len(each.by), each.other_id))
