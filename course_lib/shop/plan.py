"""The plan by which the practice shop misbehaves: seeded, so that each run of a lesson is alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http import HTTPStatus
from random import Random
from typing import Literal, TypeAlias

from course_lib.shop.data import REPORTS, SHOPS

PATHS = ("shops", *(f"{report}/{shop}" for report in REPORTS for shop in SHOPS))
"""All paths that a plan can spoil; ``health`` tells the truth whatever the plan."""

_STATUSES = {200, *(int(status) for status in HTTPStatus if status >= 400)}
_AN_HOUR = 3600.0


@dataclass(frozen=True)
class Slow:
    """The normal answer, but `seconds` (from 0 to 3600) later than the plan's latency."""

    seconds: float

    def __post_init__(self) -> None:
        _check_number("Slow(seconds)", self.seconds, _AN_HOUR)


Outcome: TypeAlias = int | Literal["broken", "cut", "dirty", "empty"] | Slow
"""What becomes of a request.

``200``: the normal answer. An HTTP error status, such as 404, 429 (with a ``Retry-After``
header), 500 or 503. ``"broken"``: status 200, but the JSON ends in the middle. ``"dirty"``:
status 200, but two records lack their quantity and two have a negative one. ``"empty"``: status
200, but no records. ``"cut"``: no answer, the connection ends. ``Slow(seconds)``: the normal
answer, late.
"""


@dataclass(frozen=True)
class Plan:
    """How the shop behaves, by default well.

    What is not as described is a ValueError, and so is a pattern that never decides anything.
    """

    latency: float = 0.02  # seconds that every answer takes, from 0 to 3600
    # Path pattern, such as ``"orders/north"`` or ``"orders/*"``, to the `Outcome` of the first,
    # second, … request to each path that matches, whatever the day that is asked for; then all is
    # normal. When several patterns match a path, the first of them decides.
    faults: Mapping[str, Sequence[Outcome]] = field(default_factory=dict)
    # Share, from 0 to 1, of the other requests that answer 503. Which ones depends on seed, path
    # and the request's number on that path, not on the order in which threads arrive.
    failure_rate: float = 0.0
    seed: int = 0
    retry_after: int = 1  # whole seconds, from 0 to 3600, that the header of a 429 asks for
    # How many requests it takes in any one second, from 1 to 1000, ``health`` not counted; each
    # further one gets a 429 at once. By default it takes all.
    per_second: int | None = None

    def __post_init__(self) -> None:
        _check_number("latency", self.latency, _AN_HOUR)
        _check_number("failure_rate", self.failure_rate, 1.0)
        _check_number("retry_after", self.retry_after, _AN_HOUR)
        if not isinstance(self.retry_after, int):
            raise ValueError(f"retry_after must be whole seconds, not {self.retry_after!r}.")
        rate = self.per_second
        if rate is not None and not (type(rate) is int and 1 <= rate <= 1000):
            raise ValueError(f"per_second must be a whole number from 1 to 1000, not {rate!r}.")
        _check_faults(self.faults)
        # Copied: a list that the caller changes later must not change a frozen plan.
        copy = {pattern: tuple(outcomes) for pattern, outcomes in self.faults.items()}
        object.__setattr__(self, "faults", copy)

    def outcome(self, path: str, number: int) -> Outcome:
        """Return what becomes of request `number` (from 1) to `path`, such as ``orders/north``."""
        if path not in PATHS:
            return 200
        for pattern, outcomes in self.faults.items():
            if fnmatchcase(path, pattern):
                if number <= len(outcomes):
                    return outcomes[number - 1]
                break
        draw = Random(f"{self.seed}:{path}:{number}").random()
        return 503 if draw < self.failure_rate else 200


def _check_number(name: str, value: object, highest: float) -> None:
    if isinstance(value, int | float) and 0 <= value <= highest:  # False for NaN, too
        return
    raise ValueError(f"{name} must be a number from 0 to {highest:g}, not {value!r}.")


def _check_faults(faults: object) -> None:
    if not isinstance(faults, Mapping):
        raise ValueError(
            "faults must map path patterns to lists of outcomes, such as "
            f"{{'orders/*': [503, 200]}}, not {faults!r}."
        )
    undecided = set(PATHS)
    for pattern, outcomes in faults.items():
        _check_outcomes(pattern, outcomes)
        matches = {path for path in PATHS if fnmatchcase(path, pattern)}
        if not matches:
            raise ValueError(
                f"The pattern {pattern!r} matches no path of the shop; write it like "
                "'orders/north', 'stock/*', '*/west' or 'shops', without a slash in front."
            )
        if not matches & undecided:
            raise ValueError(
                f"The pattern {pattern!r} never decides anything, because patterns before it "
                "match all of its paths; put it before them."
            )
        if "dirty" in outcomes and matches == {"shops"}:
            raise ValueError(
                f"The pattern {pattern!r} matches no report, and only reports can be 'dirty'; "
                "use a pattern such as 'orders/*'."
            )
        undecided -= matches


def _check_outcomes(pattern: str, outcomes: object) -> None:
    if isinstance(outcomes, str) or not isinstance(outcomes, Sequence):
        raise ValueError(
            f"faults[{pattern!r}] must be a list of outcomes, such as [503, 200], not {outcomes!r}."
        )
    for outcome in outcomes:
        if isinstance(outcome, Slow) or outcome in ("broken", "cut", "dirty", "empty"):
            continue
        if isinstance(outcome, int) and outcome in _STATUSES:
            continue
        raise ValueError(
            f"faults[{pattern!r}] has the unknown outcome {outcome!r}; use 200, an HTTP error "
            "status such as 404, 429 or 503, 'broken', 'cut', 'dirty', 'empty' or Slow(seconds)."
        )
