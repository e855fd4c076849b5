"""A learner's way through the chapters, in JupyterLab and in a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from course_lib import paths, store
from course_lib.chapters import chapter_files, exercise_source
from tests.browser.jupyter import (
    SECONDS,
    Notebook,
    Picture,
    Watch,
    chromium,
    course_lab,
    find_chromium,
    processes,
)

CHAPTERS = chapter_files(paths.NOTEBOOKS)
PNG, WIDGET = "image/png", "application/vnd.jupyter.widget-view+json"
SCREENSHOTS = "COURSE_SCREENSHOTS"  # a folder to keep them in; otherwise nobody looks at them

# What a widget's picture tells once each of its controls was moved by one.
MOVED = {"00": ["Completed", "2 task runs"], "01": ["Failed", "3 failed attempt"]}


@dataclass(frozen=True)
class Lab:
    address: str
    browser: Browser
    workspace: Path


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    executable = find_chromium()
    if executable is None:
        pytest.skip("no Chromium on the PATH; COURSE_CHROMIUM may name one")
    workspace = tmp_path_factory.mktemp("learner")
    with (
        course_lab(workspace) as address,
        sync_playwright() as playwright,
        chromium(playwright, executable, workspace) as browser,
    ):
        yield Lab(address, browser, workspace)
        started = processes(workspace)
    psutil.wait_procs(started, timeout=SECONDS)
    assert not [process for process in started if process.is_running()]
    assert not processes(workspace)


@pytest.fixture
def page(lab: Lab) -> Iterator[Page]:
    """A new browser window, which must neither complain nor ask other machines for anything."""
    sharp = 2 if SCREENSHOTS in os.environ else 1
    watch = Watch()
    with lab.browser.new_context(
        viewport={"width": 1280, "height": 900}, device_scale_factor=sharp
    ) as context:
        page = context.new_page()
        page.set_default_timeout(SECONDS * 1000)
        expect.set_options(timeout=SECONDS * 1000)
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
    assert not notebook.popups()


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_runs_and_can_be_played_with(
    path: Path, lab: Lab, page: Page, folder: Path
) -> None:
    notebook = Notebook.open(page, lab.address, path.name)
    notebook.run_all()
    assert not complaints(notebook)
    play(notebook, MOVED.get(path.name[:2], []))
    pictures = look(notebook, folder / path.stem)
    assert len(pictures) == len(with_output(notebook, PNG, WIDGET))
    assert not [each for each in pictures if not (each.alt and each.width and each.fits)]
    assert not notebook.popups()
    if path.name.startswith("01") and SCREENSHOTS in os.environ:
        take_readme_picture(notebook, folder)


def test_an_exercise_is_solved_and_remembered(
    lab: Lab, page: Page, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_WORKSPACE", str(lab.workspace))
    (chapter,) = (path for path in CHAPTERS if path.name.startswith("01"))
    notebook = Notebook.open(page, lab.address, chapter.name)
    notebook.run("start", "imports", "ex-01-2-stub", "ex-01-2-check")
    box = notebook.output("ex-01-2-check")
    expect(box).to_contain_text("not attempted")
    assert "01.2" not in store.read()

    notebook.replace("ex-01-2-stub", exercise_source(paths.SOLUTIONS, "01.2", "solution"))
    notebook.run("ex-01-2-stub", "ex-01-2-check")
    expect(box).to_contain_text("solved")
    box.screenshot(path=folder / "exercise-solved.png", scale="css")
    assert store.read()["01.2"].solved


def complaints(notebook: Notebook) -> list[str]:
    """Say of each cell what went wrong in it, or should have and didn't."""
    found = []
    for cell in notebook.cells:
        if cell["cell_type"] != "code":
            continue
        outputs, fails = cell["outputs"], "raises-exception" in cell["metadata"]["tags"]
        errors = [each["ename"] for each in outputs if each["output_type"] == "error"]
        if cell["execution_count"] is None:
            found.append(f"{cell['id']} did not run")
        elif bool(errors) != fails:
            found.append(f"{cell['id']} {'did not fail' if fails else f'failed: {errors}'}")
        found += [f"{cell['id']}: {o['text']}" for o in outputs if o.get("name") == "stderr"]
    return found


def with_output(notebook: Notebook, *kinds: str) -> list[str]:
    """Give the ids of the cells that show something of these MIME types."""
    return [
        cell["id"]
        for cell in notebook.cells
        if any(
            kind in output.get("data", {}) for output in cell.get("outputs", []) for kind in kinds
        )
    ]


def play(notebook: Notebook, told: list[str]) -> None:
    """Move each control by one, with the keyboard, and wait until the picture has followed."""
    for cell_id in with_output(notebook, WIDGET):
        output = notebook.output(cell_id)
        picture = output.locator("img")
        controls = output.locator("[role=slider], select")
        expect(controls.first).to_be_visible()
        for control in controls.all():
            before = picture.get_attribute("src")
            assert before
            control.press("ArrowRight")
            expect(picture).not_to_have_attribute("src", before)
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
    last = [cell["id"] for cell in notebook.cells if cell["id"].startswith("retries-look")][-1]
    notebook.output(last, align="end")
    notebook.page.locator(".jp-NotebookPanel").screenshot(path=folder / "chapter.png")
