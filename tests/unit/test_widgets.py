"""Controls: each move runs once more and draws the run, and faults are shown, not raised."""

import threading
import time
from collections.abc import Callable
from html import escape

import pytest
from ipywidgets import Dropdown, FloatSlider, IntSlider, VBox, Widget

from course_lib.display import widgets
from course_lib.records.runs import FlowRun
from tests.unit.test_runs import flow_run, task_run

WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    found: list[dict] = []
    monkeypatch.setattr(
        "IPython.display.display",
        lambda data, raw, **place: found.append({**data, **place}),
    )
    return found


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "the condition never came true"
        time.sleep(0.02)


@pytest.fixture
def boxes(monkeypatch: pytest.MonkeyPatch) -> list[VBox]:
    found: list[VBox] = []

    def noted(children: list[Widget]) -> VBox:
        found.append(VBox(children))
        return found[-1]

    monkeypatch.setattr("ipywidgets.VBox", noted)
    return found


def test_it_shows_the_first_run_with_a_text_for_those_who_cannot_see(shown: list[dict]) -> None:
    widgets.play(lambda n: flow_run(*[task_run(0, 1)] * n), n=(2, 4))
    saved, live = shown
    assert live["text/plain"] == "A widget to play with: n. It is live in JupyterLab."
    assert live[WIDGET]["model_id"]
    assert "2 task runs" in saved["text/plain"]
    assert f'<img alt="{escape(saved["text/plain"])}"' in saved["text/html"]
    assert "Run this cell in JupyterLab to make it live." in saved["text/html"]
    assert WIDGET not in saved


def test_moves_draw_the_last_values(shown: list[dict], boxes: list[VBox]) -> None:
    asked: list[int] = []
    gate = threading.Event()

    def run(n: int) -> FlowRun:
        asked.append(n)
        if len(asked) > 1:
            gate.wait(60)
        return flow_run(*[task_run(0, 1)] * n)

    widgets.play(run, n=(1, 9))
    slider, said, picture = boxes[0].children
    assert "1 task run," in picture.value
    assert not said.value
    for value in (3, 5, 7):  # a burst: the first is taken up, the others end in one more run
        slider.value = value
        until(lambda: len(asked) >= 2)
        assert "drawing …" in said.value
    gate.set()
    until(lambda: "7 task runs," in picture.value and not said.value)
    first, _, *others = shown  # what is saved shows the last picture, too, in place of the first
    assert {each["display_id"] for each in others} == {first["display_id"]}
    assert all(each["update"] for each in others)
    assert "7 task runs," in others[-1]["text/html"]
    assert asked[0] == 1
    assert asked[-1] == 7
    assert len(asked) <= 4


def test_an_error_is_shown_in_place_of_the_picture(shown: list[dict], boxes: list[VBox]) -> None:
    def run(n: int) -> FlowRun:
        raise ValueError(f"<{n}>")

    widgets.play(run, n=(1, 2))
    *_, picture = boxes[0].children
    for html in (picture.value, shown[0]["text/html"]):
        assert "ValueError: &lt;1&gt;" in html
        assert "<img" not in html


def test_controls_by_what_there_is_to_choose(shown: list[dict], boxes: list[VBox]) -> None:
    widgets.play(lambda a, b, c: flow_run(), a=(1, 3), b=(0.0, 1.0, 0.1), c=["north", "east"])
    a, b, c, *_ = boxes[0].children
    assert isinstance(a, IntSlider)
    assert isinstance(b, FloatSlider)
    assert isinstance(c, Dropdown)
    assert (a.value, b.value, c.value) == (1, 0.0, "north")
    assert [each.tooltip for each in (a, b, c)] == ["a", "b", "c"]
