"""Runs tests that stand in cells: by pytest itself, in this process, in milliseconds."""

import ast
import linecache
import os
import re
import tempfile
import threading
import types
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_lib.errors import CourseError
from course_lib.exercises.inner_function import inner_function
from course_lib.table import Table

if TYPE_CHECKING:
    import pytest

Test = Callable[..., object]
Version = Callable[[], AbstractContextManager[object]]
"""Puts a version of the code under test into place, for the time of one test."""


@dataclass(frozen=True)
class Verdict:
    """What became of one test."""

    test: str
    """Its name, with the parameters in brackets if it has some."""
    outcome: str
    """``passed``, ``failed`` or ``skipped``."""
    why: str
    seconds: float


def run_tests(*tests: Test) -> Table:
    """Run test functions, and tell how each ended and why.

    They are run by pytest, with its fixtures and parameters, and with fixtures that stand in
    cells, in a thread without an event loop, so that Prefect behaves as in a script.

    Raises
    ------
    CourseError
        If something that was given isn't a test, or pytest can't run it.
    """
    (verdicts,) = verdicts_of(tests, [nullcontext])
    rows = [(each.test, each.outcome, each.why) for each in verdicts]
    if any(why for *_, why in rows):
        return Table(("test", "outcome", "why"), tuple(rows))
    return Table(("test", "outcome"), tuple(row[:-1] for row in rows))


