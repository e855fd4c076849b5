"""Cells that are interrupted, and cells that are run before those above them, in a real kernel."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from course_lib.app.jupyterlab import lab_environment
from tests.faults.place import Kernel, Place, place

WAITS = """
from pathlib import Path
from time import sleep

from prefect import flow, task

import course_lib as course

course.start()
get_ipython().run_line_magic("colors", "nocolor")


@task
def wait_for_file(name):
    while not Path(name).exists():
        sleep(0.05)


@flow
def in_flow(name):
    print("now", flush=True), wait_for_file(name)


@flow
def in_result(name):
    future = wait_for_file.submit(name)
    print("now", flush=True), future.result()
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("cells")) as here:
        yield here


@pytest.fixture(scope="module")
def kernel(here: Place) -> Kernel:
    kernel = here.kernel()
    assert "is ready" in kernel.run(WAITS)
    kernel.run("from asyncio import sleep as asleep")
    return kernel


@pytest.mark.parametrize(
    ("cell", "stood_at"),
    [
        ("print('now', flush=True), sleep(60)", "sleep(60)"),
        ("in_flow('{}')", "in_flow('"),
        ("in_result('{}')", "future.result()"),
        ("course.watch(in_flow, '{}')", "course.watch("),
        # ipykernel may see an interrupt at the end of what is awaited, and not before.
        ("print('now', flush=True), await asleep(2)", "await asleep(2)"),
    ],
)
def test_an_interrupted_cell_shows_its_own_lines(
    kernel: Kernel, tmp_path: Path, cell: str, stood_at: str
) -> None:
    file = tmp_path / "file"  # what a task waits for: it must not outlive the interrupt

    def interrupt() -> None:
        kernel.manager.interrupt_kernel()
        file.touch()

    lines = kernel.run(cell.format(file), interrupt).splitlines()
    assert "Error" in lines[-1] or "KeyboardInterrupt" in lines[-1], lines
    assert any(line.startswith("---") and stood_at in line for line in lines), lines
    assert len(lines) <= 30, lines
    assert "site-packages" not in "".join(lines)


def notebook(path: Path, *cells: str) -> Path:
    written = [{"id": f"cell-{n}", "cell_type": "code", "source": c} for n, c in enumerate(cells)]
    path.write_text(json.dumps({"cells": written}))
    return path


def hint(here: Place, path: Path, cell: int) -> str:
    """Return what is shown of a cell that runs first, in a new kernel as JupyterLab starts it."""
    kernel = Kernel(
        lab_environment(here.environment) | {"JPY_SESSION_NAME": str(path)}, path.parent
    )
    try:
        source: Any = json.loads(path.read_text())["cells"][cell]["source"]
        kernel.client.session.metadata = {"cellId": f"cell-{cell}"}
        return kernel.run(source)
    finally:
        kernel.close()


@pytest.mark.parametrize("above", ["from prefect import flow", "def flow(): ...", "flow = await f"])
def test_a_name_of_a_cell_above_says_what_to_run(here: Place, tmp_path: Path, above: str) -> None:
    path = notebook(tmp_path / "book.ipynb", above, "@flow\ndef mine(): ...")
    told = hint(here, path, 1)
    assert "name 'flow' is not defined" in told
    assert "A cell above this one defines 'flow'" in told
    assert "Run All Above Selected Cell" in told


def test_a_name_that_no_cell_above_defines_gets_no_advice(here: Place, tmp_path: Path) -> None:
    path = notebook(tmp_path / "book.ipynb", "fl0w = 1", "flow()", "flow = 2")
    told = hint(here, path, 1)
    assert "name 'flow' is not defined" in told
    assert "Run All Above" not in told
