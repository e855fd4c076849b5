"""A learner's way through the chapters, in JupyterLab and in a real browser."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

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

PNG, WIDGET = "image/png", "application/vnd.jupyter.widget-view+json"
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
def page(lab: Lab) -> Iterator[Page]:
    """A new browser window, which must neither complain nor ask other machines for anything."""
    sharp = 2 if SCREENSHOTS in os.environ else 1
    watch = Watch()
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
    # To image/png JupyterLab 4.6 gives no alt text, see jupyter/enhancement-proposals#120: there
    # the output's metadata must hold it.
    assert not [each for each in pictures if not each.alt and not each.plain]
    pngs = [each for each in outputs(notebook) if PNG in each.get("data", {})]
    assert not [each for each in pngs if not each["metadata"][PNG].get("alt")]
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
    assert [PNG in each for each in data if WIDGET in each or PNG in each] == [False, True]
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
    data = output.get("data", {})
    return PNG in data or "<img" in str(data.get("text/html"))


def is_played(output: dict[str, Any]) -> bool:
    return all(kind in output.get("data", {}) for kind in (PNG, WIDGET))


def play(notebook: Notebook, told: list[str]) -> None:
    """Move each control by one and wait until the picture has followed."""
    for cell in notebook.cells:
        if not any(map(is_played, cell.get("outputs", []))):
            continue
        output = notebook.shown(cell["id"]).locator(".jp-Cell-outputArea")
        picture = output.locator("img")
        controls = output.locator("[role=slider], select")
        expect(controls.first).to_be_visible()
        for control in controls.all():
            picture.evaluate("image => { image.dataset.old = true; }")
            if control.get_attribute("role") == "slider":
                control.press("ArrowRight")
            else:  # with the mouse: JupyterLab takes a list's arrow keys for its own
                control.select_option(index=1)
            expect(output.locator("img:not([data-old])")).to_be_visible()
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
