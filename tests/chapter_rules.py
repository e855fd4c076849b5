"""What each committed notebook of the course must be like; each rule yields its complaints."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from nbformat import NotebookNode

from course_lib.front_matter import Chapter, chapters, read_chapter
from course_tools.build.main_road import DEEPER, deeper_cells, main_road, needed_from_deeper
from course_tools.build.stable_outputs import PNG, WIDGET, load, picture_of, without_drawings

FEW_EXERCISES = {"00"}  # a first look around needs none
IGNORED = {"nbval-ignore-output", "nbval-skip"}
LOOPBACK = {"127.0.0.1", "localhost"}
SERVICES = {
    "server"
}  # of the project's compose file, by whose names its containers find each other
# Reference pages that prose, or an error message of a library, may point to; no lesson needs one.
DOCUMENTATION = {
    "developer.mozilla.org",  # httpx's errors
    "docs.prefect.io",
    "docs.pydantic.dev",
    "docs.python.org",
    "errors.pydantic.dev",
    "github.com",
    "ipywidgets.readthedocs.io",
    "jupyterlab.readthedocs.io",
    "matplotlib.org",
    "www.prefect.io",  # its documentation
    "www.python-httpx.org",
    "www.w3.org",  # SVG's name space
}


@dataclass(frozen=True)
class Page:
    """One notebook, and what its rules need to know about the others."""

    nb: NotebookNode
    chapter: Chapter
    master: bool
    neighbours: frozenset[str]
    """Names of the notebooks beside it, and its own, without their ending."""
    size: int = 0
    titles: dict[str, str] = field(default_factory=dict)
    """Of all chapters, by the names of their notebooks without ending: '01 · Tasks'."""

    @classmethod
    def read(cls, path: Path) -> Page:
        neighbours = frozenset(other.stem for other in path.parent.glob("*.ipynb"))
        is_master = path.parent.name == "solutions"
        size, titles = path.stat().st_size, _titles(path.parent)
        return cls(load(path), read_chapter(path), is_master, neighbours, size, titles)

    @property
    def code(self) -> list[NotebookNode]:
        return [cell for cell in self.nb.cells if cell.cell_type == "code"]

    @property
    def prose(self) -> list[NotebookNode]:
        """What learners read: speaker notes are for somebody else."""
        return [
            cell
            for cell in self.nb.cells
            if cell.cell_type == "markdown" and "instructor" not in tags(cell)
        ]

    @property
    def outputs(self) -> list[tuple[NotebookNode, NotebookNode]]:
        return [(cell, output) for cell in self.code for output in cell.outputs]

    @property
    def exercises(self) -> list[str]:
        return re.findall(r"^ex-(\d\d-\d)-stub$", "\n".join(c.id for c in self.code), re.MULTILINE)

    @property
    def headings(self) -> list[tuple[int, str]]:
        prose = "\n\n".join(cell.source for cell in self.prose)
        prose = re.sub(r"^(```|~~~).*?^\1", "", prose, flags=re.MULTILINE | re.DOTALL)
        found = re.findall(r"^(#{1,6}) +(.+)$", prose, re.MULTILINE)
        return [(len(marks), text.strip().replace("’", "'")) for marks, text in found]


@cache
def _titles(folder: Path) -> dict[str, str]:
    return {each.name: f"{each.number} · {each.title}" for each in chapters(folder)}


Rule = Callable[[Page], Iterator[str]]
RULES: list[Rule] = []


def complaints(page: Page) -> list[str]:
    """Apply all rules."""
    return [f"{rule.__name__}: {complaint}" for rule in RULES for complaint in rule(page)]


def rule(function: Rule) -> Rule:
    RULES.append(function)
    return function


def tags(cell: NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def texts(value: Any) -> Iterator[str]:
    """Every text in an output but for drawings, which are base64."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not key.startswith(("image/png", "image/jpeg")) or isinstance(inner, dict):
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield without_drawings(value)


# --- form -----------------------------------------------------------------------------------


