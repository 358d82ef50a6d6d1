"""What a check finds by trying a plugin in a scratch. Several faults are planted at once: a try is dear."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from kernel.authoring.faults import Finding
from tests.kernel.authoring.shelf import Shelf, matching, only
from tests.kernel.registry.forks import forks

pytestmark = pytest.mark.slow

VIEWS = '''

@panel("shelf.book", _("Details"))
def one_by_one(books: Sequence[Book]) -> list[Panel | None]:
    """Ask about each book alone."""
    return [
        Panel(((_("Number"), session().scalar(select(func.count()).where(Book.name == book.name)) or 0),))
        for book in books]


@panel("kernel.party", _("Done"))
def too_few(parties: Sequence[Party]) -> list[Panel | None]:
    """Forget the last."""
    return [None for _party in parties][:-1]


@report(_("Details"))
def broken() -> ReportTable:
    """Fail."""
    raise RuntimeError("the shelf fell down")
'''

HOOKS = '''"""What shelf answers."""

from collections.abc import Sequence
from decimal import Decimal

from kernel import AvailabilityQuestion, hook


@hook
def availability(questions: Sequence[AvailabilityQuestion]) -> Sequence[Decimal | None]:
    """Say one thing, whatever was asked."""
    return [None]
'''

LISTENERS = '''

class Weighed(Protocol):
    """What is needed of a weighed book."""

    @property
    def book_id(self) -> int:
        """The book."""
        ...

    @property
    def weight(self) -> int:
        """How heavy it is."""
        ...


@on("shelf.book_burned")
def mourn(events: Sequence[Finished]) -> None:
    """React to what nobody tells."""


@on("shelf.book_finished")
def weigh(events: Sequence[Weighed]) -> None:
    """Need what isn't told."""
'''

SIGNALS = '''

@dataclass(frozen=True)
class BookLent:
    book_id: int
    foo: int = 0


book_lent = signal("shelf.book_lent", BookLent, about=("shelf.book", "book_id"), label=_("Done"))
'''

FIRST_RECORDS = '''"""What an installation begins with."""

from kernel import Unit, session


def make() -> None:
    """Leave something among the kernel's records."""
    session().add(Unit(code="SHELF", name="Shelf"))
