"""The slides of a chapter, derived from its master: a slide an idea.

Headings begin slides. Of prose a sentence or two is shown, and all of it is in the speaker notes. A
question comes with the code that it is about, and what the code gave appears at the next key press.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import ceil

from nbformat import NotebookNode

from course_lib.front_matter import Chapter
from course_tools.slides.fit import (
    CODE_LINES,
    HEIGHT,
    code_height,
    code_pieces,
    fit_pictures,
    lines_in,
    output_height,
    shown_outputs,
    text_height,
)
from course_tools.slides.slide import Part, Slide
from course_tools.slides.text import QUESTION, ROOMY, Block, asked, blocks, unlinked

SETTING_UP = "Setting up"
_YOURS = "Yours first: who wrote it differently?"
_NOTE = "> **Speaker note.** "
_WIDGET = "application/vnd.jupyter.widget-view+json"
_LIVE_CALLS = ("course.watch(", "course.play(")
_EXERCISE = re.compile(r"Exercise \d\d\.\d")
_MARKS = {"question": "asks", "task": "does"}
_BOX = 24  # pixels around a marked text
_POINTS = 3  # statements on one slide
_SHORT_OUTPUT = 140  # pixels
_SHORT = 52  # pixels: a statement of one line


def slides(master: NotebookNode, chapter: Chapter) -> list[Slide]:
    """Make the slides of a chapter.

    Parameters
    ----------
    master
        Its solved notebook, with outputs.
    chapter
        Its front matter.
    """
    planner = _Planner(chapter, sum(cell.id.endswith("-stub") for cell in master.cells))
    for cell in master.cells:
        planner.add(cell)
    return planner.done()


class _Planner:
    def __init__(self, chapter: Chapter, exercises: int) -> None:
        self.slides: list[Slide] = []
        self._chapter = chapter
        self._minutes = ceil(chapter.exercise_minutes / exercises) if exercises else 0
        self._title = SETTING_UP
        self._opens = False  # the next slide begins a section
        self._section = 0  # where the section began
        self._code = ""  # the last cell with code
        self._question = ""  # asked on a slide of its own: to be repeated above the code

    def done(self) -> list[Slide]:
        """Give the slides; a statement that has one to itself says a little more."""
        for slide in self.slides:
            if slide.kind == "text" and len(slide.parts) == 1 and len(slide.full) == 1:
                (block,) = blocks(slide.full[0])
                if block.kind in ("point", "lead"):
                    slide.parts[0].text = block.shown(ROOMY)
        return self.slides

    def add(self, cell: NotebookNode) -> None:
        tags = cell.metadata.get("tags", [])
        if cell.id == "title":
            self._add_title(cell)
        elif "instructor" in tags:
            self._add_note(cell)
        elif cell.cell_type == "markdown":
            for block in blocks(cell.source):
                self._add_block(block, cell.id)
        elif cell.cell_type == "code":
            self._add_code(cell, tags)

    # --- slides ----------------------------------------------------------------------------------

    def _new(self, name: str, kind: str, title: str = "") -> Slide:
        taken = {slide.name for slide in self.slides}
        unique = next(n for n in (name, *(f"{name}-{i}" for i in range(2, 99))) if n not in taken)
        slide = Slide(title or self._title, unique, kind, opens=self._opens)
        if self._opens:
            self._section = len(self.slides)
        self._opens = False
        self.slides.append(slide)
        return slide

    def _put(self, slide: Slide, part: Part, height: int, cell: str) -> None:
        slide.parts.append(part)
        slide.room -= height
        if cell not in slide.cells:
            slide.cells.append(cell)

    def _add_title(self, cell: NotebookNode) -> None:
        heading, *rest = blocks(cell.source)
        self._opens = True
        slide = self._new(cell.id, "title", heading.text)
        for block in reversed(rest):  # what it is good for, before what it takes
            text = unlinked(block.text)
            self._put(slide, Part(text), text_height(text), cell.id)
        self._opens = True

    def _add_note(self, cell: NotebookNode) -> None:
        text = cell.source.removeprefix(_NOTE)
        slide = self.slides[-1]
        slide.said.append(text)
        if self._code:  # what the note is about is best shown live
            where = next((s for s in self.slides[::-1] if self._code in s.cells), slide)
            self._go_live(where, self._code)
        first = self.slides[self._section]
        if first is not slide:
            first.ahead.append(text)

    def _go_live(self, slide: Slide, cell: str) -> None:
        if cell and cell not in slide.live:
            slide.live.append(cell)

    # --- prose -----------------------------------------------------------------------------------

    def _add_block(self, block: Block, cell: str) -> None:
        if block.kind == "heading":
            self._title, self._question = block.text, ""
            if self.slides and not self.slides[-1].parts:  # a heading with nothing below it
                self._opens = self.slides.pop().opens or self._opens
            self._opens = self._opens or block.level == 2
            self._new(cell, "exercise" if _EXERCISE.match(block.text) else "text")
            return
        in_exercise = _EXERCISE.match(self._title)
        shown = block.text if in_exercise or self._title == "Summary" else block.shown()
        height = code_height(shown) if block.kind == "code" else text_height(shown)
        height += _BOX * (block.kind in _MARKS)
        slide = self.slides[-1]
        if not self._takes(slide, block, height, cell):
            slide = self._new(cell, "exercise" if in_exercise else "text")
        if block.kind == "question":
            if slide.kind == "text":
                slide.kind = "question"
            self._question = asked(block.text)
        elif block.kind != "code":
            self._question = ""
        for piece, tall in _pieces(block, shown, height):
            if tall > slide.room and slide.parts:
                slide = self._new(cell, slide.kind)
            mark = _MARKS.get(block.kind, "")
            self._put(slide, Part(piece, is_code=block.kind == "code", mark=mark), tall, cell)
        if block.kind == "task":
            self._go_live(slide, self._code)
        if block.text != shown:
            slide.full.append(block.text)

    def _takes(self, slide: Slide, block: Block, height: int, cell: str) -> bool:
        """Say whether a block of prose may stand on this slide, below what is there."""
        if self._opens or slide.title != self._title or slide.kind in ("title", "code"):
            return False
        if not slide.parts:
            return True
        if slide.kind == "exercise":
            return height <= slide.room and slide.cells == [cell]
        if block.kind == "question" and slide.kind == "text" and len(slide.parts) == 1:
            return slide.room >= HEIGHT - _SHORT  # such as the sentence that sets the scene
        if slide.kind == "question" or block.kind in ("question", "task", "lead"):
            return False
        return height <= slide.room and len(slide.parts) < _POINTS

    # --- code ------------------------------------------------------------------------------------

    def _add_code(self, cell: NotebookNode, tags: Sequence[str]) -> None:
        code = re.sub(r"\n{3,}", "\n\n", cell.source.strip("\n"))
        if cell.id.endswith("-check"):
            self.slides[-1].cells.append(cell.id)
            return
        outputs = [] if cell.id == "start" else shown_outputs(cell)
        if "solution" in tags:
            self._add_solution(cell, code)
            return
        for number, piece in enumerate(code_pieces(code, _lines_beside(outputs))):
            slide = self._slide_for(cell, code_height(piece), outputs, first=number == 0)
            part = Part(piece, is_code=True, language=_language(code))
            self._put(slide, part, code_height(piece), cell.id)
        self._question = ""
        slide = self._show(cell, outputs)
        self._code = cell.id
        if "stub" in tags:
            self._go_live(slide, cell.id)
            slide.minutes = self._minutes
        elif _is_live(cell):
            self._go_live(slide, cell.id)

    def _add_solution(self, cell: NotebookNode, code: str) -> None:
        """Put a solution on slides of its own, behind a key press: learners' come first."""
        title = f"{self._title.partition(':')[0]}: a solution"
        tall = text_height(_YOURS)
        for number, piece in enumerate(code_pieces(code)):
            slide = self._new(cell.id, "exercise", title)
            if number == 0 and tall + code_height(piece) <= slide.room:
                self._put(slide, Part(_YOURS), tall, cell.id)
            part = Part(piece, is_code=True, later=number == 0)
            self._put(slide, part, code_height(piece), cell.id)

    def _slide_for(
        self, cell: NotebookNode, height: int, outputs: Sequence[NotebookNode], first: bool
    ) -> Slide:
        """Give the slide on which these lines of code stand."""
        wanted = height + sum(map(output_height, outputs))
        slide = self.slides[-1]
        # Better without what is there already than without the outputs.
        room = slide.room - wanted if wanted <= HEIGHT else slide.room - height
        few = len(slide.parts) <= 1 or slide.kind in ("question", "exercise")
        whole = not any(part.outputs for part in slide.parts)
        same = not self._opens and slide.title.startswith(self._title.partition(":")[0])
        if first and same and few and whole and room >= 0 and slide.kind != "title":
            if slide.kind == "text":
                slide.kind = "code"
            return slide
        kind = "exercise" if cell.id.startswith("ex-") else "code"
        slide = self._new(cell.id, kind)
        if first and self._question:
            again = f"**{QUESTION}** {self._question}"
            tall = text_height(again) + _BOX
            if tall + (wanted if wanted <= HEIGHT else height) <= slide.room:
                self._put(slide, Part(again, mark="asks"), tall, cell.id)
        return slide

    def _show(self, cell: NotebookNode, outputs: list[NotebookNode]) -> Slide:
        """Put a cell's outputs below its code, or else on slides of their own."""
        slide = self.slides[-1]
        if not outputs:
            return slide
        whole = sum(map(output_height, outputs))
        if whole <= slide.room:
            fit_pictures(outputs, slide.room)
            self._put(slide, Part(outputs=outputs, later=True), whole, cell.id)
            return slide
        while outputs:
            taken = [outputs.pop(0)]
            while outputs and sum(map(output_height, [*taken, outputs[0]])) <= HEIGHT:
                taken.append(outputs.pop(0))
            slide = self._new(cell.id, "code")
            fit_pictures(taken, HEIGHT)
            self._put(slide, Part(outputs=taken), HEIGHT, cell.id)
        return slide