@rule
def telling_ids(page: Page) -> Iterator[str]:
    for cell in page.nb.cells:
        random = any(re.fullmatch(r"(?=\D*\d)[0-9a-f]{8,}", part) for part in cell.id.split("-"))
        kebab = re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", cell.id)
        if random or not kebab or not re.search("[a-z]{3}|^ex-", cell.id):
            yield f"cell {cell.id}: a telling id would be like 'retries-predict'"


@rule
def size(page: Page) -> Iterator[str]:
    if page.size >= 1_500_000:
        yield f"the file has {page.size / 1e6:.1f} MB, 1.5 at most"
    if not 25 <= len(main_road(page.nb).cells) <= 60:
        yield f"{len(main_road(page.nb).cells)} cells on the main road, wanted 25 to 60"
    if len(page.nb.cells) > 80:
        yield f"{len(page.nb.cells)} cells, 80 at most"


@rule
def code_lines(page: Page) -> Iterator[str]:
    lines = {
        cell.id: sum(bool(line.strip()) for line in cell.source.splitlines()) for cell in page.code
    }
    if not 2 <= median(lines.values() or [0]) <= 8:
        yield f"the median code cell has {median(lines.values() or [0])} lines, wanted 2 to 8"
    yield from (f"cell {c}: {n} lines of code, 25 at most" for c, n in lines.items() if n > 25)


@rule
def prose_per_code(page: Page) -> Iterator[str]:
    words = sum(len(re.findall(r"\w+", cell.source)) for cell in page.prose)
    if not 35 <= words / max(1, len(page.code)) <= 110:
        yield f"{words / max(1, len(page.code)):.0f} words for each code cell, wanted 35 to 110"


@rule
def trailing_space(page: Page) -> Iterator[str]:
    for cell in page.nb.cells:
        lines = cell.source.split("\n")
        if any(line != line.rstrip() for line in lines) or (len(lines) > 1 and not lines[-1]):
            yield f"cell {cell.id}: white space at the end of a line or of the cell"


# --- skeleton -------------------------------------------------------------------------------


@rule
def front_matter(page: Page) -> Iterator[str]:
    for need in page.chapter.needs:
        if (
            not any(name.startswith(need) for name in page.neighbours)
            or need >= page.chapter.number
        ):
            yield f"needs chapter {need}, which isn't an earlier chapter"
    if page.chapter.minutes <= 0:
        yield "minutes should be more than 0"
    if (page.chapter.exercise_minutes > 0) != bool(page.exercises):
        yield f"{page.chapter.exercise_minutes} exercise_minutes for {len(page.exercises)} exercises"
    if not page.chapter.can.endswith("."):
        yield "'can' should be a sentence"


@rule
def title_cell(page: Page) -> Iterator[str]:
    first, chapter = page.nb.cells[0], page.chapter
    wanted = f"# {chapter.number} · {chapter.title}"
    if first.cell_type != "markdown" or first.source.split("\n")[0] != wanted:
        yield f"the first cell should begin with '{wanted}'"
    minutes = [n for n in (chapter.minutes, chapter.deeper_minutes, chapter.exercise_minutes) if n]
    expected = [
        "minutes",
        *map(str, minutes),
        "needs",
        *chapter.needs,
        "after this chapter you can",
    ]
    for text in expected:
        if not re.search(rf"\b{text}\b", first.source, re.IGNORECASE):
            yield f"the first cell doesn't say '{text}'"


@rule
def a_short_way(page: Page) -> Iterator[str]:
    """The main road can be walked in half an hour, and needs nothing of what is marked Deeper."""
    road = main_road(page.nb)
    if page.chapter.minutes > 30:
        yield f"{page.chapter.minutes} minutes for the main road, 30 at most"
    predicts = sum(bool(re.search(r"\*\*Predict\b", cell.source)) for cell in road.cells)
    if predicts > 10:
        yield f"{predicts} predictions on the main road, 10 at most"
    if bool(page.chapter.deeper_minutes) != bool(list(deeper_cells(page.nb))):
        yield f"{page.chapter.deeper_minutes} deeper_minutes, and sections '{DEEPER}…' belong together"
    for cell, name in needed_from_deeper(page.nb):
        yield f"cell {cell} of the main road needs {name}, which a section marked Deeper gives"


