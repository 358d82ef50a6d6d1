"""The ground floor: entities and their fields, components, ids, numbers, the unit of work, the audit trail."""

from kernel.entities import flush as flush  # registers what happens around each flush
