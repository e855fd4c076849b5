"""Every committed chapter is up to date and as a chapter of this course should be."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_lib.display.pictures import Picture
from course_lib.front_matter import Chapter, chapter_files, exercise_ids
from course_tools.build.derived_documents import DOCUMENTS, outdated, wanted
from course_tools.build.execution import execute
from course_tools.build.main_road import deeper_cells, main_road
from course_tools.build.notebooks import derive, differences
from course_tools.build.stable_outputs import (
    PNG,
    WIDGET,
    Rules,
    load,
    normalise,
    read_rules,
    sanitise,
)
from tests.chapter_rules import IGNORED, RULES, Page, complaints, tags

ROOT = Path(__file__).parents[1]
SOLUTIONS, NOTEBOOKS = ROOT / "solutions", ROOT / "notebooks"
COMMITTED = [*chapter_files(SOLUTIONS), *chapter_files(NOTEBOOKS)]


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_chapter_keeps_the_rules(path: Path) -> None:
    found = complaints(Page.read(path))
    assert not found, "\n".join(found)


def test_the_notebooks_are_what_the_masters_give() -> None:
    found = list(differences(ROOT))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_is_what_the_chapters_make_it(document: str) -> None:
    assert not outdated(wanted(ROOT, [document]))


def test_few_outputs_are_left_uncompared() -> None:
    code = [cell for path in COMMITTED for cell in Page.read(path).code]
    ignored = [cell.id for cell in code if IGNORED & tags(cell)]
    assert len(ignored) <= 0.05 * len(code), ignored


# Cells whose outputs depend on whether the exercise before them is solved.
AFTER_EXERCISES = {"00": ["progress"], "18": ["one-look-run", "day-look-run", "play-week"]}


@pytest.mark.parametrize("path", chapter_files(NOTEBOOKS), ids=lambda path: path.stem)
def test_learners_see_what_the_solved_notebook_shows(path: Path) -> None:
    """So `make test` needs to run the solved notebooks only."""
    rules = read_rules(ROOT / "tests" / "nbval_sanitize.cfg")
    solved = {cell.id: cell for cell in Page.read(SOLUTIONS / path.name).code}
    differ = [
        cell.id
        for cell in Page.read(path).code
        if shown(cell, rules) != shown(solved[cell.id], rules)
    ]
    checks = [f"ex-{id.replace('.', '-')}-check" for id in exercise_ids(path)]
    assert sorted(differ) == sorted([*checks, *AFTER_EXERCISES.get(path.name[:2], [])])


DEEP = [path for path in chapter_files(SOLUTIONS) if any(deeper_cells(load(path)))]


@pytest.mark.thorough
@pytest.mark.parametrize("path", DEEP, ids=lambda path: path.stem)
def test_the_main_road_shows_the_same_without_its_deeper_sections(
    path: Path, tmp_path: Path
) -> None:
    rules = read_rules(ROOT / "tests" / "nbval_sanitize.cfg")
    cwd = shutil.copytree(
        SOLUTIONS, tmp_path / "solutions", ignore=shutil.ignore_patterns("*.ipynb")
    )
    road = main_road(load(path))
    ran = execute(road, cwd=cwd, timeout=200, name=path.name)
    ran = normalise(ran, rules=rules, course=(tmp_path, ROOT))  # as the stored one was
    for before, after in zip(road.cells, ran.cells, strict=True):
        if before.cell_type == "code" and not IGNORED & tags(before):
            assert shown(after, rules) == shown(before, rules), before.id


def shown(cell: NotebookNode, rules: Rules) -> str:
    """Return what nbval compares of a cell's outputs."""
    kept = ({k: v for k, v in each.items() if k not in NOT_COMPARED} for each in cell.outputs)
    outputs = [
        each
        | {
            "data": {
                kind: sanitise(text, rules)
                for kind, text in each.get("data", {}).items()
                if kind not in (PNG, WIDGET)
            }
        }
        for each in kept
    ]
    return sanitise(json.dumps(outputs, sort_keys=True), rules)


