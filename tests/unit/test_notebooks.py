"""The notebook tool, on small notebooks that the tests make."""

from __future__ import annotations

import json
import os
import re
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_lib.chapters.project import files
from course_lib.display.pictures import Picture
from course_lib.errors import CourseError
from course_lib.front_matter import chapters, exercise_source
from course_tools.build.derived_documents import readme
from course_tools.build.execution import execute
from course_tools.build.notebooks import build, derive, differences
from course_tools.build.stable_outputs import (
    dumps,
    load,
    normalise,
    picture_of,
    png_size,
    read_rules,
    sanitise,
)

RULES = read_rules(Path(__file__).parents[1] / "nbval_sanitize.cfg")
FRONT = {
    "title": "Tasks",
    "minutes": 25,
    "deeper_minutes": 0,
    "exercise_minutes": 15,
    "needs": ["00"],
    "can": "You can split work into tasks.",
}


def md(cell_id: str, source: str, *tags: str) -> NotebookNode:
    return new_markdown_cell(source, id=cell_id, metadata={"tags": list(tags)} if tags else {})


def code(
    cell_id: str, source: str, *tags: str, outputs: Any = (), ran: bool = True
) -> NotebookNode:
    return new_code_cell(
        source,
        id=cell_id,
        metadata={"tags": list(tags)} if tags else {},
        outputs=list(outputs),
        execution_count=1 if ran else None,
    )


def notebook(*cells: NotebookNode, **front: Any) -> NotebookNode:
    return new_notebook(cells=list(cells), metadata={"course": FRONT | front})


def stream(text: str, name: str = "stdout") -> NotebookNode:
    return new_output("stream", name=name, text=text)


def shown(text: str) -> NotebookNode:
    return new_output("execute_result", data={"text/plain": text}, execution_count=7)


def picture(drawing: str, width: int = 640, alt: str = "a run") -> NotebookNode:
    header = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, 480)
    html = Picture(header + drawing.encode(), alt).html
    return new_output("display_data", data={"text/html": html, "text/plain": alt})


def error(*traceback: str) -> NotebookNode:
    return new_output("error", ename="E", evalue="e", traceback=list(traceback))


def outputs(nb: NotebookNode, cell_id: str) -> Any:
    return next(cell.outputs for cell in nb.cells if cell.id == cell_id)


def exercise(stub: str = "x = ...", solution: str = "x = 1") -> list[NotebookNode]:
    return [
        code("ex-01-1-stub", stub, "stub"),
        code("ex-01-1-solution", solution, "solution"),
        code("ex-01-1-check", "print('solved' if x == 1 else 'not attempted')"),
    ]


# --- derive ---------------------------------------------------------------------------------


def test_derive_drops_what_is_for_the_master_only_and_all_outputs() -> None:
    master = notebook(
        md("title", "# 01 · Tasks"),
        md("note", "Say this.", "instructor"),
        code("look", "1", "slide", outputs=[shown("1")]),
        *exercise(),
    )
    before = dumps(master)
    learners = derive(master)
    assert [cell.id for cell in learners.cells] == [
        "title",
        "look",
        "ex-01-1-stub",
        "ex-01-1-check",
    ]
    assert learners.cells[1].metadata.tags == ["slide"]
    assert learners.metadata.course == FRONT
    assert all(not c.outputs and c.execution_count is None for c in learners.cells[1:])
    assert dumps(master) == before
    assert dumps(derive(master)) == dumps(learners)


# --- execute --------------------------------------------------------------------------------


