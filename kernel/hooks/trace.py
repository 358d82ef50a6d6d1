"""The trace of a record: what it came of, what came of it, the events behind both, and who had a hand in it.

Two kinds of step lead from record to record: a listener that created one because of an event about another, and a
link that says so (`follows`). A trace walks both, backwards to everything the record came of and forwards to
everything that came of it, in rounds: the number of statements depends on how long the chain is, never on how many
records stand in it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import case, null, select

from kernel.entities.audit import AuditEntry
from kernel.entities.work import session
from kernel.hooks.following import Followed, Key, among, came_of, what_came_of
from kernel.hooks.models import Event
from kernel.hooks.participation import taking_part

__all__ = ["LIMIT", "Arrow", "Made", "Step", "Touched", "Trace", "Traced", "trace"]

LIMIT = 2000
"""How many records, and how many events, are followed in each direction."""
ROUNDS = 60
"""How many steps from record to record a chain may have."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A record that a listener created, changed or deleted because of an event."""

    entity: str
    id: int
    action: str
    plugin: str | None = field(default=None, compare=False)
    """The plugin whose listener it was; None for records that the telling itself made."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a trace, with what it is about and what its listeners did."""

    id: int
    name: str
    at: dt.datetime
    user_id: int | None
    plugin: str | None
    """The plugin whose listener told it; None where a person, a job or the system did."""
    subject: Key | None
    cause_id: int | None
    """The step it follows from; None where a person, a job or the system told it."""
    led_here: bool
    """Whether it led to the record; otherwise it followed from it, or from something it led to."""
    touched: tuple[Touched, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """How a record came about: when, by whom, and by which plugin's listener, if it was one, because of which event."""

    at: dt.datetime
    user_id: int | None = None
    plugin: str | None = None
    event_id: int | None = None


@dataclass(frozen=True, slots=True)
class Traced:
    """A record of a chain; `side` is before, here or after."""

    entity: str
    id: int
    side: str
    title: str = ""
    """What others called it: the only name left of a record whose plugin has gone."""
    made: Made | None = None

    @property
    def key(self) -> Key:
        """Give the entity's name and the id."""
        return self.entity, self.id


@dataclass(frozen=True, slots=True)
class Arrow:
    """From a record to one that came of it: the signals that led there, and whether something unreadable lies between.
    """

    source: Key
    target: Key
    signals: tuple[str, ...] = ()
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """A record's chain as far as the actor may read it."""

    root: Key
    records: tuple[Traced, ...]
    arrows: tuple[Arrow, ...]
    steps: tuple[Step, ...]
    """The events in the order in which they happened."""
    hidden: int = 0
    """How many records of the chain are not open to the actor."""
    cut: bool = False
    """Whether there is more than LIMIT."""


def trace(entity: str, record_id: int) -> Trace:
    """Say why a record is here and what followed from it.

    The caller must have made sure that the actor may read the record itself. Of the others, those that the actor may
    not read are left out, with the steps about them; where they lay between two others, the arrow says so.
    """
    walk = _Walk((entity, record_id))
    walk.back()
    walk.forth()
    return walk.outcome()


@dataclass(slots=True)
class _Walk:
    """What was found so far of the chain around a record."""

    root: Key
    before: dict[Key, str] = field(default_factory=dict)
    """Records with what others call them."""
    after: dict[Key, str] = field(default_factory=dict)
    made: dict[Key, Made] = field(default_factory=dict)
    events: dict[int, Any] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)
    """Events that followed; the others led here."""
    touched: dict[int, dict[Touched, None]] = field(default_factory=lambda: defaultdict(dict))
    """What listeners did because of an event."""
    bulk: list[Any] = field(default_factory=list)
    arrows: dict[tuple[Key, Key], set[str]] = field(default_factory=lambda: defaultdict(set))
    cut: bool = False

    def back(self) -> None:
        """Find what the record came of."""
        self._rounds(self.before, self._back_once)

    def forth(self) -> None:
        """Find what came of the record."""
        self._rounds(self.after, self._forth_once)

    def _rounds(self, found: dict[Key, str], once: Callable[[Mapping[str, Collection[int]]], dict[Key, str]]) -> None:
        frontier = {self.root}
        for _round in range(ROUNDS):
            here: dict[str, list[int]] = defaultdict(list)
            for name, id_ in sorted(frontier):
                if name in taking_part():
                    here[name].append(id_)
            if not here:
                return
            news = {key: title for key, title in once(here).items() if key not in found and key != self.root}
            if len(found) + len(news) > LIMIT:
                self.cut = True
                news = dict(sorted(news.items())[:LIMIT - len(found)])
            found.update(news)
            frontier = set(news)

    def _back_once(self, here: Mapping[str, Collection[int]]) -> dict[Key, str]:
        news = self._along(came_of(here, LIMIT + 1), lambda link: link.target)
        ids = [id_ for some in here.values() for id_ in some]
        born = self._creations(ids)
        causes = self._events(_up(born), led=True)
        self._learn(causes)
        for key, event_id in born.items():
            if (origin := self._subject(event_id)) is not None and origin != key:
                self.arrows[origin, key].add(self.events[event_id].name)
                news.setdefault(origin, "")
        return news

    def _forth_once(self, here: Mapping[str, Collection[int]]) -> dict[Key, str]:
        news = self._along(what_came_of(here, LIMIT + 1), lambda link: link.follower)
        ids = [id_ for some in here.values() for id_ in some]
        told = self._events(_down(ids), led=False)
        self._learn(told)
        known = taking_part()
        for event_id in told:
            origin = self._subject(event_id)
            for touched in self.touched[event_id]:
                key = (touched.entity, touched.id)
                if touched.action != "create" or origin is None or key == origin:
                    continue
                if (cls := known.get(touched.entity)) is None or cls.__parent__:
                    continue
                self.arrows[origin, key].add(self.events[event_id].name)
                news.setdefault(key, "")
        return news

    def _along(self, links: Iterable[Followed], end: Callable[[Followed], Key]) -> dict[Key, str]:
        news: dict[Key, str] = {}
        for link in links:
            if link.target != link.follower:
                _known = self.arrows[link.target, link.follower]
                news[end(link)] = link.title if end(link) == link.target else ""
        return news

    def _creations(self, ids: Collection[int]) -> dict[Key, int]:
        """Learn how records were made; gives the events that led to them."""
        table = AuditEntry.__table__.c
        rows = session().work.connection.execute(
            select(table.entity, table.record_id, table.at, table.user_id, table.plugin, table.event_id)
            .where(among(table.record_id, ids), table.action == "create").order_by(table.id.desc()))
        born = {}
        for row in rows:
            key = (row.entity, row.record_id)
            self.made[key] = Made(row.at, row.user_id, row.plugin, row.event_id)
            if row.event_id is not None:
                born[key] = row.event_id
        return born

    def _events(self, statement: Any, *, led: bool) -> list[int]:
        """Learn of events; gives those that are new in this direction."""
        rows = session().work.connection.execute(statement).all() if statement is not None else ()
        self.cut |= len(rows) > LIMIT
        fresh = [row.id for row in rows if (row.id not in self.events if led else row.id not in self.told)]
        self.events.update((row.id, row) for row in rows)
        if not led:
            self.told.update(fresh)
        return fresh

    def _learn(self, events: Collection[int]) -> None:
        """Learn what listeners did because of events; a bulk verb's batch is known by its first and last id."""
        fresh = [id_ for id_ in events if id_ not in self.touched]
        if not fresh:
            return
        table = AuditEntry.__table__.c
        rows = session().work.connection.execute(
            select(table.event_id, table.entity, table.record_id, table.action, table.plugin, table.at, table.user_id,
                   case((table.record_id.is_(None), table.changes), else_=null()).label("batch"))
            .where(among(table.event_id, fresh)).order_by(table.entity, table.record_id).limit(5 * LIMIT))
        for id_ in fresh:
            _noted = self.touched[id_]
        for row in rows:
            if row.record_id is None:
                self.bulk.append(row)
                continue
            self.touched[row.event_id].setdefault(Touched(row.entity, row.record_id, row.action, row.plugin))
            if row.action == "create":
                self.made.setdefault(
                    (row.entity, row.record_id), Made(row.at, row.user_id, row.plugin, row.event_id))

    def _subject(self, event_id: int | None) -> Key | None:
        """Give what an event is about; of one about nothing, what its cause is about."""
        seen = set()
        while event_id is not None and event_id not in seen:
            seen.add(event_id)
            row = self.events.get(event_id)
            if row is None:
                return None
            if row.subject_entity:
                return row.subject_entity, row.subject_id
            event_id = row.cause_id
        return None

    def outcome(self) -> Trace:
        """Cut what was found to what the actor may read."""
        sides = {**dict.fromkeys(self.after, "after"), **dict.fromkeys(self.before, "before"), self.root: "here"}
        subjects = {(row.subject_entity, row.subject_id) for row in self.events.values() if row.subject_entity}
        done = {(each.entity, each.id) for some in self.touched.values() for each in some}
        known = taking_part()
        readable = _readable({*sides, *subjects, *done})
        readable |= {
            source for source, target in self.arrows if source[0] not in known and source in sides
            and target in readable}
        titles = {**self.after, **self.before}
        self._name_signals()
        records = tuple(
            Traced(*key, side, titles.get(key, ""), self.made.get(key) or self._from_batch(key))
            for key, side in sorted(sides.items()) if key in readable)
        here = {each.key for each in records}
        return Trace(
            self.root, records, tuple(_around(self.arrows, set(sides), here)), self._steps(readable),
            len(sides) - len(records), self.cut)

    def _name_signals(self) -> None:
        """Name the signal on a link, too, whose follower a listener wrote in bulk because of an event about the other.
        """
        for (source, target), signals in self.arrows.items():
            made = self.made.get(target) or self._from_batch(target)
            if made is not None and made.event_id in self.events and self._subject(made.event_id) == source:
                signals.add(self.events[made.event_id].name)

    def _from_batch(self, key: Key) -> Made | None:
        for row in self.bulk:
            if row.entity == key[0] and row.batch.get("first", 0) <= key[1] <= row.batch.get("last", -1):
                return Made(row.at, row.user_id, row.plugin, row.event_id)
        return None

    def _steps(self, readable: Collection[Key]) -> tuple[Step, ...]:
        return tuple(
            Step(
                row.id, row.name, row.at, row.user_id, row.plugin,
                (row.subject_entity, row.subject_id) if row.subject_entity else None, row.cause_id,
                row.id not in self.told,
                tuple(each for each in self.touched[row.id] if (each.entity, each.id) in readable))
            for row in sorted(self.events.values(), key=lambda row: (row.at, row.id))
            if not row.subject_entity or (row.subject_entity, row.subject_id) in readable)