def _pieces(block: Block, shown: str, height: int) -> list[tuple[str, int]]:
    """Divide a table that is taller than a slide; each part gets its head."""
    if block.kind != "table" or height <= HEIGHT:
        return [(shown, height)]
    head, rule, *rows = shown.splitlines()
    parts = ceil(height / HEIGHT)
    size = ceil(len(rows) / parts)
    tables = ["\n".join([head, rule, *rows[at : at + size]]) for at in range(0, len(rows), size)]
    return [(table, text_height(table)) for table in tables]


def _language(code: str) -> str:
    """Give the language of a file that a cell writes, if it is one that isn't Python."""
    written = re.match(r"%%writefile .*\.(yaml|toml|sh|ini|json)\n", code)
    return written[1] if written else ""


def _lines_beside(outputs: Sequence[NotebookNode]) -> int:
    """Give how many lines of code a slide may have, so that a short output isn't left alone."""
    tall = sum(map(output_height, outputs))
    return lines_in(HEIGHT - tall) if tall <= _SHORT_OUTPUT else CODE_LINES


def _is_live(cell: NotebookNode) -> bool:
    """Say whether a cell shows something that moves, or wants to be played with."""
    return any(call in cell.source for call in _LIVE_CALLS) or any(
        _WIDGET in output.get("data", {}) for output in cell.outputs
    )
