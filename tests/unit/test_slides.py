"""Slides from small notebooks: what begins one, what is on it, and what the speaker gets."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_lib import paths
from course_lib.app import cli
from course_lib.display.pictures import Picture
from course_lib.errors import CourseError
from course_lib.front_matter import Chapter
from course_tools.build.stable_outputs import dumps, picture_of
from course_tools.slides import decks, prose
from course_tools.slides.fitting import (
    CODE_LINES,
    OUTPUT_LINES,
    code_pieces,
    fit_pictures,
    shown_outputs,
)
from course_tools.slides.planner import Slide, plan
from course_tools.slides.words import OF

CHAPTER = Chapter("31", "31_small", Path("31_small.ipynb"), "Small", 10, 0, 9, (), "see.")


def text(source: str, id: str, *tags: str) -> Any:
    return new_markdown_cell(source, id=id, metadata={"tags": list(tags)})


PICTURE = Picture(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x05\xa0\0\0\x02\0", "A run").html


def code(source: str, id: str, *outputs: Any, tag: str = "") -> Any:
    metadata = {"tags": [tag] if tag else []}
    return new_code_cell(source, id=id, outputs=list(outputs), metadata=metadata)


def said(printed: str) -> Any:
    return new_output("stream", name="stdout", text=printed)


def made(*cells: Any) -> list[Slide]:
    front = text("# 31 · Small\n\n10 minutes.\n\n**After this you can** see.", "title")
    return plan(new_notebook(cells=[front, *cells]), CHAPTER)[1:]


def notes(folder: Path, *cells: Any) -> list[str]:
    """Return the HTML of each slide's speaker notes, but for the title's."""
    path = folder / CHAPTER.path.name
    title = text("# 31 · Small\n\n10 minutes.", "title")
    path.write_text(dumps(new_notebook(cells=[title, *cells])), encoding="utf-8")
    page = decks._deck(replace(CHAPTER, path=path), "en")
    return re.findall(r'<aside class="notes">(.*?)</aside>', page, re.DOTALL)[1:]


def shown(slide: Slide) -> list[str]:
    return [part.source or "".join(output.text for output in part.outputs) for part in slide.parts]


def later(slide: Slide) -> list[bool]:
    return [part.metadata.slideshow.slide_type == "fragment" for part in slide.parts]


# --- prose ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        ("One is said here in quite some words, many of them. " + "Two. " * 60, "One is said here"),
        ("A. Then this follows. " + "x" * 200 + ".", "A. Then this follows."),
        ("Now what `a. B` says e.g. Monday is one.", "Now what `a. B` says e.g. Monday is one."),
        ("x" * 80 + ". Mind **this** here. " + "y" * 200 + ".", "Mind **this** here."),
    ],
)
def test_of_a_paragraph_the_sentence_that_matters(paragraph: str, expected: str) -> None:
    assert prose.point(paragraph, OF["en"]).startswith(expected)
    assert len(prose.point(paragraph, OF["en"])) < 240


def test_what_a_sentence_refers_to_comes_along() -> None:
    before, after = f"Somebody keeps a note {'of all ' * 12}runs.", "That is a **deployment**."
    assert prose.point(f"{before} {after}", OF["en"]) == f"{before} {after}"


def test_places_that_a_slide_does_not_have_get_other_words() -> None:
    said = "The flow below puts `@task` above it, as the one from above did."
    assert prose.elsewhere(said, OF["en"], above=False, below=False, comes_next=True) == (
        "The flow on the next slide puts `@task` above it, as the one from an earlier slide did."
    )
    assert (
        prose.elsewhere("below", OF["en"], above=False, below=False, comes_next=False)
        == "on a later slide"
    )
    assert prose.elsewhere(said, OF["en"], above=True, below=True, comes_next=True) == said


def test_what_is_on_the_slide_stays_below() -> None:
    long = code("\n".join(["x = 1"] * 19), "long")
    beside, apart = text("The line below runs.", "one"), text("The lines below run. " * 9, "two")
    (slide,) = made(text("## A", "a"), beside, code("f()", "run"))
    assert shown(slide)[0] == "The line below runs."
    assert "on the next slide" in shown(made(text("## A", "a"), apart, long)[0])[0]


def test_a_question_is_its_question_marks() -> None:
    asked = prose.asked("**Predict.** Two flows. Which one fails? And `why?` so? Say it.", OF["en"])
    assert asked == "Which one fails? And `why?` so?"


def test_few_lines_are_not_left_over() -> None:
    lines = "\n".join(f"import module_{n}" for n in range(CODE_LINES))
    pieces = code_pieces(f"{lines}\n\nA = 1\nB = 2")
    assert all(piece.count("\n") > 4 for piece in pieces)
    assert "\n".join(pieces).replace("\n\n", "\n") == f"{lines}\nA = 1\nB = 2"


def test_few_lines_have_what_fits_of_their_outputs_beside_them() -> None:
    outputs = [said("\n".join("a" * 12)), said("\n".join("b" * 12))]
    first, second = made(code("look()", "look", *outputs))
    assert shown(first)[0] == "look()"
    assert [len(slide.parts) for slide in (first, second)] == [2, 1]


def test_the_kinds_of_blocks() -> None:
    source = "## A\n\nB\n\n**Predict.** C?\n\n**Play.** D\n\n**E.** F\n\n- G\n- H\n\n|I|\n|-|\n\n```\nJ\n\nK\n```"
    found = [block.kind for block in prose.blocks(source, OF["en"])]
    wanted = ["heading", "point", "question", "task", "lead", "bullet_list", "table", "fence"]
    assert found == wanted


def test_links_to_other_notebooks_become_their_text() -> None:
    assert prose.unlinked("[01](01_tasks.ipynb), [p](https://x.org)") == (
        "**01**, [p](https://x.org)"
    )


# --- slides --------------------------------------------------------------------------------------


def test_headings_begin_slides_and_sections() -> None:
    found = made(text("## A\n\nOne.\n\n## B\n\nTwo.\n\n### C\n\nThree.", "cell"))
    assert [(slide.title, slide.opens) for slide in found] == [
        ("A", True),
        ("B", True),
        ("C", False),
    ]
    assert len({slide.name for slide in found}) == 3


def test_the_answer_comes_after_the_question_and_at_a_key_press() -> None:
    (slide,) = made(text("## A\n\n**Predict.** What?", "q"), code("f()", "run", said("42\n")))
    question, run, answer = slide.parts
    assert (question.metadata.mark, run.cell_type) == ("asks", "code")
    assert answer.outputs[0].text == "42"
    assert later(slide) == [False, False, True]


def test_a_question_is_asked_again_where_its_code_needs_a_slide_of_its_own() -> None:
    lines = "\n".join(f"x = {n}" for n in range(CODE_LINES - 3))
    question = text("## A\n\n" + "**Predict.** " + "Long is the way to it. " * 9 + "What?", "q")
    first, second = made(question, code(lines, "run"))
    assert len(first.parts) == 1
    assert shown(second) == ["**Predict.** What?", lines]


def test_an_exercise_shows_its_task_and_then_a_solution_behind_a_key_press() -> None:
    task, solved = made(
        text("### Exercise 31.1: do\n\nDo it. " + "All of this is asked for. " * 9, "ex-31-1-text"),
        code("start = 1", "ex-31-1-stub", tag="stub"),
        code("done = 1", "ex-31-1-solution", tag="solution"),
        code("q.check(done)", "ex-31-1-check", said("solved")),
    )
    assert task.parts[0].source.count("asked for") == 9
    assert (task.kind, task.minutes, task.live) == ("exercise", 9, ["ex-31-1-stub"])
    assert "done" not in "".join(shown(task))
    assert solved.title == "Exercise 31.1: a solution"
    assert list(zip(shown(solved), later(solved), strict=True))[-1] == ("done = 1", True)
    assert later(solved).count(True) == 1
    assert "ex-31-1-check" in solved.cells


def test_speaker_notes_stand_where_they_are_and_where_their_section_begins(tmp_path: Path) -> None:
    note = text("> **Speaker note.** Ask first.", "instructor-a", "instructor")
    cells = [code("f()", "run", said("1")), text("So it is.", "explain"), note]
    cells.insert(0, text("## A\n\nOne.\n\nTwo.", "a"))
    first, run, last = made(*cells)
    assert (first.ahead, last.said) == (["Ask first."], ["Ask first."])
    assert run.live == ["run"]
    _, run_notes, last_notes = notes(tmp_path, *cells)
    assert "<strong>Live in JupyterLab:</strong> <code>run</code>" in run_notes
    assert last_notes.startswith("<p><strong>Note.</strong> Ask first.")


def test_all_of_the_prose_is_in_the_notes(tmp_path: Path) -> None:
    paragraph = "This much is shown, since it comes first of all. " + "And more. " * 60
    cell = text(f"## A\n\n{paragraph}", "a")
    (slide,) = made(cell)
    assert len(slide.parts[0].source) < len(paragraph) / 1.5
    assert paragraph.strip() in notes(tmp_path, cell)[0]


def test_widgets_and_tasks_are_for_jupyterlab() -> None:
    saved = f"<div>{PICTURE}<p>Run this cell.</p></div><script></script>"
    data = {"application/vnd.jupyter.widget-view+json": {"model_id": ""}, "text/plain": "Live."}
    outputs = [new_output("display_data", data=each) for each in ({"text/html": saved}, data)]
    found = made(code("course.play(f)", "play", *outputs), text("**Change it.** Try 3.", "change"))
    assert [slide.live for slide in found] == [["play"], ["play"]]
    (picture,) = found[0].parts[1].outputs
    assert picture.data["text/html"].startswith('<img alt="A run" width=')
    assert picture.data["text/html"].endswith(">")
    assert "Run this cell" not in picture.data["text/html"]
    assert found[1].parts[0].metadata.mark == "does"


def test_a_file_has_the_colours_of_its_language() -> None:
    (slide,) = made(code("%%writefile a/b.yaml\nname: it's", "file"))
    assert slide.parts[0].metadata.magics_language == "yaml"


# --- what is too long ----------------------------------------------------------------------------


def test_long_code_is_divided_between_definitions() -> None:
    body = "\n".join("    x = 1" for _ in range(8))
    source = "\n\n".join(f"def f{n}():\n{body}" for n in range(4))
    pieces = code_pieces(source)
    assert "\n\n".join(pieces) == source
    assert all(piece.startswith("def") for piece in pieces)
    assert max(piece.count("\n") + 1 for piece in pieces) <= CODE_LINES


def test_code_without_an_empty_line_is_divided_all_the_same() -> None:
    pieces = code_pieces("\n".join(f"x = {n}" for n in range(50)))
    assert [piece.count("\n") + 1 for piece in pieces] == [CODE_LINES, CODE_LINES, 10]


def test_pictures_get_the_size_that_all_have_room_for() -> None:
    shown = [new_output("display_data", data={"text/html": PICTURE}) for _ in range(4)]
    assert 'width="720" height="256"' in PICTURE
    fit_pictures(shown, 400)
    for output in shown:
        found = picture_of(output)
        assert found
        assert found["alt"] == "A run"
        assert int(found["height"]) < 100
        assert int(found["width"]) / int(found["height"]) == pytest.approx(720 / 256, rel=0.05)


def test_a_long_output_is_cut_and_says_so() -> None:
    (output,) = shown_outputs(code("f()", "run", said("line\n" * 50)))
    lines = output.text.split("\n")
    assert len(lines) == OUTPUT_LINES + 1
    assert lines[-1] == f"… {50 - OUTPUT_LINES} more lines in the notebook, cell run"


def test_an_error_is_its_name_and_message() -> None:
    error = new_output("error", ename="ValueError", evalue="no", traceback=["\x1b[31mlong"])
    (output,) = shown_outputs(code("f()", "run", error, said("Writing a.py")))
    assert (output.name, output.text) == ("stderr", "ValueError: no")


# --- decks ---------------------------------------------------------------------------------------


def test_a_wrong_number_is_one_clear_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["slides", "99"]) == 1
    assert capsys.readouterr().err.startswith("There is no chapter 99: the chapters are 00, 01")


def test_a_deck_is_made_anew_when_its_master_changes(tmp_path: Path) -> None:
    if find_spec("sphinx_revealjs") is None:
        pytest.skip("no reveal.js: `make slides` adds it")
    (master,) = paths.SOLUTIONS.glob("00_*.ipynb")
    copy = tmp_path / master.name
    shutil.copyfile(master, copy)
    (deck,) = decks.write(tmp_path, tmp_path / "slides")
    made = deck.stat().st_mtime_ns
    decks.write(tmp_path, tmp_path / "slides")
    assert deck.stat().st_mtime_ns == made
    copy.write_text(copy.read_text("utf-8").replace("Start here", "Begin here"), "utf-8")
    decks.write(tmp_path, tmp_path / "slides")
    assert deck.stat().st_mtime_ns > made
    assert "://" not in "".join(re.findall(r'(?:src|href)="([^"]*)"', deck.read_text("utf-8")))


def test_without_reveal_js_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(decks, "_PACKAGE", "no_such_package")
    with pytest.raises(CourseError, match="make slides"):
        decks.write(paths.SOLUTIONS, tmp_path, ["04"])
