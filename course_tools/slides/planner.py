"""The slides of a chapter, planned from its master: a slide an idea.

Headings begin slides. Of prose a sentence or two is shown, and all of it is in the speaker notes. A
question comes with the code that it is about, and what the code gave appears at the next key press.
"""

import re
from dataclasses import dataclass, field
from itertools import chain, count, zip_longest
from math import ceil

from nbformat import NotebookNode

from course_lib.front_matter import Chapter
from course_lib.language.choice import ENGLISH, Language
from course_tools.build.stable_outputs import WIDGET
from course_tools.slides.fitting import (
    HEIGHT,
    code_pieces,
    fit_pictures,
    is_short,
    least_height,
    outputs_height,
    part_height,
    shown_outputs,
)
from course_tools.slides.prose import ROOMY, Block, asked, blocks, elsewhere, unlinked
from course_tools.slides.words import OF, Words

_FILE = re.compile(r"%%writefile .*\.(yaml|toml|sh|ini|json)\n")
_MARKS = {"question": "asks", "task": "does"}
_SHORT = 52  # pixels: a statement of one line


@dataclass
class Slide:
    """One slide, and what its speaker needs to know."""

    title: str  # Markdown
    name: str  # for links: the id of the first cell on it
    kind: str  # title, text, question, exercise or code
    opens: bool  # whether a section of the chapter begins here
    parts: list[NotebookNode] = field(default_factory=list)  # cells, as nbconvert takes them
    full: list[Block] = field(default_factory=list)  # the prose of which it shows a sentence
    said: list[str] = field(default_factory=list)  # the speaker notes at this slide
    ahead: list[str] = field(default_factory=list)  # those at the end of the section
    cells: list[str] = field(default_factory=list)  # the ids of the cells that it comes from
    live: list[str] = field(default_factory=list)  # the cells to turn to in JupyterLab
    minutes: int = 0  # that its exercise takes
    room: int = HEIGHT  # pixels that are left on it

    def put(self, part: NotebookNode, cell: str) -> None:
        """Put what comes from this cell below what is there."""
        self.parts.append(part)
        self.room -= part_height(part)
        if cell not in self.cells:
            self.cells.append(cell)

    def go_live(self, cell: str) -> None:
        """Let the speaker turn to this cell in JupyterLab."""
        if cell and cell not in self.live:
            self.live.append(cell)


def part(kind: str, source: str, slide_type: str = "-", **metadata: object) -> NotebookNode:
    """Return Markdown or code as a cell with the metadata that nbconvert goes by."""
    # nbformat's own functions would validate each of them: as long as all the rest takes.
    metadata["slideshow"] = NotebookNode(slide_type=slide_type)
    cell = NotebookNode(cell_type=kind, source=source, metadata=NotebookNode(metadata))
    return cell if kind == "markdown" else NotebookNode(cell, outputs=[], execution_count=None)


def _outputs(outputs: list[NotebookNode], room: int, slide_type: str = "-") -> NotebookNode:
    fit_pictures(outputs, room)
    cell = part("code", "", slide_type, transient=NotebookNode(remove_source=True))
    cell.outputs = outputs
    return cell


def plan(master: NotebookNode, chapter: Chapter, language: Language = ENGLISH) -> list[Slide]:
    """Return the slides of a chapter, made from its solved notebook, in the language, with outputs."""
    exercises = sum(cell.id.endswith("-stub") for cell in master.cells)
    words = OF[language]
    planner = _Planner(ceil(chapter.exercise_minutes / max(1, exercises)), words)
    for cell in master.cells:
        planner.add(cell)
    for slide in planner.slides:
        if slide.kind == "text" and len(slide.parts) == len(slide.full) == 1:
            # A statement that has a slide to itself says a little more.
            slide.parts[0].source = slide.full[0].shown(ROOMY)
    for slide, following in zip_longest(planner.slides, planner.slides[1:]):
        _point_elsewhere(slide, following, words)
    return planner.slides


