"""State machines: a document's state changes through declared transitions and in no other way."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import event, inspect, select
from sqlalchemy.orm.base import NO_VALUE

from kernel.entities.base import Entity
from kernel.entities.fields import Choice, set_choices
from kernel.entities.work import session
from kernel.errors import Invalid, Problem, Refusal, UsageError
from kernel.hooks.participation import installed
from kernel.i18n import Text, _
from kernel.permissions.guard import demand_rows
from kernel.permissions.rights import rights
from kernel.permissions.wording import name_action

__all__ = [
    "State", "Transition", "Workflow", "importing_history", "watch_transitions", "workflow_of", "workflows",
]

E = TypeVar("E", bound=Entity)

Guard = Callable[[Sequence[Any]], Iterable[Refusal]]
Effect = Callable[[Sequence[Any]], None]
Watcher = Callable[["Workflow[Any]", "Transition", Sequence[Any]], None]
Interceptor = Callable[["Workflow[Any]", "Transition", Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class State:
    """A state with its name for users and status family (gray amber blue violet green red)."""

    code: str
    label: Text
    colour: str = "gray"
    final: bool = False
    """Nothing is expected to follow; boards fold such a column."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A step from one of the `source` states to `target`; its grant is the action `code` on the entity.

    Guards look at all records at once and yield a refusal for each that may not pass. The effect runs after the
    state has changed, in the same transaction. `needs` names fields the user fills in on the way (a reason).
    """

    code: str
    label: Text
    source: tuple[str, ...]
    target: str
    guards: tuple[Guard, ...] = ()
    effect: Effect | None = None
    needs: tuple[str, ...] = ()
    primary: bool = False
    """The next step that most users want: the filled button."""
    risky: bool = False
    """Ask before doing it: it can't be undone."""
    icon: str = "arrow-right"
    stamp: str = ""
    """The instant field that notes when the step was taken."""
    parked: str = "submitted"
    """The state that records wait in while an approval of this step runs."""
    already: str = "STATE"
    """The code of the refusal where a record is in the target state already (ALREADY_CONVERTED)."""
    offered: Callable[[Any], bool] | None = None
    """Says of a record in a source state whether its page shows the button; guards still decide what passes."""
    instead_of: str = ""
    """The plugin in whose place a person does this by hand: where it is installed, the step is not there."""


_workflows: dict[type[Entity], "Workflow[Any]"] = {}
_moving: ContextVar[bool] = ContextVar("moving", default=False)
_interceptors: list[Interceptor] = []
_watchers: list[Watcher] = []


