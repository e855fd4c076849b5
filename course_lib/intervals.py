"""How many of several intervals go on at each moment."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from itertools import accumulate
from typing import TypeVar

Moment = TypeVar("Moment", float, datetime)


def counts(intervals: Iterable[tuple[Moment, Moment]]) -> dict[Moment, int]:
    """Return each moment at which some begin or end, and how many go on from then on."""
    changes: Counter[Moment] = Counter()
    for begin, end in intervals:
        changes[begin] += 1
        changes[end] -= 1
    moments = sorted(changes)
    return dict(zip(moments, accumulate(changes[moment] for moment in moments), strict=True))


def most_at_once(intervals: Iterable[tuple[Moment, Moment]]) -> int:
    """Return how many have a moment in common; one that begins where another ends doesn't."""
    return max(counts(intervals).values(), default=0)
