"""What people read: every string of a plugin is marked for translation, and translated into each language."""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import kernel
from kernel.authoring.distribution import Distribution, Module
from kernel.authoring.faults import Finding
from kernel.i18n import LOCALES

__all__ = ["read_marks", "read_translations"]

METHODS = [("**/migrations/**", "ignore"), ("**/tests/**", "ignore"), ("**.py", "python"),
           ("**/templates/**.html", "jinja2")]
PLACEHOLDER = re.compile(r"{(\w+)")
ENTITY_WORDS = ("label", "plural")
"""The keywords of an entity's class that people read."""


def read_translations(plugin: Distribution) -> Iterator[Finding]:
    """Find strings without a translation, and translations whose placeholders differ from the source's."""
    found = list(_strings(plugin))
    for locale in LOCALES:
        if locale == "en":
            continue
        path = plugin.package_folder / "translations" / f"{locale}.po"
        own = catalogue(path)
        known = {**_kernels(locale), **own}
        for text, at, line in found:
            if text not in known:
                yield Finding(at, line, "TEXT_UNTRANSLATED", f"{text!r} is not translated into {LOCALES[locale]}")
        for text, said in own.items():
            if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(said)):
                yield Finding(plugin.shown(path), _line_of(path, text), "TEXT_PLACEHOLDER",
                              f"{text!r} and its translation have other placeholders")


def _strings(plugin: Distribution) -> Iterator[tuple[str, str, int]]:
    """Give each marked string with its place."""
    seen = set()
    for file, line, message, _comments, _context in extract_from_dir(
            str(plugin.package_folder), METHODS, keywords={"_": None}, comment_tags=(),
            options_map={"**.html": {"silent": "false"}}):
        text = message if isinstance(message, str) else ""
        if text and text not in seen:
            seen.add(text)
            yield text, plugin.shown(plugin.package_folder / file), line


def catalogue(path: Path) -> dict[str, str]:
    """Read a catalogue; nothing where there is none."""
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file) if each.id and each.string}


@cache
def _kernels(locale: str) -> Mapping[str, str]:
    return catalogue(Path(kernel.__file__).parent / "translations" / f"{locale}.po")


def _line_of(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if text[:40] in line), 1)


def read_marks(plugin: Distribution) -> Iterator[Finding]:
    """Find plain strings where the kernel takes a text that people read."""
    for module in plugin.modules:
        named = _kernel_names(module)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in named:
                yield from _unmarked_call(module, node, named[node.func.id])
            elif isinstance(node, ast.ClassDef) and any(each.arg in ENTITY_WORDS for each in node.keywords):
                for keyword in node.keywords:
                    if keyword.arg in ENTITY_WORDS:
                        yield from _plain(module, keyword.value, f"{keyword.arg}= of {node.name}")


def _kernel_names(module: Module) -> dict[str, str]:
    """Give the kernel's names that a module imported, by what it calls them."""
    return {
        each.asname or each.name: each.name for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module == "kernel" for each in node.names}


def _unmarked_call(module: Module, node: ast.Call, name: str) -> Iterator[Finding]:
    positional, keywords, rest = texts_of(name)
    for number, value in enumerate(node.args):
        if number in positional:
            yield from _plain(module, value, f"the {positional[number]} of {name}(...)")
        elif rest and isinstance(value, ast.Tuple):
            for part in value.elts[1:2]:
                yield from _plain(module, part, f"a {rest} of {name}(...)")
    for keyword in node.keywords:
        if keyword.arg in keywords:
            yield from _plain(module, keyword.value, f"{keyword.arg}= of {name}(...)")


def _plain(module: Module, node: ast.expr, where: str) -> Iterator[Finding]:
    words = node.value if isinstance(node, ast.Constant) else "".join(
        str(part.value) for part in node.values if isinstance(part, ast.Constant)
    ) if isinstance(node, ast.JoinedStr) else ""
    if isinstance(words, str) and re.search(r"[^\W\d_]{2}", words):
        yield Finding(module.path, node.lineno, "TEXT_UNMARKED", f"{words!r}, {where}, is not in _()")


@cache
def texts_of(name: str) -> tuple[Mapping[int, str], frozenset[str], str]:
    """Say which arguments of one of the kernel's names are texts: by place, by keyword, and in its rest of tuples."""
    made = getattr(kernel, name, None)
    try:
        parameters = list(inspect.signature(made).parameters.values()) if callable(made) else []
    except (TypeError, ValueError):
        return {}, frozenset(), ""
    positional: dict[int, str] = {}
    keywords, rest = set(), ""
    for number, each in enumerate(parameters):
        hint = inspect.formatannotation(each.annotation)
        if each.kind is each.VAR_POSITIONAL and "tuple[" in hint and "LazyText" in hint:
            rest = each.name.removesuffix("s")
        elif re.fullmatch(r"(str \| )?(kernel\.i18n\.)?(LazyText|Text)( \| None)?", hint):
            keywords.add(each.name)
            if each.kind is not each.KEYWORD_ONLY:
                positional[number] = each.name
    return positional, frozenset(keywords), rest
