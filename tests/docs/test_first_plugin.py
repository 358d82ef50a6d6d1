"""The tutorial's plugin, built from the text of its page: installed, used, upgraded and taken away without a trace."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, Table, create_engine, select
from sqlalchemy import String as StringType

from kernel.entities.database import Database
from kernel.registry.catalogue import snapshot
from kernel.testing.databases import postgres_database
from tests.author import Shell, author_shell

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorials" / "your-first-plugin.md"
BLOCK = re.compile(r"<!-- (file|run|change)(?:: (\S+))? -->\n```\w+\n(.*?)```", re.DOTALL)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/trellis.db"
        return
    with postgres_database() as found:
        yield found


@pytest.fixture
def shell(tmp_path: Path, url: str) -> Shell:
    """Run commands as the reader would, in an environment that has Trellis but isn't ours: ours stays clean."""
    folder = tmp_path / "trellis-warranty"
    folder.mkdir()
    return author_shell(tmp_path, folder, url)


@pytest.fixture
def blocks() -> list[tuple[str, str, str]]:
    """Give the page's marked blocks in order: (kind, path, text)."""
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def schema(url: str) -> dict[str, Any]:
    database = Database(url)
    with database.connect() as connection:
        found = snapshot(connection)
    database.dispose()
    return {name: lines for name, lines in found.items() if not name.startswith("sqlite_")}


def rows_naming(word: str, url: str) -> list[str]:
    """List the tables in which any text names the plugin."""
    engine = create_engine(url)
    metadata = MetaData()
    metadata.reflect(engine)
    found = []
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            found += [f"{table.name}: {row}" for row in _rows(connection, table) if word in row]
    engine.dispose()
    return found


def _rows(connection: Any, table: Table) -> list[str]:
    texts = [column for column in table.columns if isinstance(column.type, StringType) or "JSON" in str(column.type)]
    return [str(row) for row in connection.execute(select(*texts))] if texts else []


@pytest.mark.slow
def test_the_tutorial_works_as_written_and_leaves_no_trace(
    tmp_path: Path, url: str, shell: Shell, blocks: list[tuple[str, str, str]]
) -> None:
    folder = tmp_path / "trellis-warranty"
    code_lines = sum(
        1 for kind, path, text in blocks if kind == "file" and path.endswith(".py")
        for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", '"""')))
    assert code_lines <= 160, "the tutorial's plugin should stay about a hundred lines"
    shell("trellis init --plugins crm,erp_sales")
    schema_before = schema(url)
    (folder / "src" / "plugins" / "warranty" / "migrations").mkdir(parents=True)
    runs = iter([text for kind, _path, text in blocks if kind == "run"])
    for kind, path, text in blocks:
        if kind == "file":
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")

    _run_all(shell, next(runs))
    shutil.copy(Path(__file__).with_name("warranty_day.py"), folder / "day.py")
    seen = last_json(shell("python day.py"))
    assert seen == {
        "order": "confirmed", "cards": ["BIKE"], "claims": ["settled", "submitted"], "after approval": "settled",
        "refusal": "WARRANTY_OVER", "defaults in SQL": ["BIKE"], "slots": ["warranty"], "goodwill": False,
        "page": {"panel": True, "translated": True, "list": True, "api": 200},
    }
    assert "All is well" in shell("trellis check")

    change = next(text for kind, _path, text in blocks if kind == "change")
    models = folder / "src" / "plugins" / "warranty" / "models.py"
    models.write_text(models.read_text().rstrip() + "\n" + change)
    for name in ("setup.cfg", "src/plugins/warranty/__init__.py"):
        file = folder / name
        file.write_text(file.read_text().replace("0.1.0", "0.2.0"))
    _run_all(shell, next(runs))
    assert "warranty_claim" in schema(url)
    assert any("repair" in line for line in schema(url)["warranty_claim"])
    assert "All is well" in shell("trellis check")

    _run_all(shell, next(runs))
    assert schema(url) == schema_before
    assert rows_naming("warranty", url) == []
    assert "All is well" in shell("trellis check")

    shell("trellis plugin install warranty")
    assert last_json(shell(
        'python -c "import json,sys; from kernel.config import load_config; from kernel.registry.start import '
        "open_installation; open_installation(load_config()); from kernel.entities.work import unit_of_work; "
        "from plugins.warranty.models import Claim; w = unit_of_work(reading=True); s = w.__enter__(); "
        "json.dump(sorted(c.state for c in s.query(Claim)), sys.stdout)\""
    )) == ["open", "settled", "settled"]


def last_json(output: str) -> Any:
    """Read the last line; the ones before it may be log."""
    return json.loads(output.strip().splitlines()[-1])


def _run_all(shell: Shell, text: str) -> None:
    for line in text.strip().splitlines():
        shell(line)


def test_the_test_leaves_the_development_environment_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kernel.cli", "plugin", "list"], capture_output=True, text=True, check=False,
        env=os.environ | {"TRELLIS_DATABASE_URL": "sqlite:///:memory:"}, cwd=ROOT)
    assert "warranty" not in done.stdout
