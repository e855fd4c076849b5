"""How far a learner is: a small picture over all chapters and exercises, and the same as text."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Literal

from course_lib import paths
from course_lib.chapters import all_exercises
from course_lib.exercises import store
from course_lib.front_matter import chapters
from course_lib.language.messages import in_language

State = Literal["solved", "tried", "open"]

# A sign and a word for each state, since not everybody tells colours apart (Okabe and Ito's).
_SIGNS: dict[State, str] = {"solved": "✓", "tried": "~", "open": "\u00a0"}
_TEXT: dict[State, str] = {"solved": "[x]", "tried": "[~]", "open": "[ ]"}
_STYLES: dict[State, str] = {
    "solved": "background: #009E73; color: black; border: 2px solid #009E73",
    "tried": "background: #E69F00; color: black; border: 2px solid #E69F00",
    "open": "border: 2px solid #8A8A8A",
}
_MARK = (
    "display: inline-block; box-sizing: border-box; width: 1.9em; height: 1.9em; "
    "line-height: calc(1.9em - 4px); margin-right: 0.35em; border-radius: 4px; "
    "text-align: center; font-weight: bold"
)
_LEFT = "text-align: left; padding: 0.15em 1.5em 0.15em 0"


@dataclass(frozen=True)
class ExerciseMark:
    """One exercise, and how far the learner is with it."""

    id: str
    title: str
    state: State

    def __str__(self) -> str:
        return in_language(f"{self.id} {self.title}: {self.state}")


@dataclass(frozen=True)
class ChapterMarks:
    """One chapter's exercises."""

    number: str
    name: str
    """Of its file, without the ending."""
    title: str
    marks: tuple[ExerciseMark, ...]


@dataclass(frozen=True, repr=False)
class Progress:
    """Every exercise of the course. Jupyter shows it as a picture, a terminal as text."""

    chapters: tuple[ChapterMarks, ...]

    @property
    def marks(self) -> tuple[ExerciseMark, ...]:
        """Those of all chapters, in order."""
        return tuple(mark for chapter in self.chapters for mark in chapter.marks)

    @property
    def next(self) -> ExerciseMark | None:
        """The first exercise that isn't solved."""
        return next((mark for mark in self.marks if mark.state != "solved"), None)

    def __repr__(self) -> str:
        first, last = in_language(self._headline()), in_language(self._last_line())
        return "\n".join([first, *self._lines(), last])

    def _repr_html_(self) -> str:
        rows = "".join(map(_row, self.chapters))
        key = "".join(
            f'{_box(state, "")}<span style="margin-right: 1.2em">{in_language(state)}</span>'
            for state in _SIGNS
        )
        headline, last = in_language(f"{self._headline()}."), in_language(self._last_line())
        return (
            f"<div><p><b>{headline}</b> {escape(last)}</p>{self._bar()}"
            f'<table aria-label="{in_language("Exercises by chapter")}"><tbody>{rows}</tbody></table>'
            f'<p aria-hidden="true">{key}</p></div>'
        )

    def _solved(self) -> int:
        return sum(mark.state == "solved" for mark in self.marks)

    def _headline(self) -> str:
        return f"{self._solved()} of {len(self.marks)} exercises solved"

    def _lines(self) -> Iterator[str]:
        import wcwidth  # late, as in table.py

        titles = [in_language(chapter.title) for chapter in self.chapters]
        width = max(map(wcwidth.width, titles), default=0)
        for chapter, title in zip(self.chapters, titles, strict=True):
            marks = " ".join(_TEXT[mark.state] for mark in chapter.marks)
            yield f"{chapter.number}  {wcwidth.ljust(title, width)}  {marks}"

    def _last_line(self) -> str:
        if self.next is None:
            return "All of them."
        return f"Next: {self.next.id}, {self.next.title}."

    def _bar(self) -> str:
        share = 100 * self._solved() / max(1, len(self.marks))
        return (
            '<div aria-hidden="true" style="max-width: 30em; height: 0.5em; border-radius: 4px; '
            'border: 1px solid #8A8A8A; margin-bottom: 0.8em">'
            f'<div style="width: {share:.0f}%; height: 100%; background: #009E73"></div></div>'
        )


def progress() -> Progress:
    """Show every exercise of the course, and how far you are with it."""
    known = {chapter.number: chapter for chapter in chapters(paths.SOLUTIONS)}
    found = store.read()
    by_chapter: dict[str, list[ExerciseMark]] = {}
    for id, exercise in all_exercises().items():
        state: State = "open"
        if mark := found.get(id):
            state = "solved" if mark.solved else "tried"
        by_chapter.setdefault(id[:2], []).append(ExerciseMark(id, exercise.title, state))
    return Progress(
        tuple(
            ChapterMarks(number, known[number].name, known[number].title, tuple(marks))
            for number, marks in by_chapter.items()
        )
    )


def _row(chapter: ChapterMarks) -> str:
    boxes = "".join(_box(mark.state, str(mark)) for mark in chapter.marks)
    # The chapters lie side by side, so that their names are links to them.
    title = escape(in_language(chapter.title))
    name = f'<a href="{escape(chapter.name)}.ipynb">{chapter.number} · {title}</a>'
    return f'<tr><th scope="row" style="{_LEFT}">{name}</th><td style="{_LEFT}">{boxes}</td></tr>'


def _box(state: State, words: str) -> str:
    told = f'role="img" aria-label="{escape(words)}" title="{escape(words)}" ' if words else ""
    return f'<span {told}style="{_MARK}; {_STYLES[state]}">{_SIGNS[state]}</span>'