NOT_COMPARED = {"execution_count", "metadata", "traceback"}


# --- the rules themselves: a good chapter, and what each of them finds in a bad one -----------

WORDS = "word " * 54 + "end."


def picture(alt: str = "two bars", size: int = 100) -> dict[str, str]:
    return {"text/html": Picture(b"x" * size, alt).html}


def md(cell_id: str, source: str, *tag: str) -> NotebookNode:
    return new_markdown_cell(source, id=cell_id, metadata={"tags": list(tag)})


def code(cell_id: str, source: str, *outputs: NotebookNode, tag: str = "") -> NotebookNode:
    metadata = {"tags": [tag]} if tag else {}
    return new_code_cell(source, id=cell_id, metadata=metadata, outputs=list(outputs))


def exercise(number: str) -> list[NotebookNode]:
    return [
        md(f"ex-{number}-text", f"### Exercise\n\n{WORDS}"),
        code(f"ex-{number}-stub", "def f():\n    ...", tag="stub"),
        code(f"ex-{number}-solution", "def f():\n    return 1", tag="solution"),
        code(f"ex-{number}-check", f"q = course.exercise('{number}')\nq.check(f)"),
    ]


def good(master: bool = True) -> Page:
    """Make a chapter that keeps all rules."""
    chapter = Chapter(
        "01", "01_tasks", Path("01_tasks.ipynb"), "Tasks", 25, 5, 15, ("00",), "do it."
    )
    drawn = new_output("display_data", data=picture())
    view = new_output("display_data", data={WIDGET: {"model_id": ""}})
    error = new_output("error", ename="E", evalue="e", traceback=["E: e"])
    title = (
        "# 01 · Tasks\n\n25 minutes + 5 + 15. Needs: 00.\n\n**After this chapter you can** do it."
    )
    cells = [
        md("title", title),
        code("start", "import course_lib as course\n\ncourse.start()"),
        md("first", f"## First\n\n{WORDS}\n\n```python\n# no heading\n```\n\n![A plan](plan.svg)"),
        code("first-run", "f()\ng()", new_output("stream", text="at http://127.0.0.1:4200/\n")),
        md(
            "second",
            f"## Second\n\n{WORDS} [Docs](https://docs.prefect.io/v3), [00](00_start_here.ipynb).",
        ),
        code("second-look", "run = course.last_run(f)\ncourse.timeline(run)", drawn),
        md("note", f"Say this. {WORDS * 9}", "instructor"),
        *exercise("01-1"),
        *[md(f"more-{n}", WORDS) for n in "abcdefgh"],
        *exercise("01-2"),
        md("deeper", f"## Deeper: more of it\n\n{WORDS}"),
        code("deeper-run", "extra = f()\nextra.more"),
        md("play-text", f"## Play\n\n{WORDS}"),
        code("play", "course.play(lambda extra: f(extra), extra=3)\nNone", view),
        md("mistakes", f"## Common mistakes\n\n{WORDS}"),
        code("mistake-run", "f(\n    1)", error, tag="raises-exception"),
        md("summary", "## Summary\n\nAll of it."),
        md("next", "## What's next\n\nMore in [02 · Flows](02_flows.ipynb)."),
    ]
    nb = new_notebook(cells=cells)
    if not master:
        outputs = {cell.id: cell.outputs for cell in cells if cell.cell_type == "code"}
        nb = derive(nb)
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = outputs[cell.id]
    titles = {
        "00_start_here": "00 · Start here",
        "01_tasks": "01 · Tasks",
        "02_flows": "02 · Flows",
    }
    page = Page(nb, chapter, master, frozenset(titles), size=100_000, titles=titles)
    for count, cell in enumerate(page.code, 1):
        cell.execution_count = count
    return page


@pytest.mark.parametrize("master", [True, False])
def test_a_good_chapter_gets_no_complaint(master: bool) -> None:
    assert complaints(good(master)) == []


