"""Runs tests that stand in cells: by pytest itself, in this process, in milliseconds."""

import inspect
import linecache
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

from course_lib.errors import CourseError
from course_lib.exercises.inner_function import inner_function
from course_lib.table import Table, table_with_notes

Test = Callable[..., object]
Version = Callable[[], AbstractContextManager[object]]
"""Puts a version of the code under test into place, for the time of one test."""

_one_at_a_time = threading.Lock()  # pytest captures what the whole process prints


@dataclass(frozen=True)
class Verdict:
    """What became of one test."""

    test: str  # its name, with the parameters in brackets if it has some
    outcome: str  # passed, failed or skipped
    why: str
    seconds: float

    @property
    def function(self) -> str:
        """The name without the parameters."""
        return self.test.partition("[")[0]


def run_tests(*tests: Test) -> Table:
    """Run test functions, and tell how each ended and why.

    They are run by pytest, with its fixtures and parameters, and with fixtures that stand in
    cells, in a thread without an event loop, so that Prefect behaves as in a script. What isn't a
    test, or what pytest can't run, raises a `CourseError`.
    """
    (verdicts,) = verdicts_of(tests, [nullcontext])
    rows = [(each.test, each.outcome, each.why) for each in verdicts]
    return table_with_notes(("test", "outcome", "why"), rows)


def verdicts_of(
    tests: Sequence[Test], versions: Sequence[Version], *, all_of_them: bool = True
) -> list[tuple[Verdict, ...]]:
    """Run all tests with each version of the code under test, in one session of pytest.

    Unless `all_of_them`, only the first version is given to all tests, and each of the others to
    one after the other until one turns red. Raises the errors of `run_tests`.
    """
    # Late: a kernel that only starts needn't wait for pytest.
    from course_lib.chapters.ch15.pytest_session import run_session

    for test in tests:
        name = getattr(test, "__name__", None)
        if not callable(test) or not str(name).startswith("test"):
            raise CourseError(
                f"{name or repr(test)[:60]} is no test: give functions whose names begin with test_."
            )
    with _one_at_a_time, ThreadPoolExecutor(1) as pool:
        return pool.submit(run_session, tests, versions, all_of_them).result()


@contextmanager
def redefined(source: str, namespace: dict[str, Any], file: str) -> Iterator[Mapping[str, Any]]:
    """Execute definitions in a namespace, and put back afterwards what was there before."""
    before = dict(namespace)
    # Prefect reads the source of tasks.
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), namespace)
    new = {name: value for name, value in namespace.items() if before.get(name) is not value}
    try:
        yield new
    finally:
        linecache.cache.pop(file, None)
        for name in new:
            if name in before:
                namespace[name] = before[name]
            else:
                namespace.pop(name, None)


@dataclass(frozen=True)
class Definition:
    """A function as it was written: with its decorators, its file and its first line."""

    name: str
    source: str
    file: str
    line: int


def definition(what: object) -> Definition:
    """Find how a function, a task, a flow or a test was written."""
    function = inner_function(what)
    name = function.__name__
    with suppress(OSError):
        lines, first = inspect.getsourcelines(function.__code__)
        source = "".join(lines)
        if re.search(rf"^\s*(async )?def {name}\b", source, re.MULTILINE):  # the file is as it was
            return Definition(name, source, function.__code__.co_filename, first)
    raise CourseError(f"The source of {name} can't be found: run its cell again.")
