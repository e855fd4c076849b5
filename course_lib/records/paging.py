"""What the API gives page by page, read as a whole."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, TypeVar

_T = TypeVar("_T")
_id = attrgetter("id")


def read_all(page: Callable[[int], Sequence[_T]], size: int) -> list[_T]:
    """Read page after page, and each object once, told by its id.

    The server counts off what it has told before. What is recorded between two pages moves the
    last objects of the one to the next, and they are told again.

    Parameters
    ----------
    page
        Reads the page that begins at an offset.
    size
        The number of objects on a page; the last one has fewer.
    """
    found: dict[Any, _T] = {}
    offset = 0
    while True:
        told = page(offset)
        found |= {_id(each): each for each in told}
        offset += len(told)
        if len(told) < size:
            return list(found.values())
