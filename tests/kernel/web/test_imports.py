"""The import page of any entity: upload, columns, check, import, undo, as a browser sees them."""

from __future__ import annotations

import csv
import io
import re

import pytest
from sqlalchemy import func, select

from kernel.entities.work import unit_of_work
from kernel.exchange.sheets.opened import OpenImport
from kernel.jobs.doing import run_jobs
from kernel.permissions.declare import grant
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import MECHANIC, Repair, Rider

RIDERS = "Name,City,Shoe size\nTom,Bonn,44\n,Köln,\n=Eve(),Kiel,12345678901\n"


def send(browser: Browser, content: str | bytes, name: str = "riders.csv", entity: str = "rider") -> str:
    """Upload a file and give the address of its import."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', browser.page("/"))
    assert found
    data = content if isinstance(content, bytes) else content.encode()
    answer = browser.client.post(
        f"/tests/{entity}/import", data={"file": (io.BytesIO(data), name), "csrf_token": found[1]})
    assert answer.status_code == 302, words(answer.text)
    return answer.location


def chosen(page: str) -> dict[str, str]:
    """Give what the selects of a page have chosen."""
    found = {}
    for name, inside in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        picked = re.search(r'<option value="([^"]*)" selected', inside)
        found[name] = picked[1] if picked else ""
    return found


def check(browser: Browser, there: str, **changed: str) -> str:
    """Check with what the page chose, and some of it changed; gives the page that follows."""
    form = {**chosen(browser.page(f"{there}?columns=1")), **changed}
    answer = browser.post(f"{there}/columns", form)
    assert answer.status_code == 302, words(answer.text)
    return browser.page(there)


def riders() -> list[tuple[str, str | None]]:
    with unit_of_work(reading=True) as opened:
        return [(each.name, each.city) for each in opened.scalars(select(Rider).order_by(Rider.name))]


def test_a_file_becomes_records_and_is_undone(anna: Browser) -> None:
    assert "/tests/rider/import" in anna.page("/tests/rider")
    there = send(anna, RIDERS)
    page = anna.page(there)
    assert "3 rows" in words(page)
    assert "A new record needs: Name" in words(page)
    assert chosen(page)["field.0"] == "name"
    told = words(check(anna, there))
    assert "New 1 Changed 0 Unchanged 0 With an error 2 in 2 cells" in told
    assert "Name is missing" in told
    assert "has 11 characters; 10 fit" in told
    assert riders() == []
    assert anna.post(f"{there}/run", {"wrong": "good"}).status_code == 302
    assert riders() == [("Tom", "Bonn")]
    assert "To be deleted" not in anna.page(there)


def test_undoing_needs_the_right_to_delete(anna: Browser, sign_in: SignIn) -> None:
    there = send(anna, "Name\nTom\n")
    check(anna, there)
    anna.post(f"{there}/run")
    refused = anna.post(f"{there}/undo")
    assert refused.status_code == 403
    assert "You may not delete" in words(refused.text)
    assert riders() == [("Tom", None)]
    boss = sign_in("boss", grant("tests.rider", "read create change delete"))
    mine = send(boss, "Name\nUma\n")
    check(boss, mine)
    boss.post(f"{mine}/run")
    assert "To be deleted 1" in words(boss.page(f"{mine}?undo=1"))
    assert boss.post(f"{mine}/undo").status_code == 302
    assert riders() == [("Tom", None)]
    assert "Deleted 1 Archived 0" in words(boss.page(mine))
    assert boss.post(f"{mine}/undo").status_code == 409


def test_the_wrong_rows_come_with_reasons_and_no_formulas(anna: Browser) -> None:
    there = send(anna, RIDERS)
    check(anna, there)
    answer = anna.get(f"{there}/wrong.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows == [
        ["Name", "City", "Shoe size", "What is wrong"], ["", "Köln", "", "Name: Name is missing"],
        ["'=Eve()", "Kiel", "12345678901", "Shoe size: has 11 characters; 10 fit"]]


def test_wrong_rows_are_shown_page_by_page(anna: Browser) -> None:
    there = send(anna, "Name,City\n" + ",x\n" * 120)
    first = check(anna, there)
    assert "1 to 50 of 120 wrong rows" in words(first)
    assert "101 to 120 of 120 wrong rows" in words(anna.page(f"{there}?page=3"))
    assert "101 to 120" in words(anna.page(f"{there}?page=99999"))
    assert "Import 0 rows" in words(first)
    assert re.search(r"<button[^>]*btn-primary[^>]* disabled", first)


def test_what_is_missing_is_said_with_the_choices_kept(anna: Browser) -> None:
    there = send(anna, "City,Firma\nBonn,Tom\n")
    refused = anna.post(f"{there}/columns", {"field.0": "city", "field.1": "", "numbers": "1.234,56"})
    assert refused.status_code == 422
    assert "Name is needed and filled by no column" in words(refused.text)
    assert chosen(refused.text)["field.0"] == "city"
    assert chosen(refused.text)["numbers"] == "1.234,56"
    twice = anna.post(f"{there}/columns", {"field.0": "name", "field.1": "name"})
    assert "Name is filled by more than one column" in words(twice.text)
    assert 'aria-invalid="true"' in twice.text
    alien = anna.post(f"{there}/columns", {"field.0": "name", "field.1": "created_at"})
    assert "You may not fill the field created_at" in words(alien.text)


def test_a_file_is_read_another_way_where_that_is_chosen(anna: Browser) -> None:
    there = send(anna, "Name;City\nTom;Bonn\n")
    assert chosen(anna.page(there))["separator"] == ";"
    anna.post(f"{there}/columns", {"do": "read", "separator": ","})
    page = anna.page(there)
    assert "Name;City" in page
    anna.post(f"{there}/columns", {"separator": ";", "field.0": "name"})
    assert chosen(anna.page(there))["field.1"] == "city"


@pytest.mark.parametrize(("content", "name", "says"), [
    (b"Name\n", "a.csv", "has a header and no rows"), (b"", "a.csv", "is empty"), (b"x", "a.exe", "neither a CSV"),
    (b"PK\x03\x04broken", "a.xlsx", "can't be read as a workbook"), (b"\n\n", "../../a.csv", "has no header")])
def test_files_that_are_none_are_refused(anna: Browser, content: bytes, name: str, says: str) -> None:
    found = re.search(r'name="csrf-token" content="([^"]+)"', anna.page("/"))
    assert found
    answer = anna.client.post("/tests/rider/import", data={
        "file": (io.BytesIO(content), name), "csrf_token": found[1]})
    assert answer.status_code == 422
    assert says in words(answer.text)
    assert anna.post("/tests/rider/import", {}).status_code == 422


def test_the_template_names_every_column_that_is_recognised_again(anna: Browser) -> None:
    template = anna.get("/tests/repair/import/template.csv").data
    header = next(csv.reader(io.StringIO(template.decode("utf-8-sig"))))
    assert header[:3] == ["Number", "Rider", "Mechanic"]
    there = send(anna, template, "repairs.csv", "repair")
    picked = chosen(anna.page(there))
    assert all(picked[f"field.{at}"] for at in range(len(header)))


def test_lines_come_in_with_their_record(anna: Browser) -> None:
    rider = send(anna, "Name\nTom\n")
    check(anna, rider)
    anna.post(f"{rider}/run")
    there = send(anna, "Job,Rider,What,Quantity,Price\n7,Tom,Tube,2,5\n7,,Tyre,1,30\n", "repairs.csv", "repair")
    refused = anna.post(f"{there}/columns", chosen(anna.page(there)))
    assert "which column tells the rows of one record" in words(refused.text)
    assert "with 2 lines" in words(check(anna, there, group="Job"))
    anna.post(f"{there}/run")
    with unit_of_work(reading=True) as opened:
        assert opened.scalars(select(Repair.total)).all() == [40]
        repair = opened.scalars(select(Repair.id)).one()
    page = anna.page(f"/tests/repair/{repair}")
    assert "created it by an import" in words(page)
    assert f'href="{there}"' in page


def test_a_long_import_is_a_job_that_shows_how_far_it_is(
    anna: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernel.exchange.sheets.starting.AT_ONCE", 1)
    there = send(anna, "Name\nTom\nUma\n")
    assert "Every row is being checked" in words(check(anna, there))
    assert anna.get(f"{there}/progress").json == {"busy": True, "done": 0, "total": 2}
    run_jobs()
    assert anna.get(f"{there}/progress").json["busy"] is False
    assert anna.post(f"{there}/run").status_code == 302
    assert anna.post(f"{there}/run").status_code == 409
    assert riders() == []
    run_jobs()
    assert [name for name, _city in riders()] == ["Tom", "Uma"]


def test_imports_are_listed_and_others_are_closed(anna: Browser, sign_in: SignIn) -> None:
    there = send(anna, RIDERS, "<b>riders.csv")
    check(anna, there)
    ben = sign_in("ben", *MECHANIC)
    listed = ben.page("/tests/rider/imports")
    assert "&lt;b&gt;riders" in listed
    assert f'href="{there}"' not in listed
    assert f'href="{there}"' in anna.page("/tests/rider/imports")
    for path in (there, f"{there}/wrong.csv", f"{there}/progress"):
        assert ben.get(path).status_code == 404
    assert ben.post(f"{there}/run").status_code == 404


def test_one_who_may_not_create_is_offered_nothing(sign_in: SignIn) -> None:
    reader = sign_in("cara", grant("tests.rider", "read"))
    assert "/import" not in reader.page("/tests/rider")
    for path in ("/tests/rider/import", "/tests/rider/imports", "/tests/rider/import/template.csv"):
        assert reader.get(path).status_code == 403
    assert reader.post("/tests/rider/import").status_code == 403


def test_another_company_sees_no_import(anna: Browser) -> None:
    there = send(anna, RIDERS)
    assert anna.get(there.replace("rider", "repair")).status_code == 404
    with unit_of_work(reading=True):
        assert OpenImport.load(int(there.rpartition("/")[2])) is not None
    assert anna.get(f"{there}0").status_code == 404


def test_the_wrong_rows_of_a_large_file_take_no_more_statements(anna: Browser, count_statements: object) -> None:
    counted = []
    for size in (2, 60):
        there = send(anna, "Name,City\n" + ",x\n" * size)
        check(anna, there)
        with count_statements() as counter:  # type: ignore[operator]  # the fixture's own callable
            anna.page(there)
        counted.append(len(counter))
    assert counted[0] == counted[1] <= 12
    with unit_of_work(reading=True) as opened:
        assert opened.scalar(select(func.count()).select_from(Rider)) == 0
