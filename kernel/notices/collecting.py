"""What is told of one unit of work together: collected while it runs, told before its commit.

A hundred documents submitted at once are a hundred asked for approval and one look at who wants to know.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from kernel.entities.work import UnitOfWork, session

__all__ = ["collect"]

T = TypeVar("T")

_collected: "WeakKeyDictionary[UnitOfWork, dict[Callable[[list[Any]], None], list[Any]]]" = WeakKeyDictionary()


def collect(tell: Callable[[list[T]], None], *items: T) -> None:
    """Have `tell` called before the commit with all that was collected for it.

    It looks again at what it was given: a savepoint may have taken some of it back.
    """
    work = session().work
    of_work = _collected.setdefault(work, {})
    if tell not in of_work:
        of_work[tell] = []
        work.before_commit.append(lambda: tell(_collected[work].pop(tell)))
    of_work[tell].extend(items)
