"""What earlier imports brought in: the record of each source key, and the checksums of its cells."""

import struct
from collections.abc import Sequence
from zlib import crc32

from sqlalchemy import Table, bindparam, delete, insert, select, update

from kernel.entities.base import Entity
from kernel.entities.columns import ColumnInsert, Same
from kernel.entities.work import UnitOfWork
from kernel.exchange.models import ImportKey, ImportStep

__all__ = ["Checksums", "Forgetful", "Memory"]


class Checksums:
    """A CRC-32 per field and row, started with the field's rule, so that a changed rule counts as a changed cell."""

    def __init__(self, fields: Sequence[str], specs: Sequence[str]) -> None:
        self.fields = list(fields)
        self._seeds = [crc32(spec.encode()) for spec in specs]
        self._pack = struct.Struct(f">{len(self.fields)}I").pack
        self._seen: list[dict[str, int]] = [{} for _field in self.fields]

    def of(self, columns: Sequence[Sequence[str]]) -> list[bytes]:
        """Give the digest of each row."""
        sums = []
        for seed, seen, column in zip(self._seeds, self._seen, columns, strict=True):
            if len(seen) > 200_000:
                seen.clear()
            seen.update((cell, crc32(cell.encode(), seed)) for cell in set(column).difference(seen))
            sums.append(map(seen.__getitem__, column))
        return list(map(self._pack, *sums))

    def changed(self, old: bytes, old_fields: Sequence[str], new: bytes) -> set[str]:
        """Name the fields whose cells differ; a field that wasn't imported before counts as different."""
        before = dict(zip(old_fields, (old[at:at + 4] for at in range(0, len(old), 4)), strict=False))
        return {field for at, field in enumerate(self.fields) if before.get(field) != new[at * 4:at * 4 + 4]}


class Memory:
    """The keys of one step, as earlier imports left them and as this one adds to them."""

    def __init__(self, work: UnitOfWork, source: str, step: str, cls: type[Entity]) -> None:
        self._work = work
        self._cls = cls
        self.records: dict[str, int] = {}
        """Source key to record id, of this import too."""
        self.refused: set[str] = set()
        """Keys of rows that this import could not take."""
        self.vanished: set[str] = set()
        """Keys whose records were deleted here since."""
        self.digests: dict[str, bytes] = {}
        self.fields: list[str] = []
        found = work.connection.execute(
            select(ImportStep.id, ImportStep.fields)
            .where(ImportStep.source == source, ImportStep.step == step)).one_or_none()
        if found is None:
            self.id = work.take_ids()[0]
            work.connection.execute(insert(ImportStep).values(
                id=self.id, source=source, step=step, entity=cls.__entity__, fields=[], imported_at=work.now))
        else:
            self.id = found.id
            self.fields = list(found.fields)
            self._load()

    def _load(self) -> None:
        table, keys = self._cls.__table__, ImportKey.__table__
        rows = self._work.connection.execute(
            select(keys.c.key, keys.c.record_id, keys.c.digest, table.c.id)
            .select_from(keys.outerjoin(table, table.c.id == keys.c.record_id)).where(keys.c.step_id == self.id))
        for key, record, digest, there in rows:
            if there is None:
                self.vanished.add(key)
            else:
                self.records[key] = record
            self.digests[key] = digest
        if self.vanished and not self.records:
            # All of them went, as when the plugin was uninstalled meanwhile: the source may come in again.
            self._work.connection.execute(delete(ImportKey).where(ImportKey.step_id == self.id))
            self.vanished.clear()
            self.digests.clear()

    def learn(self, keys: Sequence[str], ids: Sequence[int], digests: Sequence[bytes]) -> None:
        """Remember new rows."""
        if not keys:
            return
        self.records.update(zip(keys, ids, strict=True))
        table: Table = ImportKey.__table__  # type: ignore[assignment]  # a mapped class's Table
        ColumnInsert(self._work.connection, table).write(
            {"step_id": Same(self.id), "key": keys, "record_id": ids, "digest": digests}, len(keys))

    def relearn(self, keys: Sequence[str], digests: Sequence[bytes]) -> None:
        """Remember that known rows now say something else."""
        if keys:
            table = ImportKey.__table__
            self._work.connection.execute(
                update(ImportKey).where(table.c.step_id == self.id, table.c.key == bindparam("b_key"))
                .values(digest=bindparam("b_digest")).execution_options(synchronize_session=None),
                [{"b_key": key, "b_digest": digest} for key, digest in zip(keys, digests, strict=True)])

    def finish(self, checksums: Checksums) -> None:
        """Note the order of fields that the digests are in now."""
        self._work.connection.execute(
            update(ImportStep).where(ImportStep.id == self.id)
            .values(fields=checksums.fields, imported_at=self._work.now, entity=self._cls.__entity__))


class Forgetful(Memory):
    """The memory of an import that is done once: it knows this import's own rows and nothing of earlier ones."""

    def __init__(self) -> None:
        self.records = {}
        self.refused = set()
        self.vanished = set()
        self.digests = {}
        self.fields = []

    def learn(self, keys: Sequence[str], ids: Sequence[int], digests: Sequence[bytes]) -> None:
        """Keep which record a key became, for steps that refer to it."""
        self.records.update(zip(keys, ids, strict=True))

    def relearn(self, keys: Sequence[str], digests: Sequence[bytes]) -> None:
        """Keep nothing: no later import asks what a row said."""

    def finish(self, checksums: Checksums) -> None:
        """Keep nothing."""
