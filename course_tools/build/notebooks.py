"""The tool that derives the learners' notebooks from the masters and runs both.

A master (``solutions/``) holds a chapter with its solutions and speaker notes. The learners'
notebook (``notebooks/``) is the same without the cells tagged ``solution`` or ``instructor``.
"""

import copy
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import dropwhile
from pathlib import Path

from nbformat import NotebookNode

from course_lib.chapters.project import NAME, beginning, files, written
from course_lib.errors import CourseError
from course_lib.files import replace_file
from course_lib.front_matter import chapter_files, chapters
from course_tools.build.derived_documents import DOCUMENTS, outdated, renew, wanted
from course_tools.build.execution import execute
from course_tools.build.stable_outputs import (
    Rules,
    code_cells,
    dumps,
    load,
    normalise,
    picture_of,
)
from course_tools.build.translations import catalogues

MASTER_ONLY = frozenset({"solution", "instructor"})
_NOT_COPIED = shutil.ignore_patterns("*.ipynb", ".ipynb_checkpoints", "__pycache__")


def derive(master: NotebookNode) -> NotebookNode:
    """Return the learners' notebook for `master`: fewer cells, and none of them run yet."""
    nb = copy.deepcopy(master)
    nb.cells = [cell for cell in nb.cells if not MASTER_ONLY & set(cell.metadata.get("tags", []))]
    for cell in code_cells(nb):
        cell.outputs, cell.execution_count = [], None
    return nb


def build(
    course: Path,  # its solutions/ and notebooks/
    only: Iterable[str] = (),  # numbers of chapters, by default all
    *,
    env: Mapping[str, str] = os.environ,  # all that the kernels get
    rules: Rules = (),
    documents: Iterable[str] = (),  # of DOCUMENTS, to bring up to date
    fresh: bool = False,  # keep no stored output, for example after pictures got another look
    prepare: Callable[[], object] = lambda: None,  # called before each notebook runs
    progress: Callable[[str], object] = print,  # called with a line of text at each step
) -> list[str]:
    """Run the masters, derive and run the learners' notebooks, write both and the documents.

    A chapter is written when both of its notebooks have run. If one fails, the other chapters
    still get their turn, and the error tells all failures in the end. Return the names of the
    files that were changed.
    """
    solutions, notebooks = course / "solutions", course / "notebooks"
    chosen = chapters(solutions, only)
    wanted(course, documents)  # fails now rather than after all have run
    notebooks.mkdir(exist_ok=True)

    def run(nb: NotebookNode, path: Path, previous: NotebookNode | None) -> NotebookNode:
        progress(f"  {_label(path)}")
        prepare()
        # On Windows a process of the chapter's that still runs would keep its folder from going.
        with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as place:
            # In a copy of the folder, so that nothing a chapter writes lands in the course.
            cwd = shutil.copytree(path.parent, Path(place) / path.parent.name, ignore=_NOT_COPIED)
            ran = execute(nb, cwd=cwd, env=env, name=_label(path))
        old = None if fresh else previous
        return normalise(ran, old, rules=rules, course=(Path(place), course))

    changed: list[str] = []
    failures: list[str] = []
    for number, chapter in enumerate(chosen, 1):
        progress(f"{chapter.name} ({number} of {len(chosen)})")
        try:
            changed += _build_chapter(chapter.path, notebooks / chapter.path.name, run)
        except CourseError as error:
            progress(f"  failed: {error}")
            failures.append(str(error))
    if failures:
        raise CourseError("\n\n".join(failures))
    renewed = renew(_projects(course) | wanted(course, documents))
    renewed += renew(_catalogues(course, documents))
    return changed + [f"{path.relative_to(course)}" for path in renewed]


def _build_chapter(
    solved: Path,
    learners: Path,
    run: Callable[[NotebookNode, Path, NotebookNode | None], NotebookNode],
) -> list[str]:
    text = solved.read_bytes()
    master = load(solved)
    before = load(learners) if learners.exists() else None
    ran = {
        solved: run(master, solved, _as_built(master, before) if before else None),
        learners: run(derive(master), learners, before),
    }
    if solved.read_bytes() != text:
        raise CourseError(f"{_label(solved)} was edited while it ran. Nothing was written.")
    return [_label(path) for path, nb in ran.items() if replace_file(path, dumps(nb))]


