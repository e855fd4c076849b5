"""The learner's folder, on a small course that the tests make."""

import json
from pathlib import Path
from typing import Any

import pytest

from course_lib import paths
from course_lib.app import workspace
from course_lib.errors import CourseError
from course_lib.exercises import store


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a course with two chapters and a project file; nothing is laid yet."""
    folder = tmp_path / "notebooks"
    (folder / "project").mkdir(parents=True)
    for name in ("01_tasks", "02_flows"):
        notebook(folder / f"{name}.ipynb", f"print('{name}')", "1 + 1")
    (folder / "project" / "shop.py").write_bytes(b"orders = 1\n")
    monkeypatch.setattr(paths, "NOTEBOOKS", folder)
    sheet = tmp_path / "cheatsheet.html"
    sheet.write_text("all of it")
    monkeypatch.setattr(paths, "CHEAT_SHEET", sheet)
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "mine"))
    return folder


@pytest.fixture
def mine(course: Path, tmp_path: Path) -> Path:
    """Lay the course."""
    workspace.lay()
    return tmp_path / "mine"


def notebook(path: Path, *sources: str, **metadata: Any) -> None:
    """Write a notebook that ran: every cell has an output."""
    cells = [
        {
            "cell_type": "code",
            "execution_count": number,
            "id": f"cell-{number}",
            "metadata": {},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": ["the answer\n"]}],
            "source": source.splitlines(keepends=True),
        }
        for number, source in enumerate(sources, 1)
    ]
    content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def sources(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(path.read_bytes())["cells"]]


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".course" not in path.parts
    }


# --- lay ------------------------------------------------------------------------------------


def test_the_first_lay_copies_everything_without_outputs(course: Path, tmp_path: Path) -> None:
    (course / ".ipynb_checkpoints").mkdir()
    (course / ".ipynb_checkpoints" / "01_tasks-checkpoint.ipynb").write_text("{}")
    (course / "project" / ".hypothesis" / "constants").mkdir(parents=True)
    (course / "project" / ".hypothesis" / "constants" / "0249").write_text("")
    before = files(course)
    assert workspace.lay() == [f"4 files were copied to {tmp_path / 'mine'}."]
    laid = files(tmp_path / "mine")
    assert sorted(laid) == [
        "01_tasks.ipynb",
        "02_flows.ipynb",
        "cheatsheet.html",
        "project/shop.py",
    ]
    assert b"the answer" not in laid["01_tasks.ipynb"]
    cells = json.loads(laid["01_tasks.ipynb"])["cells"]
    assert [cell["execution_count"] for cell in cells] == [None, None]
    assert sources(tmp_path / "mine" / "01_tasks.ipynb") == ["print('01_tasks')", "1 + 1"]
    assert files(course) == before


def test_laying_again_changes_nothing(course: Path, mine: Path) -> None:
    before = files(mine)
    assert workspace.lay() == []
    assert files(mine) == before


def test_a_deleted_file_is_laid_again(course: Path, mine: Path) -> None:
    (mine / "02_flows.ipynb").unlink()
    assert workspace.lay() == [f"02_flows.ipynb was copied to {mine}."]
    assert (mine / "02_flows.ipynb").exists()


def test_a_file_that_was_only_run_is_brought_up_to_date(course: Path, mine: Path) -> None:
    # What JupyterLab does to a notebook whose last cell was run with Shift-Enter.
    notebook(mine / "01_tasks.ipynb", "print('01_tasks')", "1 + 1", "", language="python")
    notebook(course / "01_tasks.ipynb", "print('better')", "1 + 1")
    (course / "project" / "shop.py").write_bytes(b"orders = 2\n")
    assert workspace.lay() == ["2 files were brought up to date."]
    assert sources(mine / "01_tasks.ipynb") == ["print('better')", "1 + 1"]
    assert (mine / "project" / "shop.py").read_bytes() == b"orders = 2\n"
    assert workspace.lay() == []


@pytest.mark.parametrize(
    "change",
    [
        ["print('mine')", "1 + 1"],
        ["print('01_tasks')", "1 + 1", "extra = 1"],
        ["1 + 1", "print('01_tasks')"],
        ["print('01_tasks')"],
    ],
    ids=["edited", "added", "moved", "deleted"],
)
def test_a_changed_notebook_is_never_overwritten(
    course: Path, mine: Path, change: list[str]
) -> None:
    notebook(mine / "01_tasks.ipynb", *change)
    before = files(mine)
    assert workspace.lay() == []  # nothing newer: nothing to tell
    notebook(course / "01_tasks.ipynb", "print('better')", "1 + 1")
    told = [
        "01 has a newer version; `course reset 01` gives it to you, your copy is kept.",
    ]
    assert workspace.lay() == told
    assert workspace.lay() == told  # until the learner decides
    assert files(mine) == before


def test_a_changed_project_file_is_never_overwritten(course: Path, mine: Path) -> None:
    (mine / "project" / "shop.py").write_bytes(b"mine\n")
    (course / "project" / "shop.py").write_bytes(b"orders = 2\n")
    assert workspace.lay() == [
        "project/shop.py has a newer version; rename yours, and `course lab` lays the new one."
    ]
    assert (mine / "project" / "shop.py").read_bytes() == b"mine\n"


@pytest.mark.parametrize("content", [b"", b"not a notebook", b"[]", b'{"cells": [1]}'])
def test_a_broken_notebook_counts_as_changed(course: Path, mine: Path, content: bytes) -> None:
    (mine / "01_tasks.ipynb").write_bytes(content)
    notebook(course / "01_tasks.ipynb", "print('better')")
    assert len(workspace.lay()) == 1
    assert (mine / "01_tasks.ipynb").read_bytes() == content


@pytest.mark.parametrize("record", [None, b"{", b'{"01_tasks.ipynb": {"no": 1}}'])
def test_without_the_record_nothing_is_lost(course: Path, mine: Path, record: bytes | None) -> None:
    laid = mine / ".course" / "laid.json"
    laid.unlink()
    if record is not None:
        laid.write_bytes(record)
    (mine / "project" / "shop.py").write_bytes(b"mine\n")
    assert len(workspace.lay()) == 1  # about shop.py
    assert (mine / "project" / "shop.py").read_bytes() == b"mine\n"
    # The notebooks are as the course has them, so they are followed again.
    notebook(course / "01_tasks.ipynb", "print('better')")
    assert "01_tasks.ipynb was brought up to date." in workspace.lay()


def test_what_cannot_be_written_is_one_sentence(course: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "project").write_text("a file where a folder must be")
    with pytest.raises(CourseError, match=r"shop\.py can't be .*: "):
        workspace.lay()


# --- reset ----------------------------------------------------------------------------------


def test_reset_keeps_every_copy_and_forgets_that_chapters_progress(
    course: Path, mine: Path
) -> None:
    for exercise in ("01.1", "02.1"):
        store.record(exercise, solved=True)
    kept = []
    for attempt in ("first", "second"):
        notebook(mine / "01_tasks.ipynb", attempt)
        kept.append(workspace.reset("1"))
        assert sources(mine / "01_tasks.ipynb") == ["print('01_tasks')", "1 + 1"]
    backup = mine / ".course" / "backup"
    assert kept == [backup / "01_tasks-1.ipynb", backup / "01_tasks-2.ipynb"]
    assert [sources(path) for path in kept if path] == [["first"], ["second"]]
    assert list(store.read()) == ["02.1"]
    assert workspace.lay() == []


def test_reset_gives_the_newer_version_and_follows_it(course: Path, mine: Path) -> None:
    notebook(mine / "01_tasks.ipynb", "mine")
    notebook(course / "01_tasks.ipynb", "newer")
    workspace.reset("01")
    assert sources(mine / "01_tasks.ipynb") == ["newer"]
    notebook(course / "01_tasks.ipynb", "newest")
    assert workspace.lay() == ["01_tasks.ipynb was brought up to date."]


def test_reset_of_what_is_not_there_lays_it(course: Path, mine: Path) -> None:
    (mine / "01_tasks.ipynb").unlink()
    assert workspace.reset("01") is None
    assert (mine / "01_tasks.ipynb").exists()
    assert workspace.reset("01") is None  # nothing was changed, so nothing to keep


@pytest.mark.parametrize("number", ["99", "", "tasks", "../01"])
def test_reset_of_an_unknown_chapter(course: Path, mine: Path, number: str) -> None:
    with pytest.raises(CourseError, match=r"There is no chapter .*; the chapters are 01, 02\."):
        workspace.reset(number)
