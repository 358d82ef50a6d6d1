"""The tables of the search index; on SQLite a full-text table beside them (`schema.py`)."""

from sqlalchemy import Index, String, literal_column, text
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Base
from kernel.entities.types import Id

__all__ = ["SearchDue", "SearchRow", "SearchState"]


class SearchRow(Base):
    """What can be searched for in those fields of a record that the same people see."""

    __tablename__ = "kernel_search"
    __table_args__ = (
        # PostgreSQL looks words up here. SQLite does so in its full-text table: there the index stays empty.
        Index("ix_kernel_search_grams", literal_column("CAST(grams AS tsvector)"), postgresql_using="gin",
              sqlite_where=text("grams IS NULL")),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    entity: Mapped[str] = mapped_column(String(120), nullable=False)
    record_id: Mapped[int] = mapped_column(Id, nullable=False, index=True)
    part: Mapped[str] = mapped_column(LongText, nullable=False)
    """The names of the fields it was made of: whoever may not see one of them finds nothing by it."""
    words: Mapped[str] = mapped_column(LongText, nullable=False)
    """The words as they are compared (`kernel.search.words`), those of the record's title first."""
    grams: Mapped[str] = mapped_column(LongText, nullable=False)
    """What the database looks up: the first letters of each word from each of its letters on."""


class SearchState(Base):
    """How an entity stands in the index: where that is not how it should, all of its records are due."""

    __tablename__ = "kernel_search_state"

    entity: Mapped[str] = mapped_column(String(120), primary_key=True)
    parts: Mapped[str] = mapped_column(LongText, nullable=False)


class SearchDue(Base):
    """Records, from an id to an id, that are yet to be put into the index: until then they are searched themselves."""

    __tablename__ = "kernel_search_due"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    entity: Mapped[str] = mapped_column(String(120), nullable=False)
    first: Mapped[int] = mapped_column(Id, nullable=False)
    last: Mapped[int] = mapped_column(Id, nullable=False)