def test_execute_runs_this_python_in_the_given_place_and_forgives_tagged_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Somebody else's 'python3' must not win over ours.
    spec = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text('{"argv": ["no-such-python"], "display_name": "x", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    (tmp_path / "here").mkdir()
    nb = notebook(
        md("title", "# Title"),
        code("where", "import os, sys; print(sys.executable, os.getcwd(), os.environ['COLOUR'])"),
        code("empty", ""),
        code("fails", "1 / 0", "raises-exception"),
        code("widget", "import ipywidgets; ipywidgets.IntSlider()", outputs=[stream("old")]),
    )
    ran = execute(nb, cwd=tmp_path / "here", env={**os.environ, "COLOUR": "red"})
    assert outputs(ran, "where")[0].text.split() == [
        sys.executable,
        str((tmp_path / "here").resolve()),
        "red",
    ]
    assert outputs(ran, "fails")[0].ename == "ZeroDivisionError"
    assert [c.get("execution_count") for c in ran.cells] == [None, 1, None, 2, 3]
    assert [o.output_type for o in outputs(ran, "widget")] == ["execute_result"]
    assert "widgets" not in ran.metadata
    assert outputs(nb, "widget") == [stream("old")]


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ("raise ValueError('too big')", "ValueError: too big"),
        ("print('last words', file=sys.__stderr__, flush=True); os._exit(1)", "the kernel died"),
        ("threading.Event().wait()", "it took longer than 2 s"),
    ],
)
def test_execute_says_where_it_failed_and_leaves_no_kernel(
    failure: str, reason: str, tmp_path: Path
) -> None:
    pid = tmp_path / "pid"
    setup = f"import os, sys, threading\nopen({str(pid)!r}, 'w').write(str(os.getpid()))"
    nb = notebook(code("setup", setup), code("wrong", f"# Here:\n{failure}"), code("after", "1"))
    with pytest.raises(CourseError) as caught:
        execute(nb, cwd=tmp_path, timeout=2, name="solutions/01_tasks.ipynb")
    message = str(caught.value)
    assert message.startswith(f"solutions/01_tasks.ipynb, cell wrong: {reason}")
    assert message.endswith(f"    # Here:\n    {failure}")
    assert not psutil.pid_exists(int(pid.read_text()))


# --- normalise ------------------------------------------------------------------------------


def test_normal_form_drops_what_a_session_leaves_behind() -> None:
    cell = code("a", "1", "stub", outputs=[shown("1")])
    cell.metadata |= {
        "execution": {"iopub.status.busy": "2026-11-22T10:00:00"},
        "collapsed": True,
        "scrolled": True,
        "jupyter": {"outputs_hidden": True},
        "course": {"why": "times vary"},
        "slideshow": {"slide_type": "slide"},
    }
    empty = md("b", "Prose.")
    empty.metadata["tags"] = []
    nb = notebook(cell, empty)
    nb.metadata |= {"widgets": {"state": {}}, "language_info": {"version": "3.11.7"}, "toc": {}}
    nb.metadata["kernelspec"] = {"name": "prefect-course", "display_name": "Mine"}
    tidy = normalise(nb)
    assert sorted(tidy.cells[0].metadata) == ["course", "slideshow", "tags"]
    assert tidy.cells[1].metadata == {}
    assert sorted(tidy.metadata) == ["course", "kernelspec", "language_info"]
    assert tidy.metadata.kernelspec.name == "python3"
    assert "version" not in tidy.metadata.language_info
    assert dumps(normalise(tidy)) == dumps(tidy)


def test_normal_form_merges_neighbouring_streams_and_counts_from_one() -> None:
    parts = [stream("a"), stream("b"), stream("!", "stderr"), stream("c"), shown("1"), stream("d")]
    nb = notebook(code("a", "1", outputs=parts), code("b", "", ran=False), code("c", "2"))
    nb.cells[0].execution_count, nb.cells[2].execution_count = 7, 12
    tidy = normalise(nb)
    texts = [o.get("text", o.get("data", {}).get("text/plain")) for o in tidy.cells[0].outputs]
    assert texts == ["ab", "!", "c", "1", "d"]
    assert [c.execution_count for c in tidy.cells] == [1, None, 2]
    assert tidy.cells[0].outputs[3].execution_count == 1


def test_widget_views_lose_their_random_id() -> None:
    def view(model: str) -> NotebookNode:
        data = {"application/vnd.jupyter.widget-view+json": {"model_id": model}}
        return notebook(code("a", "1", outputs=[new_output("display_data", data=data)]))

    assert dumps(normalise(view("6476989055cb"))) == dumps(normalise(view("ffff12345678")))


