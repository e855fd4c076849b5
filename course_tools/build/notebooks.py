"""The tool that derives the learners' notebooks from the masters and runs both.

A master (``solutions/``) holds a chapter with its solutions and speaker notes. The learners'
notebook (``notebooks/``) is the same without the cells tagged ``solution`` or ``instructor``.
"""

from __future__ import annotations

import copy
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from course_lib.chapters.project import NAME, beginning, files, written
from course_lib.errors import CourseError
from course_lib.front_matter import Chapter, chapter_files, chapters
from course_tools.build.derived_documents import Document
from course_tools.build.execution import execute
from course_tools.build.stable_outputs import Rules, dumps, load, normalise, replace_file

MASTER_ONLY = frozenset({"solution", "instructor"})
_log = logging.getLogger(__name__)


def derive(master: NotebookNode) -> NotebookNode:
    """Return the learners' notebook for `master`: fewer cells, and none of them run yet."""
    nb = copy.deepcopy(master)
    nb.cells = [cell for cell in nb.cells if not MASTER_ONLY & set(cell.metadata.get("tags", []))]
    for cell in _code(nb):
        cell.outputs, cell.execution_count = [], None
    return nb


def build(
    solutions: Path,
    notebooks: Path,
    only: Sequence[str] = (),
    check: bool = False,
    *,
    env: Mapping[str, str] | None = None,
    rules: Rules = (),
    documents: Sequence[Document] = (),
    fresh: bool = False,
    timeout: int = 120,
    prepare: Callable[[], object] = lambda: None,
    progress: Callable[[str], None] = _log.info,
) -> list[str]:
    """Run the masters, derive and run the learners' notebooks, write both and the documents.

    A chapter is written when both of its notebooks have run. If one fails, the other chapters
    still get their turn.

    Parameters
    ----------
    solutions, notebooks
        The folders of the masters and of what learners get.
    only
        Numbers of the chapters to build, e.g. ``["01", "04"]``; all by default.
    check
        Run and write nothing, only compare.
    env
        The kernels' whole environment; by default that of this process.
    rules
        See `course_tools.build.stable_outputs.read_rules`.
    documents
        What else is written from the chapters, and is brought up to date.
    fresh
        Keep no stored output, for example after the look of the pictures has changed.
    timeout
        Seconds that each cell may take.
    prepare
        Called before each notebook runs, for example to forget solved exercises.
    progress
        Called with a line of text at each step.

    Returns
    -------
    list of str
        With `check`, a sentence for each thing that isn't up to date; otherwise the names of
        the files that were changed.

    Raises
    ------
    CourseError
        If a notebook can't be read or run. The message holds all failures.
    """
    chosen = _choose(chapters(solutions), only)
    if check:
        return _differences(chosen, solutions, notebooks, () if only else documents)
    for document in documents:
        document.wanted(solutions)  # fails now rather than after all chapters have run
    notebooks.mkdir(exist_ok=True)

    def run(nb: NotebookNode, path: Path, previous: NotebookNode | None) -> NotebookNode:
        progress(f"  {_label(path)}")
        prepare()
        with _copy_of(path.parent) as cwd:
            ran = execute(nb, cwd=cwd, env=env, timeout=timeout, name=_label(path))
        places = (cwd.parent, solutions.parent)
        return normalise(ran, None if fresh else previous, rules=rules, course=places)

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
    changed += _build_project(solutions, notebooks)
    changed += renew(documents, solutions)
    return changed


def renew(documents: Iterable[Document], solutions: Path) -> list[str]:
    """Bring the documents up to date with the masters as they are; give those that changed."""
    return [document.path.name for document in documents if document.renew(solutions)]


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


def _build_project(solutions: Path, notebooks: Path) -> list[str]:
    """Bring both projects up to what the masters write into them; give what was changed."""
    changed = []
    for path, content in _projects(solutions, notebooks):
        if content is None:
            path.unlink()
        elif path.exists() and path.read_bytes() == content:
            continue
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        changed.append(f"{path.relative_to(solutions.parent)}")
    return changed


def _projects(solutions: Path, notebooks: Path) -> Iterator[tuple[Path, bytes | None]]:
    """Give each file of both projects with what it should hold; None where it should not be."""
    for name, (_, text) in written(solutions).items():
        yield solutions / NAME / name, text.encode()
    wanted = beginning(solutions)
    yield from ((notebooks / NAME / name, content) for name, content in wanted.items())
    extra = (name for name, _ in files(notebooks / NAME) if name not in wanted)
    yield from ((notebooks / NAME / name, None) for name in extra)


