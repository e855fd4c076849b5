"""The course in Chinese, in JupyterLab and in a real browser: what is beside code is Chinese."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, expect

from course_lib import paths
from course_lib.exercises import store
from course_lib.front_matter import exercise_source
from course_lib.server.processes import end_all
from tests.browser.jupyter import (
    SECONDS,
    Notebook,
    Watch,
    course_lab,
    left_of,
    processes,
)
from tests.browser.test_lab import SCREENSHOTS, complaints, play

CHAPTER = "04_parallel.ipynb"


@pytest.fixture
def notebook(browser: Browser, tmp_path: Path) -> Iterator[Notebook]:
    """Open the chapter in JupyterLab, which must neither complain nor ask other machines."""
    watch, started = Watch(), list[psutil.Process]()
    expect.set_options(timeout=SECONDS * 1000)
    sharp = 2 if SCREENSHOTS in os.environ else 1
    try:
        with (
            course_lab(tmp_path, "--language", "zh") as address,
            browser.new_context(
                viewport={"width": 1280, "height": 900}, device_scale_factor=sharp
            ) as context,
        ):
            page = context.new_page()
            watch.follow(page)
            yield Notebook.open(page, address, CHAPTER)
            started = processes(tmp_path)
        assert not left_of(started)
        assert not watch.complaints
    finally:
        end_all([*started, *processes(tmp_path)])


@pytest.mark.thorough
def test_a_chapter_is_read_run_checked_and_played_with_in_chinese(
    notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(os.environ.get(SCREENSHOTS, tmp_path))
    page = notebook.page
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    expect(page.get_by_role("menuitem", name="文件")).to_be_visible()  # JupyterLab's own words
    assert notebook.cells[0]["source"].startswith("# 04 · 并行任务")
    page.screenshot(path=folder / "chinese-opened.png", scale="css")

    stub, solution = (
        exercise_source(paths.SOLUTIONS, "04.1", part) for part in ("stub", "solution")
    )
    wrong = stub.replace("counts = []", "counts: list[int] = []")
    notebook.run("start", "imports", "compare-run")
    for source, outcome in ((wrong, "还没做到"), (solution, "已解决")):
        notebook.replace("ex-04-1-stub", source)
        notebook.run("ex-04-1-stub", "ex-04-1-check")
        box = notebook.shown("ex-04-1-check").locator(".course-result")
        expect(box).to_contain_text(outcome)
        # Of what it says only names and values are English.
        assert not re.search(r"(?:\b[a-z']+ ){3,}", box.inner_text())
        box.screenshot(path=folder / f"chinese-{outcome}.png", scale="css")
    assert store.read()["04.1"].solved

    notebook.run("workers-run", "play-workers")
    play(notebook, [])
    notebook.shown("play-workers").screenshot(path=folder / "chinese-widget.png", scale="css")

    notebook.replace("start", "import course_lib as course\ncourse.start()\ncourse.progress()")
    notebook.run("start")
    progress = notebook.shown("start").locator(".jp-Cell-outputArea")
    expect(progress).to_contain_text("并行任务")
    page.screenshot(path=folder / "chinese-progress.png", scale="css")
    assert not [each for each in complaints(notebook) if "did not" not in each]  # few were run
    assert not notebook.troubles()
