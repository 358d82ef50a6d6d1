"""Take one step's rows in: sort them into new, changed and known, convert, refuse, write and remember."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from kernel.entities.base import Document, Entity
from kernel.entities.work import session
from kernel.exchange.importing.files import CHUNK
from kernel.exchange.importing.frames import Frame, Layout, joined
from kernel.exchange.importing.mapping import Step
from kernel.exchange.importing.memory import Checksums, Memory
from kernel.exchange.importing.report import ImportReport, RowProblem, StepReport
from kernel.exchange.importing.targets import Target, goes_in_bulk
from kernel.exchange.importing.uniqueness import Existing, Taken, unique_groups
from kernel.exchange.importing.writing import Batch, Change, Writer
from kernel.i18n import Text, _

__all__ = ["StepRun"]

GONE_SHOWN = 100
KEY = "= key"
LONGEST_KEY = 400


class StepRun:
    """One step at work."""

    def __init__(
        self, step: Step, cls: type[Entity], targets: Sequence[Target], layout: Layout,
        memories: Mapping[str, Memory], report: ImportReport,
    ) -> None:
        self._step = step
        self._cls = cls
        self._targets = list(targets)
        self._layout = layout
        self._memory = memories[step.name]
        self._report = report
        self.counts = StepReport(step.name, step.entity, step.file)
        self._lines: dict[str, int] = {}
        self.created: list[int] = []
        """Ids of the records that came in new."""
        self._adopted: dict[int, int] = {}
        """The line that each record taken over was given by, where lines are rows of their own."""
        self._checksums = Checksums(
            [target.name for target in targets], [target.rule.spec for target in targets])
        self._same_fields = self._memory.fields == self._checksums.fields
        constants = self._constants()
        company = constants.get("company_id", session().actor.company_id if cls.__company__ == "required" else None)
        mine = {target.column for target in targets if target.owner is cls}
        groups = [group for group in unique_groups(cls) if mine.issuperset(group)]
        self._taken = [Taken(cls, group, company) for group in groups]
        self._existing = self._match(company)
        self._writer = Writer(
            cls, self._targets, constants=constants, in_bulk=goes_in_bulk(cls, step),
            note={"import": report.source, "step": step.name})
        looked_at = {name for group in groups for name in group}
        if self._existing is not None:
            looked_at |= set(self._existing.columns)
        for target in self._targets:
            target.prepare(step, memories)
        self._writer.encode_where_possible(looked_at)
        self._points_back = any(target.points_back(step) for target in targets)

    @property
    def journal(self) -> Mapping[int, Mapping[str, list[Any]]]:
        """Tell what was changed: `{id: {field: [old, new]}}`."""
        return self._writer.journal

    def take_all(self, progress: Any = None, size: int = CHUNK) -> None:
        """Take every row of the file, `size` of them at a time."""
        started = time.perf_counter()
        told = len(self._report.problems)
        for frame in self._layout.frames(whole=self._points_back, size=size):
            self._take(frame)
            if progress is not None:
                progress(self.counts)
        for problem in self._layout.unused():
            self.counts.unused += 1
            self._report.note(problem)
        self._report.sort_since(told)
        gone = self._memory.digests.keys() - self._lines.keys() - self._memory.vanished
        self.counts.gone = len(gone)
        self.counts.gone_keys = sorted(gone)[:GONE_SHOWN]
        self._memory.finish(self._checksums)
        self.counts.seconds = time.perf_counter() - started

    def _constants(self) -> dict[str, object]:
        constants: dict[str, object] = {}
        if self._step.company == "own":
            constants["company_id"] = session().actor.company_id
        if self._step.history and issubclass(self._cls, Document):
            constants["historical"] = True
        return constants

    def _match(self, company: object) -> Existing | None:
        if not self._step.match:
            return None
        columns = [target.column for name in self._step.match for target in self._targets if target.name == name]
        return Existing(self._cls, columns, company)

    def _take(self, frame: Frame) -> None:
        counts = self.counts
        counts.read += frame.read
        taken = frame.refused + frame.count
        counts.left_out += frame.read - taken
        if self._step.key:
            frame.columns[KEY] = joined([frame.columns[name] for name in self._step.key])
            self._without_bad_keys(frame)
        else:
            frame.columns[KEY] = list(map(str, frame.lines))
        for target in self._targets:
            frame.columns[f"= {target.name}"] = frame.cells(target.rule.cells, target.name)
        frame.refuse_failed()
        for problem in frame.problems:
            self._report.note(problem)
        counts.refused += frame.refused
        keys = frame.columns[KEY]
        digests = self._checksums.of([frame.columns[f"= {target.name}"] for target in self._targets])
        new, known = self._sorted(keys, digests)
        if self._points_back:
            self._create_in_waves(frame, new, digests)
        else:
            self._create(frame, new, digests)
        self._change(frame, known, digests)

    def _without_bad_keys(self, frame: Frame) -> None:
        keys = frame.columns[KEY]
        column = self._step.key[0]
        if "" in set(keys):
            frame.refuse([at for at, key in enumerate(keys) if not key], column, "REQUIRED",
                         _("the key is empty"))
        if max(map(len, keys), default=0) > LONGEST_KEY:
            frame.refuse([at for at, key in enumerate(frame.columns[KEY]) if len(key) > LONGEST_KEY], column,
                         "TOO_LONG", _("the key has more than {n} characters", n=LONGEST_KEY))
        keys = frame.columns[KEY]
        if len(set(keys)) == len(keys) and self._lines.keys().isdisjoint(keys):
            self._lines.update(zip(keys, frame.lines, strict=True))
            return
        late: list[int] = []
        first_lines: dict[int, int] = {}
        for at, key in enumerate(keys):
            line = self._lines.setdefault(key, frame.lines[at])
            if line != frame.lines[at]:
                late.append(at)
                first_lines[at] = line
        if self._step.repeats == "first":
            self.counts.left_out += len(late)
            frame.keep([at not in first_lines for at in range(frame.count)])
            return
        for at in late:
            self._report.note(RowProblem(
                self._step.name, self._step.file, frame.lines[at], ", ".join(self._step.key), keys[at],
                _("repeats the key of line {line}", line=first_lines[at]), "DUPLICATE_KEY"))
        frame.refused += len(late)
        frame.keep([at not in first_lines for at in range(frame.count)])

    def _sorted(
        self, keys: Sequence[str], digests: Sequence[bytes]
    ) -> tuple[list[int], list[tuple[int, int, set[str]]]]:
        """Give the positions of new rows, and of changed ones with their record and changed fields."""
        before = self._memory.digests
        if not before:
            return list(range(len(keys))), []
        new: list[int] = []
        changed: list[tuple[int, int, set[str]]] = []
        for at, (key, digest) in enumerate(zip(keys, digests, strict=True)):
            old = before.get(key)
            if old is None:
                new.append(at)
            elif key in self._memory.vanished or (self._same_fields and old == digest):
                self.counts.unchanged += 1
            else:
                changed.append((at, self._memory.records[key],
                                self._checksums.changed(old, self._memory.fields, digest)))
        return new, changed

    def _create_in_waves(self, frame: Frame, new: list[int], digests: Sequence[bytes]) -> None:
        """Create records that refer to each other: first those that refer to none of the others."""
        keys = frame.columns[KEY]
        back = [target for target in self._targets if target.points_back(self._step)]
        while new:
            waiting = {keys[at] for at in new}
            ready = [at for at in new if not any(
                frame.columns[f"= {target.name}"][at].strip() in waiting for target in back)]
            if not ready:
                ready = new  # they refer to each other in a circle, which no order of creation resolves
            self._create(frame, ready, digests)
            left = set(new).difference(ready)
            new = [at for at in new if at in left]

    def _create(self, frame: Frame, positions: Sequence[int], digests: Sequence[bytes]) -> None:
        if not positions:
            return
        refused: set[int] = set()
        columns: dict[Target, list[Any]] = {}
        for target in self._targets:
            cells = _picked(frame.columns[f"= {target.name}"], positions)
            columns[target] = target.convert(cells, fresh=target.points_back(self._step))
            for at, error in target.wrong(cells):
                self._refuse(frame, positions[at], target, error.code, str(error), refused)
        if self._existing is not None:
            positions = self._adopt(frame, positions, columns, refused, digests)
        rows = [at for at, position in enumerate(positions) if position not in refused]
        for taken in self._taken:
            values = [columns[target] for name in taken.columns for target in self._targets
                      if target.column == name and target.owner is self._cls]
            late = taken.collisions((at, tuple(value[at] for value in values), None) for at in rows)
            for at in late:
                self._refuse_taken(frame, positions[at], taken, refused)
            rows = [at for at in rows if positions[at] not in refused]
        if len(rows) < len(positions) or any(len(column) != len(positions) for column in columns.values()):
            columns = {target: _picked(column, rows) for target, column in columns.items()}
            positions = _picked(positions, rows)
        done = self._writer.create(
            Batch(len(positions), columns),
            lambda at, name, code, message: self._refuse_by_rule(frame, positions[at], name, code, message))
        self._learn(frame, positions, done, digests)

    def _learn(
        self, frame: Frame, positions: Sequence[int], done: Sequence[tuple[int, int]], digests: Sequence[bytes]
    ) -> None:
        keys = frame.columns[KEY]
        at = [positions[position] for position, _id in done]
        self._memory.learn(_picked(keys, at), [id_ for _position, id_ in done], _picked(digests, at))
        self.created.extend(id_ for _position, id_ in done)
        self.counts.created += len(done)

    def _adopt(
        self, frame: Frame, positions: Sequence[int], columns: dict[Target, list[Any]], refused: set[int],
        digests: Sequence[bytes],
    ) -> Sequence[int]:
        """Take over records that exist already by the fields of `match`; give the positions that are new."""
        assert self._existing is not None  # noqa: S101  # for the type checker: only called with `match`
        values = [columns[target] for name in self._existing.columns for target in self._targets
                  if target.column == name and target.owner is self._cls]
        changes: list[Change] = []
        new: list[int] = []
        for at, position in enumerate(positions):
            key = tuple(value[at] for value in values)
            found = self._existing.lookup(key)
            if position in refused:
                new.append(at)
            elif self._existing.has_several(key):
                self._refuse_match(frame, position, "SEVERAL", _("fits several records"), refused)
            elif not found and self._step.only_existing:
                self._refuse_match(frame, position, "NOT_FOUND", _("fits no record"), refused)
            elif not found:
                new.append(at)
            elif not self._step.key and self._adopted.setdefault(found, frame.lines[position]) != frame.lines[position]:
                self._refuse_match(frame, position, "DUPLICATE_KEY", _(
                    "repeats the key of line {line}", line=self._adopted[found]), refused)
            else:
                changes.append(Change(position, found))
        if not changes and len(new) == len(positions):
            return positions
        keys = frame.columns[KEY]
        at_keys = [keys[each.position] for each in changes]
        self._memory.learn(at_keys, [each.id for each in changes], _picked(digests, [
            each.position for each in changes]))
        if self._step.existing == "keep":
            self.counts.unchanged += len(changes)
        else:
            every = {target.name for target in self._targets}
            self._change(frame, [(each.position, each.id, every) for each in changes], digests)
        for target, column in columns.items():
            columns[target] = _picked(column, new)
        return _picked(positions, new)

    def _change(
        self, frame: Frame, known: Sequence[tuple[int, int, set[str]]], digests: Sequence[bytes]
    ) -> None:
        if not known:
            return
        changes = {position: Change(position, id_) for position, id_, _names in known}
        refused: set[int] = set()
        for target in self._targets:
            positions = [position for position, _id, names in known if target.name in names]
            encode, target.encode = target.encode, None
            cells = _picked(frame.columns[f"= {target.name}"], positions)
            values = target.convert(cells, fresh=True)
            for at, error in target.wrong(cells):
                self._refuse(frame, positions[at], target, error.code, str(error), refused)
            for position, value in zip(positions, values, strict=True):
                changes[position].values[target] = value
            target.encode = encode
            target.convert((), fresh=True)
        for taken in self._taken:
            self._refuse_late_changes(frame, taken, changes, refused)

        def refuse(position: int, name: str, code: str, message: Text) -> None:
            refused.add(position)
            self._refuse_by_rule(frame, position, name, code, message)

        wanted = [each for position, each in changes.items() if position not in refused]
        changed = self._writer.change(wanted, refuse)
        keys = frame.columns[KEY]
        settled = [position for position in changes if position not in refused]
        self._memory.relearn(_picked(keys, settled), _picked(digests, settled))
        self.counts.changed += len(changed)
        self.counts.unchanged += len(settled) - len(changed)

    def _refuse_late_changes(
        self, frame: Frame, taken: Taken, changes: Mapping[int, Change], refused: set[int]
    ) -> None:
        targets = [target for name in taken.columns for target in self._targets
                   if target.column == name and target.owner is self._cls]
        rows = [
            (position, tuple(each.values[target] for target in targets), each.id)
            for position, each in changes.items()
            if position not in refused and all(target in each.values for target in targets)]
        for position in taken.collisions(rows):
            self._refuse_taken(frame, position, taken, refused)

    def _refuse(
        self, frame: Frame, position: int, target: Target, code: str, message: Text, refused: set[int]
    ) -> None:
        cell = frame.columns[f"= {target.name}"][position]
        self._note(frame, position, target.shown, cell, target.name, code, message)
        if position not in refused:
            refused.add(position)
            self._count_refused(frame, position)

    def _refuse_match(self, frame: Frame, position: int, code: str, message: Text, refused: set[int]) -> None:
        target = next(target for target in self._targets if target.name == self._step.match[0])
        self._refuse(frame, position, target, code, message, refused)

    def _refuse_taken(self, frame: Frame, position: int, taken: Taken, refused: set[int]) -> None:
        targets = [target for target in self._targets if target.column in taken.columns]
        cells = ", ".join(frame.columns[f"= {target.name}"][position] for target in targets)
        self._note(frame, position, ", ".join(filter(None, (target.shown for target in targets))), cells,
                   ", ".join(target.name for target in targets), "DUPLICATE",
                   _("another {entity} has this already", entity=self._cls.__label__))
        refused.add(position)
        self._count_refused(frame, position)

    def _refuse_by_rule(self, frame: Frame, position: int, name: str, code: str, message: Text) -> None:
        target = next((each for each in self._targets if name in (each.name, each.column)), None)
        cell = frame.columns[f"= {target.name}"][position] if target else ""
        self._note(frame, position, target.shown if target else "", cell, name, code, message)
        self._count_refused(frame, position)

    def _note(
        self, frame: Frame, position: int, column: str, cell: str, name: str, code: str, message: Text
    ) -> None:
        self._report.note(RowProblem(
            self._step.name, self._step.file, frame.lines[position], column, cell, message, code, name))

    def _count_refused(self, frame: Frame, position: int) -> None:
        self.counts.refused += 1
        self._memory.refused.add(frame.columns[KEY][position])


def _picked(column: Sequence[Any], positions: Sequence[int]) -> list[Any]:
    return list(map(column.__getitem__, positions))

