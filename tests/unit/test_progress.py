"""How far a learner is: every exercise once, in words as well as in colours."""

import re
from pathlib import Path

import pytest

import course_lib as course
from course_lib import paths
from course_lib.app.progress import ChapterMarks, ExerciseMark, Progress
from course_lib.chapters import all_exercises
from course_lib.exercises import store
from course_lib.front_matter import chapters


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Progress:
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    store.record("00.1", solved=True)
    store.record("01.1", solved=False)
    return course.progress()


def test_it_lists_every_exercise_under_its_chapter(begun: Progress) -> None:
    assert [mark.id for mark in begun.marks] == sorted(all_exercises())
    titles = {chapter.number: chapter.title for chapter in chapters(paths.SOLUTIONS)}
    assert {chapter.number: chapter.title for chapter in begun.chapters} == titles


def test_a_state_is_solved_tried_or_open(begun: Progress) -> None:
    states = {mark.id: mark.state for mark in begun.marks}
    assert (states["00.1"], states["01.1"], states["01.2"]) == ("solved", "tried", "open")
    assert begun.next is not None
    assert begun.next.id == "00.2"


def test_a_terminal_shows_text(begun: Progress) -> None:
    lines = repr(begun).splitlines()
    assert lines[0] == f"1 of {len(all_exercises())} exercises solved"
    assert re.fullmatch(r"00  Start here +\[x\] \[ \]", lines[1])
    assert re.fullmatch(r"01  Tasks +\[~\] \[ \] \[ \]", lines[2])
    assert lines[-1] == "Next: 00.2, A shop that moves."


def test_the_picture_says_in_words_what_it_shows_in_colours(begun: Progress) -> None:
    html = begun._repr_html_()
    labels = re.findall(r'aria-label="([^"]+: (?:solved|tried|open))"', html)
    assert len(labels) == len(begun.marks)
    assert labels[0] == "00.1 The busiest shop: solved"
    assert html.count(">✓<") == 2  # one mark, and the key
    assert '<a href="01_tasks.ipynb">01 · Tasks</a>' in html


def test_it_is_the_same_each_time(begun: Progress) -> None:
    assert course.progress()._repr_html_() == begun._repr_html_()


def test_in_the_end_there_is_nothing_left_and_no_markup_of_others() -> None:
    mark = ExerciseMark("99.1", "<b>Don't</b>", "solved")
    done = Progress((ChapterMarks("99", "99_end", "The <end>", (mark,)),))
    assert repr(done).splitlines()[-1] == "All of them."
    assert "<end>" not in done._repr_html_()
    assert "<b>Don" not in done._repr_html_()
    assert "width: 100%" in done._repr_html_()
