"""The instructor's guide says something of every chapter, and points to cells that exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from course_lib.chapters import all_exercises
from course_lib.front_matter import Chapter, cell_texts, chapters
from course_tools.build.guide import sessions
from course_tools.build.markdown import read_tables
from course_tools.classroom.table import ClassTable, Learner

ROOT = Path(__file__).parents[1]
CHAPTERS = {chapter.number: chapter for chapter in chapters(ROOT / "solutions")}
TEXT = (ROOT / "instructor" / "guide.md").read_text(encoding="utf-8")
# The headings and rows of sections such as '### 01 · Tasks', by number.
SECTIONS = {
    part[:2]: (part.splitlines()[0], read_tables(part)[0][1:])
    for part in re.split(r"^#{1,3} ", TEXT, flags=re.MULTILINE)
    if re.match(r"\d\d · ", part)
}
# Pages of Prefect's documentation; TOML itself refuses a page that is there twice.
PAGES = tomllib.loads((ROOT / "instructor" / "documentation.toml").read_text(encoding="utf-8"))
# What learners see: no solutions, no notes for instructors.
TAUGHT = {
    f"{chapter.number}/{cell}": text
    for chapter in chapters(ROOT / "notebooks")
    for cell, text in cell_texts(chapter.path).items()
}
EXERCISES = tuple(all_exercises())
ROUTES = re.findall(r"<!-- route [a-z]+: (.+) -->", TEXT)


@pytest.mark.parametrize("chapter", CHAPTERS.values(), ids=lambda chapter: chapter.name)
def test_a_chapter_has_three_places_where_people_stumble(chapter: Chapter) -> None:
    assert chapter.number in SECTIONS, f"instructor/guide.md has no '### {chapter.number} · …'"
    title, places = SECTIONS[chapter.number]
    assert title == f"{chapter.number} · {chapter.title}"
    assert len(places) >= 3
    assert all("*Deeper*" in what for _, what, _ in places[3:])
    for where, what, question in places:
        cells = re.findall("`([^`]+)`", where)
        assert cells
        assert set(cells) <= cell_texts(chapter.path).keys(), cells
        assert what
        assert question.strip('"').endswith("?"), question


def test_the_sections_are_in_order() -> None:
    assert list(SECTIONS) == sorted(SECTIONS)


def test_the_routes_are_as_long_as_they_say() -> None:
    half_day, day, two_days, weeks = (
        [sum(stop.minutes for stop in stops) for stops in sessions(plan, CHAPTERS)]
        for plan in ROUTES
    )
    assert sum(half_day) <= 4 * 60 - 30  # half an hour besides
    assert (len(day), len(two_days), len(weeks)) == (4, 8, 10)
    assert max(day + two_days) <= 110
    for one_day in (day, two_days[:4], two_days[4:]):
        assert sum(one_day) <= 6.5 * 60  # eight hours, but for lunch and two breaks
    assert max(weeks) <= 2 * 60  # and ten minutes for last week's


def test_the_last_route_leaves_no_chapter_out() -> None:
    weeks = sessions(ROUTES[-1], CHAPTERS)
    assert sorted(stop.chapter.number for stops in weeks for stop in stops) == sorted(CHAPTERS)


def test_the_table_of_a_class_is_what_the_command_prints() -> None:
    ada = dict.fromkeys(EXERCISES[:6], True) | {"02.2": False}
    bob = dict.fromkeys(("00.1", "00.2", "01.1"), True) | {"01.2": False}
    table = ClassTable((Learner("ada", ada), Learner("bob", bob)), EXERCISES)
    assert f"```\n{table}\n```" in TEXT


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_the_documentation_has_cells_or_a_reason(path: str) -> None:
    page = PAGES[path]
    assert path.startswith(("concepts/", "how-to-guides/"))
    if "reason" in page:
        assert page.keys() == {"title", "reason"}
        assert page["reason"].endswith(".")
    else:
        assert page.keys() == {"title", "cells", "shows"}
        assert len(page["cells"]) == len(set(page["cells"])) > 0
        assert set(page["cells"]) <= TAUGHT.keys()
        assert any(page["shows"] in TAUGHT[cell] for cell in page["cells"]), page["shows"]


def test_no_page_of_the_documentation_is_listed_twice() -> None:
    assert len({page["title"] for page in PAGES.values()}) == len(PAGES)
