"""Waiting for something to become true."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

_T = TypeVar("_T")


def attempts(seconds: float, pause: float = 0.1, longest: float = 0.0) -> Iterator[None]:
    """Yield for each attempt that may be made within some seconds, at least one.

    Between two attempts are `pause` seconds, which grow to `longest`.
    """
    latest = time.monotonic() + seconds
    yield
    while time.monotonic() <= latest:
        time.sleep(pause)
        pause = max(pause, min(1.5 * pause, longest))
        yield


def wait_until(
    condition: Callable[[], _T], seconds: float, pause: float = 0.1, longest: float = 0.0
) -> _T:
    """Ask until the answer is neither None nor False, or time is over; return the last answer.

    See `attempts` for the numbers.
    """
    for _ in attempts(seconds, pause, longest):
        answer = condition()
        if answer is not None and answer is not False:
            break
    return answer
