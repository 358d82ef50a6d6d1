"""Fill the lists of what waits and what was given up."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, select

from kernel.entities.audit import AuditEntry
from kernel.entities.base import Entity, entities
from kernel.entities.work import session
from kernel.exchange.paths import document_of
from kernel.hooks.couriers import recipient_label
from kernel.hooks.letters import RIGHT as LETTERS
from kernel.hooks.letters import Letter, reach
from kernel.hooks.signals import declared_signals
from kernel.i18n import Text, _, format_instant, format_number
from kernel.identity.models import User
from kernel.jobs.keeping import RIGHT as JOBS
from kernel.jobs.keeping import KeptJob, Regular
from kernel.permissions.rights import rights
from kernel.web.frame import plugin_label
from kernel.web.screen.jobs import ActRow, KeptGroup, KeptRow, RegularRow
from kernel.web.screen.shown import EMPTY, Shown
from kernel.web.show import Titles, address, titles_for

__all__ = ["HERE", "acts", "error_parts", "event_label", "grouped", "job_row", "letter_row", "name_of", "regular_row",
           "state_of", "subject", "titles_of"]

HERE = "/settings/jobs"
PER_PAGE = 50
ACTS: dict[str, tuple[Text, str]] = {
    "replay": (_("Replayed"), "blue"), "mend": (_("Mended"), "violet"), "put_away": (_("Put aside"), "gray"),
    "run": (_("Run now"), "green"),
}


def name_of(full: str) -> str:
    """Name a listener or job for people: the plugin, and the function's name in words; or who is carried to."""
    if label := recipient_label(full):
        return label
    plugin, _dot, name = full.partition(".")
    return f"{_source(plugin)}: {name.replace('_', ' ')}"


def _source(plugin: str) -> str:
    return "Trellis" if plugin == "kernel" else plugin_label(plugin)


def event_label(name: str) -> str:
    """Name a signal as its declaration does; as it stands where no plugin declares it any more."""
    declared = declared_signals().get(name)
    return str(declared.label) if declared else name


def error_parts(error: str) -> tuple[str, str]:
    """Part an error into what it says and what kind it is: of a refusal the sentence is enough."""
    kind, colon, said = error.partition(": ")
    return (said, kind) if colon and kind.isidentifier() and said else (error, "")


def titles_of(letters: Iterable[Letter]) -> Titles:
    """Load the titles of the records that deliveries are about, as far as the person may read them."""
    wanted: dict[type[Entity], list[int | None]] = {}
    for each in letters:
        cls = entities().get(each.subject_entity or "")
        if cls is not None:
            wanted.setdefault(cls, []).append(each.subject_id)
    return titles_for(wanted.items())


def subject(letter: Letter, titles: Titles) -> Shown:
    """Show which record an event is about, with a link for who may read it."""
    cls = entities().get(letter.subject_entity or "")
    if cls is None or letter.subject_id is None:
        return Shown(letter.subject_entity, "gone", icon="puzzle-off", second=str(_("Its app isn't installed"))
                     ) if letter.subject_entity else EMPTY
    title = titles.get((cls.__entity__, letter.subject_id))
    if title is None:
        return Shown(f"{cls.__label__} {letter.subject_id}", "ref", icon=cls.__icon__)
    page = address(cls, letter.subject_id) if document_of(cls) is cls else ""
    return Shown(title, "ref", page, icon=cls.__icon__, second=str(cls.__label__))


def state_of(attempts: int, dead: bool, due_at: dt.datetime) -> Shown:
    """Say how a delivery or job stands."""
    if dead:
        return Shown(str(_("Given up")), "status", tone="red")
    if attempts:
        return Shown(str(_("Being retried")), "status", tone="amber")
    return Shown(str(_("Waits")), "status", tone="blue" if due_at <= session().now else "gray")


def letter_row(letter: Letter, titles: Titles) -> KeptRow:
    """Show a delivery in a list."""
    return KeptRow(
        f"delivery:{letter.id}", f"{HERE}/deliveries/{letter.id}",
        event_label(letter.event) if letter.dead else f"{event_label(letter.event)} → {name_of(letter.listener)}",
        subject(letter, titles), format_instant(letter.told_at), format_number(letter.attempts),
        error_parts(letter.error)[0], _mended(letter), _due(letter.due_at))


def _mended(letter: Letter) -> Shown:
    if letter.mended and letter.dead:
        return Shown(str(_("Mended")), "status", tone="violet")
    return state_of(letter.attempts, letter.dead, letter.due_at)


def _due(due_at: dt.datetime) -> str:
    return str(_("now")) if due_at <= session().now else format_instant(due_at)


