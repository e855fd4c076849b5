"""Waiting for something to become true."""

import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


def wait_until(
    condition: Callable[[], _T], seconds: float, pause: float = 0.1, longest: float = 0.0
) -> _T:
    """Ask until the answer is neither None nor False, and return the last answer.

    Parameters
    ----------
    condition
        What is asked, once at least.
    seconds
        After which the waiting ends, whatever the answer is.
    pause, longest
        Seconds between two questions, and to how many the pauses grow.
    """
    latest = time.monotonic() + seconds
    while (answer := condition()) is None or answer is False:
        if time.monotonic() > latest:
            break
        time.sleep(pause)
        pause = max(pause, min(1.5 * pause, longest))
    return answer
