"""What the API gives page by page, read as a whole."""

from collections.abc import Callable, Sequence
from typing import Any

PAGE = 200  # the most runs, log lines or artifacts that the API gives at a time


def read_all(read: Callable[..., Sequence[Any]], size: int = PAGE) -> list[Any]:
    """Read page after page with `read`, which takes `limit` and `offset`, and each object once.

    The server counts off what it has told before. What is recorded between two pages moves the
    last objects of the one to the next, and they are told again.
    """
    found: dict[Any, Any] = {}
    offset = 0
    while True:
        told = read(limit=size, offset=offset)
        found |= {each.id: each for each in told}
        offset += len(told)
        if len(told) < size:
            return list(found.values())
