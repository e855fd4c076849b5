"""A session of pytest for tests that stand in cells, with several versions of what they test."""

import ast
import re
import tempfile
import types
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

import pytest
from _pytest.assertion.rewrite import rewrite_asserts

from course_lib.chapters.ch15.cell_tests import Test, Verdict, Version, definition
from course_lib.errors import CourseError
from course_lib.exercises.inner_function import inner_function

_OPTIONS = ("--noconftest", "--disable-plugin-autoload", "--capture=sys", "--import-mode=importlib")
_EXAMPLE = re.compile(r"(?:Falsifying example|Failing test case): \w+\((.*?),?\n\)", re.DOTALL)
_WITHOUT = ("terminal", "cacheprovider", "faulthandler", "warnings", "threadexception")


def run_session(
    tests: Sequence[Test], versions: Sequence[Version], all_of_them: bool
) -> list[tuple[Verdict, ...]]:
    """Run the tests with each version; see `cell_tests.verdicts_of`."""
    by_file = {f"version_{number}.py": version for number, version in enumerate(versions)}
    plugin = _Plugin(tests, by_file, all_of_them)
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_ADDOPTS", raising=False)
        folder = Path(name).resolve()
        for file in ("pytest.ini", *by_file):
            (folder / file).touch()
        options = [*_OPTIONS, f"--rootdir={folder}", f"--config-file={folder / 'pytest.ini'}"]
        options += [f"-pno:{name}" for name in _WITHOUT]
        pytest.main([*(str(folder / file) for file in by_file), *options], plugins=[plugin])
    if plugin.errors:
        raise CourseError(f"pytest can't run these tests: {plugin.errors[0]}")
    return [tuple(verdicts) for verdicts in plugin.found.values()]


class _Plugin:
    """Gives pytest the tests as modules, one for each version, and keeps the verdicts."""

    def __init__(
        self, tests: Sequence[Test], versions: Mapping[str, Version], all_of_them: bool
    ) -> None:
        self.tests, self.versions = tests, versions
        self.enough = [] if all_of_them else list(versions)[1:]
        self.found: dict[str, list[Verdict]] = {file: [] for file in versions}
        self.errors: list[str] = []
        self.setup = 0.0

    def pytest_pycollect_makemodule(
        self, module_path: Path, parent: pytest.Collector
    ) -> pytest.Module:
        tests = self.tests

        class Cells(pytest.Module):
            def _getobj(self) -> types.ModuleType:
                module = types.ModuleType("cells")
                module.__dict__.update(_with_fixtures(tests))
                return module

        return Cells.from_parent(parent, path=module_path)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            last = str(report.longrepr).strip().splitlines()[-1]
            self.errors.append(last.removeprefix("E").strip())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        with self.versions[item.path.name]():
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        file = item.path.name
        if file in self.enough and any(each.outcome == "failed" for each in self.found[file]):
            pytest.skip("another test has turned red")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "setup":
            self.setup = report.duration  # its fixtures', where it is the first to ask for them
        if report.when == "call" or report.outcome != "passed":
            name = report.nodeid.partition("::")[2]
            seconds = report.duration + (self.setup if report.when == "call" else 0)
            verdict = Verdict(name, report.outcome, _why(report), seconds)
            self.found[Path(report.fspath).name].append(verdict)


def _with_fixtures(tests: Sequence[Test]) -> dict[str, object]:
    """Return the tests, with telling assertions, and the fixtures that stand beside them."""
    module: dict[str, object] = {}
    for test in tests:
        for name, value in inner_function(test).__globals__.items():
            if type(value).__name__ == "FixtureFunctionDefinition":
                module[name] = value
    return module | {test.__name__: _with_telling_assertions(test) for test in tests}


def _with_telling_assertions(test: Test) -> object:
    """Compile a test as pytest compiles files: a failing `assert` tells the values in it."""
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


def _why(report: pytest.TestReport) -> str:
    if report.outcome == "passed":
        return ""
    crash = getattr(report.longrepr, "reprcrash", None)
    lacking = getattr(report.longrepr, "errorstring", str(report.longrepr))  # of a fixture
    text = (crash.message if crash else lacking).strip().removeprefix("AssertionError: ")
    first, _, rest = text.partition("\n")
    if first == "Regex pattern did not match.":
        first = " ".join(text.split())
    if example := _EXAMPLE.search(rest):
        first += f", for {' '.join(example[1].split())}"
    return first
