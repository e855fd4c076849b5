"""The class's table: from folders, in words, and with names only where they were given."""

import json
import os
from pathlib import Path

import pytest

from course_lib import paths
from course_lib.app import cli
from course_lib.errors import CourseError
from course_lib.exercises import store
from course_lib.kernel import learner, roll
from course_lib.kernel.learner import Learner, Membership
from course_lib.kernel.roll import Line
from course_tools.classroom import table
from course_tools.classroom.table import ClassTable, from_folders

EXERCISES = ("01.1", "01.2", "02.1")


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two learners' workspaces, as JupyterHub has them: Ada has said her name, Bob has not."""
    for login, name, marks in (
        ("ada-lovelace", "Ada", {"01.1": True, "01.2": False}),
        ("bob", None, {"01.1": True}),
    ):
        monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "homes" / login / "prefect-course"))
        learner.call_me(name)
        for exercise, solved in marks.items():
            store.record(exercise, solved=solved)
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "teacher"))
    return tmp_path / "homes"


def test_it_reads_folders_and_writes_nothing_there(homes: Path) -> None:
    before = sorted(homes.rglob("*"))
    table = from_folders([homes])
    assert sorted(homes.rglob("*")) == before
    assert {line.learner.name: line.marks for line in table.lines} == {
        "Ada": {"01.1": True, "01.2": False},
        None: {"01.1": True},
    }
    assert from_folders([homes / "bob"]).lines == from_folders([homes / "bob/prefect-course"]).lines


def test_no_name_is_shown_that_was_not_given(homes: Path) -> None:
    told = repr(from_folders([homes]))
    assert "Ada (" in told
    assert "lovelace" not in told  # the account's name
    assert "bob" not in told


def test_it_draws_those_with_names_first_and_only_begun_chapters() -> None:
    lines = (
        Line(Learner("k7f3x"), {"01.1": True, "02.1": False}),
        Line(Learner("aaaaa", "Zoë"), {"01.1": True, "01.2": False}),
        Line(Learner("bbbbb"), None),
    )
    assert repr(ClassTable(lines, (*EXERCISES, "03.1"))).splitlines() == [
        "             01 02  solved",
        "Zoë (aaaaa)  x~ .   1 of 4",
        "bbbbb        can't be read",
        "k7f3x        x. ~   1 of 4",
        "",
        "3 learners. x solved, ~ tried, . open; by chapter.",
        "At 01.2, " + table.all_exercises()["01.2"].title + ": 1 tried so far, 0 solved.",
        "At 02.1, " + table.all_exercises()["02.1"].title + ": 1 tried so far, 0 solved.",
    ]


def test_an_unreadable_progress_file_costs_its_own_line_only(homes: Path) -> None:
    (homes / "bob/prefect-course/.course/progress.json").write_text("{")
    table = from_folders([homes])
    assert sorted((line.learner.name or "", line.marks is None) for line in table.lines) == [
        ("", True),
        ("Ada", False),
    ]
    assert "can't be read" in repr(table)
    assert (homes / "bob/prefect-course/.course/progress.json").read_text() == "{"


def test_who_has_no_id_yet_gets_no_name_of_a_folder_either(homes: Path) -> None:
    (homes / "bob/prefect-course/.course/learner.json").unlink()
    told = repr(from_folders([homes]))
    assert "unknown-" in told
    assert "bob" not in told


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
    assert "course class serve" in capsys.readouterr().err


def test_a_name_can_be_given_and_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    assert cli.main(["name"]) == 0
    assert "no name is shown" in capsys.readouterr().out
    id = learner.me().id
    assert cli.main(["name", " Ada\n\x1b[2J Lovelace "]) == 0
    assert learner.me() == Learner(id, "Ada [2J Lovelace")  # on one line, and harmless
    assert "You are" not in capsys.readouterr().err
    assert cli.main(["name", "--forget"]) == 0
    assert learner.me() == Learner(id)
    assert cli.main(["name", "   "]) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_the_key_is_nobody_elses_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    learner.remember(Membership("http://127.0.0.1:4210", "class:secret"))
    file = tmp_path / ".course" / "class.json"
    assert file.stat().st_mode & 0o077 == 0
    assert learner.membership() == Membership("http://127.0.0.1:4210", "class:secret")
    file.write_text("[]")
    with pytest.raises(CourseError, match="course leave"):
        learner.membership()
    assert learner.forget_class()
    assert not learner.forget_class()


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("192.168.1.5:4210", "http://192.168.1.5:4210"),
        (" http://room-3:4210/api ", "http://room-3:4210"),
    ],
)
def test_an_address_as_people_type_it(address: str, plain: str) -> None:
    assert learner.plain_address(address) == plain


@pytest.mark.parametrize(
    "address", ["", "room-3", "https://room-3:4210", "http://room-3:x", "http://a:b@room-3:1/"]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(CourseError, match="isn't the address of a class"):
        learner.plain_address(address)


def test_a_line_that_somebody_spoilt_is_a_line_that_cannot_be_read() -> None:
    assert roll._line("k7f3x", ["nonsense"]) == Line(Learner("k7f3x"), None)
    spoilt = json.loads('{"name": null, "marks": {"01.1": 1, "x\\ny": 1}}')
    assert roll._line("k7f3x", spoilt).marks == {"01.1": True}