def test_no_path_or_address_of_this_machine_is_stored(tmp_path: Path) -> None:
    course = tmp_path / "course"
    library = Path(pytest.__file__).parents[1]
    home = Path.home()
    with_colour = f"\x1b[36mFile \x1b[39m\x1b[32m{library / 'prefect' / 'flows.py'}:12\x1b[39m"
    nb = notebook(
        code(
            "a",
            "1",
            outputs=[
                error(with_colour, "<object at 0x7f3dadffe4b0>", "\x1b[1m0x7f3dadffe4b0\x1b[0m"),
                stream(f"{course / 'x.csv'} {course}2 {json.__file__} /tmp/ipykernel_62/376.py:1"),
                shown(f"'{str(course)!r} {course.as_posix()}'"),
                shown(f"~{os.sep}{library.relative_to(home)}" if home in library.parents else ""),
                picture("0x7f3dadffe4b0"),
            ],
        )
    )
    stored = normalise(nb, course=[course]).cells[0].outputs
    assert stored[0].traceback[0] == with_colour.replace(str(library), "<python>")
    assert stored[0].traceback[1:] == ["<object at 0x...>", "\x1b[1m0x...\x1b[0m"]
    places = stored[1].text.replace("\\", "/").split()
    assert places == [
        "<course>/x.csv",
        f"{course}2".replace("\\", "/"),
        "<python>/json/__init__.py",
        "<cell>:1",
    ]
    assert stored[2].data["text/plain"] == "''<course>' <course>'"
    assert stored[3].data["text/plain"] in ("<python>", "")
    assert stored[4] == picture("0x7f3dadffe4b0")


# --- keeping outputs ------------------------------------------------------------------------


def rebuilt(old: list[NotebookNode], new: list[NotebookNode], source: str = "f()") -> bool:
    """Tell whether the cell keeps `old` when a new run gives `new`."""
    before = normalise(notebook(code("a", "f()", outputs=old)))
    after = normalise(notebook(code("a", source, outputs=new)), before, rules=RULES)
    kept: bool = dumps(after) == dumps(before)
    assert kept or outputs(after, "a") == outputs(
        normalise(notebook(code("a", "", outputs=new))), "a"
    )
    return kept


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([stream("http://127.0.0.1:4200/")], [stream("http://127.0.0.1:51234/")]),
        ([stream("a"), stream("!", "stderr"), stream("b")], [stream("!", "stderr"), stream("ab")]),
        ([picture("one")], [picture("two")]),
    ],
)
def test_outputs_stay_when_they_say_the_same(old: Any, new: Any) -> None:
    assert rebuilt(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([stream("3 runs")], [stream("4 runs")]),
        ([stream("a")], [stream("a", "stderr")]),
        ([stream("a")], []),
        ([shown("1")], [stream("1")]),
        ([picture("one"), picture("two")], [picture("one")]),
        ([picture("one")], [picture("one", width=641)]),
        ([picture("one")], [picture("one", alt="another run")]),
        ([error("line 1")], [error("line 2")]),
    ],
)
def test_outputs_go_when_they_say_something_else(old: Any, new: Any) -> None:
    assert not rebuilt(old, new)


def test_outputs_that_stay_get_the_new_count() -> None:
    old = normalise(notebook(code("a", "f()", outputs=[shown("127.0.0.1:1")])))
    new = notebook(code("new", "1"), code("a", "f()", outputs=[shown("127.0.0.1:2")]))
    (kept,) = outputs(normalise(new, old, rules=RULES), "a")
    assert (kept.data["text/plain"], kept.execution_count) == ("127.0.0.1:1", 2)


def test_outputs_go_with_an_edit() -> None:
    assert not rebuilt([picture("one")], [picture("two")], source="f(1)")


