"""What is written from the chapters outside of notebooks, on small chapters that the tests make."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_lib.errors import CourseError
from course_lib.front_matter import cell_texts, exercise_ids
from course_tools.build import cheatsheet, guide
from course_tools.build.derived_documents import outdated, renew, wanted
from course_tools.build.markdown import fill, read_tables
from course_tools.build.stable_outputs import dumps

SUMMARY = """## Summary

| to | write |
|---|---|
| stop *early* | `a | b`, not `<c>` |
| go on | `x` |

A last word.

| you see | it means | do |
|---|---|---|
| red | a [fault](x.md) | look |

## What's next

| not | this |
|---|---|
| a | b |
""".replace("a | b", "a \\| b")


def chapter(
    folder: Path, name: str, *, title: str = "", minutes: int = 30, needs: tuple[str, ...] = ()
) -> None:
    number = name[:2]
    front = {
        "title": title or name[3:].capitalize(),
        "minutes": minutes,
        "deeper_minutes": 10,
        "exercise_minutes": 20,
        "needs": list(needs),
        "can": "do it.",
    }
    note = "> **Speaker note.** 12 minutes up to here. Wait."
    cells = [
        *(new_code_cell("f()", id=f"ex-{number}-{each}-stub") for each in (1, 2, 3)),
        new_markdown_cell(note, id="note"),
        new_markdown_cell("> **Speaker note.** Be quick.", id="no-time"),
        new_markdown_cell(SUMMARY, id="summary"),
    ]
    notebook = new_notebook(cells=cells, metadata={"course": front})
    (folder / f"{name}.ipynb").write_text(dumps(notebook), encoding="utf-8")


@pytest.fixture
def solutions(tmp_path: Path) -> Path:
    folder = tmp_path / "solutions"
    folder.mkdir()
    chapter(folder, "00_start", minutes=25)
    chapter(folder, "01_tasks", needs=("00",))
    chapter(folder, "02_flows", minutes=40, needs=("01",))
    return folder


# --- tables in Markdown -----------------------------------------------------------------------


def test_the_rows_of_tables_are_read() -> None:
    rows = [["a", "`x | y`"], ["b", ""]]
    text = "| one | two |\n|---|---|\n| a | `x \\| y` |\n| b |  |\n"
    assert read_tables(f"Before.\n\n{text}\n\nAfter.\n\n{text}") == [[["one", "two"], *rows]] * 2


def test_content_goes_between_its_markers() -> None:
    text = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n"
    once = fill(text, "x", "new\n")
    assert once == "a\n<!-- x -->\nnew\n<!-- /x -->\nb\n"
    assert fill(once, "x", "new\n") == once
    for wrong in ("a", text + text):
        with pytest.raises(CourseError, match="needs one <!-- x -->"):
            fill(wrong, "x", "new\n")


def test_cells_and_exercises_are_found_by_id(solutions: Path) -> None:
    path = solutions / "01_tasks.ipynb"
    assert exercise_ids(path) == ("01.1", "01.2", "01.3")
    assert cell_texts(path)["summary"].startswith("## Summary")


# --- documents --------------------------------------------------------------------------------


def test_a_document_is_renewed_once(solutions: Path, tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("# A\n<!-- chapters -->\n<!-- /chapters -->\n")
    texts = wanted(tmp_path, ["README.md"])
    assert outdated(texts) == [path]
    assert renew(texts) == [path]
    table = read_tables(path.read_text(encoding="utf-8"))[0]
    assert table[1] == [
        "[00 · Start](notebooks/00_start.ipynb)",
        "25 + 10 + 20",
        "nothing",
        "do it.",
    ]
    assert outdated(texts) == []
    assert renew(texts) == []


def test_a_table_keeps_what_chapters_say(solutions: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("<!-- chapters -->\n<!-- /chapters -->\n")
    chapter(solutions, "03_last", title="a|b")
    (text,) = wanted(tmp_path, ["README.md"]).values()
    assert read_tables(text)[0][-1][0].startswith("[03 · a|b]")


def test_a_document_names_itself_when_something_is_wrong(solutions: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# A")
    with pytest.raises(CourseError, match=r"^README\.md: It needs one"):
        wanted(tmp_path, ["README.md"])
    with pytest.raises(CourseError, match=r"^guide\.md: "):
        wanted(tmp_path, ["instructor/guide.md"])


# --- the guide --------------------------------------------------------------------------------

GUIDE = """# Guide

<!-- chapters -->
<!-- /chapters -->
<!-- class -->
<!-- /class -->

<!-- route day: {plan} -->
old
<!-- /route -->

### 01 · Tasks

| where | what happens | ask |
|---|---|---|
| `note` `ex-01-1-stub` | they hurry | "Why?" |

### 09 · Later

| where | what happens | ask |
|---|---|---|
| `some-cell` | it isn't written yet | "When?" |

## The end

<!-- documentation -->
<!-- /documentation -->
"""

DOCUMENTATION = """
["concepts/flows"]
title = "Flows"
cells = ["02/summary", "01/note", "01/no-time"]
shows = "stop"