@rule
def one_start(page: Page) -> Iterator[str]:
    calls = [len(re.findall(r"\bcourse\.start\(", cell.source)) for cell in page.code]
    if sum(calls) != 1 or sum(calls[:2]) != 1:
        yield "course.start() should be called once, in one of the first two code cells"


@rule
def headings(page: Page) -> Iterator[str]:
    found = page.headings
    if [level for level, _ in found].count(1) != 1:
        yield "there should be one heading of level 1, the title"
    level = 0
    for depth, text in found:
        if depth > level + 1:
            yield f"'{text}' skips a level of headings"
        level = depth
    sections = [text.lower() for depth, text in found if depth == 2]
    places = [
        next((i for i, text in enumerate(sections) if wanted in text), -1)
        for wanted in ("common mistakes", "summary", "what's next")
    ]
    if -1 in places or places != sorted(places) or places[-1] != len(sections) - 1:
        yield "the chapter should end with sections 'Common mistakes', 'Summary', 'What's next'"


@rule
def exercises(page: Page) -> Iterator[str]:
    number, found = page.chapter.number, page.exercises
    fewest = 0 if number in FEW_EXERCISES else 2
    if not fewest <= len(found) <= 3:
        yield f"{len(found)} exercises, wanted {fewest} to 3"
    if found != [f"{number}-{i + 1}" for i in range(len(found))]:
        yield f"the exercises should be numbered {number}.1, {number}.2, ...: {found}"
    parts = ("stub", "solution", "check") if page.master else ("stub", "check")
    ids = [cell.id for cell in page.code]
    for exercise in found:
        start = ids.index(f"ex-{exercise}-stub")
        cells = page.code[start : start + len(parts)]
        if [cell.id for cell in cells] != [f"ex-{exercise}-{part}" for part in parts]:
            yield f"the code cells of exercise {exercise} should be {', '.join(parts)}, in a row"
        elif ".check(" not in cells[-1].source:
            yield f"cell {cells[-1].id} should call check()"
    for cell in page.nb.cells:
        for tag in ("stub", "solution"):
            if (tag in tags(cell)) != bool(re.fullmatch(rf"ex-\d\d-\d-{tag}", cell.id)):
                yield f"cell {cell.id}: the tag '{tag}' and the id ex-NN-N-{tag} belong together"
        if not page.master and {"solution", "instructor"} & tags(cell):
            yield f"cell {cell.id} is not for learners"


# --- outputs --------------------------------------------------------------------------------


@rule
def all_run(page: Page) -> Iterator[str]:
    ran = [cell for cell in page.code if cell.source.strip()]
    if [cell.execution_count for cell in ran] != list(range(1, len(ran) + 1)):
        yield "the code cells weren't run from top to bottom: their counts should be 1, 2, 3, ..."


@rule
def errors_where_tagged(page: Page) -> Iterator[str]:
    for cell in page.code:
        failed = any(output.output_type == "error" for output in cell.outputs)
        if failed and "raises-exception" not in tags(cell):
            yield f"cell {cell.id} failed"
        if not failed and "raises-exception" in tags(cell):
            yield f"cell {cell.id} is tagged 'raises-exception' and did not fail"


@rule
def pictures(page: Page) -> Iterator[str]:
    found = [(cell, picture) for cell, output in page.outputs if (picture := picture_of(output))]
    if not found:
        yield "no picture of a run"
    for cell, output in page.outputs:
        if PNG in output.get("data", {}):
            yield f"cell {cell.id}: a picture that isn't shown by course.picture() has no alt text"
    for cell, picture in found:
        if not picture["alt"].strip():
            yield f"cell {cell.id}: a picture without alt text"
        kilobytes = len(base64.b64decode(picture["png"])) / 1000
        if kilobytes >= 150:
            yield f"cell {cell.id}: a picture of {kilobytes:.0f} kB, 150 at most"