def test_what_nbval_does_not_compare_stays_while_nothing_before_it_changes() -> None:
    def chapter(source: str, text: str) -> NotebookNode:
        timing = code("b", "f()", "nbval-ignore-output", outputs=[stream(text)])
        return normalise(notebook(code("a", source), timing))

    old = chapter("x", "1.3 s")
    assert dumps(normalise(chapter("x", "1.4 s"), old, rules=RULES)) == dumps(old)
    assert outputs(normalise(chapter("y", "1.4 s"), old, rules=RULES), "b")[0].text == "1.4 s"


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (lambda cells: None, True),
        (lambda cells: cells[2].outputs.append(stream("more")), True),
        (lambda cells: cells[0].update(source="y"), False),
        (lambda cells: cells[0].outputs.append(stream("more")), False),
        (lambda cells: cells.pop(0), False),
    ],
    ids=["nothing", "later output", "earlier source", "earlier output", "earlier cell gone"],
)
def test_a_picture_stays_while_nothing_before_it_changes(
    change: Callable[[list[NotebookNode]], object], kept: bool
) -> None:
    def chapter(drawing: str) -> NotebookNode:
        return normalise(
            notebook(code("a", "x"), code("b", "f()", outputs=[picture(drawing)]), code("c", "z"))
        )

    new = chapter("two")
    change(new.cells)
    stored = normalise(new, chapter("one"), rules=RULES)
    assert (outputs(stored, "b") == [picture("one")]) is kept


def test_png_size_is_read_from_the_header() -> None:
    found = picture_of(picture("x", width=124))
    assert found
    assert png_size(found["png"]) == (124, 480)
    assert (found["width"], found["height"]) == ("62", "240")


# --- the sanitising rules -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("at http://127.0.0.1:4200/runs", "at http://127.0.0.1:PORT/runs"),
        ("<object at 0x7f3dadffe4b0>", "<object at 0x...>"),
        ("at \x1b[1;36m0x7f3dadffe4b0\x1b[0m", "at \x1b[1;36m0x...\x1b[0m"),
        (Picture(bytes(24), "A run").html, '<img alt="A run" src="PICTURE">'),
        ("run 0191f2b0-8f1c-7a63-b0a5-3f6c1d2e4a5b", "run UUID"),
        ("C:\\Temp\\ipykernel_12\\3456.py:1: UserWarning", "<cell>:1: UserWarning"),
        ('File "/tmp/ipykernel_12/3456.py", line 2', 'File "<cell>", line 2'),
        *[(same, same) for same in ("2026-11-22 10:00:00", "took 1.3 s", "0x1f", "10.0.0.1:80")],
    ],
)
def test_the_rules_hide_what_varies_and_nothing_else(text: str, seen: str) -> None:
    assert sanitise(text, RULES) == seen


def test_the_rules_are_few_and_plain_ascii() -> None:
    assert 0 < len(RULES) <= 5
    assert (Path(__file__).parents[1] / "nbval_sanitize.cfg").read_bytes().isascii()


def test_what_is_stored_differently_looks_the_same_to_nbval() -> None:
    text = "<A at 0x7f3dadffe4b0> in /tmp/ipykernel_12/3456.py"
    stored = normalise(notebook(code("a", "1", outputs=[stream(text)]))).cells[0].outputs[0].text
    assert stored != text
    assert sanitise(stored, RULES) == sanitise(text, RULES)


def test_a_rule_that_nbval_would_skip_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "rules.cfg").write_text("regex: a\n\nreplace: b\n")
    with pytest.raises(CourseError, match="skips silently"):
        read_rules(tmp_path / "rules.cfg")


# --- build ----------------------------------------------------------------------------------


@pytest.fixture
def course(tmp_path: Path) -> Path:
    for folder in ("solutions", "notebooks"):
        (tmp_path / folder / "files").mkdir(parents=True)
        (tmp_path / folder / "files" / "data.txt").write_text(folder)
    (tmp_path / "README.md").write_text("# Course\n\n<!-- chapters -->\n<!-- /chapters -->\nEnd\n")
    master = notebook(
        md("title", "# 01 · Tasks"),
        code(
            "look",
            "import os, random\n"
            "print(open('files/data.txt').read() in os.getcwd())\n"
            "print(f'127.0.0.1:{random.randint(1024, 65535)}', object())\n"
            "open('stray.txt', 'w').close()",
        ),
        *exercise(),
    )
    (tmp_path / "solutions" / "01_tasks.ipynb").write_text(dumps(master), encoding="utf-8")
    return tmp_path


def run_build(course: Path, **options: Any) -> list[str]:
    return build(course, rules=RULES, documents=["README.md"], **options)


def check(course: Path) -> list[str]:
    return list(differences(course, documents=["README.md"]))


def edit(path: Path, change: Callable[[NotebookNode], object]) -> None:
    nb = load(path)
    change(nb)
    path.write_bytes(dumps(nb).encode())


