"""The ground floor: entities and their fields, components, ids, numbers, the unit of work, the audit trail."""

from kernel.entities import custom as custom  # gives records the fields that people add
from kernel.entities import flush as flush  # registers what happens around each flush
from kernel.entities import link_loading as link_loading  # and when a link is loaded
