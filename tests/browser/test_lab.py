"""A learner's way through the chapters, in JupyterLab and in a real browser."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from course_lib import paths
from course_lib.exercises import store
from course_lib.front_matter import chapter_files, exercise_source
from course_lib.server.processes import end_all
from course_tools.build.notebooks import derive
from course_tools.build.stable_outputs import dumps, load
from tests.browser.jupyter import (
    SECONDS,
    Notebook,
    Picture,
    Watch,
    course_lab,
    left_of,
    processes,
)

WIDGET = "application/vnd.jupyter.widget-view+json"
THEMES = ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"]
LIVE = "Run this cell in JupyterLab to make it live."
SCREENSHOTS = "COURSE_SCREENSHOTS"  # a folder to keep them in; otherwise nobody looks at them

# What a widget's picture tells once each of its controls was moved by one; in other chapters it
# need only be another picture.
MOVED = {"00": ["Completed", "2 task runs"], "01": ["Failed", "3 failed attempt"]}
# Every chapter takes up to a minute here, and nbval has run its cells. So by default one of them,
# in `make test-all` also the first and one that is watched live, and COURSE_BROWSER=all takes all.
USUAL, CHOSEN = "01", {"00", "01", "04"}
CHAPTERS = [
    path
    for path in chapter_files(paths.NOTEBOOKS)
    if path.name[:2] in CHOSEN or os.environ.get("COURSE_BROWSER") == "all"
]


@dataclass(frozen=True)
class Lab:
    address: str
    browser: Browser
    workspace: Path


@pytest.fixture(scope="module")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    workspace = tmp_path_factory.mktemp("learner")
    started: list[psutil.Process] = []
    try:
        with course_lab(workspace) as address:
            expect.set_options(timeout=SECONDS * 1000)
            yield Lab(address, browser, workspace)
            started = processes(workspace)
        assert not left_of(started)
        assert not processes(workspace)
    finally:
        end_all([*started, *processes(workspace)])


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def page(lab: Lab, watch: Watch) -> Iterator[Page]:
    """A new browser window, which must neither complain nor ask other machines for anything."""
    sharp = 2 if SCREENSHOTS in os.environ else 1
    with lab.browser.new_context(
        viewport={"width": 1280, "height": 900}, device_scale_factor=sharp
    ) as context:
        page = context.new_page()
        watch.follow(page)
        yield page
    assert not watch.complaints


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    chosen = Path(os.environ.get(SCREENSHOTS, tmp_path))
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen


def test_the_printed_address_opens_the_first_chapter(lab: Lab, page: Page, folder: Path) -> None:
    notebook = Notebook.open(page, lab.address)
    page.screenshot(path=folder / "opened.png", scale="css")
    assert notebook.cells[0]["source"].startswith("# 00")
    assert not [cell["id"] for cell in notebook.cells if cell.get("outputs")]
    assert not notebook.troubles()


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(
            each, id=each.stem, marks=() if each.name[:2] == USUAL else pytest.mark.thorough
        )
        for each in CHAPTERS
    ],
)
def test_a_chapter_runs_and_can_be_played_with(
    path: Path, lab: Lab, page: Page, folder: Path
) -> None:
    notebook = Notebook.open(page, lab.address, path.name)
    notebook.run_all()
    found = complaints(notebook)
    assert not found, "\n".join(found)
    play(notebook, MOVED.get(path.name[:2], []))
    pictures = look(notebook, folder / path.stem)
    assert len(pictures) == len([each for each in outputs(notebook) if is_drawn(each)])
    assert not [each for each in pictures if not (each.width and each.height and each.fits)]
    assert not [each for each in pictures if not each.alt]
    assert not notebook.troubles()
    if path.name.startswith("01") and SCREENSHOTS in os.environ:
        take_readme_picture(notebook, folder)


def test_an_exercise_is_solved_and_remembered(
    lab: Lab, page: Page, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_WORKSPACE", str(lab.workspace))
    (chapter,) = (path for path in CHAPTERS if path.name.startswith("01"))
    notebook = Notebook.open(page, lab.address, chapter.name)
    notebook.run("start", "imports", "ex-01-2-stub", "ex-01-2-check")
    box = notebook.shown("ex-01-2-check").locator(".jp-Cell-outputArea")
    expect(box).to_contain_text("not attempted")
    assert "01.2" not in store.read()

    notebook.replace("ex-01-2-stub", exercise_source(paths.SOLUTIONS, "01.2", "solution"))
    notebook.run("ex-01-2-stub", "ex-01-2-check")
    expect(box).to_contain_text("solved")
    box.screenshot(path=folder / "exercise-solved.png", scale="css")
    assert store.read()["01.2"].solved


BARS = """
import threading
import course_lib as course
from course_lib.display import style
from course_lib.exercises.checks import Point
from course_lib.exercises.engine import Result
def bars(many):
    figure = style.figure(2)
    figure.subplots().barh(range(many), 1)
    return course.Picture.of(figure, f"{many} bars")