def cell(cell_id: str, **changes: Any) -> Callable[[Page], None]:
    def change(page: Page) -> None:
        next(c for c in page.nb.cells if c.id == cell_id).update(**changes)

    return change


def said(cell_id: str, **output: Any) -> Callable[[Page], None]:
    return cell(cell_id, outputs=[new_output(**output)])


def text(old: str, new: str) -> Callable[[Page], None]:
    def change(page: Page) -> None:
        found = [c for c in page.nb.cells if old in c.source]
        assert found, old
        for c in found:
            c.source = c.source.replace(old, new)

    return change


def without(cell_id: str) -> Callable[[Page], None]:
    def change(page: Page) -> None:
        page.nb.cells = [c for c in page.nb.cells if c.id != cell_id]
        for count, c in enumerate(page.code, 1):
            c.execution_count = count

    return change


def front(**changes: Any) -> Callable[[Page], Page]:
    return lambda page: replace(page, chapter=replace(page.chapter, **changes))


BAD: list[tuple[str, Callable[[Page], object], str]] = [
    ("telling_ids", cell("play", id="a3f81c9e"), "a3f81c9e"),
    ("telling_ids", cell("play", id="d94c4e8a-fa54-4e6a-94e7-61dd5f8e3a0b"), "d94c"),
    ("telling_ids", cell("play", id="Play_it"), "Play_it"),
    ("telling_ids", cell("play", id="p1"), "p1"),
    ("size", lambda page: replace(page, size=1_600_000), "1.6 MB"),
    ("size", lambda page: page.nb.cells.extend(md(f"copy-{n}", "") for n in "a" * 40), "cells"),
    ("code_lines", cell("play", source="f()\n" * 25 + "f()"), "26 lines"),
    ("code_lines", lambda page: [c.update(source="f()") for c in page.code], "median"),
    ("prose_per_code", text(WORDS, "Few."), "words"),
    ("trailing_space", cell("play", source="f() \ng()"), "play"),
    ("trailing_space", cell("play", source="f()\n"), "play"),
    ("front_matter", front(needs=("00", "07")), "chapter 07"),
    ("front_matter", front(needs=("00", "01")), "chapter 01"),
    ("front_matter", front(minutes=0), "more than 0"),
    ("front_matter", front(exercise_minutes=0), "0 exercise_minutes for 2"),
    ("front_matter", front(can="do it"), "sentence"),
    ("title_cell", front(title="Flows"), "# 01 · Flows"),
    ("title_cell", front(minutes=26), "'26'"),
    ("title_cell", front(exercise_minutes=10), "'10'"),
    ("title_cell", text("Needs: 00", "Needs: nothing"), "'00'"),
    ("title_cell", text("After this chapter you can", "You will"), "after this chapter"),
    ("a_short_way", front(minutes=31), "31 minutes"),
    ("a_short_way", front(deeper_minutes=0), "belong together"),
    ("a_short_way", text("## Deeper: more", "## More"), "belong together"),
    (
        "a_short_way",
        cell("play", source="def g():\n    return extra"),
        "play of the main road needs",
    ),
    (
        "a_short_way",
        lambda page: page.nb.cells.extend(md(f"p-{n}", "**Predict.** So?") for n in "abcdefghijk"),
        "11 predictions",
    ),
    ("one_start", text("course.start()", "pass"), "once"),
    ("one_start", cell("play", source="course.start()\nf()"), "once"),
    ("headings", text("## First", "# First"), "level 1"),
    ("headings", text("## Second", "#### Second"), "skips"),
    ("headings", text("## Common mistakes", "## Traps"), "Common mistakes"),
    ("headings", lambda page: page.nb.cells.append(md("more", "## More")), "What's next"),
    ("exercises", without("ex-01-1-stub"), "1 exercises"),
    ("exercises", without("ex-01-1-solution"), "exercise 01-1 should be stub, solution, check"),
    ("exercises", without("ex-01-2-check"), "exercise 01-2 should be"),
    ("exercises", cell("ex-01-2-check", source="f()\ng()"), "check()"),
    ("exercises", cell("ex-01-2-stub", metadata={}), "'stub'"),
    ("exercises", cell("play", metadata={"tags": ["solution"]}), "'solution'"),
    ("exercises", lambda page: replace(page, master=False), "not for learners"),
    ("all_run", cell("play", execution_count=None), "1, 2, 3"),
    ("all_run", cell("play", execution_count=99), "1, 2, 3"),
    ("errors_where_tagged", cell("mistake-run", metadata={}), "mistake-run failed"),
    ("errors_where_tagged", cell("mistake-run", outputs=[]), "did not fail"),
    ("pictures", cell("second-look", outputs=[]), "no picture"),
    ("pictures", said("play", output_type="display_data", data=picture("")), "without alt"),
    ("pictures", said("play", output_type="display_data", data={PNG: ""}), "course.picture"),
    ("pictures", said("play", output_type="display_data", data=picture(size=160_000)), "160 kB"),
    ("widget", cell("play", outputs=[]), "no widget"),
    *[
        ("machine_paths", said("first-run", output_type=kind, **content), "a path")
        for kind, content in [
            ("stream", {"text": "in /home/ada/course"}),
            ("stream", {"text": "saved to /tmp"}),
            ("stream", {"text": "C:\\Users\\ada"}),
            ("display_data", {"data": {"text/html": "<code>'/root/x.py'</code>"}}),
            ("error", {"ename": "E", "evalue": "", "traceback": ["\x1b[32m/work/main/x.py"]}),
        ]
    ],
    ("hosts", text("https://docs.prefect.io", "https://app.prefect.cloud"), "app.prefect.cloud"),
    ("hosts", text("f()\ng()", "get('https://example.com')\nf()"), "example.com"),
    ("hosts", said("first-run", output_type="stream", text="see postgresql://me@db:1/"), "db"),
    ("alt_texts", text("![A plan]", "![ ]"), "no alt text"),
    ("alt_texts", text("![A plan](plan.svg)", '<img src="plan.svg" alt="">'), "no alt text"),
    ("links", text("(00_start_here.ipynb)", "(00_begin.ipynb)"), "00_begin.ipynb"),
    ("handlers", cell("play", source="log.addHandler(handler)\nf()"), "one more handler"),
    ("titles_of_links", text("02 · Flows", "02 · Flow"), "its title is '02 · Flows'"),
    ("next_chapter", text("[02 · Flows](02_flows.ipynb)", "chapter 02"), "[02 · Flows]"),
    ("reasons_to_ignore", cell("play", metadata={"tags": ["nbval-skip"]}), "course.why"),
    ("reasons_to_ignore", text("f()\ng()", "# NBVAL_IGNORE_OUTPUT\nf()"), "tags"),
    ("reasons_to_ignore", cell("play", metadata={"tags": ["nbval-check-output"]}), "nothing"),
]


@pytest.mark.parametrize(
    ("rule", "change", "found"), BAD, ids=[f"{rule}-{found}" for rule, _, found in BAD]
)
def test_each_rule_finds_what_it_is_for(
    rule: str, change: Callable[[Page], object], found: str
) -> None:
    page = good()
    changed = change(page)
    page = changed if isinstance(changed, Page) else page
    assert any(c.startswith(f"{rule}: ") and found in c for c in complaints(page)), complaints(page)


def test_no_rule_goes_untried() -> None:
    assert {rule.__name__ for rule in RULES} == {rule for rule, _, _ in BAD}


@pytest.mark.parametrize(
    "harmless",
    [
        "http://127.0.0.1:4200/work-pools/",
        "GET /orders/north and /workers",
        "<course>/home/x and and/or /homework",
        "~/work/notes",
    ],
)
def test_addresses_are_not_taken_for_machine_paths(harmless: str) -> None:
    page = good()
    said("first-run", output_type="stream", text=harmless)(page)
    assert complaints(page) == []
