"""Run old code and the form of today for real, and tell what Prefect says to each."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from textwrap import wrap
from types import ModuleType

from course_lib.chapters.ch17.removals import REMOVALS, Removal
from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.errors import CourseError
from course_lib.exercises.checks import aside

_SECONDS = 180.0
_PLACE = re.compile(r" \((?:/|[A-Za-z]:)[^()]*\)|, line \d+")  # where a module is on this machine
_OLD, _NEW, _INK = "#FBE3D6", "#DDF3EA", "#222222"
_COLUMNS = 84
_MODULE = "old_code_example"
_LINE_INCHES = 0.19
# One process for any number of command lines: starting Prefect's command takes seconds.
_COMMANDS = """
import contextlib, io, json, shlex, sys
from prefect.cli import app

answers = []
for line in json.loads(sys.argv[1]):
    sys.argv = ["prefect", *line]
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        try:
            code = app() or 0
        except SystemExit as left:
            code = left.code or 0
    answers.append([code, told.getvalue()])
print(json.dumps(answers))
"""


@dataclass(frozen=True)
class Answer:
    """What came of a piece of code: an error's or a warning's words, or else what it printed."""

    text: str
    refused: bool

    def __str__(self) -> str:
        return self.text


def try_code(source: str) -> Answer:
    """Run code as a module of its own, and give what came of it.

    It runs in a thread without an event loop, as a script would.
    """

    def run(file: Path) -> Answer:
        module = ModuleType(_MODULE)
        module.__file__ = str(file)  # Prefect deploys from the files of modules alone
        told = io.StringIO()
        with (
            _same_environment(),
            _known(module),
            warnings.catch_warnings(record=True) as seen,
            contextlib.redirect_stdout(told),
        ):
            warnings.simplefilter("always")
            try:
                exec(compile(source, file, "exec"), module.__dict__)
            except Exception as error:
                return Answer(_words(type(error).__name__, str(error)), refused=True)
        for warning in seen:
            if issubclass(warning.category, DeprecationWarning):
                return Answer(_words(warning.category.__name__, str(warning.message)), False)
        return Answer(told.getvalue().strip(), refused=False)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder, "flows.py")
        file.write_text(source, encoding="utf-8")
        answer: Answer = aside(partial(run, file))
    return answer


def try_commands(lines: Sequence[Sequence[str]]) -> list[Answer]:
    """Give what Prefect's command says to each of these lists of words, ``prefect`` left out."""
    done = subprocess.run(
        [sys.executable, "-c", _COMMANDS, json.dumps([list(words) for words in lines])],
        env=os.environ | {"COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=_SECONDS,
        check=True,
    )
    return [Answer(_unboxed(told), refused=code != 0) for code, told in json.loads(done.stdout)]


@contextlib.contextmanager
def _known(module: ModuleType) -> Iterator[None]:
    sys.modules[_MODULE] = module
    try:
        yield
    finally:
        del sys.modules[_MODULE]


@contextlib.contextmanager
def _same_environment() -> Iterator[None]:
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def try_removal(removal: Removal) -> tuple[Answer, Answer]:
    """Run a row's old form and its form of today."""
    if not removal.commands:
        return try_code(removal.old), try_code(removal.today)
    old, today = try_commands([removal.old.split()[1:], [*removal.today.split()[1:], "--help"]])
    return old, today


def old_form(old: str) -> Picture:
    """Run an old form and the form of today, and draw both with what came of them.

    Parameters
    ----------
    old
        What it is, as in a row of the table of removals: ``"Parameter"``.

    Raises
    ------
    CourseError
        If there is no such row.
    """
    removal = next((each for each in REMOVALS if old == each.what), None)
    if removal is None:
        raise CourseError(f"There is no old form {old!r}; REMOVALS lists them.")
    then, now = try_removal(removal)
    return _draw(removal, then.text, now.text)


def _draw(removal: Removal, old: str, today: str) -> Picture:
    parts = (
        (f"Then ({removal.worked_in})", removal.old, old, _OLD),
        ("Today", removal.today, today, _NEW),
    )
    blocks = [
        (title, code.strip("\n").split("\n"), _wrapped(answer), colour)
        for title, code, answer, colour in parts
    ]
    height = sum(len(code) + len(answer) + 3 for _, code, answer, _ in blocks)
    figure, axes = style.page(height * _LINE_INCHES)
    axes.set_xlim(0, 1)
    axes.set_ylim(height, 0)
    row = 0.0
    for title, code, answer, colour in blocks:
        axes.text(0.01, row + 1, title, weight="bold", va="center", color=_INK, fontsize=9)
        axes.axhspan(row + 1.6, row + 2 + len(code), color=colour, linewidth=0)
        for number, line in enumerate(code):
            _write(axes, row + 2.3 + number, line)
        for number, line in enumerate(answer):
            _write(axes, row + 2.5 + len(code) + number, line, weight="bold")
        row += len(code) + len(answer) + 3
    alt = f"{removal.what} of {removal.worked_in}; today's answer: {old}. Today's form: {today}."
    return Picture.of(figure, " ".join(alt.split()))


def _write(axes: object, row: float, line: str, weight: str = "normal") -> None:
    options = {"family": "monospace", "fontsize": 8, "va": "center", "weight": weight}
    axes.text(0.02, row, line.replace("$", r"\$"), color=_INK, **options)  # type: ignore[attr-defined]


def _wrapped(answer: str) -> list[str]:
    lines = [part for line in answer.splitlines() for part in wrap(line, _COLUMNS) or [""]]
    return [f"→ {line}" if number == 0 else f"  {line}" for number, line in enumerate(lines)][:6]


def _words(kind: str, text: str) -> str:
    first = text.strip().split("\n")[0]
    return f"{kind}: {_PLACE.sub('', first)}"


def _unboxed(told: str) -> str:
    lines = [line.strip("│╭╮╰╯─ ") for line in told.splitlines()]
    return " ".join(line for line in lines if line and line != "Error")
