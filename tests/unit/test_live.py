"""A watched run: seen while it runs, a still picture afterwards, results and errors as ever."""

import threading
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from prefect import flow, task

import course_lib as course
from course_lib.display import live
from course_lib.display.timeline import COLOURS
from course_lib.records.runs import State
from tests.unit.test_runs import at, flow_run, task_run

WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    course.start()
    found: list[object] = []
    monkeypatch.setattr("IPython.display.display", lambda shown, **_: found.append(shown))
    return found


def test_it_is_seen_while_it_runs_and_still_afterwards(
    displayed: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = threading.Event()
    draw = live.timeline_svg

    def noted(run: course.FlowRun) -> str:
        if any(each.state.name == "Running" for each in run.task_runs):
            seen.set()
        return draw(run)

    monkeypatch.setattr(live, "timeline_svg", noted)

    @task
    def wait_until_seen() -> bool:
        return seen.wait(60)

    @flow
    def seen_live(factor: int) -> int:
        return factor * wait_until_seen()

    assert course.watch(seen_live, factor=3) == 3
    view, still, gone = displayed
    assert isinstance(view, dict)
    assert isinstance(gone, dict)
    assert view["text/plain"] == gone["text/plain"] == ""
    assert [bool(each[WIDGET]["model_id"]) for each in (view, gone)] == [True, False]
    assert isinstance(still, course.Picture)
    assert "1 task run, one row each; bars: 1 Completed" in still.alt


def test_errors_and_async_flows(displayed: list[object]) -> None:
    @flow
    async def later() -> str:
        return "done"

    @flow
    def fails() -> None:
        raise ValueError("on purpose")

    assert course.watch(later) == "done"
    with pytest.raises(ValueError, match="on purpose"):
        course.watch(fails)
    with pytest.raises(TypeError):  # before there is any run: nothing to draw
        course.watch(later, 1, 2)


def test_svg_has_a_bar_an_attempt_and_a_text() -> None:
    running = task_run(1, 2, State("RUNNING", "Running", at(1)), name="<pull>")
    pending = [replace(running, start=None, states=(), name=name, task=name) for name in ("a", "b")]
    run = flow_run(*pending, task_run(0, 1), running)
    root = ElementTree.fromstring(live.timeline_svg(run, at(4)))
    rows = [each for each in root if each.tag == "rect"]
    assert [row.attrib["fill"] for row in rows] == [COLOURS["Completed"], COLOURS["running"]]
    assert root.attrib["aria-label"].startswith("Timeline of the flow run 'morning'")
    assert [each.text for each in root if each.tag == "text"][:4] == ["pull", "<pull>", "a", "b"]
    assert ElementTree.fromstring(live.timeline_svg(flow_run())).tag == "svg"


def test_bars_grow_on_a_time_scale_that_stays() -> None:
    def drawn(seconds: float) -> tuple[float, str]:
        """Return the width of the bar of a run that has gone on for so long, and its scale."""
        running = task_run(0, 1, State("RUNNING", "Running", at(0)))
        run = flow_run(replace(running, end=None))
        root = ElementTree.fromstring(live.timeline_svg(replace(run, end=None), at(seconds)))
        (bar,) = (each for each in root if each.tag == "rect")
        return float(bar.attrib["width"]), [str(each.text) for each in root if each.tag == "text"][
            -1
        ]

    (at_one, scale), (at_four, later), (_, doubled) = drawn(1), drawn(4), drawn(6)
    assert at_four == pytest.approx(4 * at_one, abs=0.5)
    assert (scale, later, doubled) == ("5 s", "5 s", "10 s")
