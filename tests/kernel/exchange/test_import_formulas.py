"""The formulas, templates and numbers of a mapping: what they work out, and what they refuse to be."""

from __future__ import annotations

import pytest

from kernel.errors import Refusal
from kernel.exchange.importing.formula import Formula, FormulaError, Template
from kernel.exchange.importing.numbers import read_number


@pytest.mark.parametrize(("source", "row", "result"), [
    ("A * B", ("2", "1.5"), "3.0"), ("A + B if A > 10 else 'small'", ("9", "1"), "small"),
    ("round(A / 3, 2)", ("2",), "0.67"), ("-A", ("2",), "-2"), ("upper(left(A, 2))", ("abc",), "AB"),
    ("A in ('x', 'y') and not empty(B)", ("x", "1"), "true"), ("concat(before(A, '-'), '/', after(A, '-'))",
     ("1-2",), "1/2"), ("column('Unit Price') - 1", ("3",), "2"), ("customer.Id == ''", ("",), "true"),
    ("max(A, B, 5)", ("3", "4"), "5"), ("A + 1", ("",), "1"),
])
def test_formulas_work_out_cells(source: str, row: tuple[str, ...], result: str) -> None:
    assert Formula(source).work_out(row) == result


@pytest.mark.parametrize("source", [
    "__import__('os')", "A.__class__()", "(lambda: 1)()", "[x for x in A]", "A ** B", "A[0]", "f'{A}'", "A if",
    "1 << 9",
    "A" * 600, "(" * 300 + "A" + ")" * 300, "A := 5", "left(A)", "A < B < C", "",
])
def test_formulas_hold_nothing_but_their_language(source: str) -> None:
    with pytest.raises(Refusal, match="Formula"):
        Formula(source)


def test_formulas_that_fail_say_why() -> None:
    with pytest.raises(FormulaError, match="no number"):
        Formula("A * 2").work_out(("many",))
    with pytest.raises(FormulaError, match="no number"):
        Formula("'x' * 999999999").work_out(())
    with pytest.raises(FormulaError, match="can't be worked out: DivisionByZero"):
        Formula("A / B").work_out(("1", "0"))


def test_templates_close_the_gaps_of_empty_columns() -> None:
    assert Template("{Title} {First} {Last}").fill(("", "Ada", "Lovelace")) == "Ada Lovelace"
    assert Template("No {Nr}").fill(("",)) == ""
    with pytest.raises(Refusal, match="Template"):
        Template("{Nr!r}")


@pytest.mark.parametrize(("text", "decimal", "thousands", "value"), [
    ("1234.50", ".", "", "1234.50"), ("1.234.567,5", ",", ".", "1234567.5"), ("-3", ".", ",", "-3"),
    (".5", ".", "", ".5"),
])
def test_numbers_are_read_as_files_write_them(text: str, decimal: str, thousands: str, value: str) -> None:
    assert format(read_number(text, decimal, thousands), "f") == format(read_number(value), "f")


@pytest.mark.parametrize(("text", "decimal", "thousands"), [
    ("1,5", ".", ""), ("1.5", ",", ""), ("12.34", ",", "."), ("1e5", ".", ""), ("NaN", ".", ""), ("", ".", ""),
    ("٣", ".", ""), ("1" * 61, ".", ""),
])
def test_numbers_written_otherwise_are_refused(text: str, decimal: str, thousands: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        read_number(text, decimal, thousands)
