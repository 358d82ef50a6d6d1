"""What must hold in the kernel's tables and in what every entity has, whichever plugins are installed."""

from kernel.registry.invariants import approvals as approvals
from kernel.registry.invariants import counters as counters
from kernel.registry.invariants import customs as customs
from kernel.registry.invariants import events as events
from kernel.registry.invariants import links as links
from kernel.registry.invariants import numbers as numbers
from kernel.registry.invariants import records as records
from kernel.registry.invariants import rights as rights
from kernel.registry.invariants import schema as schema
from kernel.registry.invariants import search as search
