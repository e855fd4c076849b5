"""What the API gives page by page, read as a whole."""

from collections.abc import Callable, Sequence
from typing import Any


def read_all(page: Callable[[int], Sequence[Any]], size: int) -> list[Any]:
    """Read page after page, and each object once, told by its id.

    The server counts off what it has told before. What is recorded between two pages moves the
    last objects of the one to the next, and they are told again. `page` reads the page that begins
    at an offset; it has `size` objects, the last one fewer.
    """
    found: dict[Any, Any] = {}
    offset = 0
    while True:
        told = page(offset)
        found |= {each.id: each for each in told}
        offset += len(told)
        if len(told) < size:
            return list(found.values())
