"""The mappings that the documentation shows are ones that Trellis reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kernel.exchange.importing.formula import _FUNCTIONS
from kernel.exchange.importing.mapping import Format
from kernel.exchange.importing.reading import read_mapping
from kernel.exchange.importing.targets import plan_targets

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "reference" / "import-mapping.md").read_text(encoding="utf-8")


def whole_mappings() -> list[str]:
    """Give the mappings of the pages, those that begin with a step continuing the one before."""
    found: list[str] = []
    for page in ("reference/import-mapping.md", "how-to/import-from-another-system.md"):
        for block in re.findall(r"```toml\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL):
            if block.startswith("source"):
                found.append(block)
            elif block.startswith("[[step]]"):
                found[-1] += block
    return found


@pytest.mark.parametrize("text", whole_mappings())
@pytest.mark.usefixtures("work")
def test_the_pages_mappings_are_valid(text: str, tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text(text, encoding="utf-8")
    mapping = read_mapping(tmp_path / "mapping.toml")
    steps = {step.name: step for step in mapping.steps}
    for step in mapping.steps:
        cls, targets = plan_targets(step, steps)
        assert cls.__entity__ == step.entity
        assert [target.name for target in targets] == [rule.field for rule in step.rules]


def test_the_reference_names_every_function_and_format() -> None:
    for name in _FUNCTIONS:
        assert f"`{name}(" in REFERENCE, name
    for name in Format.__dataclass_fields__:
        assert f"`{name}`" in REFERENCE, name
