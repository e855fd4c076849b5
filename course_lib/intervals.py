"""How many of several intervals go on at each moment."""

from collections.abc import Iterable
from datetime import datetime
from itertools import accumulate
from typing import TypeVar

Moment = TypeVar("Moment", float, datetime)


def counts(intervals: Iterable[tuple[Moment, Moment]]) -> dict[Moment, int]:
    """Return each moment at which some begin or end, and how many go on from then on."""
    # At the same moment an end (-1) sorts before a begin.
    changes = sorted(change for begin, end in intervals for change in ((begin, 1), (end, -1)))
    going_on = accumulate(change for _, change in changes)
    return {moment: count for (moment, _), count in zip(changes, going_on, strict=True)}


def most_at_once(intervals: Iterable[tuple[Moment, Moment]]) -> int:
    """Return how many have a moment in common; one that begins where another ends doesn't."""
    return max(counts(intervals).values(), default=0)