def test_build_runs_derives_and_writes_and_a_second_build_changes_nothing(course: Path) -> None:
    lines: list[str] = []
    assert run_build(course, progress=lines.append) == [
        "solutions/01_tasks.ipynb",
        "notebooks/01_tasks.ipynb",
        "README.md",
    ]
    assert lines[0] == "01_tasks (1 of 1)"
    solved = load(course / "solutions" / "01_tasks.ipynb")
    learners = load(course / "notebooks" / "01_tasks.ipynb")
    assert outputs(solved, "look")[0].text.startswith("True\n127.0.0.1:")
    assert outputs(learners, "look")[0].text.startswith("True\n127.0.0.1:")
    assert outputs(solved, "ex-01-1-check")[0].text == "solved\n"
    assert outputs(learners, "ex-01-1-check")[0].text == "not attempted\n"
    assert "[01 · Tasks](notebooks/01_tasks.ipynb)" in (course / "README.md").read_text("utf-8")
    assert not list(course.rglob("stray.txt"))
    files = {path: path.read_bytes() for path in course.rglob("*.*")}
    assert all(
        b"\r" not in text and text.endswith(b"}\n") for text in files.values() if b"cells" in text
    )

    assert check(course) == []
    assert run_build(course) == []
    assert {path: path.read_bytes() for path in course.rglob("*.*")} == files

    # Check finds each of these, alone.
    def broken(path: str, change: Callable[[NotebookNode], object]) -> list[str]:
        edit(course / path, change)
        found = check(course)
        (course / path).write_bytes(files[course / path])
        return found

    mine, theirs = "notebooks/01_tasks.ipynb", "solutions/01_tasks.ipynb"
    assert broken(theirs, lambda nb: nb.cells[1].update(source="2")) == [
        f"{mine}: cell look: its source differs from its master's"
    ]
    assert broken(theirs, lambda nb: nb.cells[3].update(source="x = 2")) == []
    assert broken(mine, lambda nb: nb.cells[2].metadata.update(tags=["x"])) == [
        f"{mine}: cell ex-01-1-stub: its metadata differs from its master's"
    ]
    assert broken(mine, lambda nb: nb.cells.pop(0)) == [f"{mine}: cell title is missing"]
    assert broken(theirs, lambda nb: nb.cells.pop(0)) == [f"{mine}: cell title isn't in its master"]
    assert broken(mine, lambda nb: nb.cells.insert(0, nb.cells.pop(1))) == [
        f"{mine}: the cells are in another order than in its master"
    ]
    assert broken(theirs, lambda nb: nb.metadata.course.update(minutes=30)) == [
        f"{mine}: the notebook's metadata differs from its master's",
        "README.md isn't what the masters make it",
    ]
    for path in (mine, theirs):
        (only,) = broken(path, lambda nb: nb.cells[1].metadata.update(scrolled=True))
        assert only.startswith(f"{path} is not in normal form")
    (course / "notebooks" / "02_gone.ipynb").write_bytes(files[course / mine])
    assert check(course) == ["notebooks/02_gone.ipynb has no master in solutions: delete it"]
    (course / "notebooks" / "02_gone.ipynb").unlink()
    (course / "solutions" / "Untitled.ipynb").write_bytes(files[course / theirs])
    assert check(course) == [
        "solutions/Untitled.ipynb isn't named like a chapter, e.g. 01_tasks.ipynb"
    ]
    (course / "solutions" / "Untitled.ipynb").unlink()
    (course / mine).unlink()
    assert check(course) == [f"{mine} is missing"]


def fake_run(drawing: str) -> Callable[..., NotebookNode]:
    """Stand in for `execute`: each code cell that asks for a picture gets `drawing`."""

    def run(nb: NotebookNode, **_: Any) -> NotebookNode:
        for count, cell in enumerate((c for c in nb.cells if c.cell_type == "code"), 1):
            cell.execution_count = count
            cell.outputs = [picture(drawing)] if "picture" in cell.source else []
        return nb

    return run


