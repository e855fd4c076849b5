"""Tests that stand in cells are run by pytest itself, with their fixtures, parameters, reasons."""

import itertools
import linecache
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

from course_lib.chapters.ch15.cell_tests import definition, redefined, run_tests, verdicts_of
from course_lib.errors import CourseError

HEAD = """
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
"""
CELL = """
seen, answer = [], 42

@pytest.fixture(scope="module")
def made_once():
    seen.append("made")
    return seen

def test_values():
    assert [1, answer] == [1, 43], "\\n".join("ab")

def test_says_values():
    assert answer == 43

def test_fixtures(made_once, tmp_path, capsys):
    print("not seen")
    assert made_once == ["made"] and tmp_path.is_dir()

@pytest.mark.parametrize("word", ["one", "two"])
def test_cases(word):
    with pytest.raises(ValueError, match="one"):
        raise ValueError(word)

@settings(derandomize=True, database=None, deadline=None)
@given(st.lists(st.integers(0, 10**6)))
def test_property(numbers):
    assert sum(numbers) < 1000

def test_skipped():
    pytest.skip("not today")

def test_lacks(nothing):
    pass

def helper():
    pass
"""
numbers = itertools.count()


@pytest.fixture
def cell() -> Callable[[str], dict[str, Any]]:
    """Run a source as a notebook's kernel runs a cell."""

    def run(source: str) -> dict[str, Any]:
        name = f"<tests of cells {next(numbers)}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        space: dict[str, Any] = {"__name__": "__main__"}
        exec(HEAD, space)
        exec(compile(source, name, "exec"), space)
        return space

    return run


@pytest.fixture
def space(cell: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    return cell(CELL)


def test_how_each_ends_and_why(
    space: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")  # the learner's own, elsewhere
    names = ("says_values", "values", "fixtures", "cases", "skipped", "lacks")
    table = run_tests(*(space[f"test_{name}"] for name in names))
    assert [row[:2] for row in table.rows] == [
        ("test_says_values", "failed"),
        ("test_values", "failed"),
        ("test_fixtures", "passed"),
        ("test_cases[one]", "passed"),
        ("test_cases[two]", "failed"),
        ("test_skipped", "skipped"),
        ("test_lacks", "failed"),
    ]
    reasons = [row[2] for row in table.rows]
    assert reasons[:4] == ["assert 42 == 43", "a", "", ""]
    assert reasons[4].startswith("Regex pattern did not match.")
    assert "one" in reasons[4]
    assert "two" in reasons[4]
    assert "not today" in reasons[5]
    assert "nothing" in reasons[6]
    assert capsys.readouterr().out == ""
    assert space["seen"] == ["made"]


def test_the_smallest_example_is_told(space: dict[str, Any]) -> None:
    (row,) = run_tests(space["test_property"]).rows
    assert row[2] == "assert 1000 < 1000, for numbers=[1000]"


def test_all_green_needs_no_reasons(space: dict[str, Any]) -> None:
    assert run_tests(space["test_fixtures"]).headings == ("test", "outcome")


def test_once_red_is_enough_where_nobody_asks_for_all(space: dict[str, Any]) -> None:
    tests = [space["test_values"], space["test_fixtures"]]
    found = verdicts_of(tests, [nullcontext, nullcontext], all_of_them=False)
    assert [[each.outcome for each in verdicts] for verdicts in found] == [
        ["failed", "passed"],
        ["failed", "skipped"],
    ]


def test_what_is_no_test_is_refused(space: dict[str, Any]) -> None:
    for wrong, said in ((space["helper"], "helper is no test"), (42, "42 is no test")):
        with pytest.raises(CourseError, match=said):
            run_tests(wrong)


def test_what_pytest_cannot_collect_is_told(cell: Callable[[str], dict[str, Any]]) -> None:
    space = cell("@pytest.mark.parametrize('a', [1])\ndef test_a(b):\n    pass\n")
    with pytest.raises(CourseError, match=r"pytest can't run these tests: .*'a'"):
        run_tests(space["test_a"])


def test_a_definition_is_found_with_its_decorators(space: dict[str, Any]) -> None:
    assert definition(space["test_cases"]).source.startswith("@pytest.mark.parametrize")
    assert definition(space["test_property"]).name == "test_property"
    with pytest.raises(CourseError, match="no function"):
        definition(42)
    made: dict[str, Any] = {}
    exec("def lost(): pass", made)
    with pytest.raises(CourseError, match="lost can't be found"):
        definition(made["lost"])


def test_what_was_there_before_comes_back() -> None:
    space: dict[str, Any] = {"a": 1}
    with redefined("a = 2\nb = 3", space, "<x>") as new:
        space["c"] = 4
        assert (space["a"], space["b"], new["b"]) == (2, 3, 3)
    assert {name: space.get(name) for name in "abc"} == {"a": 1, "b": None, "c": 4}
