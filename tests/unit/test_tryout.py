"""Trying out old code: what comes of it, what it leaves behind, and the picture of both forms."""

import sys
import warnings

import pytest

import course_lib as course
from course_lib.chapters.ch17 import tryout
from course_lib.chapters.ch17.removals import REMOVALS
from course_lib.chapters.ch17.tryout import Reply, old_form, try_code, try_removal
from course_lib.errors import CourseError


@pytest.fixture(scope="module", autouse=True)
def _connected() -> None:
    course.start()


def test_code_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLD_SHOP", "north")
    before = set(sys.modules)
    source = "import os\nos.environ['OLD_SHOP'] = 'east'\nprint(os.environ['OLD_SHOP'])"
    assert try_code(source) == Reply("east", refused=False)
    assert try_code("import os\nprint(os.environ['OLD_SHOP'])").text == "north"
    assert set(sys.modules) == before


def test_words_tell_no_place() -> None:
    assert try_code("from json import missing").text == (
        "ImportError: cannot import name 'missing' from 'json'"
    )
    assert try_code("x = (").text == "SyntaxError: '(' was never closed (flows.py)"


def test_a_warning_that_is_raised_here_does_not_end_the_code() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert try_code("import warnings\nwarnings.warn('gone', DeprecationWarning)").text == (
            "DeprecationWarning: gone"
        )


def test_a_picture_of_both_forms() -> None:
    picture = old_form("Parameter")
    assert picture.png.startswith(b"\x89PNG")
    assert "cannot import name 'Parameter'" in picture.alt
    assert "Today's form: north." in picture.alt
    with pytest.raises(CourseError, match="no old form 'Parameters'"):
        old_form("Parameters")


def test_a_command_is_tried_with_todays_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[list[str]]] = []

    def answers(lines: list[list[str]]) -> list[Reply]:
        asked.append(lines)
        return [Reply("gone", True), Reply("here", False)]

    monkeypatch.setattr(tryout, "try_commands", answers)
    old, today = try_removal(next(row for row in REMOVALS if row.id == "cli-orion"))
    assert asked == [[["orion", "start"], ["server", "start", "--help"]]]
    assert (old.refused, today.refused) == (True, False)
