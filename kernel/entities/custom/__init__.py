"""Fields that an administrator adds to entities at run time: their definitions, values, formulas and sub-tables."""

from kernel.entities.custom import attributes as attributes  # gives records an attribute per custom field
from kernel.entities.custom import checking as checking  # judges definitions
from kernel.entities.custom import dependants as dependants  # keeps formulas up to date
