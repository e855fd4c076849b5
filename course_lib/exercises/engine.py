"""Exercises: check an answer by its run, hint, and show a solution."""

import ast
import inspect
import linecache
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from course_lib import paths
from course_lib.errors import CourseError
from course_lib.exercises import store
from course_lib.exercises.checks import Check, Kind, Point, Stop
from course_lib.exercises.inner_function import inner_function
from course_lib.exercises.result_box import result_box, translated
from course_lib.front_matter import exercise_source
from course_lib.language.messages import in_language

Outcome = Literal["not attempted", "not yet", "solved"]
Judge = Callable[[Check, Any], None]


@dataclass(frozen=True, repr=False)
class Result:
    """What a check found. Jupyter shows it as HTML, a terminal as text."""

    exercise: str
    outcome: Outcome
    points: tuple[Point, ...] = ()
    exhibits: tuple[object, ...] = ()
    """Tables and pictures to be shown below the points."""

    def __repr__(self) -> str:
        lines = [in_language(f"Exercise {self.exercise}: {self.outcome}. {_NEXT[self.outcome]}")]
        colon = in_language(": ")
        for point in map(translated, self.points):
            mark = "OK" if point.ok else "!!"
            lines.append(f"  [{mark}] {point.what}{colon}{point.seen}")
            if not point.ok:
                lines.append(in_language(f"       expected: {point.expected}"))
                lines.append(in_language(f"       usually:  {point.cause}"))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        colour = {"solved": "success", "not yet": "warn", "not attempted": "info"}[self.outcome]
        title = f"Exercise {self.exercise}: {self.outcome}."
        return result_box(title, _NEXT[self.outcome], self.points, colour)


@dataclass
class Exercise:
    """One exercise of a chapter: `check` your answer, ask for a `hint`, see a `solution`."""

    id: str
    title: str
    hints: Sequence[str]
    judge: Judge
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What is said of each point, by its key: see `Check`."""
    kind: Kind | None = None
    """What the answer must be; None if that is left to the judge."""
    requirements: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What the exercise asks for: the words of its text that say so, and what shows it."""
    scene: Sequence[str] = ()
    """The sentences of its text that ask for nothing."""
    _hints_given: int = 0

    def __repr__(self) -> str:
        return in_language(
            f"Exercise {self.id}: {self.title}. Next: check(...), hint() or solution()."
        )

    def evaluate(self, answer: object, *, to_the_end: bool = True) -> Result:
        """Run the answer and judge the run, or its part up to the first point that isn't met.

        Nothing is shown or noted.
        """
        if self._untouched(answer):
            return Result(self.id, "not attempted")
        check = Check(self.texts, to_the_end=to_the_end)
        try:
            if self.kind:
                check.require_kind(answer, self.kind)
            self.judge(check, answer)
        except Stop as stop:
            check.points.append(stop.point)
        if not check.points:
            raise CourseError(f"The check of exercise {self.id} looked at nothing: report it.")
        outcome: Outcome = "solved" if all(point.ok for point in check.points) else "not yet"
        return Result(self.id, outcome, tuple(check.points), tuple(check.exhibits))

    def check(self, answer: object) -> None:
        """Run the answer against the practice shop and say, point by point, what the run showed.

        The answer is what the exercise asks for, mostly a task or a flow: without parentheses.
        """
        result = self.evaluate(answer)
        if result.outcome != "not attempted":
            store.record(self.id, solved=result.outcome == "solved")
        _display(result)
        for exhibit in result.exhibits:
            _display(exhibit)

    def hint(self) -> None:
        """Show the next hint: first a nudge, at last nearly the answer."""
        if self._hints_given == len(self.hints):
            print(
                in_language(
                    "These were all hints; q.hint() begins again. q.solution() shows an answer."
                )
            )
            self._hints_given = 0
            return
        text = self.hints[self._hints_given]
        self._hints_given += 1
        print(in_language(f"Hint {self._hints_given} of {len(self.hints)}: {text}"))

    def solution(self) -> None:
        """Show an answer. Others may be as good: the check judges the run, not the code."""
        from IPython.display import Code

        source = exercise_source(paths.SOLUTIONS, self.id, "solution")
        _display(Code(source, language="python"))  # type: ignore[no-untyped-call]

    def _untouched(self, answer: object) -> bool:
        if answer is ...:
            return True
        if isinstance(answer, list | tuple) and answer:  # of tests, which stand in one cell
            try:
                answer = inner_function(answer[0])
            except CourseError:
                return False
        code = getattr(getattr(answer, "fn", answer), "__code__", None)
        if code is None:
            return False
        cell = "".join(linecache.getlines(code.co_filename))
        return _same_code(cell, exercise_source(paths.SOLUTIONS, self.id, "stub"))


def define(id: str, kind: Kind | None = None) -> Callable[[Judge], Judge]:
    """Make the decorated function the check of an exercise, such as ``"01.2"``.

    It is called with a `Check` and with the learner's answer, which is of that kind. The chapter's
    ``exercises.toml`` holds what the learner reads: the title, the hints from a nudge to nearly
    there, and the texts of the points, of which those under ``"01"`` serve all of chapter 01; and
    the requirements, each with the words of the exercise's text that it ``says``, and with the
    ``scenario`` in which an answer that ignores it, and it alone, differs. The master notebook
    holds the text below ``### Exercise 01.2`` and the cells ``ex-01-2-stub`` and
    ``ex-01-2-solution``.
    """

    def register(judge: Judge) -> Judge:
        texts = _read_texts(Path(inspect.getfile(judge)).with_suffix(".toml"))
        own = texts[id]
        points = texts.get(id[:2], {}).get("points", {}) | own.get("points", {})
        asked, scene = own.get("requirements", {}), own.get("scene", ())
        title, hints = own["title"], own["hints"]
        _defined[id] = Exercise(id, title, hints, judge, points, kind, asked, scene)
        return judge

    return register


@cache
def _read_texts(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def defined() -> dict[str, Exercise]:
    """Return the exercises of all chapters that were imported so far, by number and in order."""
    return dict(sorted(_defined.items()))


_defined: dict[str, Exercise] = {}
_NEXT: dict[Outcome, str] = {
    "not attempted": "Change the cell above, run it, then run this cell again.",
    "not yet": "The points marked below show what the run did instead. q.hint() helps.",
    "solved": "This is what your run showed:",
}


def _same_code(one: str, other: str) -> bool:
    try:
        return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except SyntaxError:
        return False


def _display(value: object) -> None:
    from IPython.display import display

    display(value)  # type: ignore[no-untyped-call]
