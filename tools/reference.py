"""Write docs/reference from the code: signals, hooks, permissions, entities, commands, plugin checks.

    python -m tools.reference            # write
    python -m tools.reference --check    # say what has fallen behind, exit 1
"""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from kernel.authoring.faults import FAULTS
from kernel.cli.main import cli as command
from kernel.entities.base import components_of, entities
from kernel.entities.fields import Field
from kernel.hooks.specifications import hook_map, specification_of
from kernel.hooks.subscriptions import signal_map
from kernel.permissions.declare import FieldRuleDeclaration, RoleDeclaration
from kernel.permissions.roles import KERNEL_ROLES
from kernel.registry.discovery import discover
from kernel.registry.loading import load, loaded_plugins
from kernel.registry.order import with_requirements
from kernel.workflows.approvals import APPROVAL_ROLES
from kernel.workflows.machine import workflow_of

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
OURS = ("crm", "erp_finance", "erp_inventory", "erp_mrp", "erp_purchase", "erp_sales", "oa")
NOTE = "<!-- Written by `make reference` from the code: change the docstrings there. -->\n"


def first_line(thing: object) -> str:
    """Give the first sentence of a docstring, on one line."""
    words = inspect.getdoc(thing) or ""
    return " ".join(words.split("\n\n")[0].split())


def table(*head: str) -> Iterator[str]:
    """Give the head of a Markdown table."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)


def row(*cells: object) -> str:
    """Give one line of a Markdown table."""
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def signals() -> Iterator[str]:
    """Write who tells what, and who listens among the plugins of this tree."""
    yield "# Signals"
    yield "\nWhat plugins tell, with the payload their listeners get. A listener asks for what it needs by a Protocol."
    for info in signal_map():
        if info.signal is None:
            continue
        yield f"\n## `{info.name}`\n"
        yield f"{info.about} Version {info.signal.version}."
        if isinstance(info.signal.about, str):
            yield f"It is about the record that `{info.signal.about}` names."
        elif info.signal.about:
            yield f"It is about `{info.signal.about[0]}`, by `{info.signal.about[1]}`."
        yield ""
        yield from table("Fact", "Type")
        yield from (row(f"`{name}`", f"`{kind}`") for name, kind in info.facts.items())
        heard = ", ".join(f"`{each.name}`{' (later)' if each.later else ''}" for each in info.listeners)
        yield f"\nHeard by: {heard or 'nobody in this tree'}."


def questions() -> Iterator[str]:
    """Write what may be asked by hooks, and who answers."""
    yield "# Hooks"
    yield "\nQuestions that plugins ask each other. Arguments and answers are sequences: one entry per record."
    for name, (words, answering) in hook_map().items():
        asked = specification_of(name)
        signature = re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", str(inspect.signature(asked)))
        yield f"\n## `{name}{signature}`\n"
        yield inspect.cleandoc(words)
        yield f"\nAnswered by: {', '.join(sorted(set(answering))) or 'nobody in this tree'}."


def permissions() -> Iterator[str]:
    """Write the roles that are shipped, with their grants and field rules."""
    yield "# Permissions"
    yield "\nThe roles that the kernel and the plugins of this tree ship. Administrators change them and add others."
    yield "\nScopes: own, department, subtree (department and below), company, all, or a rule of the plugin's."
    shipped: dict[str, tuple[RoleDeclaration, ...]] = {"kernel": (*KERNEL_ROLES, *APPROVAL_ROLES)}
    shipped |= {name: plugin.roles for name, plugin in loaded_plugins().items() if plugin.roles}
    for plugin, roles in shipped.items():
        yield f"\n## {plugin}"
        for each in roles:
            yield f"\n### {each.name} (`{each.code}`)\n"
            if each.everyone:
                yield "Everybody has it.\n"
            yield from table("Entity", "Allowed", "Scope")
            for rule in each.rules:
                if isinstance(rule, FieldRuleDeclaration):
                    yield row(f"`{rule.entity}`", f"{rule.mode}: {', '.join(rule.fields)}", "fields")
                else:
                    yield row(f"`{rule.entity}`", ", ".join(rule.actions), rule.rule or rule.scope)


def field_row(field: Field) -> str:
    """Write one field of an entity."""
    traits = [trait for trait, there in (
        ("required", field.required), ("read only", field.readonly), ("searched", field.searchable)) if there]
    kind = f"{field.kind} to `{field.target.__entity__}`" if field.resolve else field.kind
    if field.choices:
        kind += ": " + ", ".join(choice.value for choice in field.choices)
    return row(f"`{field.name}`", field.label, kind, ", ".join(traits), field.help or "")


def records() -> Iterator[str]:
    """Write every entity with its fields, components and transitions."""
    yield "# Entities"
    yield "\nThe records of the kernel and of the plugins in this tree; the API names them in the plural."
    for name, cls in sorted(entities().items()):
        yield f"\n## `{name}`\n"
        yield first_line(cls) + "\n"
        yield from table("Field", "Label", "Kind", "", "")
        yield from map(field_row, cls.__fields__.values())
        for slot, component in components_of(cls).items():
            yield f"\nAdded by {slot}: {first_line(component)}\n"
            yield from table("Field", "Label", "Kind", "", "")
            yield from map(field_row, component.__fields__.values())
        workflow = workflow_of(cls)
        if workflow is not None:
            yield ""
            yield from table("Action", "From", "To")
            yield from (row(f"`{each.code}`", ", ".join(each.source), each.target)
                        for each in workflow.transitions.values())


def commands() -> Iterator[str]:
    """Write every command's help."""
    yield "# Commands"
    yield "\n`trellis` and what it can do. A command exits with 0, with 1 where it refused or found something wrong,"
    yield "and with 2 for a wrong call."
    yield from command_help(command, "trellis")


def command_help(found: click.Command, path: str) -> Iterator[str]:
    """Write a command's help, and that of its subcommands."""
    context = click.Context(found, info_name=path, max_content_width=100, terminal_width=100)
    yield f"\n## `{path}`\n\n```text\n{found.get_help(context)}\n```"
    if isinstance(found, click.Group):
        for name in found.list_commands(context):
            child = found.get_command(context, name)
            if child is not None:
                yield from command_help(child, f"{path} {name}")


def plugin_checks() -> Iterator[str]:
    """Write the faults that `trellis plugin check` finds."""
    yield "# Plugin checks"
    yield "\nWhat [`trellis plugin check`](../how-to/check-a-plugin.md) finds in a plugin, by the codes it prints.\n"
    yield from table("Code", "What is wrong", "How to mend it")
    yield from (row(f"`{each.code}`", each.what, _escaped(each.mend)) for each in FAULTS.values())


def _escaped(words: str) -> str:
    """Keep placeholders such as <plugin>, outside of code, from being read as HTML."""
    parts = words.split("`")
    return "`".join(part if place % 2 else part.replace("<", "&lt;") for place, part in enumerate(parts))


PAGES = {
    "signals.md": signals, "hooks.md": questions, "permissions.md": permissions, "entities.md": records,
    "commands.md": commands, "plugin-checks.md": plugin_checks,
}


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them with what they would be."""
    available = {name: found for name, found in discover().items() if name in OURS}
    load(with_requirements(OURS, available), available)
    behind = []
    for name, write in PAGES.items():
        text = NOTE + "\n".join(line.rstrip(" ") for line in write()) + "\n"
        path = FOLDER / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        behind.append(name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    if behind and "--check" in arguments:
        print(f"docs/reference has fallen behind the code: {', '.join(behind)}; run `make reference`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
