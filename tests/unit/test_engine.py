"""The exercise engine: outcomes, points, hints, solutions, progress; and what a check survives."""

import json
import threading
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
from prefect import flow, task

import course_lib as course
from course_lib import paths
from course_lib.exercises import engine, store, trials
from course_lib.exercises.checks import AnyFlow, Check, Kind, Point, Stop, join_some
from course_lib.exercises.engine import Exercise, Result
from course_lib.exercises.trials import URL, require_end, run_with, try_flow, try_task
from course_lib.shop import Shop


@pytest.fixture(autouse=True)
def _own_workspace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    course.start()  # the shared server; only the progress file is this test's own
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))


TEXTS = {"result": {"what": "the result", "usually": "It is 42."}}


def answer_42(check: Check, found: AnyFlow) -> None:
    trial = try_flow(found)
    require_end(check, trial)
    check.equals("result", trial.result, 42)


def an_exercise(judge: engine.Judge = answer_42, kind: Kind | None = "a flow") -> Exercise:
    return Exercise("01.1", "Forty-two", ("think", "think harder"), judge, TEXTS, kind)


@flow
def right() -> int:
    return 42


@flow
def wrong() -> int:
    return 41


@flow
def broken() -> int:
    raise ValueError("no\nidea")


def test_outcomes_are_shown_and_remembered(capsys: pytest.CaptureFixture[str]) -> None:
    exercise = an_exercise()
    exercise.check(...)
    assert store.read() == {}
    exercise.check(wrong)
    mark = store.read()["01.1"]
    assert (mark.solved, mark.checks) == (False, 1)
    exercise.check(right)
    exercise.check(broken)
    mark = store.read()["01.1"]
    assert (mark.solved, mark.checks) == (True, 3)
    said = capsys.readouterr().out
    assert [said.count(f"Exercise 01.1: {o}.") for o in ("not attempted", "not yet", "solved")] == [
        1,
        2,
        1,
    ]
    assert "[!!] the result: 41" in said
    assert "expected: 42" in said
    assert "ValueError: no idea" in said


def test_exhibits_are_shown_below_the_points(capsys: pytest.CaptureFixture[str]) -> None:
    def judge(check: Check, answer: object) -> None:
        check.exhibits.append("what was seen")
        check.equals("result", answer, 42)

    result = an_exercise(judge, None).evaluate(42)
    assert (result.outcome, len(result.points)) == ("solved", 1)
    an_exercise(judge, None).check(42)
    said = capsys.readouterr().out
    assert said.index("the result") < said.index("what was seen")


def test_texts_of_a_point_are_filled_in() -> None:
    text = {
        "what": "the {which} result",
        "expected": "{number} in all",
        "usually": "The {which} is {{right}}.",
    }
    check = Check({"result": text, "other": text | {"what": "another result"}})
    check.that("result", True, "42 in all", which="first", number=42)
    check.equals("other", "41", "42", which="second", number=42)
    check.says("other", "41", "42", which="third", number=42)
    assert check.points == [
        Point("the first result", True, "42 in all", "42 in all", "The first is {right}."),
        Point("another result", False, "'42'", "'41'", "The second is {right}."),
        Point("another result", False, "42", "41", "The third is {right}."),
    ]


def test_a_check_may_end_at_the_first_point_that_is_not_met() -> None:
    def judge(check: Check, _: object) -> None:
        for number in (42, 41, 40):
            check.equals("result", number, 42)

    points = an_exercise(judge, None).evaluate(42, to_the_end=False).points
    assert [point.seen for point in points] == ["42", "41"]


def test_what_is_too_long_is_counted() -> None:
    assert join_some([]) == "none"
    assert join_some(["a", "b"], most=2) == "a, b"
    assert join_some(["a", "b", "c", "d"], most=2) == "a, b and 2 more"


def test_results_are_html_without_the_learners_markup() -> None:
    @flow
    def sneaky() -> str:
        return "<script>"

    html = an_exercise().evaluate(sneaky)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_what_is_not_met_stands_out_and_has_both_sides() -> None:
    points = (
        Point("the name", True, "north", "north", ""),
        Point("the result", False, "42", "41", "One is missing."),
    )
    box = ElementTree.fromstring(Result("01.1", "not yet", points)._repr_html_())
    passed, failed = box.iter("li")
    assert "".join(passed.itertext()) == "✓ the name: north"
    assert failed.findtext("strong") == "✗ the result"
    assert ["".join(side.itertext()) for side in failed.iterfind("div/div")] == [
        "expected42",
        "seen41",
    ]
    assert "One is missing." in "".join(failed.itertext())
    assert "border" in failed.attrib["style"]
    assert "border" not in passed.attrib["style"]


def test_a_check_that_looks_at_nothing_is_an_error() -> None:
    with pytest.raises(course.CourseError, match="looked at nothing"):
        an_exercise(lambda check, answer: None, None).evaluate(right)