@rule
def widget(page: Page) -> Iterator[str]:
    if not any(WIDGET in output.get("data", {}) for _, output in page.outputs):
        yield "no widget to play with"


@rule
def machine_paths(page: Page) -> Iterator[str]:
    places = r"/(?:root|home|work|tmp|Users|private|var/folders)(?![\w-])"
    # Neither a part of an address nor of a longer path; a colour code may stand before it.
    path = re.compile(rf"(?:(?<![\w.>~/-])|(?<=\dm)){places}|\b[A-Za-z]:\\+\w")
    for cell, output in page.outputs:
        for text in texts(output):
            if found := path.search(text):
                around = text[found.start() : found.start() + 40].split("\n")[0]
                yield f"cell {cell.id}: a path of one machine, '{around}'"


# --- text -----------------------------------------------------------------------------------


@rule
def hosts(page: Page) -> Iterator[str]:
    address = re.compile(r"\b[a-z][a-z0-9+.-]*://(?:[^\s/@]*@)?([\w.-]+)", re.IGNORECASE)
    for cell in page.nb.cells:
        for text in (cell.source, *texts(cell.get("outputs", []))):
            for host in address.findall(text):
                if host not in LOOPBACK | SERVICES | DOCUMENTATION:
                    yield f"cell {cell.id} names the host {host}"


@rule
def alt_texts(page: Page) -> Iterator[str]:
    for cell in page.nb.cells:
        if cell.cell_type == "markdown":
            images = re.findall(r"!\[[^\]]*\]|<img\b[^>]*>", cell.source)
            for image in images:
                if not re.search(r"!\[\s*[^\]\s]|\balt=(\"[^\"]*\w|'[^']*\w)", image):
                    yield f"cell {cell.id}: {image} has no alt text"


@rule
def links(page: Page) -> Iterator[str]:
    for cell in page.nb.cells:
        if cell.cell_type == "markdown":
            for name in re.findall(r"\]\(([\w.-]+)\.ipynb[)#]", cell.source):
                if name not in page.neighbours:
                    yield f"cell {cell.id} points to {name}.ipynb, which isn't there"


@rule
def titles_of_links(page: Page) -> Iterator[str]:
    for cell in page.prose:
        for title, name in re.findall(r"\[(\d\d · [^\]]+)\]\(([\w.-]+)\.ipynb\)", cell.source):
            if title != page.titles.get(name):
                yield f"cell {cell.id} calls {name}.ipynb '{title}', its title is '{page.titles.get(name)}'"


@rule
def next_chapter(page: Page) -> Iterator[str]:
    number = page.chapter.number
    following = next(((n, t) for n, t in sorted(page.titles.items()) if n[:2] > number), None)
    _, _, text = "\n\n".join(cell.source for cell in page.prose).partition("## What's next")
    if following and f"[{following[1]}]({following[0]}.ipynb)" not in text:
        yield f"What's next should have the link [{following[1]}]({following[0]}.ipynb)"


@rule
def handlers(page: Page) -> Iterator[str]:
    for cell in page.code:
        if re.search(r"\.addHandler\(", cell.source):
            yield f"cell {cell.id} adds one more handler each time it runs: set `handlers`"


@rule
def reasons_to_ignore(page: Page) -> Iterator[str]:
    for cell in page.code:
        if IGNORED & tags(cell) and not cell.metadata.get("course", {}).get("why"):
            yield f"cell {cell.id}: say in the metadata course.why that its output can't be compared"
        if re.search(r"#\s*(NBVAL_|PYTEST_VALIDATE_)", cell.source):
            yield f"cell {cell.id}: use nbval's tags; its comments escape the count"
        if "nbval-check-output" in tags(cell):
            yield f"cell {cell.id}: 'nbval-check-output' says nothing, all outputs are compared"
