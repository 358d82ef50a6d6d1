"""Addresses of entities: `crm.lead` is /crm/leads, `kernel.party` /kernel/parties."""

import re

from kernel.entities.base import Entity, entities
from kernel.errors import NotFound
from kernel.i18n import _

__all__ = ["address_of", "entity_at", "plural"]

_by_address: dict[tuple[str, str], type[Entity]] = {}


def plural(name: str) -> str:
    """Give the English plural of a snake-case name: address becomes addresses, party parties, box boxes."""
    if re.search(r"[^aeiou]y$", name):
        return name[:-1] + "ies"
    if re.search(r"(s|x|z|ch|sh)$", name):
        return name + "es"
    return name + "s"


def address_of(cls: type[Entity]) -> str:
    """Give the path of an entity's resource below /api/v1, with its leading slash."""
    plugin, name = cls.__entity__.split(".", 1)
    return f"/{plugin}/{plural(name)}"


def entity_at(plugin: str, name: str) -> type[Entity]:
    """Find the entity behind an address; raises NotFound where no loaded plugin has it."""
    known = entities()
    if len(_by_address) != len(known):
        _by_address.clear()
        for full, cls in known.items():
            own, short = full.split(".", 1)
            _by_address[own, plural(short)] = cls
    found = _by_address.get((plugin, name))
    if found is None:
        raise NotFound("NOT_FOUND", _("There is no resource {name} in this installation", name=f"{plugin}/{name}"))
    return found