def test_a_failing_chapter_is_left_alone_and_the_others_are_built(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = course / "solutions" / "00_bad.ipynb"
    bad.write_text(dumps(notebook(code("a", "x = 1"))), encoding="utf-8")
    before = bad.read_bytes()

    def run(nb: NotebookNode, name: str, **_: Any) -> NotebookNode:
        if name == "notebooks/00_bad.ipynb":
            raise CourseError(f"{name}, cell a: NameError")
        return fake_run("")(nb)

    monkeypatch.setattr("course_tools.build.notebooks.execute", run)
    with pytest.raises(CourseError, match=r"^notebooks/00_bad\.ipynb, cell a: NameError$"):
        run_build(course)
    assert bad.read_bytes() == before
    assert [path.name for path in course.glob("notebooks/*.ipynb")] == ["01_tasks.ipynb"]


@pytest.mark.parametrize(
    ("change", "options", "kept"),
    [
        (lambda nb: None, {}, True),
        (lambda nb: nb.cells[2].update(source="y = 2"), {}, True),
        (lambda nb: nb.cells[0].update(source="x = 2"), {}, False),
        (lambda nb: nb.cells[1].update(source="picture(2)"), {}, False),
        (lambda nb: nb.cells.insert(0, code("new", "1")), {}, False),
        (lambda nb: None, {"fresh": True}, False),
    ],
    ids=["nothing", "edit below", "edit above", "edit", "new cell above", "fresh"],
)
def test_a_masters_picture_is_renewed_by_an_edit_that_was_not_run(
    change: Callable[[NotebookNode], object],
    options: dict[str, Any],
    kept: bool,
    course: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    master = course / "solutions" / "01_tasks.ipynb"
    cells = (code("a", "x = 1"), code("b", "picture(1)"), code("c", "y = 1"))
    master.write_text(dumps(notebook(*cells)), encoding="utf-8")
    monkeypatch.setattr("course_tools.build.notebooks.execute", fake_run("first"))
    prepared: list[None] = []
    run_build(course, prepare=lambda: prepared.append(None))
    assert len(prepared) == 2  # once for each notebook
    edit(master, change)
    monkeypatch.setattr("course_tools.build.notebooks.execute", fake_run("second"))
    run_build(course, **options)
    for folder in ("solutions", "notebooks"):
        pictures = outputs(load(course / folder / "01_tasks.ipynb"), "b")
        assert pictures == [picture("first" if kept else "second")], folder


def test_an_edit_during_the_run_is_not_overwritten(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = course / "solutions" / "01_tasks.ipynb"

    def run(nb: NotebookNode, **_: Any) -> NotebookNode:
        edit(master, lambda nb: nb.cells[0].update(source="# Mine"))
        return nb

    monkeypatch.setattr("course_tools.build.notebooks.execute", run)
    with pytest.raises(CourseError, match=r"01_tasks\.ipynb was edited while it ran"):
        run_build(course)
    assert load(master).cells[0].source == "# Mine"
    assert not list(course.glob("notebooks/*.ipynb"))


def test_an_interrupted_write_leaves_the_old_file(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("disk full")

    before = (course / "solutions" / "01_tasks.ipynb").read_bytes()
    monkeypatch.setattr("course_tools.build.notebooks.execute", fake_run(""))
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        run_build(course)
    assert (course / "solutions" / "01_tasks.ipynb").read_bytes() == before
    assert not list(course.rglob("*.tmp"))


WRITES = code("write", "%%writefile project/app/made.py\nMADE = 1")


@pytest.fixture
def with_project(course: Path) -> Path:
    def grow(nb: NotebookNode) -> None:
        nb.cells[2:2] = [code("folder", "os.makedirs('project/app', exist_ok=True)"), WRITES]

    edit(course / "solutions" / "01_tasks.ipynb", grow)
    for name, text in [("app/given.py", "GIVEN = 1\n"), ("app/__pycache__/x.pyc", "")]:
        path = course / "solutions" / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    old = course / "notebooks" / "project" / "old.py"
    old.parent.mkdir()
    old.write_text("")
    return course


def test_build_keeps_the_two_projects_up_to_date(with_project: Path) -> None:
    wrong = [
        f"{name} isn't what the masters make it"
        for name in (
            "solutions/project/app/made.py",
            "notebooks/project/app/given.py",
            "notebooks/project/old.py",
        )
    ]
    assert [line for line in check(with_project) if "project" in line] == wrong
    run_build(with_project)
    assert check(with_project) == []
    finished, begun = (with_project / folder / "project" for folder in ("solutions", "notebooks"))
    assert (finished / "app" / "made.py").read_text() == "MADE = 1\n"
    assert [name for name, _ in files(finished)] == ["app/given.py", "app/made.py"]
    assert [name for name, _ in files(begun)] == ["app/given.py"]  # learners write the other


def test_build_wants_chapters_that_exist_and_a_readme_with_a_place(course: Path) -> None:
    with pytest.raises(CourseError, match="There is no chapter 07: the chapters are 01"):
        run_build(course, only=["7"])
    (course / "README.md").write_text("# Course")
    with pytest.raises(CourseError, match=r"README\.md: It needs one <!-- chapters -->"):
        run_build(course)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nonsense", "isn't a valid notebook"),
        ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "isn't a valid notebook"),
        (
            dumps(notebook(md("a", "x"), md("b", "y"))).replace('"b"', '"a"'),
            "needs an id of its own",
        ),
    ],
)
def test_load_refuses_what_is_no_notebook(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "01_x.ipynb").write_text(text)
    with pytest.raises(CourseError, match=rf"01_x\.ipynb.*{reason}"):
        load(tmp_path / "01_x.ipynb")


# --- chapters -------------------------------------------------------------------------------


def write(folder: Path, name: str, *cells: NotebookNode, **front: Any) -> None:
    (folder / f"{name}.ipynb").write_text(dumps(notebook(*cells, **front)), encoding="utf-8")


def test_chapters_are_read_in_order(tmp_path: Path) -> None:
    write(tmp_path, "01_tasks")
    write(tmp_path, "00_start_here", title="Start here", needs=[], exercise_minutes=0)
    write(tmp_path, "scratch")
    found = chapters(tmp_path)
    assert [(c.number, c.name, c.title, c.needs) for c in found] == [
        ("00", "00_start_here", "Start here", ()),
        ("01", "01_tasks", "Tasks", ("00",)),
    ]
    (tmp_path / "README.md").write_text("<!-- chapters -->\n<!-- /chapters -->")
    assert readme(tmp_path / "README.md", tmp_path).splitlines()[3:-1] == [
        "| [00 · Start here](notebooks/00_start_here.ipynb) | 25 | nothing | You can split work into tasks. |",
        "| [01 · Tasks](notebooks/01_tasks.ipynb) | 25 + 15 | 00 | You can split work into tasks. |",
    ]
    assert chapters(tmp_path / "nowhere") == ()


@pytest.mark.parametrize(
    ("front", "field"),
    [
        ({"minutes": "25"}, "minutes"),
        ({"exercise_minutes": True}, "exercise_minutes"),
        ({"title": ""}, "title"),
        ({"needs": [0]}, "needs"),
        ({"author": "me"}, "author"),
    ],
)
def test_a_wrong_front_matter_is_named(front: dict[str, Any], field: str, tmp_path: Path) -> None:
    write(tmp_path, "01_tasks", **front)
    with pytest.raises(CourseError, match=rf"^01_tasks\.ipynb: .* wrong at {field};"):
        chapters(tmp_path)


def test_two_chapters_cannot_share_a_number(tmp_path: Path) -> None:
    write(tmp_path, "01_tasks")
    write(tmp_path, "01_retries")
    with pytest.raises(CourseError, match="both claim number 01"):
        chapters(tmp_path)


def test_exercise_source_reads_stub_and_solution(tmp_path: Path) -> None:
    write(tmp_path, "01_tasks", *exercise(stub="def f():\n    ...", solution="def f():\n    pass"))
    assert exercise_source(tmp_path, "01.1", "stub") == "def f():\n    ..."
    assert exercise_source(tmp_path, "01.1", "solution") == "def f():\n    pass"
    for unknown, hint in [("01.9", "chapter 01 has 01.1"), ("07.1", "the chapters are 01")]:
        with pytest.raises(CourseError, match=re.escape(hint)):
            exercise_source(tmp_path, unknown, "stub")
