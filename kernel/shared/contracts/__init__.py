"""The questions any plugin may ask or answer, whichever others are installed."""

from kernel.hooks.specifications import add_specifications
from kernel.shared.contracts import questions

add_specifications(questions)
