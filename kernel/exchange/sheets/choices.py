"""How a person wants a file read and its columns taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from kernel.exchange.importing.mapping import Format

__all__ = ["DATES", "ENCODINGS", "NUMBERS", "SEPARATORS", "Choices", "ColumnChoice", "format_of"]

ENCODINGS = ("utf-8", "utf-16", "big5hkscs", "gb18030", "windows-1252")
SEPARATORS = (",", ";", "\t")
NUMBERS = {"1,234.56": (".", ","), "1.234,56": (",", "."), "1 234,56": (",", " "), "1'234.56": (".", "'")}
"""How numbers may be written: an example, with its decimal sign and its sign between thousands."""
DATES = {
    "2026-12-31": "%Y-%m-%d", "2026/12/31": "%Y/%m/%d", "31/12/2026": "%d/%m/%Y", "12/31/2026": "%m/%d/%Y",
    "31.12.2026": "%d.%m.%Y", "2026年12月31日": "%Y年%m月%d日", "20261231": "%Y%m%d",
}
"""How dates may be written: an example, with its form."""
YES = ("1", "true", "yes", "y", "x", "✓", "on", "TRUE", "True", "Yes", "YES", "Y", "X", "是", "有", "真", "对", "對")
NO = ("0", "false", "no", "n", "off", "FALSE", "False", "No", "NO", "N", "-", "否", "無", "无", "假", "错", "錯")


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """What becomes of a column: the path of a field, and of a link the field by which its record is found."""

    field: str = ""
    find: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """All that is chosen before an import is checked."""

    encoding: str = "utf-8"
    separator: str = ","
    sheet: str = ""
    numbers: str = "1,234.56"
    dates: str = "2026-12-31"
    columns: Mapping[str, ColumnChoice] = field(default_factory=dict)
    """By the column's name; columns that aren't there are left out."""
    match: str = ""
    """The field by which records that exist are found and changed; without it every row becomes a new one."""
    existing: str = "both"
    """With `match`: both (change what exists, make the rest) or only (change what exists, refuse the rest)."""
    group: str = ""
    """The column that says which rows are one record with several lines."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Choices":
        """Read what `as_json` gave; words of another version are left aside."""
        known = {each.name for each in fields(cls)}
        values = {name: value for name, value in data.items() if name in known}
        values["columns"] = {
            name: ColumnChoice(*map(str, pair[:2])) for name, pair in dict(data.get("columns", {})).items()}
        return cls(**values)

    def as_json(self) -> dict[str, Any]:
        """Give plain data."""
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**plain, "columns": {name: [each.field, each.find] for name, each in self.columns.items()}}

    def column_of(self, path: str) -> str:
        """Name the column that a field is filled from; "" where none is."""
        return next((name for name, each in self.columns.items() if each.field == path), "")


def format_of(choices: Choices, zone: str = "UTC") -> Format:
    """Give the engine's format of the file."""
    decimal, thousands = NUMBERS[choices.numbers]
    day = DATES[choices.dates]
    return Format(
        encoding=choices.encoding, delimiter=choices.separator, decimal=decimal, thousands=thousands,
        dates=(day, f"{day} %H:%M", f"{day} %H:%M:%S"), yes=YES, no=NO, empty=("",), timezone=zone)
