"""Find the icons that templates, scripts and views name, and cut Tabler's icon font to them.

Named means: `icon("plus")` in Jinja, JavaScript or Python, `icon="plus"` as a keyword, a default or an attribute,
`MenuItem(_("Parts"), "stock.part", "plus")` where a class or function of this tree has its icon in that place,
`{"icon": "plus"}`, a class `ti-plus`, or a line of tools/frontend/icons.txt.
"""

from __future__ import annotations

import ast
import difflib
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fontTools import subset

NAME = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
GLYPH = re.compile(r"\.ti-(" + NAME + r'):before \{\s*content: "\\([0-9a-f]+)";')
CALL = re.compile(r"\bicon\(")
LITERAL = re.compile(r"""(?:^\s*|\b(?:or|else|if)\s+|[?:|]\s*|default\()['"](""" + NAME + r""")['"]""")
ATTRIBUTE = re.compile(r"""\b(?:\w+_)?icon\s*[=:]\s*['"](""" + NAME + r""")['"]""")
CLASS = re.compile(r"""\bti ti-(""" + NAME + r""")(?!-?\{)""")


class UnknownIcon(Exception):
    """A file names icons that Tabler does not have; the message lists them with their places."""


@dataclass(frozen=True)
class Use:
    """One place that names an icon."""

    name: str
    path: Path
    line: int


def glyphs(stylesheet: Path) -> dict[str, int]:
    """Read every icon's name and code point from Tabler's own stylesheet."""
    return {name: int(code, 16) for name, code in GLYPH.findall(stylesheet.read_text(encoding="utf-8"))}


def named_in_text(path: Path) -> Iterator[Use]:
    """Yield the icons that a template or a script names."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        names = set(ATTRIBUTE.findall(line)) | set(CLASS.findall(line))
        for call in CALL.finditer(line):
            names |= set(LITERAL.findall(first_argument(line[call.end() :])))
        yield from (Use(name, path, number) for name in sorted(names))


def first_argument(text: str) -> str:
    """Return the text up to the comma or bracket that ends the first argument of a call."""
    depth = 0
    for position, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            if depth == 0:
                return text[:position]
            depth -= 1
        elif char == "," and depth == 0:
            return text[:position]
    return text


def named_in_python(path: Path, tree: ast.Module, places: Mapping[str, set[int]]) -> Iterator[Use]:
    """Yield the icons that a module names."""
    for node in ast.walk(tree):
        for value in (*icon_values(node), *placed_values(node, places)):
            for name, line in literals(value):
                yield Use(name, path, line)


def icon_places(trees: Iterable[ast.Module]) -> dict[str, set[int]]:
    """Say for each class and function that takes an icon without naming it in which place it takes it."""
    found: dict[str, set[int]] = {}
    for node in (node for tree in trees for node in ast.walk(tree)):
        match node:
            case ast.ClassDef(name=name, body=body):
                taken = [each.target.id for each in body
                         if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)]
                for each in body:
                    if isinstance(each, ast.FunctionDef) and each.name == "__init__":
                        taken = [taking.arg for taking in each.args.args[1:]]
            case ast.FunctionDef(name=name, args=args):
                taken = [each.arg for each in args.args]
            case _:
                continue
        found.setdefault(name, set()).update(place for place, each in enumerate(taken) if is_icon(each))
    return found


def placed_values(node: ast.AST, places: Mapping[str, set[int]]) -> Iterator[ast.expr]:
    """Yield what a call gives for an icon by its place alone."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=args):
            yield from (args[place] for place in places.get(name, ()) if place < len(args))


def icon_values(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions that stand where an icon is asked for."""
    match node:
        case ast.Call(func=ast.Name(id="icon") | ast.Attribute(attr="icon"), args=[first, *_]):
            yield first
        case ast.keyword(arg=str(name), value=value) if is_icon(name):
            yield value
        case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)], value=value) if is_icon(name):
            yield value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if is_icon(name):
            yield value
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and is_icon(key.value):
                    yield value
        case ast.FunctionDef(args=args) | ast.AsyncFunctionDef(args=args):
            named = [*args.posonlyargs, *args.args]
            pairs = [*zip(named[len(named) - len(args.defaults) :], args.defaults, strict=True)]
            pairs += [(arg, value) for arg, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value]
            yield from (value for arg, value in pairs if is_icon(arg.arg))


def is_icon(name: str) -> bool:
    """Say whether a keyword, attribute or key of this name holds an icon."""
    return name == "icon" or name.endswith("_icon")


def literals(value: ast.expr) -> Iterator[tuple[str, int]]:
    """Yield the texts that an expression may come out as, where it says so plainly."""
    match value:
        case ast.Constant(value=str(name), lineno=line) if name:
            yield name, line
        case ast.IfExp(body=body, orelse=orelse):
            yield from literals(body)
            yield from literals(orelse)
        case ast.BoolOp(values=values):
            for part in values:
                yield from literals(part)


def listed(path: Path) -> Iterator[Use]:
    """Yield the icons of a list with one name a line."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield Use(line.strip(), path, number)


def uses(folders: list[Path], extra: Path) -> list[Use]:
    """Return every place in these folders that names an icon, and those of the list `extra`."""
    found = list(listed(extra))
    trees: dict[Path, ast.Module] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if "vendor" in path.parts or "node_modules" in path.parts:
                continue
            if path.suffix == ".py":
                trees[path] = ast.parse(path.read_text(encoding="utf-8"), str(path))
            elif path.suffix in {".html", ".js"}:
                found += named_in_text(path)
    places = icon_places(trees.values())
    for path, tree in trees.items():
        found += named_in_python(path, tree, places)
    return found


def check(found: list[Use], known: dict[str, int], root: Path) -> dict[str, int]:
    """Return the code points of the icons in use; raise UnknownIcon for names that Tabler does not have."""
    wrong = [use for use in found if use.name not in known]
    if wrong:
        lines = []
        for use in wrong:
            near = difflib.get_close_matches(use.name, known, n=3, cutoff=0.5)
            hint = f"; it has {', '.join(near)}" if near else ""
            lines.append(f"{use.path.relative_to(root)}:{use.line}: Tabler has no icon '{use.name}'{hint}")
        raise UnknownIcon("\n".join(lines))
    return {name: known[name] for name in sorted({use.name for use in found})}


def cut_font(source: Path, target: Path, codes: list[int]) -> None:
    """Write the font with these code points alone, as WOFF2."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # Tabler's name table has two spare bytes, and it says so
    options = subset.Options(flavor="woff2", layout_features=[], hinting=False, notdef_outline=False)
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(font)
    subset.save_font(font, str(target), options)


def stylesheet(codes: dict[str, int], font: str) -> str:
    """Return the CSS that gives each icon its class; `font` is the font file's address beside it."""
    head = (
        f'@font-face{{font-family:"tabler-icons";src:url("{font}") format("woff2");font-display:block}}\n'
        '.ti{font-family:"tabler-icons"!important;font-style:normal;font-weight:400;font-variant:normal;'
        "text-transform:none;line-height:1;-webkit-font-smoothing:antialiased}\n"
    )
    return head + "".join(f'.ti-{name}:before{{content:"\\{code:x}"}}\n' for name, code in codes.items())