"""
RESULT = """
failed = Point("the result", False, "42, as in the plan", "41", "One is missing.")
Result("01.1", "not yet", (Point("the name", True, "north", "north", ""), failed))
"""
PLAY = """
gate, first = threading.Event(), []
def run(how_many):
    if first:
        gate.wait()
    first.append(how_many)
    return bars(how_many)
course.play(run, how_many=(2, 5))
"""


def new_notebook(lab: Lab, page: Page, **cells: str) -> Notebook:
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source, id=id) for id, source in cells.items()],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(made, lab.workspace / "made.ipynb")
    notebook = Notebook.open(page, lab.address, "made.ipynb")
    notebook.run(*cells)
    return notebook


def test_a_result_can_be_read_in_all_themes(lab: Lab, page: Page, folder: Path) -> None:
    notebook = new_notebook(lab, page, begin=BARS, look="bars(3)", result=RESULT)
    assert not complaints(notebook)
    expect(notebook.shown("look").get_by_role("img", name="3 bars")).to_be_visible()
    for theme in THEMES:
        notebook.use_theme(theme)
        contrasts = notebook.contrasts("result", ".course-result")
        assert "42, as in the plan" in contrasts
        assert min(contrasts.values()) >= 4.5, (theme, contrasts)
        page.screenshot(path=folder / f"{theme}.png", scale="css")
    notebook.use_theme(THEMES[0])
    box = notebook.shown("result")
    expected, seen = (box.get_by_text(text, exact=True) for text in ("expected", "seen"))
    assert top(expected) == top(seen)  # side by side
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_function("([one, other]) => other.offsetTop > one.offsetTop", arg=[
        expected.element_handle(), seen.element_handle()
    ])  # fmt: skip


def test_a_widget_says_that_it_draws_and_its_picture_outlives_it(
    lab: Lab, page: Page, watch: Watch
) -> None:
    notebook = new_notebook(lab, page, begin=BARS, play=PLAY, open="")
    output = notebook.shown("play").locator(".jp-Cell-outputArea")
    slider = output.get_by_role("slider", name="how many", exact=True)
    slider.press("ArrowRight")
    expect(output.get_by_role("status")).to_have_text("drawing …")
    expect(output.locator(".course-live > *").last).to_have_css("opacity", "0.35")
    notebook.replace("open", "gate.set()")
    notebook.run("open")
    expect(output.get_by_role("img", name="3 bars")).to_be_visible()
    expect(output.locator(".course-live > *").last).to_have_css("opacity", "1")
    expect(output.get_by_text(LIVE)).to_be_hidden()
    assert not output.locator("[title=null]").count()

    page.set_viewport_size({"width": 700, "height": 900})
    assert not [each for each in notebook.pictures() if not each.fits]

    notebook.save()
    notebook = Notebook.open(page, lab.address, "made.ipynb")  # its kernel still runs
    output = notebook.shown("play").locator(".jp-Cell-outputArea")
    expect(output.get_by_role("slider", name="how many")).to_be_visible()
    expect(output.get_by_text(LIVE)).to_be_hidden()

    notebook.restart()
    expect(output.get_by_text(LIVE)).to_be_visible()
    expect(output.get_by_role("slider")).to_be_hidden()
    expect(output.get_by_role("img", name="3 bars")).to_be_visible()

    notebook = Notebook.open(page, lab.address, "made.ipynb")  # as on another day
    output = notebook.shown("play").locator(".jp-Cell-outputArea")
    expect(output.get_by_text(LIVE)).to_be_visible()
    expect(output.get_by_role("img", name="3 bars")).to_be_visible()
    expect(output.get_by_text("Error displaying widget")).to_be_hidden()
    assert not notebook.troubles()
    # JupyterLab notes there that the widget is gone, and its debugger what the restart cut off.
    watch.complaints = [each for each in watch.complaints if not each.startswith("console:")]


def top(text: Locator) -> float:
    found = text.bounding_box()
    assert found
    return found["y"]


def test_a_watched_run_is_drawn_while_it_grows(lab: Lab, page: Page, folder: Path) -> None:
    (chapter,) = (path for path in CHAPTERS if path.name.startswith("04"))
    # A copy without outputs: the chapter itself may have been run and saved by now.
    (lab.workspace / "watched.ipynb").write_bytes(dumps(derive(load(chapter))).encode())
    notebook = Notebook.open(page, lab.address, "watched.ipynb")
    notebook.run("start", "imports", "compare-run")
    notebook.replace("watch", "course.watch(one_by_one, course.Shop(latency=2).url)")
    notebook.begin("watch")
    box = notebook.shown("watch").locator(".jp-Cell-outputArea")
    live = box.locator("svg[role=img]")
    expect(box).to_contain_text("1 of 2 task runs ended")
    expect(live).to_have_attribute("aria-label", re.compile("Running: 2 task runs"))
    box.screenshot(path=folder / "watched.png", scale="css")
    expect(box.locator("img")).to_be_visible()  # the still picture, in place of the live one
    expect(live).to_have_count(0)
    notebook.finish()
    data = [output.get("data", {}) for output in outputs(notebook)]
    kinds = [each for each in data if WIDGET in each or is_drawn({"data": each})]
    assert [WIDGET in each for each in kinds] == [True, False]
    assert not kinds[0][WIDGET]["model_id"]  # a saved notebook names no widget that is gone
    assert not notebook.troubles()


def complaints(notebook: Notebook) -> list[str]:
    """Say of each cell what went wrong in it, or should have and didn't."""
    found = []
    for cell in notebook.cells:
        if cell["cell_type"] != "code":
            continue
        id, outputs, fails = cell["id"], cell["outputs"], "raises-exception" in tags(cell)
        errors = [o["traceback"] for o in outputs if o["output_type"] == "error"]
        found += [
            f"{id} wrote to stderr: {o['text']}" for o in outputs if o.get("name") == "stderr"
        ]
        if cell["execution_count"] is None:
            found.append(f"{id} did not run")
        if errors and not fails:
            text = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(errors[0]))
            return [*found, f"{id} failed, and what follows did not run:\n{text}"]
        if fails and not errors:
            found.append(f"{id} did not fail")
    return found


