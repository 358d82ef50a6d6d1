"""`trellis plugin new` makes a plugin that works as it is, in an environment of its author's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kernel.authoring.skeleton import Skeleton, make_skeleton
from kernel.errors import UsageError
from tests.author import author_shell
from tests.kernel.authoring.shelf import NOW
from tests.kernel.registry.forks import forks


@pytest.mark.slow
def test_a_new_plugin_installs_passes_its_tests_and_owes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/trellis.db"
    author_shell(tmp_path, tmp_path, url)('trellis plugin new book_club --label "The book club" --entity lent_book')
    shell = author_shell(tmp_path, tmp_path / "trellis-book-club", url)
    shell("trellis init")
    shell("pip install --no-build-isolation --no-deps --editable .")
    shell("trellis plugin install book_club")
    assert "book_club" in shell("trellis plugin list --json")
    assert "passed" in shell("pytest -q -p no:cacheprovider")
    assert "all is well" in shell("trellis plugin check .")
    assert "All is well" in shell("trellis check")


@pytest.mark.parametrize(("wanted", "words"), [
    (Skeleton("Book-Club"), "names no plugin"),
    (Skeleton("1st"), "names no plugin"),
    (Skeleton("b"), "names no plugin"),
    (Skeleton("lambda"), "word of Python"),
    (Skeleton("kernel"), "is taken"),
    (Skeleton("json"), "is taken"),
    (Skeleton("crm"), "already"),
    (Skeleton("book_club", entity="Loan"), "names no entity"),
    (Skeleton("book_club", entity="class"), "word of Python"),
    (Skeleton("a" * 28, entity="b" * 28), "too long together"),
    (Skeleton("book_club", label='The "club"'), "A label has"),
    (Skeleton("book_club", label="The {club}"), "A label has"),
])
def test_a_bad_name_is_refused_in_a_sentence(tmp_path: Path, wanted: Skeleton, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        make_skeleton(wanted, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        make_skeleton(Skeleton("book_club"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_nothing_in_the_skeleton_is_left_to_fill_in(tmp_path: Path) -> None:
    for path in make_skeleton(Skeleton("book_club", entity="lent_book"), tmp_path / "new", now=NOW):
        assert "@name@" not in path.read_text(encoding="utf-8")
        assert "@" not in str(path.relative_to(tmp_path))


def test_the_command_says_what_to_do_next(tmp_path: Path) -> None:
    told = forks().run("trellis", ["plugin", "new", "book_club"], folder=tmp_path, environment=os.environ)
    assert told.returncode == 0, told.stderr
    assert "trellis plugin install book_club" in told.stdout
    refused = forks().run("trellis", ["plugin", "new", "book-club"], folder=tmp_path, environment=os.environ)
    assert refused.returncode == 2
    assert "names no plugin" in refused.stderr
    assert "Traceback" not in refused.stderr
