"""What is wrong with a mapping or a file as such is refused up front, in one sentence, with nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import func, select

from kernel.entities.work import unit_of_work
from kernel.errors import Refusal
from kernel.exchange.importing import run_import
from kernel.exchange.models import ImportStep
from tests.kernel.exchange.studio import Patron

MAPPING = """
source = "Old studio"
[format]
delimiter = ","
[[step]]
name = "patrons"
entity = "tests.patron"
file = "patrons.csv"
key = "Id"
[step.fields]
code = "Id"
name = "Name"
city = "City"
[[step]]
name = "works"
entity = "tests.commission"
file = "works.csv"
key = "No"
[step.fields]
patron = { column = "Patron", ref = "patrons" }
"""
FILES = {"patrons.csv": b"Id,Name,City\nP1,Ada,London\n", "works.csv": b"No,Patron\nW1,P1\n"}


def bring(tmp_path: Path, mapping: str = MAPPING, **files: bytes | None) -> object:
    """Import the files, those given by name (without .csv) instead of the usual ones; None leaves one out."""
    (tmp_path / "mapping.toml").write_text(mapping, encoding="utf-8")
    folder = tmp_path / "export"
    folder.mkdir(exist_ok=True)
    for name, data in {**FILES, **{f"{name}.csv": data for name, data in files.items()}}.items():
        if data is not None:
            (folder / name).write_bytes(data)
    return run_import(tmp_path / "mapping.toml", folder)


def refused(tmp_path: Path, sentence: str, mapping: str = MAPPING, **files: bytes | None) -> None:
    with pytest.raises(Refusal) as caught:
        bring(tmp_path, mapping, **files)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    with unit_of_work(reading=True) as opened:
        assert opened.scalar(select(func.count()).select_from(Patron)) == 0
        assert opened.scalar(select(func.count()).select_from(ImportStep)) == 0


pytestmark = pytest.mark.usefixtures("database")


def test_wrong_encodings_are_named_with_the_line(tmp_path: Path) -> None:
    refused(tmp_path, "patrons.csv is not written in utf-8: line 3 has the byte 0xE9",
            patrons="Id,Name,City\nP1,Ada,London\nP2,Zo\xe9,Lyon\n".encode("latin-1"))
    refused(tmp_path, "patrons.csv is written in utf-8, not in windows-1252",
            MAPPING.replace("[format]", '[format]\nencoding = "windows-1252"'),
            patrons="Id,Name,City\nP1,Zoé,Lyon\n".encode())
    refused(tmp_path, "there is no encoding klingon", MAPPING.replace("[format]", '[format]\nencoding = "klingon"'))


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    bring(tmp_path, patrons=b"\xef\xbb\xbf" + FILES["patrons.csv"])
    with unit_of_work(reading=True) as opened:
        assert opened.scalars(select(Patron.code)).all() == ["P1"]


@pytest.mark.parametrize(("data", "sentence"), [
    (b"Id,Nme,City\nP1,Ada,London\n", "patrons.csv has no column Name; did you mean Nme?"),
    (b"Id,Name,Name,City\nP1,Ada,A,London\n", "patrons.csv has column Name twice"),
    (b"", "patrons.csv has no header"),
    (b'Id,Name,City\nP1,"Ada"x,London\n', "patrons.csv, line 2, can't be read as CSV"),
    (b'Id,Name,City\nP1,"Ada,London\n', "can't be read as CSV"),
])
def test_broken_files_are_refused(tmp_path: Path, data: bytes, sentence: str) -> None:
    refused(tmp_path, sentence, patrons=data)


def test_missing_files_and_files_elsewhere_are_refused(tmp_path: Path) -> None:
    refused(tmp_path, "There is no file works.csv in", works=None)
    (tmp_path / "secret.csv").write_text("Id,Name,City\n")
    refused(tmp_path, "lies outside of the folder", MAPPING.replace("patrons.csv", "../secret.csv"))


def test_a_missing_folder_or_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="There is no mapping file"):
        run_import(tmp_path / "none.toml", tmp_path)
    (tmp_path / "mapping.toml").write_text(MAPPING)
    with pytest.raises(Refusal, match="There is no folder"):
        run_import(tmp_path / "mapping.toml", tmp_path / "none")


@pytest.mark.parametrize(("old", "new", "sentence"), [
    ('source = "Old studio"', "", "the mapping needs `source`"),
    ("source", "sourc = 1\nsource", "the mapping has an unknown word `sourc`; did you mean source?"),
    ("[format]", "[format", "is not readable as TOML"),
    ("delimiter", "delimeter", "has an unknown word `delimeter`; did you mean delimiter?"),
    ("tests.patron", "tests.patrn", "There is no entity tests.patrn in this installation"),
    ("city =", "citi =", "has no field citi that can be imported; did you mean city?"),
    ("city =", "crm.city =", "tests.patron has no component crm; it has terms"),
    ("city =", "crm = 5 #", "crm is either a column's name or a table"),
    ('name = "Name"\n', "", "nothing fills name, which tests.patron needs"),
    ('"Patron", ref = "patrons"', '"Patron"', "patron is a link: say `ref` (a step) or `find`"),
    ('ref = "patrons"', 'ref = "patron"', "refers to a step patron, which the mapping doesn't have; did you mean"),
    ('ref = "patrons"', 'find = "cod"', "looks for tests.patron by cod, which is no field of it; did you mean code?"),
    ('name = "works"', 'name = "patrons"', "Two steps are named patrons"),
    ("[step.fields]\npatron", '[step.fields]\ntotal = "No"\npatron', "total is worked out by the system"),
    ('city = "City"', 'city = { column = "City", template = "x" }', "needs exactly one of column"),
    ('city = "City"', 'city = { colum = "City" }', "has no component city"),
    ('city = "City"', 'city = { column = "City", valus = {} }', "unknown word `valus`; did you mean values?"),
    ('city = "City"', 'city = { formula = "City ** 9" }', "only + - * / are known"),
    ('city = "City"', 'city = { formula = "open(City)" }', "there is no function open"),
    ('key = "Id"', "", "needs `key`"),
    ('key = "Id"', 'key = "Id"\nhistory = true', "`history` is for documents and their lines"),
    ('key = "Id"', 'key = "Id"\nmatch = "visits"', "`match` names visits, which the step doesn't fill"),
    ('key = "No"', 'key = "No"\nhistory = true', "history needs the state its documents had"),
    ("source", 'company = "Nobody Ltd"\nsource', "There is no company Nobody Ltd"),
])
def test_mistakes_in_a_mapping_are_told_in_one_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in MAPPING
    refused(tmp_path, sentence, MAPPING.replace(old, new, 1))


def test_a_step_can_only_refer_to_earlier_ones(tmp_path: Path) -> None:
    first, patrons, works = MAPPING.split("[[step]]")
    refused(tmp_path, "which comes later; put that step first", "[[step]]".join([first, works, patrons]))


def test_workbooks_are_read_like_csv(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    with xlsxwriter.Workbook(str(folder / "patrons.xlsx")) as book:
        book.add_worksheet("Notes")
        sheet = book.add_worksheet("Data")
        for at, row in enumerate([["Id", "Name", "City"], ["P1", "Zoé", 42], [7, "Bo", 1.5]]):
            sheet.write_row(at, 0, row)
    mapping = MAPPING.split("[[step]]\nname = \"works\"", maxsplit=1)[0].replace(
        'file = "patrons.csv"', 'file = "patrons.xlsx"\nsheet = "Data"')
    bring(tmp_path, mapping)
    with unit_of_work(reading=True) as opened:
        assert [tuple(row) for row in opened.execute(
            select(Patron.code, Patron.name, Patron.city).order_by(Patron.code))] == [
            ("7", "Bo", "1.5"), ("P1", "Zoé", "42")]
    with pytest.raises(Refusal, match="has no sheet Dta"):
        bring(tmp_path, mapping.replace('"Data"', '"Dta"'))
    (folder / "patrons.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    with pytest.raises(Refusal, match="can't be read as a workbook"):
        bring(tmp_path, mapping)