_EVENT = (
    Event.id, Event.name, Event.at, Event.user_id, Event.plugin, Event.subject_entity, Event.subject_id,
    Event.cause_id)


def _up(born: Mapping[Key, int]) -> Any:
    """Select events and all that caused them."""
    if not born:
        return None
    walk = select(Event.id, Event.cause_id).where(among(Event.id, set(born.values()))).cte("walk", recursive=True)
    walk = walk.union(select(Event.id, Event.cause_id).join(walk, Event.id == walk.c.cause_id))
    return select(*_EVENT).join(walk, walk.c.id == Event.id).limit(LIMIT + 1)


def _down(ids: Collection[int]) -> Any:
    """Select the events about records and all that these caused."""
    walk = select(Event.id).where(among(Event.subject_id, ids)).cte("walk", recursive=True)
    walk = walk.union(select(Event.id).join(walk, Event.cause_id == walk.c.id))
    return select(*_EVENT).join(walk, walk.c.id == Event.id).limit(LIMIT + 1)


def _readable(records: Iterable[Key]) -> set[Key]:
    current, known = session(), taking_part()
    if current.actor.system:
        return {key for key in records if key[0] in known}
    by_entity: dict[str, set[int]] = defaultdict(set)
    for name, id_ in records:
        by_entity[name].add(id_)
    return {
        (name, id_) for name, ids in by_entity.items() if (cls := known.get(name))
        for id_ in current.scalars(select(cls.id).where(among(cls.id, ids)))
    }


def _around(
    arrows: Mapping[tuple[Key, Key], Collection[str]], found: Collection[Key], shown: Collection[Key]
) -> Sequence[Arrow]:
    """Give the arrows between what is shown; one through records that aren't leads on to the next that is."""
    onwards: dict[Key, list[Key]] = defaultdict(list)
    for source, target in arrows:
        if source in found and target in found:
            onwards[source].append(target)
    direct = {
        (source, target): Arrow(source, target, tuple(sorted(signals)))
        for (source, target), signals in arrows.items() if source in shown and target in shown}
    for source in shown:
        waiting = [target for target in onwards[source] if target not in shown]
        seen = set(waiting)
        while waiting:
            for target in onwards[waiting.pop()]:
                if target in shown and target != source:
                    direct.setdefault((source, target), Arrow(source, target, skipped=True))
                elif target not in shown and target not in seen:
                    seen.add(target)
                    waiting.append(target)
    return [direct[pair] for pair in sorted(direct)]
