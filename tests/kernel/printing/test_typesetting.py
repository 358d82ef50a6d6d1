"""Setting papers: typed text stays text, templates read nothing of the disk, long tables repeat their heads."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
import typst

from kernel.printing import typesetting
from kernel.printing.codes import code128, qr_code
from kernel.printing.declare import SHEET, Printout
from kernel.printing.filling import Papers
from kernel.printing.paper import Fact, Grid, GridColumn, GridRow, Head, Note, Paper, Sum
from kernel.printing.typesetting import pages, typeset
from tests.kernel.printing.reading import page_texts, pdf_text, pdf_title

SHEETS = [Printout("tests.thing", SHEET, "Thing")]
PAPER = Paper("Invoice", "INV-1", Head("Formosa Cycle Works"), page="Page {page} of {pages}")


def test_what_people_typed_is_printed_and_never_run() -> None:
    typed = '#import "x": * $1+1$ *bold* <label> \\ "quoted" [a] #read("/etc/hosts") // no comment'
    paper = replace(
        PAPER, number=typed, facts=(Fact(typed, typed),), notes=(Note(typed),), sums=(Sum(typed, typed, strong=True),),
        tables=(Grid((GridColumn(typed),), (GridRow((typed,), (typed,)),)),))
    text = pdf_text(typeset(SHEETS, Papers([paper])))
    assert text.replace(" ", "").count(typed.replace(" ", "")) >= 7


def test_both_chinese_scripts_and_line_breaks_are_printed() -> None:
    papers = [
        replace(PAPER, title="報價單", number="台灣", language="zh", region="TW", notes=(Note("第一行\n第二行"),)),
        replace(PAPER, title="报价单", number="发货", language="zh", region="CN")]
    first, second = page_texts(typeset(SHEETS * 2, Papers(papers)))
    assert "報價單" in first
    assert "第一行" in first
    assert "第二行" in first
    assert "报价单" in second


def test_each_document_counts_its_own_pages() -> None:
    lines = Grid((GridColumn("Product"), GridColumn("Amount", "number")),
                 tuple(GridRow((f"Wheel {n}", f"{n}.00")) for n in range(100)), name="lines")
    long, short = replace(PAPER, tables=(lines,)), replace(PAPER, number="INV-2")
    made = typeset(SHEETS * 2, Papers([long, short]))
    texts = page_texts(made)
    assert "Page 1 of" in texts[0]
    assert f"Page {len(texts) - 1} of {len(texts) - 1}" in texts[-2]
    assert "Page 1 of 1" in texts[-1]
    assert all("Product" in text for text in texts[:-1])
    assert "INV-1" in texts[1]
    assert pdf_title(typeset(SHEETS, Papers([short]))) == "Invoice INV-2"


def test_five_hundred_lines_take_a_second_or_two() -> None:
    columns = (GridColumn("Product"), *(GridColumn(name, "number") for name in ("Quantity", "Price", "Amount")))
    rows = tuple(GridRow((f"Wheel {n}", "2", "17.50", "35.00"), ("with hub",)) for n in range(500))
    start = time.perf_counter()
    made = typeset(SHEETS, Papers([replace(PAPER, tables=(Grid(columns, rows, name="lines"),))]))
    assert time.perf_counter() - start < 10  # a shared machine; alone it takes a few tenths
    assert pdf_text(made).count("with hub") == 500


@pytest.mark.parametrize("wish", ['read("/etc/hosts")', 'read("../declare.py")', 'image("/etc/logo.png")'])
def test_a_template_reads_no_other_file(wish: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    curious = tmp_path / "curious.typ"
    curious.write_text(f"#let sheet(p) = {{ {wish} }}")
    monkeypatch.setattr(typesetting, "_source", lambda printout: curious)
    with pytest.raises(typst.TypstError, match=r"not found|escape"):
        typeset(SHEETS, Papers([PAPER]))


def test_bar_codes_are_drawn_and_what_cannot_be_one_is_left_out() -> None:
    drawn = code128("WO-2026-00001/10")
    assert drawn is not None
    assert drawn.startswith(b"<svg")
    assert code128("WO-2026-00001/20") != drawn
    assert [code128(text) for text in ("", "單號", "x" * 49, "a\nb")] == [None] * 4
    assert b"<path" in qr_code("單號")


def test_the_page_shows_its_bar_code() -> None:
    drawn = code128("WO-1")
    assert drawn is not None
    plain = pages(SHEETS, Papers([PAPER]))
    coded = pages(SHEETS, Papers([replace(PAPER, code="code.svg", qr="qr.svg")], {
        "code.svg": drawn, "qr.svg": qr_code("WO-1")}))
    assert len(plain) == len(coded) == 1
    assert len(coded[0]) > len(plain[0])
