"""Faults that are planted in code on purpose, which tests notice them, and a picture of it."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import count

from course_lib.chapters.ch15.cell_tests import Test, Verdict, definition, redefined, verdicts_of
from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.errors import CourseError
from course_lib.exercises.inner_function import inner_function

_numbers = count()
_QUIET = style.GRID
_FASTEST = 1e-3  # seconds at which the scale of times begins


@dataclass(frozen=True)
class Fault:
    """A mistake that somebody might make in a function, a task or a flow."""

    name: str  # what it amounts to, in a few words
    of: object
    old: str  # a piece of its source
    new: str  # what stands there instead


@dataclass(frozen=True)
class Findings:
    """Which tests noticed which faults."""

    tests: tuple[str, ...]
    healthy: tuple[Verdict, ...]  # the tests' verdicts on the code as it is
    broken: Mapping[str, tuple[Verdict, ...]]  # their verdicts for each fault, by its name

    def noticed_by(self, fault: str) -> tuple[str, ...]:
        """Return the tests that turn red with this fault, and are green without it."""
        red = _red(self.broken[fault])
        return tuple(test for test in self.tests if test in red and not self.is_red(test))

    @property
    def unnoticed(self) -> tuple[str, ...]:
        """Faults that no test noticed."""
        return tuple(fault for fault in self.broken if not self.noticed_by(fault))

    def is_red(self, test: str) -> bool:
        """Return whether a test fails without any fault."""
        return test in _red(self.healthy)

    def seconds(self, test: str) -> float:
        """Return how long a test took on the code as it is."""
        return sum(each.seconds for each in self.healthy if each.function == test)


def try_faults(faults: Sequence[Fault], tests: Sequence[Test]) -> Findings:
    """Run the tests on the code as it is, then with each of the faults, one at a time."""
    plants = [partial(planted, fault, tests) for fault in faults]
    healthy, *broken = verdicts_of(tests, [nullcontext, *plants])
    by_fault = {fault.name: verdicts for fault, verdicts in zip(faults, broken, strict=True)}
    return Findings(tuple(test.__name__ for test in tests), healthy, by_fault)


def fault_picture(found: Findings) -> Picture:
    """Draw a row for each test and a column for each fault: red where the test turns red.

    Beside it stands how long each test took on the code as it is, on a scale of powers of ten.
    """
    from matplotlib.patches import Patch

    rows, columns = len(found.tests), len(found.broken)
    figure = style.figure(1.9 + 0.32 * rows)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[max(3, columns), 2.4])
    for column, fault in enumerate(found.broken):
        noticed = found.noticed_by(fault)
        for row, test in enumerate(found.tests):
            red = test in noticed
            colour = style.INK if found.is_red(test) else style.RED if red else _QUIET
            left.barh(row, 0.88, left=column - 0.44, height=0.8, color=colour)
            if red:  # a form for those who can't tell the colours apart
                left.text(
                    column, row, "x", ha="center", va="center", color=style.ON_DEEP, weight="bold"
                )
    left.set_xlim(-0.6, columns - 0.4)
    style.rows(left, [test.removeprefix("test_") for test in found.tests])
    left.xaxis.tick_top()
    left.set_xticks(range(columns), found.broken, rotation=30, ha="left", rotation_mode="anchor")
    for label in left.get_xticklabels():
        if label.get_text() in found.unnoticed:
            label.set_color(style.RED_INK)
            label.set_weight("bold")
    times = [max(_FASTEST, found.seconds(test)) for test in found.tests]
    right.barh(range(rows), times, height=0.6, color=style.BLUE)
    right.set_xscale("log")
    right.set_xlim(_FASTEST / 2, max([1.0, *times]) * 1.5)
    ticks = [tick for tick in (0.001, 0.1, 10.0) if tick <= right.get_xlim()[1]]
    right.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    right.set_xticks([], minor=True)
    right.set_xlabel("seconds")
    for axes in (left, right):
        axes.tick_params(axis="both", length=0)
        style.tidy(axes, grid="x" if axes is right else None, sides=[])
    handles = [Patch(color=style.RED, label="noticed"), Patch(color=_QUIET, label="stays green")]
    style.legend(figure, handles, place="lower left")
    parts = [f"{each}: {', '.join(found.noticed_by(each)) or 'no test'}" for each in found.broken]
    alt = f"Planted faults and the tests that notice them. {'; '.join(parts)}."
    return Picture.of(figure, alt)


@contextmanager
def planted(fault: Fault, users: Sequence[object] = ()) -> Iterator[None]:
    """Plant a fault: whoever uses the code by its name meets it, until the block ends.

    `users` are functions, such as tests, that may have imported the code from elsewhere.
    """
    found = definition(fault.of)
    if fault.old not in found.source:
        raise CourseError(
            f"The fault {fault.name!r} can't be planted: {found.name} has no {fault.old!r}."
        )
    source = found.source.replace(fault.old, fault.new)
    home = inner_function(fault.of).__globals__
    original = home[found.name]
    package = str(home.get("__name__")).partition(".")[0]
    others = [inner_function(user).__globals__ for user in users]
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == package:
            others.append(vars(module))
    imported = [
        (space, name)
        for space in others
        if space is not home
        for name, value in list(space.items())
        if value is original
    ]
    with redefined(source, home, f"<fault {next(_numbers)}>") as new:
        try:
            for space, name in imported:
                space[name] = new[found.name]
            yield
        finally:
            for space, name in imported:
                space[name] = original


def _red(verdicts: Sequence[Verdict]) -> set[str]:
    return {each.function for each in verdicts if each.outcome == "failed"}