def _as_built(master: NotebookNode, learners: NotebookNode) -> NotebookNode:
    """Return `master` without the pictures that may show the state before an edit.

    A master that was edited after its last run holds outputs of older code. The learners'
    notebook still holds that code, which tells where the edits begin.
    """
    nb = copy.deepcopy(master)
    built = {(at, cell.id, cell.source) for at, cell in enumerate(code_cells(learners))}
    edited = {
        cell.id
        for at, cell in enumerate(code_cells(derive(master)))
        if (at, cell.id, cell.source) not in built
    }
    for cell in dropwhile(lambda cell: cell.id not in edited, nb.cells):
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not picture_of(output)]
    return nb


def _catalogues(course: Path, documents: Iterable[str]) -> dict[Path, str]:
    """Return the catalogues where all documents are wanted: they hold the texts of these, too."""
    return catalogues(course) if set(DOCUMENTS) <= set(documents) else {}


def _projects(course: Path) -> dict[Path, str | None]:
    """Return what each file of both projects should hold; None where it should not be."""
    solved, learners = course / "solutions", course / "notebooks" / NAME
    begun = beginning(solved)
    return (
        {solved / NAME / name: text for name, (_, text) in written(solved).items()}
        | {learners / name: content.decode() for name, content in begun.items()}
        | {learners / name: None for name, _ in files(learners) if name not in begun}
    )


def differences(
    course: Path, only: Iterable[str] = (), documents: Iterable[str] = ()
) -> Iterator[str]:
    """Yield a sentence for each thing in this folder that `build` would change."""
    solutions, notebooks = course / "solutions", course / "notebooks"
    for chapter in chapters(solutions, only):
        learners = notebooks / chapter.path.name
        for path in filter(Path.exists, (chapter.path, learners)):
            if path.read_bytes() != dumps(normalise(load(path))).encode("utf-8"):
                name = _label(path)
                yield f"{name} is not in normal form: saved by an editor, but not built since?"
        if learners.exists():
            for what in _drift(normalise(load(chapter.path)), normalise(load(learners))):
                yield f"{_label(learners)}: {what}"
        else:
            yield f"{_label(learners)} is missing"
    texts = wanted(course, documents) | _catalogues(course, documents)
    for path in outdated(_projects(course) | texts):
        yield f"{path.relative_to(course)} isn't what the masters make it"
    masters = {path.name for path in chapter_files(solutions)}
    for path in sorted(solutions.glob("*.ipynb")):
        if path.name not in masters:
            yield f"{_label(path)} isn't named like a chapter, e.g. 01_tasks.ipynb"
    for path in sorted(notebooks.glob("*.ipynb")):
        if path.name not in masters:
            yield f"{_label(path)} has no master in {solutions.name}: delete it"


def _drift(master: NotebookNode, learners: NotebookNode) -> Iterator[str]:
    """Tell what in `learners`, but for outputs, isn't as `master` has it."""
    expected, found = derive(master), derive(learners)
    for key in _differing(expected, found):
        if key != "cells":
            yield f"the notebook's {key} differs from its master's"
    cells, others = ({cell.id: cell for cell in nb.cells} for nb in (expected, found))
    yield from (f"cell {cell} is missing" for cell in cells if cell not in others)
    yield from (f"cell {cell} isn't in its master" for cell in others if cell not in cells)
    if cells.keys() == others.keys() and list(cells) != list(others):
        yield "the cells are in another order than in its master"
    for id, cell in cells.items():
        for key in _differing(cell, others.get(id, cell)):
            yield f"cell {id}: its {key} differs from its master's"


def _differing(one: NotebookNode, other: NotebookNode) -> list[str]:
    return sorted(key for key in one | other if one.get(key) != other.get(key))


def _label(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
