"""Checks of the checks: solution, stub and wrong answers of every exercise, run for real."""

import importlib
import inspect
import itertools
import linecache
import os
import re
import sys
from collections.abc import Sequence
from unittest.mock import patch

import pytest

import course_lib as course
from course_lib import paths
from course_lib.chapters import all_exercises
from course_lib.exercises.checks import Point
from course_lib.exercises.engine import Result
from course_lib.exercises.result_box import translated
from course_lib.front_matter import exercise_source
from tests.chinese import english_left
from tests.exercises.answers import Wrong

EXERCISES = sorted(all_exercises())
ANSWERS = {
    id[:2]: importlib.import_module(f"tests.exercises.answers_ch{id[:2]}") for id in EXERCISES
}
WRONG: dict[str, list[Wrong]] = {}
for module in ANSWERS.values():
    WRONG |= module.WRONG
# 10 to 30 s each on a busy machine: of these `make test` tries one wrong answer.
SLOW = {"02.2", "03.1", "11.2", "12.2", "15.2", "15.3", "16.2", "19.1"}
_cells = itertools.count()


@pytest.fixture(scope="module", autouse=True)
def _connected() -> None:
    course.start()


def evaluate(exercise: str, source: str) -> Result:
    """Run `source` as a notebook cell would be, then check the answer that it defines."""
    result = course.exercise(exercise).evaluate(answer_of(exercise, source))
    require_chinese(result.points)
    return result


def first_failure(exercise: str, source: str) -> Point | None:
    """Check an answer up to the first point that isn't met, and return that point."""
    answer = answer_of(exercise, source)
    result = course.exercise(exercise).evaluate(answer, to_the_end=False)
    require_chinese(result.points)
    return next((point for point in result.points if not point.ok), None)


@pytest.fixture(autouse=True)
def _chinese_where_thorough(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    if not pytestconfig.option.thorough:
        monkeypatch.setitem(globals(), "require_chinese", lambda _points: None)


def require_chinese(points: Sequence[Point]) -> None:
    """Require that all that is said of a run can be said in Chinese: what no catalogue can tell."""
    with patch.dict(os.environ, COURSE_LANGUAGE="zh"):
        for point in points:
            told = translated(point)
            texts = (told.what, told.expected, told.seen, told.cause)
            left = [text for text in texts if english_left(text)]
            assert not left, f"{left}: {point}"


def answer_of(exercise: str, source: str) -> object:
    check = exercise_source(paths.SOLUTIONS, exercise, "check")
    answer = re.search(r"q\.check\((\w+)\)", check)
    assert answer, f"the check cell of {exercise} checks one name"
    name = f"<cell {next(_cells)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    namespace: dict[str, object] = {"__name__": "__main__"}
    exec(ANSWERS[exercise[:2]].PRELUDE, namespace)
    exec(compile(source, name, "exec"), namespace)
    return namespace[answer[1]]


def thorough(repeated: bool) -> Sequence[pytest.MarkDecorator]:
    """Leave to `make test-all` what another answer has tried already."""
    return [pytest.mark.thorough] if repeated else []


@pytest.mark.thorough  # in the solved notebooks each check runs, and is to say what it said
@pytest.mark.parametrize("exercise", EXERCISES)
def test_solution_is_solved(exercise: str) -> None:
    result = evaluate(exercise, exercise_source(paths.SOLUTIONS, exercise, "solution"))
    assert result.outcome == "solved", result
    assert len(result.points) >= 3


@pytest.mark.thorough  # a right answer goes through each check in the solved notebooks
@pytest.mark.parametrize(
    ("exercise", "source"),
    [
        pytest.param(exercise, source, id=f"{exercise} {number}")
        for module in ANSWERS.values()
        for exercise, sources in getattr(module, "RIGHT", {}).items()
        for number, source in enumerate(sources)
    ],
)
def test_another_right_answer_is_solved(exercise: str, source: str) -> None:
    result = evaluate(exercise, source)
    assert result.outcome == "solved", result


@pytest.mark.parametrize("exercise", EXERCISES)
def test_stub_is_not_attempted(exercise: str) -> None:
    stub = exercise_source(paths.SOLUTIONS, exercise, "stub")
    assert evaluate(exercise, stub).outcome == "not attempted"
    assert evaluate(exercise, f"{stub}  # a comment\n\n").outcome == "not attempted"


@pytest.mark.parametrize(
    ("exercise", "wrong"),
    [
        pytest.param(
            id,
            each,
            id=f"{id} {each.why}",
            marks=thorough(
                each.caught in {other.caught for other in WRONG[id][:number]}
                or (id in SLOW and number > 0)
            ),
        )
        for id in WRONG
        for number, each in enumerate(WRONG[id])
    ],
)
def test_wrong_answer_is_caught(exercise: str, wrong: Wrong, pytestconfig: pytest.Config) -> None:
    if pytestconfig.option.thorough:  # to its end: what comes after the point that isn't met, too
        result = evaluate(exercise, wrong.source)
        assert result.outcome == "not yet", result
        first = next(point for point in result.points if not point.ok)
    else:
        found = first_failure(exercise, wrong.source)
        assert found is not None, f"{exercise} is solved by an answer that {wrong.why}"
        first = found
    assert wrong.caught in first.what, first
    assert first.expected != first.seen
    assert first.cause.endswith((".", "?"))


@pytest.mark.parametrize("exercise", EXERCISES)
def test_each_exercise_has_three_wrong_answers_and_hints(exercise: str) -> None:
    assert len(WRONG.get(exercise, ())) >= 3
    hints = course.exercise(exercise).hints
    assert 2 <= len(set(hints)) == len(hints) <= 4


@pytest.mark.parametrize("exercise", EXERCISES)
def test_each_text_belongs_to_a_point(exercise: str) -> None:
    found = course.exercise(exercise)
    source = inspect.getsource(sys.modules[found.judge.__module__])
    for key in found.texts:
        assert f'"{key}"' in source, key