def tags(cell: dict[str, Any]) -> list[str]:
    found: list[str] = cell["metadata"].get("tags", [])
    return found


def outputs(notebook: Notebook) -> list[dict[str, Any]]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def is_drawn(output: dict[str, Any]) -> bool:
    return "<img" in str(output.get("data", {}).get("text/html"))


def is_played(output: dict[str, Any]) -> bool:
    return bool(output.get("data", {}).get(WIDGET, {}).get("model_id"))


def play(notebook: Notebook, told: list[str]) -> None:
    """Move each control by one and wait until the picture has followed."""
    for cell in notebook.cells:
        if not any(map(is_played, cell.get("outputs", []))):
            continue
        output = notebook.shown(cell["id"]).locator(".jp-Cell-outputArea")
        picture = output.get_by_role("img")  # as a screen reader finds it: the saved one is hidden
        controls = output.locator("[role=slider], select")
        expect(controls.first).to_be_visible()
        for control in controls.all():
            picture.evaluate("image => { image.dataset.old = true; }")
            if control.get_attribute("role") == "slider":
                # Not \w, which is ASCII alone in a browser.
                expect(control).to_have_accessible_name(re.compile(r"\S"))
                control.press("ArrowRight")
            else:  # with the mouse: JupyterLab takes a list's arrow keys for its own
                control.select_option(index=1)
            expect(output.locator("img:not([data-old])").filter(visible=True)).to_be_visible()
        alt = picture.get_attribute("alt") or ""
        assert all(words in alt for words in told), alt


def look(notebook: Notebook, folder: Path) -> set[Picture]:
    """Walk through the notebook, take a screenshot at each stop, and give all pictures seen."""
    folder.mkdir(exist_ok=True)
    seen: set[Picture] = set()
    for stop in notebook.walk():
        seen.update(notebook.pictures())
        notebook.page.screenshot(path=folder / f"{stop:02}.png", scale="css")
    return seen


def take_readme_picture(notebook: Notebook, folder: Path) -> None:
    """Photograph what chapter 01 shows of its retries: the code, the timeline and the table."""
    last, first = notebook.shown("retries-look"), notebook.shown("retries-run")
    above, below = first.bounding_box(), last.bounding_box()
    assert above
    assert below
    above["height"] = below["y"] + below["height"] - above["y"]
    notebook.page.screenshot(path=folder / "chapter.png", clip=above)
