"""The cheat sheet: a printed sheet, both sides, made from the summaries of the chapters.

All of them would fill more. Which rows are on the sheet stands in a file beside it,
``cheatsheet.toml``; a chapter that isn't named there gives the first rows of its first table.
"""

import tomllib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.front_matter import Chapter, cell_texts, chapters
from course_lib.language.catalogues import entries
from course_lib.language.choice import ENGLISH, Language
from course_lib.language.notebooks import front_matter
from course_tools.build.markdown import read_tables, render

FIRST_ROWS = 4

Row = tuple[Sequence[str], Sequence[str]]  # its table's head, and its cells


def page(path: Path, solutions: Path, language: Language = ENGLISH) -> str:
    """Return the page as the masters in `solutions` and the choice beside `path` have it."""
    chosen = tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))
    return render(
        "cheatsheet.html.j2",
        language,
        release=version("prefect"),
        chapters=[
            (front_matter(each, language), _rows(each, chosen.get(each.number), language))
            for each in chapters(solutions)
        ],
    )


def _rows(chapter: Chapter, chosen: Sequence[str] | None, language: Language) -> list[Row]:
    english, summary = _summary(chapter.path)
    translated = entries(language, chapter.name).get(summary)
    tables = read_tables(translated.translated) if translated else english
    if [*map(len, tables)] != [*map(len, english)]:
        tables = english  # until the rows that are new have been translated, which a test requires
    if chosen is None:
        chosen = [row[0] for row in english[0][1 : 1 + FIRST_ROWS]]
    # Rows are chosen by their English words.
    rows = {
        row[0]: (tables[at][0], tables[at][line])
        for at, table in enumerate(english)
        for line, row in enumerate(table[1:], start=1)
    }
    if missing := [name for name in chosen if name not in rows]:
        raise CourseError(
            f"the summary of {chapter.name} has no row {missing[0]!r}; it has: {'; '.join(rows)}. "
            "Which of them are on the sheet stands in cheatsheet.toml."
        )
    return [rows[name] for name in chosen]


def _summary(path: Path) -> tuple[list[list[list[str]]], str]:
    """Return the tables of a chapter's summary, and the id of their cell."""
    for cell, text in cell_texts(path).items():
        _, _, below = text.partition("## Summary\n")
        if tables := read_tables(below.partition("\n## ")[0]):
            return tables, cell
    raise CourseError(f"{path.name} has no table under '## Summary'.")
