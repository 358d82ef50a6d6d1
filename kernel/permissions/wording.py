"""What refusals call rights by: actions and kinds of record by the names that people know them by."""

from collections.abc import Callable

from kernel.entities.base import entities
from kernel.i18n import LOCALES, LazyText, OwnText, Text, _, use_locale
from kernel.permissions.declare import shipped_name

__all__ = ["ACTIONS", "action_in_sentence", "kind_in_sentence", "name_action", "role_label"]

ACTIONS: tuple[tuple[str, Text], ...] = (
    ("read", _("Read")), ("create", _("Create")), ("change", _("Change")), ("delete", _("Delete")),
    ("export", _("Export")), ("comment", _("Comment")),
)
"""What there is to be done with the records of any entity."""
_labels: dict[tuple[str, str], Text] = {}


def name_action(entity: str, action: str, label: Text) -> None:
    """Say what an action of an entity is called, beside those that every entity has."""
    _labels[entity, action] = label


class _Named(LazyText):
    """A name within a sentence, in the language that the sentence is shown in."""

    __slots__ = ("asked", "say")

    def __init__(self, say: Callable[..., str], *asked: str) -> None:
        super().__init__(" ".join(asked))
        self.say = say
        self.asked = asked

    def __str__(self) -> str:
        return self.say(*self.asked)


def action_in_sentence(entity: str, action: str) -> Text:
    """Name an action within a sentence."""
    return _Named(_action, entity, action)


def kind_in_sentence(name: str) -> Text:
    """Name the records of an entity or a component within a sentence; a pattern stands for itself."""
    return _Named(_kind, name)


def _action(entity: str, action: str) -> str:
    return _within(str(_labels.get((entity, action)) or dict(ACTIONS).get(action, action.replace("_", " "))))


def _kind(name: str) -> str:
    if name in entities():
        return _within(str(entities()[name].__plural__))
    for cls in entities().values():
        for each in cls.__components__.values():
            if each.__entity__ == name:
                return _within(str(_("{what}: {part}", what=cls.__label__, part=each.__label__)))
    return name


def role_label(code: str, name: str, zh_hant: str | None = None, zh_hans: str | None = None) -> Text:
    """Name a role for whoever reads it: as an administrator named it in their language, else as its plugin does.

    A shipped role that was given another name is called that in every language.
    """
    declared = shipped_name(code)
    if declared is not None and not _is_called(declared, name):
        declared = None
    own = {locale: text for locale, text in (("zh_Hant", zh_hant), ("zh_Hans", zh_hans)) if text}
    if not own:
        return declared if declared is not None else name
    return OwnText(name, ({} if declared is None else _in_each(declared)) | own)


def _in_each(declared: Text) -> dict[str, str]:
    found = {}
    for locale in LOCALES:
        with use_locale(locale):
            found[locale] = str(declared)
    return found


def _is_called(declared: Text, name: str) -> bool:
    """Say whether a name is a declaration's in any language: an installation may have been made in each."""
    return name in _in_each(declared).values()


def _within(label: str) -> str:
    """Begin with a small letter, unless the first word is an abbreviation."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]