class Workflow(Generic[E]):
    """The state machine of an entity: declared once in its `workflow.py`, run by every door alike."""

    def __init__(
        self, entity: type[E], *, states: Sequence[State], transitions: Sequence[Transition], field: str = "state"
    ) -> None:
        if entity in _workflows:
            raise UsageError("DECLARATION", f"{entity.__entity__} has a workflow already")
        self.entity = entity
        self.field = field
        self.states = {state.code: state for state in states}
        self.transitions = {transition.code: transition for transition in transitions}
        self.initial = next(iter(self.states))
        for transition in transitions:
            for code in (*transition.source, transition.target):
                if code not in self.states:
                    raise UsageError(
                        "DECLARATION", f"{entity.__entity__}: transition {transition.code} names the state {code!r}, "
                        "which the workflow doesn't have")
            name_action(entity.__entity__, transition.code, transition.label)
        entity.__fields__[field] = set_choices(
            entity.__fields__[field], [Choice(state.code, state.label, state.colour) for state in states])
        event.listen(getattr(entity, field), "set", self._refuse_setting, retval=False)
        _workflows[entity] = self

    def state_of(self, record: E) -> State:
        """Give a record's state; one the workflow doesn't know (an older version's) is shown by its code."""
        code = getattr(record, self.field) or self.initial
        return self.states.get(code, State(code, code))

    def available(self, record: E) -> list[Transition]:
        """List the transitions offered for a record: its state and the actor's grants allow them, in declared order."""
        granted = self.steps()
        return [transition for transition in self.leading_on(record) if transition in granted]

    def leading_on(self, record: E) -> list[Transition]:
        """List the transitions that lead on from a record's state, whoever may take them, in declared order."""
        code = getattr(record, self.field)
        return [
            transition for transition in self.transitions.values()
            if code in transition.source and not _done_by_plugin(transition)
            and (transition.offered is None or transition.offered(record))]

    def steps(self) -> list[Transition]:
        """List the transitions that the actor's grants and the installed plugins allow on some record or other."""
        granted = rights()
        return [
            transition for transition in self.transitions.values()
            if granted.may(transition.code, self.entity.__entity__) and not _done_by_plugin(transition)]

    def towards(self, record: E, state: str) -> Transition | None:
        """Find the transition that would bring a record to a state, for dragging it there on a board."""
        if getattr(record, self.field) == state:
            return None
        return next((each for each in self.available(record) if each.target == state), None)

    def run(self, action: str, records: Sequence[E], values: Mapping[str, object] | None = None) -> None:
        """Take records through a transition, all or none.

        `values` fills the transition's `needs`. Raises Forbidden without the grant, Refusal STATE from a wrong
        state, Invalid where needs are missing, and whatever the guards refuse with. Records that an approval
        definition applies to are parked until it has ended.
        """
        transition = self.transitions.get(action)
        if transition is None:
            raise UsageError("UNKNOWN_ACTION", _("{entity} has no action {action}",
                                                 entity=self.entity.__label__, action=action),
                             allowed=", ".join(self.transitions))
        if _done_by_plugin(transition):
            raise Refusal(
                "DONE_BY_PLUGIN", _("“{action}” is done by {plugin} here, not by hand", action=transition.label,
                                    plugin=transition.instead_of), allowed=transition.instead_of)
        if not records:
            return
        session().flush()
        self._hold(records)
        demand_rows(session(), action, self.entity, [record.id for record in records], current=True)
        self._demand_source(transition, records)
        with self._authorised(records):
            self._fill(transition, records, values or {})
            self._ask_guards(transition, records)
            passing: Sequence[Any] = records
            for intercept in _interceptors:
                passing = intercept(self, transition, passing)
            if passing:
                self._pass(transition, passing)
            session().flush()

    def finish_approved(self, action: str, records: Sequence[E]) -> None:
        """Take records through a transition that an approval has just allowed; guards are asked once more."""
        transition = self.transitions[action]
        with self._authorised(records):
            self._ask_guards(transition, records)
            self._pass(transition, records)
            session().flush()

    def put(self, records: Sequence[E], state: str) -> None:
        """Set the state without a transition: for parking, and for giving back what an approval turned down."""
        if state not in self.states:
            raise UsageError("STATE", f"{self.entity.__entity__} has no state {state!r} to park records in")
        with self._authorised(records):
            token = _moving.set(True)
            try:
                for record in records:
                    setattr(record, self.field, state)
                session().flush()
            finally:
                _moving.reset(token)

    def _pass(self, transition: Transition, records: Sequence[Any]) -> None:
        token = _moving.set(True)
        try:
            for record in records:
                setattr(record, self.field, transition.target)
                if transition.stamp:
                    setattr(record, transition.stamp, session().now)
        finally:
            _moving.reset(token)
        session().flush()
        for watch in _watchers:
            watch(self, transition, records)
        if transition.effect is not None:
            transition.effect(records)

    def _hold(self, records: Sequence[E]) -> None:
        """Keep others from taking a step with the same records until the transaction ends; see what they did before.

        Of many who confirm one order, the first confirms it and the others are told so. SQLite has one writer anyway.
        """
        current = session()
        work, connection = current.work, current.work.connection
        self._load_anew(records)
        known = {record.id: record for record in records if not work.holds(record.id)}
        table = self.entity.__table__
        for start in range(0, len(known), 5000):
            part = list(known)[start:start + 5000]
            rows = connection.execute(
                select(table.c.id, table.c.version).where(table.c.id.in_(part)).order_by(table.c.id)
                .with_for_update(key_share=True))
            for id_, version in rows:
                if version != known[id_].version:
                    current.refresh(known[id_])
            work.held.update(part)

    def _load_anew(self, records: Sequence[E]) -> None:
        """Load what has expired in one statement, where each record would send one of its own."""
        expired = [state.identity[0] for record in records if (state := inspect(record)).expired and state.identity]
        if len(expired) > 1:
            session().scalars(select(self.entity).where(self.entity.id.in_(expired))).all()

    def _demand_source(self, transition: Transition, records: Sequence[E]) -> None:
        wrong = [record for record in records if getattr(record, self.field) not in transition.source]
        if not wrong:
            return
        first = wrong[0]
        raise Refusal(
            transition.already if getattr(first, self.field) == transition.target else "STATE",
            _("{record} is “{state}”: “{action}” isn't possible from there", record=first.title,
              state=self.state_of(first).label, action=transition.label),
            record=first, actual=getattr(first, self.field), allowed=", ".join(transition.source))

    def _fill(self, transition: Transition, records: Sequence[E], values: Mapping[str, object]) -> None:
        missing = []
        for name in transition.needs:
            value = values.get(name)
            if value not in (None, ""):
                for record in records:
                    setattr(record, self.entity.__fields__[name].column, value)
            elif any(getattr(record, self.entity.__fields__[name].column) in (None, "") for record in records):
                label = self.entity.__fields__[name].label
                missing.append(Problem(name, _("“{action}” needs {label}", action=transition.label, label=label),
                                       "REQUIRED", records[0]))
        if missing:
            raise Invalid(missing)

    @staticmethod
    def _ask_guards(transition: Transition, records: Sequence[E]) -> None:
        refusals = [refusal for guard in transition.guards for refusal in guard(records)]
        if len(refusals) == 1:
            raise refusals[0]
        if refusals:
            raise Invalid(
                [Problem(refusal.field or "", refusal.message, refusal.code, refusal.record) for refusal in refusals],
                _("{count} of {all} can't take the step “{action}”: {first}",
                  count=len({id(refusal.record) for refusal in refusals}), all=len(records),
                  action=transition.label, first=refusals[0].message))

    @contextmanager
    def _authorised(self, records: Sequence[E]) -> Iterator[None]:
        """Let the transition's grant stand for the right to change these very records."""
        info = session().info
        before = info.get("authorised", frozenset())
        info["authorised"] = before | {(self.entity, record.id) for record in records}
        try:
            yield
        finally:
            info["authorised"] = before

    def _refuse_setting(self, record: E, value: object, old: object, initiator: object) -> None:
        fresh = old is NO_VALUE or inspect(record).transient
        if _moving.get() or value == old or (fresh and value == self.initial):
            return
        raise UsageError(
            "STATE", f"{self.entity.__entity__}.{self.field} changes through a transition only: use "
            f"workflow_of({self.entity.__name__}).run(...)")


def _done_by_plugin(transition: Transition) -> bool:
    return bool(transition.instead_of) and installed(transition.instead_of)


def workflow_of(entity: type[E]) -> Workflow[E] | None:
    """Give an entity's workflow, or None where it has none."""
    return _workflows.get(entity)


def workflows() -> Mapping[type[Entity], Workflow[Any]]:
    """Give all workflows of the loaded plugins."""
    return _workflows


def install_interceptor(intercept: Interceptor) -> None:
    """Let approvals take records out of a transition; what is returned passes at once."""
    _interceptors.append(intercept)


def watch_transitions(watch: Watcher) -> None:
    """Have a function called with the records that pass a transition of any entity, before its effect."""
    _watchers.append(watch)


@contextmanager
def importing_history() -> Iterator[None]:
    """Let an import set the states that documents had in the system they come from: the transition `imported`.

    No guard is asked and no effect runs; the documents must be marked historical.
    """
    token = _moving.set(True)
    try:
        yield
    finally:
        _moving.reset(token)
