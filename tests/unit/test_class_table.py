"""The class's table: from folders, and in words."""

from pathlib import Path

import pytest

from course_lib import paths
from course_lib.app import cli
from course_lib.exercises import store
from course_tools.classroom import table
from course_tools.classroom.table import ClassTable, Learner, from_folders

EXERCISES = ("01.1", "01.2", "02.1")


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two learners' workspaces, as JupyterHub has them."""
    for login, marks in (("ada", {"01.1": True, "01.2": False}), ("bob", {"01.1": True})):
        monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "homes" / login / "prefect-course"))
        for exercise, solved in marks.items():
            store.record(exercise, solved=solved)
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "teacher"))
    return tmp_path / "homes"


def test_it_reads_folders_and_writes_nothing_there(homes: Path) -> None:
    before = sorted(homes.rglob("*"))
    table = from_folders([homes])
    assert sorted(homes.rglob("*")) == before
    assert table.learners == (
        Learner("ada", {"01.1": True, "01.2": False}),
        Learner("bob", {"01.1": True}),
    )
    assert from_folders([homes / "bob"]).learners == table.learners[1:]
    assert from_folders([homes / "bob/prefect-course"]).learners == table.learners[1:]


def test_who_has_solved_nothing_yet_has_a_line_too(homes: Path) -> None:
    (homes / "bob/prefect-course/.course/progress.json").unlink()
    assert from_folders([homes]).learners[1] == Learner("bob", {})


def test_outside_of_a_home_the_folder_gives_the_name(
    homes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (homes / "bob/prefect-course").rename(homes / "car\u200bol")  # a letter that can't be seen
    assert [learner.name for learner in from_folders([homes]).learners] == ["ada", "carol"]
    monkeypatch.chdir(homes / "ada/prefect-course")
    assert [learner.name for learner in from_folders([Path()]).learners] == ["ada"]


def test_it_draws_all_by_name_and_only_begun_chapters() -> None:
    learners = (
        Learner("kim", {"01.1": True, "02.1": False}),
        Learner("Adam", {"01.1": True, "01.2": False}),
        Learner("bob", None),
    )
    assert repr(ClassTable(learners, (*EXERCISES, "03.1"))).splitlines() == [
        "      01 02  solved",
        "Adam  x~ .   1 of 4",
        "bob   can't be read",
        "kim   x. ~   1 of 4",
        "",
        "3 learners. x solved, ~ tried, . open; by chapter.",
        "At 01.2, " + table.all_exercises()["01.2"].title + ": 1 tried so far, 0 solved.",
        "At 02.1, " + table.all_exercises()["02.1"].title + ": 1 tried so far, 0 solved.",
    ]


def test_an_unreadable_progress_file_costs_its_own_line_only(homes: Path) -> None:
    (homes / "bob/prefect-course/.course/progress.json").write_text("{")
    table = from_folders([homes])
    assert [learner.marks is None for learner in table.learners] == [False, True]
    assert "bob  can't be read" in repr(table)
    assert (homes / "bob/prefect-course/.course/progress.json").read_text() == "{"


@pytest.mark.parametrize(
    ("name", "says"), [("nowhere", "There is no folder"), ("empty", "No learner's work is in")]
)
def test_wrong_folders_are_told_in_a_sentence(
    name: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert cli.main(["class", "show", str(tmp_path / name)]) == 1
    told = capsys.readouterr().err
    assert told.startswith(says)
    assert told.count("\n") == 1


def test_without_a_class_it_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    monkeypatch.setattr(paths, "LEARNERS", tmp_path / "learners")
    assert cli.main(["class"]) == 1
    assert "make class" in capsys.readouterr().err


def test_by_default_it_reads_what_jupyterhub_keeps(
    homes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(paths, "LEARNERS", homes)
    assert cli.main(["class"]) == 0
    assert "2 learners." in capsys.readouterr().out