'''


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shelf, list[Finding]]:
    """A plugin with many faults, and what the check says of it."""
    shelf = Shelf(tmp_path_factory.mktemp("faulty") / "trellis-shelf")
    shelf.edit("src/plugins/shelf/__init__.py", 'grant("shelf.book", "read create change finish drop reopen")',
               'grant("shelf.bok", "read")')
    shelf.edit("src/plugins/shelf/__init__.py", 'grant("shelf.book", "read")', 'grant("kernel.party", "read")')
    shelf.edit("src/plugins/shelf/models.py", 'label=_("Done on")', 'label=_("Due on")')
    shelf.edit("src/plugins/shelf/views.py", '"name owner due_on done_on state"', '"name owner due_on colour state"')
    shelf.edit(
        "src/plugins/shelf/views.py", "from sqlalchemy", "from collections.abc import Sequence\n\nfrom sqlalchemy")
    shelf.edit("src/plugins/shelf/views.py", "Figure,", "Figure, Panel, Party, ReportTable, panel, report,")
    shelf.add("src/plugins/shelf/views.py", VIEWS)
    shelf.add("src/plugins/shelf/hooks.py", HOOKS)
    shelf.add("src/plugins/shelf/listeners.py", LISTENERS)
    shelf.add("src/plugins/shelf/signals.py", SIGNALS)
    shelf.add("src/plugins/shelf/first_records.py", FIRST_RECORDS)
    shelf.edit("src/plugins/shelf/signals.py", '    """The business date on which it was done."""\n', "")
    shelf.edit("src/plugins/shelf/signals.py", "    day: dt.date", "    zeta: dt.date")
    shelf.edit("src/plugins/shelf/services.py", "day=today", "zeta=today")
    return shelf, shelf.check()


@pytest.mark.parametrize(("code", "words", "path", "text"), [
    ("GRANT_MISSING", "shelf.book", "src/plugins/shelf/models.py", "class Book("),
    ("GRANT_UNKNOWN", "shelf.bok", "src/plugins/shelf/__init__.py", "shelf.bok"),
    ("LABEL_CLASH", "done_on and .*due_on", "src/plugins/shelf/models.py", "class Book("),
    ("VIEW_FIELD", "colour", "src/plugins/shelf/views.py", "FormView("),
    ("STATEMENT_PER_ROW", "panel shelf.one_by_one", "src/plugins/shelf/views.py", '@panel("shelf.book"'),
    ("ANSWER_LENGTH", "panel shelf.too_few answers with 4 entries when asked about 5", "src/plugins/shelf/views.py",
     '@panel("kernel.party"'),
    ("ANSWER_LENGTH", "hook availability answers with 1 entries", "src/plugins/shelf/hooks.py", "@hook"),
    ("PAGE_BROKEN", "report shelf.broken fails", "src/plugins/shelf/views.py", "@report"),
    ("LISTENER_SIGNAL", "shelf.book_burned", "src/plugins/shelf/listeners.py", '@on("shelf.book_burned")'),
    ("LISTENER_FIELD", "has no weight", "src/plugins/shelf/listeners.py", '@on("shelf.book_finished")\ndef'),
    ("SIGNAL_UNDOCUMENTED", "BookLent", "src/plugins/shelf/signals.py", "class BookLent"),
    ("PAYLOAD_UNDOCUMENTED", "BookLent.foo", "src/plugins/shelf/signals.py", "foo: int"),
    ("PAYLOAD_UNDOCUMENTED", "BookFinished.zeta", "src/plugins/shelf/signals.py", "zeta: dt.date"),
    ("UNINSTALL_TRACE", "rows of kernel_unit", "src/plugins/shelf/__init__.py", '"""Shelf'),
])
def test_a_planted_fault_is_found_at_its_place(
    faulty: tuple[Shelf, list[Finding]], code: str, words: str, path: str, text: str
) -> None:
    shelf, found = faulty
    one = matching(found, code, words)
    text = text.removesuffix("\ndef")
    lines = (shelf.folder / path).read_text().splitlines()
    assert one.path == path
    assert text in "\n".join(lines[max(0, one.line - 2):one.line + 1])


def test_what_is_not_planted_is_not_found(faulty: tuple[Shelf, list[Finding]]) -> None:
    codes = {each.code for each in faulty[1]}
    assert codes <= {
        "GRANT_MISSING", "GRANT_UNKNOWN", "LABEL_CLASH", "VIEW_FIELD", "STATEMENT_PER_ROW", "ANSWER_LENGTH",
        "PAGE_BROKEN", "LISTENER_SIGNAL", "LISTENER_FIELD", "SIGNAL_UNDOCUMENTED", "PAYLOAD_UNDOCUMENTED",
        "UNINSTALL_TRACE"}


def test_a_field_without_a_migration_is_found(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    shelf.edit("src/plugins/shelf/models.py", "    done_on: ",
               '    shade: Mapped[str | None] = text(20, label=_("Name 2"))\n    done_on: ')
    assert "shade" in only(shelf.check(), "MIGRATION_DIFFERS").what


def test_a_migration_that_does_not_undo_itself_is_found(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    shelf.edit("src/plugins/shelf/migrations/*.py", "    op.drop_table('shelf_book')", "    pass")
    found = shelf.check()
    assert "20261128_0300" in only(found, "MIGRATION_BROKEN").what
    assert only(found, "MIGRATION_BROKEN").path.startswith("src/plugins/shelf/migrations/")


def test_a_plugin_that_cannot_be_loaded_is_one_finding(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    shelf.add("src/plugins/shelf/views.py", "\nraise RuntimeError('not today')\n")
    assert "not today" in only(shelf.check(), "PLUGIN_BROKEN").what


def trellis(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    mine = os.environ | {"TRELLIS_DATABASE_URL": f"sqlite:///{folder}/mine.db"}
    return forks().run("trellis", words, folder=folder, environment=mine)


def test_the_command_tells_people_and_programs_and_touches_nothing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    shelf.add("src/plugins/shelf/services.py", "import kernel.web\ndef broken(:\n")
    before = sorted(tmp_path.rglob("*"))
    told = trellis("plugin", "check", "shelf", folder=tmp_path)
    assert told.returncode == 1
    assert "src/plugins/shelf/services.py:" in told.stdout
    assert "SYNTAX" in told.stdout
    as_json = trellis("plugin", "check", "shelf", "--json", folder=tmp_path)
    assert as_json.returncode == 1
    said = json.loads(as_json.stdout)
    assert said["clean"] is False
    assert said["found"][0].keys() == {"code", "file", "line", "what", "mend"}
    assert trellis("plugin", "check", "nowhere", folder=tmp_path).returncode == 2
    assert sorted(tmp_path.rglob("*")) == before
