"""What the first start asks: each question with its choices, what is suggested, and what is wrong with an answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies

from kernel.errors import Invalid, Problem
from kernel.i18n import LOCALES, Text, _, current_locale
from kernel.identity.models import MONTHS
from kernel.identity.signing.passwords import SHORTEST, hash_password
from kernel.registry.first_start import Answers
from kernel.web.screen.form import Input
from kernel.web.screen.shown import Choice

__all__ = ["COMPANY", "MONEY", "PERSON", "answered", "country_name", "inputs_of", "suggested"]

Choices = Callable[[], Sequence[tuple[str, str]]]
REGION = 2
"""Letters of a country's code; Babel names parts of the world too, by digits."""


def _countries() -> Sequence[tuple[str, str]]:
    names = Locale.parse(current_locale()).territories
    found = [(code, name) for code, name in names.items() if len(code) == REGION and get_territory_currencies(code)]
    return sorted(found, key=lambda each: each[1])


def country_name(code: str) -> str:
    """Name a country in the reader's language."""
    return str(Locale.parse(current_locale()).territories.get(code, code))


def _currencies() -> Sequence[tuple[str, str]]:
    names = Locale.parse(current_locale()).currencies
    used = {code for country, _name in _countries() for code in get_territory_currencies(country)}
    return [(code, f"{code} · {names.get(code, code)}") for code in sorted(used)]


def _timezones() -> Sequence[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones())
            if name == "UTC" or ("/" in name and not name.startswith(("Etc/", "SystemV/")))]


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `longest` counts characters."""

    name: str
    label: Text
    kind: str = "text"
    required: bool = True
    longest: int = 120
    help: Text = ""
    choices: Choices | None = None


COMPANY = (
    Question("name", _("Name of the company"), help=_("As it stands on orders and invoices")),
    Question("country", _("Country"), "choice", choices=_countries,
             help=_("Suggests currency and time zone on the next page")),
)
MONEY = (
    Question("currency", _("Currency of the books"), "choice", choices=_currencies,
             help=_("Documents may be in any other; the books are kept in this one")),
    Question("locale", _("Language"), "choice", choices=lambda: [*LOCALES.items()],
             help=_("Everybody may choose their own later")),
    Question("timezone", _("Time zone"), "choice", choices=_timezones, help=_("Business dates are days here")),
    Question("fiscal_year_starts", _("Financial year starts in"), "choice",
             choices=lambda: [(value, str(label)) for value, label in MONTHS],
             help=_("Reports of the books begin here by default")),
)
PERSON = (
    Question("person", _("Your name")),
    Question("login", _("Sign-in name"), longest=80),
    Question("email", _("E-mail"), "email", required=False, longest=200),
    Question("password", _("Password"), "password", longest=400,
             help=_("At least {n} characters; a sentence is easier to remember", n=SHORTEST)),
    Question("again", _("Password once more"), "password", longest=400),
)


def suggested(answers: Answers) -> Answers:
    """Fill in what the country and the browser suggest, where nothing was answered yet."""
    currencies = get_territory_currencies(answers.country) if answers.country else []
    zones = get_global("territory_zones").get(answers.country, [])
    return replace(
        answers, currency=answers.currency or (currencies[-1] if currencies else "USD"),
        timezone=answers.timezone or (zones[0] if zones else "UTC"), locale=answers.locale or current_locale(),
        login=answers.login or "admin")


def inputs_of(
    questions: Sequence[Question], answers: Answers, typed: Mapping[str, str] | None = None,
    problems: Sequence[Problem] = (),
) -> tuple[Input, ...]:
    """Show questions with what was typed, else answered, and what is wrong beside each. Passwords are typed anew."""
    known = typed if typed is not None else {name: str(value) for name, value in asdict(answers).items()}
    wrong = {each.field: str(each.message) for each in problems}
    kept = bool(answers.password_hash) and typed is None
    return tuple(Input(
        each.name, str(each.label), each.kind, "" if each.kind == "password" else known.get(each.name, ""),
        required=each.required and not (kept and each.kind == "password"), error=wrong.get(each.name, ""),
        help=str(_("Chosen already; leave it empty to keep it") if kept and each.kind == "password" else each.help),
        choices=tuple(Choice(value, label) for value, label in each.choices()) if each.choices else (),
        max_length=each.longest) for each in questions)


def answered(questions: Sequence[Question], answers: Answers, typed: Mapping[str, str]) -> Answers:
    """Take what was typed into the answers; raises Invalid naming every question whose answer is wrong."""
    problems = [each for question in questions if (each := _problem(question, typed, answers))]
    values = {each.name: typed.get(each.name, "").strip() for each in questions if each.kind != "password"}
    if questions is PERSON and (password := typed.get("password", "")):
        if password != typed.get("again", ""):
            problems.append(Problem("again", _("The two passwords are not the same"), "PASSWORDS_DIFFER"))
        try:
            values["password_hash"] = hash_password(password)
        except Invalid as invalid:
            problems.extend(invalid.problems)
    if problems:
        raise Invalid(problems)
    return replace(answers, **values)  # type: ignore[arg-type]  # questions are named after text answers


def _problem(question: Question, typed: Mapping[str, str], answers: Answers) -> Problem | None:
    text = typed.get(question.name, "").strip()
    if question.kind == "password":
        missing = question.name == "password" and not text and not answers.password_hash
        return Problem("password", _("Choose a password"), "REQUIRED") if missing else None
    if not text:
        return Problem(question.name, _("This is needed"), "REQUIRED") if question.required else None
    if len(text) > question.longest:
        return Problem(question.name, _("At most {n} characters", n=question.longest), "TOO_LONG")
    if question.choices and text not in dict(question.choices()):
        return Problem(question.name, _("Choose one of the list"), "CHOICE")
    if question.kind == "email" and "@" not in text.strip("@"):
        return Problem(question.name, _("That is no e-mail address"), "EMAIL")
    if question.name == "login" and any(letter.isspace() for letter in text):
        return Problem(question.name, _("A sign-in name has no spaces"), "LOGIN")
    return None
