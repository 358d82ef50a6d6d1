"""Make the skeleton of a plugin: a whole distribution outside this tree, from the templates beside this file.

A template is `<file>.in`; `@name@` and the like are filled in its text and in its path, and the folder `package`
becomes the plugin's own.
"""

import datetime as dt
import keyword
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from kernel.api.naming import plural
from kernel.errors import UsageError
from kernel.i18n import _
from kernel.registry.discovery import discover

__all__ = ["Skeleton", "make_skeleton"]

TEMPLATES = Path(__file__).parent / "template"
NAME = re.compile(r"[a-z][a-z0-9_]{1,29}")
LONGEST = 40
"""Letters of plugin and entity together: the names of their indexes must fit into what PostgreSQL takes."""
TAKEN = frozenset({"kernel", "plugins", "plugin", "tests", "trellis"})
LABEL = re.compile(r'[^"\\{}\x00-\x1f]{1,60}')


@dataclass(frozen=True, slots=True)
class Skeleton:
    """What a new plugin is called: its name ("book_club"), its label for people, and its first entity ("loan")."""

    name: str
    label: str = ""
    entity: str = "task"

    def words(self, now: dt.datetime) -> dict[str, str]:
        """Give what the templates' placeholders stand for."""
        singular = _spelled(self.entity)
        many = _spelled(plural(self.entity))
        return {
            "name": self.name, "dashed": self.name.replace("_", "-"), "Camel": _camel(self.name),
            "label": self.label or _spelled(self.name), "entity": self.entity, "Entity": _camel(self.entity),
            "PREFIX": self.entity.replace("_", "").upper()[:6], "singular": singular, "plural": many,
            "plural_lower": many.lower(), "stamp": now.strftime("%Y%m%d_%H%M"),
        }


def make_skeleton(wanted: Skeleton, folder: Path, *, now: dt.datetime | None = None) -> list[Path]:
    """Write the skeleton into a folder that is new or empty; gives the files.

    Raises UsageError for a name that is none or is taken, for a label that can't stand in code, and where the folder
    holds something.
    """
    _demand_name(wanted)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("FOLDER", _("{folder} is there already and not empty", folder=folder),
                         fix=_("Name a new folder: trellis plugin new {name} FOLDER", name=wanted.name))
    words = wanted.words(now or dt.datetime.now(dt.UTC))
    written = []
    for template in sorted(TEMPLATES.rglob("*.in")):
        inner = _filled(str(template.relative_to(TEMPLATES)), words).removesuffix(".in")
        inner = re.sub(r"^package/", f"src/plugins/{wanted.name}/", inner).replace("gitignore", ".gitignore")
        path = folder / inner
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(template.read_text(encoding="utf-8"), words), encoding="utf-8")
        written.append(path)
    return written


def _filled(text: str, words: dict[str, str]) -> str:
    return re.sub(r"@(\w+)@", lambda found: words.get(found[1], found[0]), text)


def _demand_name(wanted: Skeleton) -> None:
    for name, what in ((wanted.name, _("plugin")), (wanted.entity, _("entity"))):
        if not NAME.fullmatch(name) or name.endswith("_") or "__" in name:
            raise UsageError(
                "NAME", _("{name} names no {what}: use 2 to 30 lower-case letters, digits and underscores, "
                          "beginning with a letter", name=repr(name), what=what))
        if keyword.iskeyword(name) or keyword.issoftkeyword(name):
            raise UsageError("NAME", _("{name} is a word of Python; choose another name", name=name))
    if wanted.name in TAKEN or wanted.name in sys.stdlib_module_names:
        raise UsageError("NAME", _("{name} is taken; choose another name", name=wanted.name))
    if wanted.name in discover():
        raise UsageError("NAME", _("There is a plugin {name} on this machine already", name=wanted.name),
                         fix=_("Choose another name, or work on that one"))
    if len(wanted.name) + len(wanted.entity) > LONGEST:
        raise UsageError("NAME", _("{name} and {entity} are too long together: keep to {count} letters",
                                   name=wanted.name, entity=wanted.entity, count=LONGEST))
    if wanted.label and not LABEL.fullmatch(wanted.label):
        raise UsageError("LABEL", _("A label has up to 60 letters, and none of \" \\ {braces}", braces="{ }"))


def _spelled(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
