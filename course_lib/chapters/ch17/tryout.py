"""Run old code and the form of today for real, and tell what Prefect says to each."""

import contextlib
import io
import json
import os
import re
import runpy
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from textwrap import wrap
from unittest.mock import patch

from course_lib.chapters.ch17.removals import REMOVALS, Removal
from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.errors import CourseError
from course_lib.exercises.trials import aside

_TIMEOUT = 180.0  # seconds
_PLACE = re.compile(r" \((?:/|[A-Za-z]:)[^()]*\)|, line \d+")  # where a module is on this machine
_OLD, _NEW = "#FBE3D6", "#DDF3EA"
_COLUMNS = 84
_LINE_INCHES = 0.19
# One process for any number of command lines: starting Prefect's command takes seconds.
_COMMANDS = """
import contextlib, io, json, sys
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
class Reply:
    """What Prefect says to a piece of code: an error or a warning, or else what is printed."""

    text: str
    refused: bool

    def __str__(self) -> str:
        return self.text


def try_code(source: str) -> Reply:
    """Run code as a module of its own, without an event loop, and return what came of it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder, "flows.py")  # Prefect deploys from the files of modules alone
        file.write_text(source, encoding="utf-8")
        reply: Reply = aside(partial(_run, file))
    return reply


def try_commands(lines: Sequence[Sequence[str]]) -> list[Reply]:
    """Return what Prefect's command says to each of these lists of words, ``prefect`` left out."""
    done = subprocess.run(
        [sys.executable, "-c", _COMMANDS, json.dumps([list(words) for words in lines])],
        env=os.environ | {"COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=_TIMEOUT,
        check=True,
    )
    return [Reply(_unboxed(told), refused=code != 0) for code, told in json.loads(done.stdout)]


def try_removal(removal: Removal) -> tuple[Reply, Reply]:
    """Run a row's old form and its form of today."""
    if not removal.commands:
        return try_code(removal.old), try_code(removal.today)
    old, today = try_commands([removal.old.split()[1:], [*removal.today.split()[1:], "--help"]])
    return old, today


def old_form(old: str) -> Picture:
    """Run an old form, such as ``"Parameter"``, and that of today, and draw what came of them."""
    for removal in REMOVALS:
        if removal.what == old:
            then, now = try_removal(removal)
            return _draw(removal, then.text, now.text)
    raise CourseError(f"There is no old form {old!r}; REMOVALS lists them.")


def _run(file: Path) -> Reply:
    told = io.StringIO()
    try:
        with (
            patch.dict(os.environ),  # what the code sets is gone afterwards
            warnings.catch_warnings(record=True, action="always") as seen,
            contextlib.redirect_stdout(told),
        ):
            runpy.run_path(str(file), run_name="old_code_example")
    except Exception as error:
        return Reply(_message(type(error), error), refused=True)
    for warning in seen:
        if issubclass(warning.category, DeprecationWarning):
            return Reply(_message(warning.category, warning.message), refused=False)
    return Reply(told.getvalue().strip(), refused=False)


def _message(kind: type, about: object) -> str:
    first = str(about).strip().split("\n")[0]
    return f"{kind.__name__}: {_PLACE.sub('', first)}"


def _unboxed(told: str) -> str:
    lines = [line.strip("│╭╮╰╯─ ") for line in told.splitlines()]
    return " ".join(line for line in lines if line and line != "Error")


def _draw(removal: Removal, old: str, today: str) -> Picture:
    blocks = (
        (f"Then ({removal.worked_in})", removal.old.strip("\n").split("\n"), _wrapped(old), _OLD),
        ("Today", removal.today.strip("\n").split("\n"), _wrapped(today), _NEW),
    )
    lines = sum(len(code) + len(reply) + 3 for _, code, reply, _ in blocks)
    figure, axes = style.page(lines * _LINE_INCHES)
    row = 0  # so many lines from the top
    for title, code, reply, colour in blocks:
        axes.text(0.01, row + 1, title, weight="bold", va="center", fontsize=9)
        axes.axhspan(row + 1.6, row + 2 + len(code), color=colour, linewidth=0)
        for number, line in enumerate(code + reply):
            is_code = number < len(code)
            y = row + number + (2.3 if is_code else 2.5)
            ink = style.ON_PALE if is_code else style.INK
            font = {"family": "monospace", "size": 8, "weight": "normal" if is_code else "bold"}
            axes.text(
                0.02, y, line.replace("$", r"\$"), font, va="center", color=ink, gid=style.DATA
            )
        row += len(code) + len(reply) + 3
    axes.set(xlim=(0, 1), ylim=(lines, 0))
    alt = f"{removal.what} of {removal.worked_in}; today's answer: {old}. Today's form: {today}."
    return Picture.of(figure, " ".join(alt.split()))


def _wrapped(reply: str) -> list[str]:
    lines = [part for line in reply.splitlines() for part in wrap(line, _COLUMNS) or [""]]
    return [f"{'  ' if number else '→ '}{line}" for number, line in enumerate(lines[:6])]