["concepts/assets"]
title = "Assets"
reason = "It is for later."
"""


@pytest.fixture
def written(solutions: Path, tmp_path: Path) -> Callable[[str], str]:
    def write(plan: str) -> str:
        path = tmp_path / "guide.md"
        path.write_text(GUIDE.format(plan=plan), encoding="utf-8")
        path.with_name("documentation.toml").write_text(DOCUMENTATION, encoding="utf-8")
        text = guide.updated(path, solutions)
        path.write_text(text, encoding="utf-8")
        assert guide.updated(path, solutions) == text
        return text

    return write


def pace(name: str) -> str:
    return f"12 [`note`](../solutions/{name}.ipynb#cell-id=note)"


def test_the_guides_tables_are_computed(written: Callable[[str], str]) -> None:
    overview, route = read_tables(written("00.* | 02.1 02.3 02.deeper"))[:2]
    assert overview[1:] == [
        [
            "[00 · Start](../solutions/00_start.ipynb)",
            "25",
            "10",
            "20 for 3",
            "55",
            pace("00_start"),
        ],
        [
            "[01 · Tasks](../solutions/01_tasks.ipynb)",
            "30",
            "10",
            "20 for 3",
            "60",
            pace("01_tasks"),
        ],
        [
            "[02 · Flows](../solutions/02_flows.ipynb)",
            "40",
            "10",
            "20 for 3",
            "70",
            pace("02_flows"),
        ],
        ["all", "95", "30", "60", "3 h 05 min", ""],
    ]
    # Two of three exercises of 20 minutes, rounded up; chapter 01 was left out.
    assert route == [
        ["day", "chapter", "teaching", "exercises in class", "left for later"],
        ["day 1: 45 min", overview[1][0], "25", "00.1, 00.2, 00.3: 20", ""],
        [
            "day 2: 1 h 04 min",
            f"{overview[3][0]}, without 01",
            "50, with *Deeper*",
            "02.1, 02.3: 14",
            "02.2",
        ],
        ["all: 1 h 49 min", "", "75", "34", ""],
    ]


@pytest.mark.parametrize(
    ("plan", "reason"),
    [("00 03", "'03'"), ("00.4", "there are 00.1, 00.2, 00.3"), ("soon", "'soon'")],
)
def test_a_route_names_what_there_is(plan: str, reason: str, written: Callable[[str], str]) -> None:
    with pytest.raises(CourseError, match=reason):
        written(plan)


def test_ids_become_links_where_the_chapter_exists(written: Callable[[str], str]) -> None:
    text = written("00")
    assert "| [`note`](../solutions/01_tasks.ipynb#cell-id=note) [`ex-01-1-stub`](" in text
    assert "| `some-cell` | it isn't written yet |" in text


def test_a_page_of_the_documentation_leads_to_its_cells(written: Callable[[str], str]) -> None:
    *_, table = read_tables(written("00"))

    def link(name: str, cell: str) -> str:
        return f"[`{cell}`](../solutions/{name}.ipynb#cell-id={cell})"

    site, tasks = "https://www.prefect.io/docs/v3", "01_tasks"
    assert table == [
        ["page", "chapter", "cells"],
        [
            f"[Flows]({site}/concepts/flows)",
            "[01 · Tasks](../solutions/01_tasks.ipynb)",
            f"{link(tasks, 'note')} {link(tasks, 'no-time')}",
        ],
        ["", "[02 · Flows](../solutions/02_flows.ipynb)", link("02_flows", "summary")],
        [f"[Assets]({site}/concepts/assets)", "", "It is for later."],
    ]


# --- the cheat sheet --------------------------------------------------------------------------


def sheet(solutions: Path, chosen: str) -> list[str]:
    path = solutions.parent / "cheatsheet.html"
    path.with_suffix(".toml").write_text(chosen, encoding="utf-8")
    text = cheatsheet.page(path, solutions)
    return [line for line in text.splitlines() if line.startswith(("<h2>", "<p>"))]


def test_the_sheet_has_the_chosen_rows_or_the_first_ones(solutions: Path) -> None:
    lines = sheet(solutions, '00 = ["red", "go on"]\n02 = []')
    assert lines == [
        "<h2>00 Start</h2>",
        "<p><b>red</b> a fault <i>do:</i> look</p>",
        "<p><b>go on</b> <code>x</code></p>",
        "<h2>01 Tasks</h2>",
        "<p><b>stop <em>early</em></b> <code>a <wbr>| <wbr>b</code>, not <code>&lt;c&gt;</code></p>",
        "<p><b>go on</b> <code>x</code></p>",
        "<h2>02 Flows</h2>",
    ]


def test_the_sheet_takes_no_row_that_is_gone(solutions: Path) -> None:
    with pytest.raises(CourseError, match=r"summary of 01_tasks has no row 'go'; it has: .*go on"):
        sheet(solutions, '01 = ["go"]')
    (solutions / "03_none.ipynb").write_text(
        (solutions / "00_start.ipynb").read_text().replace("## Summary", "## The end")
    )
    with pytest.raises(CourseError, match=r"03_none\.ipynb has no table under '## Summary'"):
        sheet(solutions, "")