def job_row(job: KeptJob) -> KeptRow:
    """Show a job in a list."""
    said = ", ".join(f"{name} {value}" for name, value in job.arguments.items())
    return KeptRow(
        f"job:{job.id}", f"{HERE}/jobs/{job.id}", name_of(job.name), Shown(said[:120]),
        format_instant(job.tried_at if job.dead else job.due_at), format_number(job.attempts),
        error_parts(job.error)[0], state_of(job.attempts, job.dead, job.due_at), _due(job.due_at))


def grouped(letters: Sequence[Letter], jobs: Sequence[KeptJob]) -> tuple[KeptGroup, ...]:
    """Put what was given up together by listener and by job, the latest first."""
    titles = titles_of(letters)
    found: dict[tuple[str, str], list[KeptRow]] = {}
    for letter in letters:
        found.setdefault(("delivery", letter.listener), []).append(letter_row(letter, titles))
    for job in jobs:
        found.setdefault(("job", job.name), []).append(job_row(job))
    return tuple(
        KeptGroup(f"{kind}:{name}", name_of(name), name, "mail-off" if kind == "delivery" else "clock-off", tuple(rows))
        for (kind, name), rows in found.items())


def regular_row(regular: Regular) -> RegularRow:
    """Show a job that is done at regular times."""
    if regular.waits and regular.failed:
        state = Shown(str(_("Being retried")), "status", tone="amber")
    elif regular.waits:
        state = Shown(str(_("About to run")), "status", tone="blue")
    elif regular.failed is None:
        state = Shown(str(_("Not run yet")), "status", tone="gray")
    else:
        state = (Shown(str(_("Failed")), "status", tone="red") if regular.failed
                 else Shown(str(_("Went well")), "status", tone="green"))
    took = "" if regular.took_ms is None else str(_("{seconds} s", seconds=format_number(regular.took_ms / 1000, 2)))
    return RegularRow(
        regular.name, regular.name.partition(".")[2].replace("_", " ").capitalize(), _source(regular.plugin),
        _interval(regular.every), format_instant(regular.ran_at) if regular.ran_at else str(_("never")), took,
        _due(regular.due_at) if regular.due_at else str(_("now")), state, error_parts(regular.error)[0],
        rights().may("run", JOBS) and not regular.waits)


def _interval(every: dt.timedelta) -> str:
    for unit, seconds, one in (
        (_("Every {count} days", count=every // dt.timedelta(days=1)), 86400, _("Every day")),
        (_("Every {count} hours", count=every // dt.timedelta(hours=1)), 3600, _("Every hour")),
        (_("Every {count} minutes", count=every // dt.timedelta(minutes=1)), 60, _("Every minute")),
    ):
        if every.total_seconds() % seconds == 0:
            return str(one if every.total_seconds() == seconds else unit)
    return str(every)


def acts(before: int | None = None, record: tuple[str, int] | None = None) -> tuple[tuple[ActRow, ...], int | None]:
    """Give what was done about deliveries and jobs, newest first, and where the following page begins."""
    table = AuditEntry.__table__.c
    statement = select(AuditEntry.__table__, User.name.label("person")).outerjoin(
        User, User.id == table.user_id).where(_open_to_me()).order_by(table.id.desc()).limit(PER_PAGE + 1)
    if record is not None:
        statement = statement.where(table.entity == record[0], table.record_id == record[1])
    if before is not None:
        statement = statement.where(table.id < before)
    rows = session().work.connection.execute(statement).all()
    return tuple(
        ActRow(
            format_instant(row.at), Shown(str(ACTS[row.action][0]), "status", tone=ACTS[row.action][1])
            if row.action in ACTS else Shown(row.action, "status"), row.person or str(_("Trellis itself")),
            name_of(str(row.changes.get("listener") or row.changes.get("job") or "")), _detail(row.changes))
        for row in rows[:PER_PAGE]), rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None


def _open_to_me() -> ColumnElement[bool]:
    table = AuditEntry.__table__.c
    mine = [(table.entity == name) & reach("read", name, table.company_id)
            for name in (LETTERS, JOBS) if rights().may("read", name)]
    return mine[0] if len(mine) == 1 else mine[0] | mine[1]


def _detail(facts: Mapping[str, object]) -> str:
    if reason := facts.get("reason"):
        return str(reason)
    changed = [f"{name}: {_short(pair[0])} → {_short(pair[1])}" for name, pair in facts.items()
               if isinstance(pair, list) and len(pair) == 2]
    return "; ".join(changed)


def _short(value: object) -> str:
    return "–" if value is None else str(value)[:120]
