"""What the API gives page by page, read as a whole."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, TypeVar

_T = TypeVar("_T")


def read_all(
    page: Callable[[int], Sequence[_T]], size: int, key: Callable[[_T], Any] = attrgetter("id")
) -> list[_T]:
    """Read page after page, and each object once.

    The server counts off what it has told before. What is recorded between two pages moves the
    last objects of the one to the next, and they are told again.

    `page` reads the page that begins at an offset. It has `size` objects, the last one fewer.
    """
    found: dict[Any, _T] = {}
    offset = 0
    while True:
        told = page(offset)
        found |= {key(each): each for each in told}
        offset += len(told)
        if len(told) < size:
            return list(found.values())
