"""The learner's project, as chapters find it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from course_lib import paths
from course_lib.chapters.project import folder, project, written
from course_lib.errors import CourseError
from course_tools.build.stable_outputs import dumps


@pytest.fixture
def solutions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make two chapters that write a file each into a project of three."""
    folder = tmp_path / "solutions"
    for name in ("given.py", "seven.py", "eight.py"):
        (folder / "project" / "app").mkdir(parents=True, exist_ok=True)
        (folder / "project" / "app" / name).write_text(f"# {name}\n")
    for chapter, file in (("07_deploy", "seven"), ("08_operate", "eight")):
        stub = new_code_cell(f"%%writefile project/app/{file}.py\n...")
        cell = new_code_cell(f"%%writefile project/app/{file}.py\n# {file}.py")
        nb = new_notebook(cells=[new_code_cell("1 + 1"), stub, cell])
        (folder / f"{chapter}.ipynb").write_text(dumps(nb))
    monkeypatch.setattr(paths, "SOLUTIONS", folder)
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "workspace"))
    (tmp_path / "workspace").mkdir()
    before = Path.cwd()
    yield folder
    os.chdir(before)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "app").iterdir())


def test_what_chapters_write(solutions: Path) -> None:
    assert written(solutions) == {
        "app/seven.py": (7, "# seven.py\n"),
        "app/eight.py": (8, "# eight.py\n"),
    }


def test_it_is_as_the_chapter_finds_it_and_the_learners_own_stays(
    solutions: Path, tmp_path: Path
) -> None:
    os.chdir(tmp_path / "workspace")
    folder = project(7)
    assert folder == tmp_path / "workspace" / "project"
    assert names(folder) == ["given.py"]
    (folder / "app" / "given.py").write_text("# mine\n")
    assert project(8) == folder
    assert names(folder) == ["given.py", "seven.py"]
    assert (folder / "app" / "given.py").read_text() == "# mine\n"


def test_a_notebook_elsewhere_gets_a_copy_of_its_own(solutions: Path, tmp_path: Path) -> None:
    os.chdir(solutions)
    folder = project(9)
    assert names(folder) == ["eight.py", "given.py", "seven.py"]
    assert folder.is_relative_to(tmp_path / "workspace" / ".course")
    assert Path.cwd() == folder.parent
    assert project(9) == folder  # again, from there


def test_a_chapters_own_files_lie_in_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert folder(8) == tmp_path / "files" / "08"
    (tmp_path / "files" / "08" / "mine.db").write_text("mine")
    assert list(folder(8).iterdir()) == [tmp_path / "files" / "08" / "mine.db"]
    (tmp_path / "files" / "13").write_text("a file in the way")
    with pytest.raises(CourseError, match=r"13 can't be written \(.+\): make room for it, or set "):
        folder(13)


def test_a_notebook_elsewhere_gets_a_folder_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.chdir(tmp_path)
    own = folder(8)
    assert own.is_relative_to(tmp_path / "workspace" / ".course")
    assert own.parent.parent == Path.cwd()