def verdicts_of(
    tests: Sequence[Test], versions: Sequence[Version], *, all_of_them: bool = True
) -> list[tuple[Verdict, ...]]:
    """Run all tests with each version of the code under test, in one session of pytest.

    Parameters
    ----------
    all_of_them
        Otherwise only the first version is given to all tests, and each of the others to one
        after the other until one turns red.

    Raises
    ------
    CourseError
        If something that was given isn't a test, or pytest can't run it.
    """
    for test in tests:
        name = getattr(test, "__name__", None)
        if not callable(test) or not str(name).startswith("test"):
            raise CourseError(
                f"{name or repr(test)[:60]} is no test: give functions whose names begin with test_."
            )
    with _one_at_a_time, ThreadPoolExecutor(1) as pool:
        return pool.submit(_session, tests, versions, all_of_them).result()


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
    """Find how a function, a task, a flow or a test was written.

    Raises
    ------
    CourseError
        If its source can't be found.
    """
    function = inner_function(what)
    file = function.__code__.co_filename
    linecache.checkcache(file)
    lines = linecache.getlines(file)
    for node in ast.walk(ast.parse("".join(lines))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            if node.name == function.__name__ and first == function.__code__.co_firstlineno:
                text = "".join(lines[first - 1 : node.end_lineno])
                return Definition(node.name, text, file, first)
    raise CourseError(f"The source of {function.__name__} can't be found: run its cell again.")


_one_at_a_time = threading.Lock()  # pytest captures what the whole process prints
_OPTIONS = ["--noconftest", "--disable-plugin-autoload", "--capture=sys", "--import-mode=importlib"]
_WITHOUT = ("terminal", "cacheprovider", "faulthandler", "warnings", "threadexception")


def _session(
    tests: Sequence[Test], versions: Sequence[Version], all_of_them: bool
) -> list[tuple[Verdict, ...]]:
    import pytest

    # Here, since a kernel that only starts needn't wait for pytest.
    pytest.hookimpl(wrapper=True)(_Session.pytest_runtest_protocol)
    pytest.hookimpl(tryfirst=True)(_Session.pytest_runtest_setup)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        (folder / "pytest.ini").write_text("[pytest]\n")
        files = [folder / f"version_{number}.py" for number in range(len(versions))]
        for file in files:
            file.write_text("")
        session = _Session(tests, dict(zip(map(str, files), versions, strict=True)), all_of_them)
        options = [*_OPTIONS, f"--rootdir={folder}", f"--config-file={folder / 'pytest.ini'}"]
        options += [word for plugin in _WITHOUT for word in ("-p", f"no:{plugin}")]
        added = os.environ.pop("PYTEST_ADDOPTS", None)
        try:
            pytest.main([*map(str, files), *options], plugins=[session])
        finally:
            if added is not None:
                os.environ["PYTEST_ADDOPTS"] = added
    if session.errors:
        raise CourseError(f"pytest can't run these tests: {session.errors[0]}")
    return [tuple(session.found[str(file)]) for file in files]


class _Session:
    """A plugin that gives pytest the tests as modules, one for each version, and notes verdicts."""

    def __init__(
        self, tests: Sequence[Test], versions: Mapping[str, Version], all_of_them: bool
    ) -> None:
        self.tests, self.versions = tests, versions
        self.enough = [] if all_of_them else list(versions)[1:]
        self.found: dict[str, list[Verdict]] = {file: [] for file in versions}
        self.errors: list[str] = []
        self.setup = 0.0

    def pytest_pycollect_makemodule(
        self, module_path: Path, parent: "pytest.Collector"
    ) -> "pytest.Module":
        import pytest

        tests = self.tests

        class Cells(pytest.Module):
            def _getobj(self) -> types.ModuleType:
                module = types.ModuleType("cells")
                module.__dict__.update(_with_fixtures(tests))
                return module

        return Cells.from_parent(parent, path=module_path)

    def pytest_collectreport(self, report: "pytest.CollectReport") -> None:
        if report.failed:
            self.errors.append(_last_line(str(report.longrepr)))

    def pytest_runtest_protocol(self, item: "pytest.Item") -> "Generator[None, object, object]":
        with self.versions[str(item.path)]():
            return (yield)

    def pytest_runtest_setup(self, item: "pytest.Item") -> None:
        import pytest

        file = str(item.path)
        if file in self.enough and any(each.outcome == "failed" for each in self.found[file]):
            pytest.skip("another test has turned red")

    def pytest_runtest_logreport(self, report: "pytest.TestReport") -> None:
        if report.when == "setup":
            self.setup = report.duration  # its fixtures', where it is the first to ask for them
        if report.when == "call" or report.outcome != "passed":
            file, _, name = report.nodeid.partition("::")
            file = next(each for each in self.found if Path(each).name == Path(file).name)
            seconds = report.duration + (self.setup if report.when == "call" else 0)
            self.found[file].append(Verdict(name, report.outcome, _why(report), seconds))


def _with_fixtures(tests: Sequence[Test]) -> dict[str, object]:
    """Give the tests, with telling assertions, and the fixtures that stand beside them."""
    module: dict[str, object] = {}
    for test in tests:
        for name, value in inner_function(test).__globals__.items():
            if type(value).__name__ == "FixtureFunctionDefinition":
                module[name] = value
    return module | {test.__name__: _with_telling_assertions(test) for test in tests}


def _with_telling_assertions(test: Test) -> object:
    """Compile a test as pytest compiles files: a failing `assert` tells the values in it."""
    from _pytest.assertion.rewrite import rewrite_asserts

    found = definition(test)
    text = "\n" * (found.line - 1) + found.source
    tree = ast.parse(text)
    rewrite_asserts(tree, text.encode())
    namespace = inner_function(test).__globals__
    kept = namespace.get(found.name)
    exec(compile(tree, found.file, "exec"), namespace)
    made = namespace[found.name]
    namespace[found.name] = kept
    return made


def _why(report: "pytest.TestReport") -> str:
    if report.outcome == "passed":
        return ""
    crash = getattr(report.longrepr, "reprcrash", None)
    lacking = getattr(report.longrepr, "errorstring", str(report.longrepr))  # of a fixture
    text = crash.message if crash else lacking
    text = text.strip().removeprefix("AssertionError: ")
    first, _, rest = text.partition("\n")
    if first == "Regex pattern did not match.":
        first = _one_line(text)
    if example := re.search(
        r"(?:Falsifying example|Failing test case): \w+\((.*?),?\n\)", rest, re.DOTALL
    ):
        first += f", for {_one_line(example[1])}"
    return first


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2].removeprefix("E").strip()