@pytest.mark.parametrize(
    ("answer", "seen"),
    [(lambda: 1, "a plain function"), (task(lambda: 1), "a task"), (39, "39"), (None, "None")],
)
def test_what_is_not_a_flow_is_named(answer: object, seen: str) -> None:
    (point,) = an_exercise().evaluate(answer).points
    assert not point.ok
    assert point.seen == seen


def test_a_flow_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "SECONDS", 1.0)
    released = threading.Event()

    @flow
    def endless() -> None:
        released.wait(60)

    try:
        with pytest.raises(Stop) as stopped:
            try_flow(endless)
        point = stopped.value.point
        assert (point.ok, point.seen) == (False, "still running")
    finally:
        released.set()


def test_a_function_of_either_kind_is_called_within_some_seconds() -> None:
    async def later(n: int) -> int:
        return n

    def failing() -> None:
        raise ValueError("no")

    released = threading.Event()
    assert trials.call_within(60, later, 7) == trials.Call(7, None)
    call = trials.call_within(60, failing)
    assert call is not None
    assert str(call.error) == "no"
    try:
        assert trials.call_within(0.1, released.wait, 60) is None
    finally:
        released.set()


def test_async_flows_and_tasks_are_run_too() -> None:
    @flow
    async def later() -> int:
        return 42

    @task
    async def soon(n: int) -> int:
        return n

    assert an_exercise().evaluate(later).outcome == "solved"
    trial = try_task(soon, 7)
    assert trial.result == 7
    assert len(trial.run.task_runs) == 1


def test_a_trial_tells_what_the_shop_was_asked_for() -> None:
    @task(retries=2, retry_delay_seconds=0)
    def pull(shop: str, url: str) -> int:
        return httpx.get(f"{url}/stock/{shop}").raise_for_status().status_code

    check = Check()
    trial = run_with(check, Shop(faults={"*": [503, 503]}), pull, "north", url=URL)
    with pytest.raises(Stop) as stopped:
        run_with(check, Shop(faults={"*": [503] * 9}), pull, "north", url=URL)
    assert [point.ok for point in (*check.points, stopped.value.point)] == [True, False]
    assert trial.paths == ["stock/north"] * 3
    assert trial.statuses == [503, 503, 200]
    assert (trial.requests_at_once, trial.attempts, trial.ends) == (1, 3, ["Completed"])


def test_the_learners_prints_stay_out(capsys: pytest.CaptureFixture[str]) -> None:
    @flow
    def chatty() -> int:
        print("hello from the learner")
        return 42

    assert an_exercise().evaluate(chatty).outcome == "solved"
    assert "hello" not in capsys.readouterr().out


def test_require_ends_a_check_and_add_does_not() -> None:
    def judge(check: Check, _: object) -> None:
        check.require(Point("first", True, "", "", ""))
        check.add(Point("second", False, "", "", ""))
        check.require(Point("third", False, "", "", ""))
        check.add(Point("fourth", True, "", "", ""))

    points = an_exercise(judge, None).evaluate(42).points
    assert [point.what for point in points] == ["first", "second", "third"]


def test_hints_grow_end_and_begin_again(capsys: pytest.CaptureFixture[str]) -> None:
    exercise = an_exercise()
    for _ in range(4):
        exercise.hint()
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["Hint 1 of 2: think", "Hint 2 of 2: think harder"]
    assert "solution()" in lines[2]
    assert lines[3] == lines[0]  # they can be seen again


def test_the_solution_is_the_masters_cell(capsys: pytest.CaptureFixture[str]) -> None:
    course.exercise("01.2").solution()
    assert "retry_delay_seconds=0.25" in capsys.readouterr().out


def test_an_unknown_exercise_names_those_that_exist() -> None:
    with pytest.raises(course.CourseError, match=r"no exercise '9.9'; there are 00.1, 00.2, 01.1"):
        course.exercise("9.9")


def test_marks_of_a_chapter_can_be_forgotten() -> None:
    store.record("00.1", solved=True)
    store.record("01.1", solved=False)
    store.forget("00")
    assert set(store.read()) == {"01.1"}


def test_marks_of_many_kernels_at_once_are_all_kept() -> None:
    workers = [
        threading.Thread(target=store.record, args=(f"0{n}.1",), kwargs={"solved": True})
        for n in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert len(store.read()) == 8


@pytest.mark.parametrize("text", ["{", "[]", '{"01.1": {"solved": true}}', '{"01.1": 3}'])
def test_an_unreadable_progress_file_is_kept_and_replaced(text: str) -> None:
    file = paths.home() / "progress.json"
    file.write_text(text)
    assert store.read() == {}
    store.record("01.1", solved=True)
    assert file.with_suffix(".unreadable").read_text() == text
    assert json.loads(file.read_text())["01.1"]["solved"]
