"""Put into the search index what is due: right after the commit that left it, and where kinds of record changed."""

from kernel.entities.work import as_system
from kernel.jobs.declare import enqueue, every, job
from kernel.search.collecting import later
from kernel.search.filling import fill_some, notice_changed_kinds

__all__ = ["fill_search_index", "look_after_search_index"]


@job("kernel.fill_search_index")
def fill_search_index() -> None:
    """Index a part of what is due, and have the rest seen to after it."""
    if fill_some():
        _see_to_it()


@every(minutes=5, name="kernel.look_after_search_index")
def look_after_search_index() -> None:
    """Let entities be indexed anew whose searchable fields, or the roles that see them, have changed."""
    if not notice_changed_kinds() and fill_some():
        _see_to_it()


def _see_to_it() -> None:
    with as_system("index what is due to be found"):
        enqueue(fill_search_index)


later.append(_see_to_it)
