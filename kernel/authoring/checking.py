"""Check a plugin's folder: what can be read is read here, what has to run runs in a scratch installation."""

import ast
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from kernel.authoring.distribution import Distribution, read_distribution
from kernel.authoring.faults import Finding
from kernel.authoring.packing import read_packing
from kernel.authoring.reading import read_imports, read_names, read_statements, read_syntax
from kernel.authoring.scratch import Scratch, scratch
from kernel.authoring.texts import read_marks, read_translations

__all__ = ["check_plugin", "read_plugin"]


def check_plugin(folder: Path) -> list[Finding]:
    """Find everything that a plugin owes, in the order of its files.

    The user's installation is not touched. Raises UsageError where the folder holds no plugin.
    """
    plugin = read_distribution(folder)
    found = set(read_plugin(plugin))
    if not plugin.broken:
        with scratch([plugin]) as made:
            found |= _tried(plugin, made, found)
    return sorted(found)


def read_plugin(plugin: Distribution) -> Iterator[Finding]:
    """Find what reading tells: nothing of the plugin is run."""
    yield from read_syntax(plugin)
    yield from read_imports(plugin, requires_of(plugin))
    yield from read_statements(plugin)
    yield from read_names(plugin)
    yield from read_marks(plugin)
    yield from read_packing(plugin)
    if not plugin.broken:
        yield from read_translations(plugin)


def requires_of(plugin: Distribution) -> tuple[str, ...]:
    """Read from the manifest's text which plugins it requires: its import may be what fails."""
    for module in plugin.modules:
        for node in ast.walk(module.tree) if module.name == plugin.package else ():
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Plugin":
                named = next((each.value for each in node.keywords if each.arg == "requires"), None)
                try:
                    return tuple(ast.literal_eval(named)) if named else ()
                except ValueError:
                    return ()
    return ()


def _tried(plugin: Distribution, made: Scratch, known: set[Finding]) -> set[Finding]:
    output = made.folder / "found.json"
    done = made.python("-m", "kernel.authoring.trial", plugin.name, str(plugin.folder.resolve()), str(output))
    if not output.exists():
        words = _last_words(done.stderr) or f"the trial ended with {done.returncode}"
        return {Finding(plugin.shown(plugin.package_folder / "__init__.py"), 1, "PLUGIN_BROKEN", words)}
    found = {Finding(*each) for each in json.loads(output.read_text(encoding="utf-8"))}
    shown = {_in_folder(plugin, each) for each in found}
    named = any(each.code == "NAME_OUTSIDE" for each in known)
    return {each for each in shown if not (named and each.code == "NAME_OUTSIDE")}


def _in_folder(plugin: Distribution, found: Finding) -> Finding:
    """Give a finding of the manifest, told before its folder was known, its place."""
    if not (plugin.folder / found.path).exists() and found.path.endswith("__init__.py"):
        return Finding(plugin.shown(plugin.package_folder / "__init__.py"), found.line, found.code, found.what)
    return found


def _last_words(text: str) -> str:
    """Give what an exception said, past where it came from and what was appended to it."""
    lines: Sequence[str] = [line for line in text.strip().splitlines() if line.strip()]
    said = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Refusal|Warning)\b", line)]
    return (said or lines or [""])[-1][:500]
