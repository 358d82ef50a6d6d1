"""The faults that `trellis plugin check` finds: a code each, with what it means and how one mends it."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["FAULTS", "Fault", "Finding"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault: its code, what is wrong in general, and how to mend it."""

    code: str
    what: str
    mend: str


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault at one place: `line` is 1 where it concerns a file as a whole."""

    path: str
    line: int
    code: str
    what: str

    @property
    def mend(self) -> str:
        """Say how to mend it."""
        return FAULTS[self.code].mend

    def as_json(self) -> dict[str, object]:
        """Give the finding for programs."""
        return {"code": self.code, "file": self.path, "line": self.line, "what": self.what, "mend": self.mend}


_ALL = (
    Fault("SYNTAX", "A file is no Python.", "Correct it; nothing else can be said of the file before."),
    Fault("PLUGIN_BROKEN", "The plugin can't be loaded or installed, even in an empty installation.",
          "Correct what the message says, then check again: what is tried in a running plugin wasn't."),
    Fault("IMPORT_PRIVATE", "A module imports something behind the kernel's public face.",
          "Import from `kernel` alone: all else may change at any time. Tests may use `kernel.testing` too."),
    Fault("IMPORT_PLUGIN", "A module imports another plugin that isn't required, or more than its `api`.",
          "Listen to its signals or ask by a hook; or name it in `requires` and import `plugins.<name>.api`."),
    Fault("GRANT_MISSING", "No role of the plugin's grants anything on an entity: only administrators see it.",
          "Grant it in a role: `grant(\"<entity>\", \"read\")`. Lines go with their document."),
    Fault("GRANT_UNKNOWN", "A role grants something on an entity of the plugin's that isn't there.",
          "Correct the entity's name in `grant(...)`."),
    Fault("TEXT_UNTRANSLATED", "A string has no translation in a language that Trellis speaks.",
          "Add it to `translations/<locale>.po`."),
    Fault("TEXT_PLACEHOLDER", "A translation has other placeholders than its source.",
          "Use the same `{names}` in both."),
    Fault("TEXT_UNMARKED", "A label that people read is a plain string, so nobody can translate it.",
          "Write it as `_(\"...\")`, with values as `_(\"{count} left\", count=count)`."),
    Fault("SIGNAL_UNDOCUMENTED", "The payload of a signal has no docstring, so nobody knows when it is told.",
          "Say in the payload's docstring what happened."),
    Fault("PAYLOAD_UNDOCUMENTED", "A field of a payload explains itself neither by its name, its type nor in words.",
          "Put a string below the field, or name it in the docstring. Ids, a record's own fields, literals and "
          "documented dataclasses explain themselves."),
    Fault("LISTENER_SIGNAL", "A listener waits for a signal that its plugin doesn't tell.",
          "Correct the signal's name; the map of signals lists all."),
    Fault("LISTENER_FIELD", "A listener asks for something that the signal's payload doesn't have.",
          "Take it out of the Protocol, or correct its name and type."),
    Fault("STATEMENT_PER_ROW", "A list, page, panel or hook sends more statements the more rows there are.",
          "Ask for all rows at once: `where(X.id.in_(ids))`, a join, or a grouped count."),
    Fault("PAGE_BROKEN", "A page or an answer fails where there are rows.", "Correct the error that is named."),
    Fault("ANSWER_LENGTH", "A hook or a panel answers with more or fewer entries than it was asked about.",
          "Answer exactly one entry for each, in their order; None where there is nothing to say."),
    Fault("MIGRATION_BROKEN", "The migrations don't run up or down, on empty tables or on filled ones.",
          "Correct the revision; going down undoes exactly what going up did."),
    Fault("MIGRATION_DIFFERS", "The migrations make other tables than the models want.",
          "Write the difference: `trellis migration new <plugin> \"what changed\"`."),
    Fault("UNINSTALL_TRACE", "After installing and uninstalling, something is left in the database.",
          "Keep it in the plugin's own tables, or let its rows name the plugin or entity: then the kernel finds them."),
    Fault("NAME_OUTSIDE", "A table, signal, role, setting or the like is named outside the plugin.",
          "Tables begin with `<plugin>_`, all other names with `<plugin>.`."),
    Fault("LABEL_CLASH", "Two fields of a form or two entities have the same label.",
          "Name them so that people can tell them apart."),
    Fault("FIELD_CLASH", "A field has the name of something that every record has.",
          "Give the field another name."),
    Fault("VIEW_FIELD", "A view names an entity or a field that isn't there.", "Correct the name in the view."),
    Fault("ICON_MISSING", "An icon is named that Trellis' icon font doesn't have.",
          "Choose one of those the kernel's wheel brings (kernel/web/static/vendor/icons.css)."),
    Fault("WHEEL_PACKAGE", "The wheel would lack a package of the plugin.",
          "Add it to `packages`."),
    Fault("WHEEL_FILE", "The wheel would lack a translation, migration, template or other file of the plugin.",
          "Add a pattern for it to `package_data`."),
    Fault("RAW_SQL", "A module sends SQL as text, which knows no rights and no audit.",
          "Use the models with `select(...)` and `session()`, and the bulk verbs."),
    Fault("COMMIT", "A module commits or rolls back by itself.",
          "Leave it to the unit of work: all of a request happens, or nothing."),
)

FAULTS: Mapping[str, Fault] = {each.code: each for each in _ALL}
"""All of them by code, in the order in which the reference lists them."""
