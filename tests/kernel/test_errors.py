"""A refusal keeps what it says, wherever it is carried."""

from __future__ import annotations

import pickle

import pytest

from kernel.errors import Conflict, Forbidden, Invalid, Problem, Refusal


@pytest.mark.parametrize("refusal", [
    Refusal("CREDIT", "Over the limit", actual=12, allowed=10, fix="Ask for more"),
    Invalid([Problem("lines.2.price", "Not a number")]),
    Forbidden("FORBIDDEN", "You may not"),
    Conflict("CONFLICT", "Somebody was quicker"),
], ids=lambda refusal: type(refusal).__name__)
def test_a_refusal_crosses_to_another_process_with_all_it_says(refusal: Refusal) -> None:
    carried = pickle.loads(pickle.dumps(refusal))
    assert type(carried) is type(refusal)
    assert carried.as_problem() == refusal.as_problem()