def _as_built(master: NotebookNode, learners: NotebookNode) -> NotebookNode:
    """Return `master` without the pictures that may show the state before an edit.

    A master that was edited after its last run holds outputs of older code. The learners'
    notebook still holds that code, which tells where the edits begin.
    """
    pairs = zip_longest(_code(derive(master)), _code(learners))
    edited = next(
        (new for new, old in pairs if not old or not new or _text(new) != _text(old)), None
    )
    nb = copy.deepcopy(master)
    ids = [cell.id for cell in nb.cells]
    for cell in nb.cells[ids.index(edited.id) :] if edited else []:
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if "image/png" not in o.get("data", {})]
    return nb


@contextmanager
def _copy_of(folder: Path) -> Iterator[Path]:
    """Copy `folder` under its own name, so that nothing a chapter writes lands in the course."""
    skip = shutil.ignore_patterns("*.ipynb", ".ipynb_checkpoints", "__pycache__")
    # On Windows a process of the chapter's that still runs would keep its folder from going.
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as temporary:
        yield shutil.copytree(folder, Path(temporary) / folder.name, ignore=skip)


def _choose(found: Sequence[Chapter], only: Sequence[str]) -> list[Chapter]:
    wanted = {number.zfill(2) for number in only}
    if unknown := wanted - {chapter.number for chapter in found}:
        known = ", ".join(chapter.number for chapter in found) or "none"
        raise CourseError(
            f"There is no chapter {', '.join(sorted(unknown))}; the chapters are: {known}."
        )
    return [chapter for chapter in found if not wanted or chapter.number in wanted]


def _differences(
    chosen: Iterable[Chapter], solutions: Path, notebooks: Path, documents: Iterable[Document]
) -> list[str]:
    found: list[str] = []
    for chapter in chosen:
        master, learners = load(chapter.path), notebooks / chapter.path.name
        found += _not_normal(chapter.path, master)
        if learners.exists():
            nb = load(learners)
            found += _not_normal(learners, nb)
            found += (
                f"{_label(learners)}: {what}" for what in _drift(normalise(master), normalise(nb))
            )
        else:
            found.append(f"{_label(learners)} is missing")
    found += (
        f"{path.relative_to(solutions.parent)} isn't what the masters make it"
        for path, content in _projects(solutions, notebooks)
        if content != (path.read_bytes() if path.exists() else None)
    )
    masters = {path.name for path in chapter_files(solutions)}
    found += (
        f"{_label(path)} isn't named like a chapter, e.g. 01_tasks.ipynb"
        for path in sorted(solutions.glob("*.ipynb"))
        if path.name not in masters
    )
    found += (
        f"{_label(path)} has no master in {solutions.name}: delete it"
        for path in sorted(notebooks.glob("*.ipynb"))
        if path.name not in masters
    )
    found += (
        f"{document.path.name} isn't what the chapters make it"
        for document in documents
        if not document.is_current(solutions)
    )
    return found


def _not_normal(path: Path, nb: NotebookNode) -> Iterator[str]:
    if path.read_bytes() != dumps(normalise(nb)).encode("utf-8"):
        yield f"{_label(path)} is not in normal form: saved by an editor, but not built since?"


def _drift(master: NotebookNode, learners: NotebookNode) -> Iterator[str]:
    """Tell what in `learners`, but for outputs, isn't as `master` has it."""
    wanted, found = derive(master), derive(learners)
    for key in sorted((wanted.keys() | found.keys()) - {"cells"}):
        if wanted.get(key) != found.get(key):
            yield f"the notebook's {key} differs from its master's"
    ids, here = [cell.id for cell in wanted.cells], [cell.id for cell in found.cells]
    yield from (f"cell {cell} is missing" for cell in ids if cell not in here)
    yield from (f"cell {cell} isn't in its master" for cell in here if cell not in ids)
    if sorted(ids) == sorted(here) and ids != here:
        yield "the cells are in another order than in its master"
    others: Mapping[str, Mapping[str, Any]] = {cell.id: cell for cell in found.cells}
    for cell in wanted.cells:
        other = others.get(cell.id, cell)
        for key in sorted(cell.keys() | other.keys()):
            if cell.get(key) != other.get(key):
                yield f"cell {cell.id}: its {key} differs from its master's"


def _code(nb: NotebookNode) -> Iterator[NotebookNode]:
    return (cell for cell in nb.cells if cell.cell_type == "code")


def _text(cell: NotebookNode) -> tuple[str, str]:
    return cell.id, cell.source


def _label(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