def _point_elsewhere(slide: Slide, following: Slide | None, words: Words) -> None:
    """Change words for places, such as 'the flow below', where that isn't on the same slide."""
    comes_next = following is not None and any(map(_can_be_pointed_at, following.parts))
    for at, each in enumerate(slide.parts):
        if each.cell_type == "markdown" and not each.source.startswith("|"):
            above = any(map(_can_be_pointed_at, slide.parts[:at]))
            below = any(map(_can_be_pointed_at, slide.parts[at + 1 :]))
            each.source = elsewhere(
                each.source, words, above=above, below=below, comes_next=comes_next
            )


def _can_be_pointed_at(part: NotebookNode) -> bool:
    return bool(part.cell_type == "code" or part.source.startswith(("|", "-", "1.")))


class _Planner:
    def __init__(self, minutes: int, words: Words) -> None:
        self.slides: list[Slide] = []
        self._minutes = minutes  # for an exercise
        self._words = words
        self._title = words.setting_up
        self._opens = False  # the next slide begins a section
        self._section = 0  # where the section began
        self._code = ""  # the last cell with code
        self._question = ""  # asked on a slide of its own: to be repeated above the code

    def add(self, cell: NotebookNode) -> None:
        tags = cell.metadata.get("tags", [])
        if cell.id == "title":
            self._add_title(cell)
        elif "instructor" in tags:
            self._add_note(cell)
        elif cell.cell_type == "markdown":
            for block in blocks(cell.source, self._words):
                if block.kind == "heading":
                    self._add_heading(block, cell.id)
                else:
                    self._add_block(block, cell.id)
        elif cell.id.endswith("-check"):
            self.slides[-1].cells.append(cell.id)
        elif "solution" in tags:
            self._add_solution(cell)
        else:
            self._add_code(cell, is_stub="stub" in tags)

    def _new(self, cell: str, kind: str = "", title: str = "") -> Slide:
        """Begin a slide, by default an exercise's, or with code, as the cell's id tells."""
        kind = kind or ("exercise" if cell.startswith("ex-") else "code")
        taken = {slide.name for slide in self.slides}
        names = chain([cell], (f"{cell}-{number}" for number in count(2)))
        name = next(each for each in names if each not in taken)
        if self._opens:
            self._section = len(self.slides)
        self.slides.append(Slide(title or self._title, name, kind, self._opens))
        self._opens = False
        return self.slides[-1]

    def _add_title(self, cell: NotebookNode) -> None:
        heading, *rest = blocks(cell.source, self._words)
        self._opens = True
        slide = self._new(cell.id, "title", heading.text)
        for block in reversed(rest):  # what it is good for, before what it takes
            slide.put(part("markdown", unlinked(block.text)), cell.id)
        self._opens = True

    def _add_note(self, cell: NotebookNode) -> None:
        text = cell.source.removeprefix(self._words.note)
        slide, first = self.slides[-1], self.slides[self._section]
        slide.said.append(text)
        if first is not slide:
            first.ahead.append(text)
        if self._code:  # what the note is about is best shown live
            shown = (each for each in reversed(self.slides) if self._code in each.cells)
            next(shown, slide).go_live(self._code)

    def _add_heading(self, heading: Block, cell: str) -> None:
        self._title, self._question = heading.text, ""
        if self.slides and not self.slides[-1].parts:  # a heading with nothing below it
            self._opens |= self.slides.pop().opens
        self._opens |= heading.level == 2
        self._new(cell, "exercise" if self._words.exercise.match(heading.text) else "text")

    def _add_block(self, block: Block, cell: str) -> None:
        in_exercise = self._words.exercise.match(self._title)
        shown = block.text if in_exercise or self._title == self._words.summary else block.shown()
        kind = "code" if block.kind == "fence" else "markdown"
        new = part(kind, shown, mark=_MARKS.get(block.kind, ""))
        slide = self.slides[-1]
        if not self._takes(slide, block, part_height(new)):
            slide = self._new(cell, "exercise" if in_exercise else "text")
        if block.kind == "question":
            if slide.kind == "text":
                slide.kind = "question"
            self._question = asked(block.text, self._words)
        slide.put(new, cell)
        if block.kind == "task":
            slide.go_live(self._code)
        if block.text != shown:
            slide.full.append(block)

    def _takes(self, slide: Slide, block: Block, height: int) -> bool:
        """Say whether a block of prose may stand on this slide, below what is there."""
        if self._opens or slide.title != self._title or slide.kind in ("title", "code"):
            return False
        if not slide.parts:
            return True
        if block.kind == "question" and slide.kind == "text" and len(slide.parts) == 1:
            return slide.room >= HEIGHT - _SHORT  # such as the sentence that sets the scene
        stands_alone = slide.kind == "question" or block.kind in ("question", "task", "lead")
        return height <= slide.room and (slide.kind == "exercise" or not stands_alone)

    def _add_code(self, cell: NotebookNode, is_stub: bool) -> None:
        outputs = [] if cell.id == "start" else shown_outputs(cell)
        written = _FILE.match(cell.source)
        language = {"magics_language": written[1]} if written else {}
        pieces = code_pieces(cell.source, outputs_height(outputs))
        first, *others = (part("code", piece, **language) for piece in pieces)
        self._slide_for(cell.id, first, outputs_height(outputs)).put(first, cell.id)
        for piece in others:
            self._new(cell.id).put(piece, cell.id)
        self._question, self._code = "", cell.id
        self._show(cell.id, outputs)
        if is_stub:
            self.slides[-1].minutes = self._minutes
        if is_stub or any(WIDGET in output.get("data", {}) for output in cell.outputs):
            self.slides[-1].go_live(cell.id)

    def _slide_for(self, cell: str, code: NotebookNode, below: int) -> Slide:
        """Return the slide for a cell's first lines, and for the outputs below them if they fit."""
        wanted = part_height(code) + below
        if wanted > HEIGHT:
            wanted = part_height(code)  # better without outputs than without what is there already
        slide = self.slides[-1]
        few = len(slide.parts) <= 1 or slide.kind in ("question", "exercise")
        whole = not any(each.get("outputs") for each in slide.parts)
        if slide.title == self._title and few and whole and wanted <= slide.room:
            if slide.kind == "text":
                slide.kind = "code"
            return slide
        slide = self._new(cell)
        again = part("markdown", f"{self._words.question} {self._question}", mark="asks")
        if self._question and part_height(again) + wanted <= slide.room:
            slide.put(again, cell)
        return slide

    def _show(self, cell: str, outputs: list[NotebookNode]) -> None:
        """Put a cell's outputs below its code, or else on slides of their own."""
        slide = self.slides[-1]
        if outputs and outputs_height(outputs) <= slide.room:
            slide.put(_outputs(outputs, slide.room, "fragment"), cell)
            return
        if len(slide.parts) == 1 and is_short(slide.parts[0]):
            beside: list[NotebookNode] = []
            while outputs and least_height([*beside, outputs[0]]) <= slide.room:
                beside.append(outputs.pop(0))
            if beside:
                slide.put(_outputs(beside, slide.room, "fragment"), cell)
        while outputs:
            taken = [outputs.pop(0)]
            while outputs and outputs_height([*taken, outputs[0]]) <= HEIGHT:
                taken.append(outputs.pop(0))
            self._new(cell, "code").put(_outputs(taken, HEIGHT), cell)

    def _add_solution(self, cell: NotebookNode) -> None:
        """Put a solution on slides of its own, behind a key press: learners' come first."""
        number = self._words.exercise.match(self._title)
        title = f"{number[0] if number else self._title}{self._words.solution}"
        first, *others = code_pieces(cell.source)
        slide = self._new(cell.id, "exercise", title)
        yours, code = part("markdown", self._words.yours), part("code", first, "fragment")
        if part_height(yours) + part_height(code) <= slide.room:
            slide.put(yours, cell.id)
        slide.put(code, cell.id)
        for piece in others:
            self._new(cell.id, "exercise", title).put(part("code", piece), cell.id)
