"""How a mail looks: one letter, from which its plain text and its HTML are made."""

from dataclasses import dataclass, field

from jinja2 import Environment, PackageLoader

from kernel.i18n import current_locale

__all__ = ["Letter", "Part"]

_templates = Environment(loader=PackageLoader("kernel.mail"), autoescape=True, trim_blocks=True, lstrip_blocks=True)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing a letter tells: what about, what happened, and where to look."""

    title: str
    text: str
    href: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter: the company's name, what it tells, and the small print below."""

    company: str
    parts: tuple[Part, ...]
    opening: str = ""
    small: str = ""
    small_href: str = ""
    locale: str = field(default_factory=current_locale)

    def as_text(self) -> str:
        """Write the letter as plain text."""
        blocks = [self.opening] if self.opening else []
        blocks += ["\n".join(filter(None, (part.title, part.text, part.href))) for part in self.parts]
        foot = "\n".join(filter(None, (self.company, self.small, self.small_href)))
        return "\n\n".join([*blocks, f"-- \n{foot}"]) + "\n"

    def as_html(self) -> str:
        """Write the letter as HTML that mail programs show: no script, no picture, styles in the elements."""
        return _templates.get_template("letter.html").render(letter=self, lang=self.locale.replace("_", "-"))
