"""What the course remembers about a learner's exercises, in one small file."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from course_lib import paths
from course_lib.files import replace_file


@dataclass(frozen=True)
class Mark:
    """How far a learner is with one exercise."""

    solved: bool
    checks: int
    """How often an answer was checked."""
    last: str
    """When it was checked last, in ISO 8601, UTC."""


def read() -> dict[str, Mark]:
    """Read the marks by exercise, such as ``{"01.2": Mark(...)}``."""
    try:
        return parse(_file().read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:
        # Unreadable, perhaps after a full disk: kept for a person to look at.
        os.replace(_file(), _file().with_suffix(".unreadable"))
        return {}


def parse(content: bytes) -> dict[str, Mark]:
    """Read the marks from a file's content; a ValueError if it isn't such a file's."""
    try:
        return {key: Mark(**mark) for key, mark in json.loads(content).items()}
    except (TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error


def record(exercise: str, *, solved: bool) -> None:
    """Note that an answer was checked. What is solved once stays solved."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with _lock():
        marks = read()
        old = marks.get(exercise, Mark(solved=False, checks=0, last=now))
        marks[exercise] = Mark(old.solved or solved, old.checks + 1, now)
        _write(marks)


def forget(chapter: str = "") -> None:
    """Forget the marks of one chapter, such as ``"04"``, or all of them."""
    with _lock():
        _write({key: mark for key, mark in read().items() if not key.startswith(chapter)})


PROGRESS = "progress.json"
"""The file's name, in the ``.course`` folder."""


def _file() -> Path:
    return paths.home() / PROGRESS


def _lock() -> FileLock:
    return FileLock(_file().with_suffix(".lock"))  # several chapters may be open at once


def _write(marks: dict[str, Mark]) -> None:
    text = json.dumps({key: asdict(marks[key]) for key in sorted(marks)}, indent=1)
    replace_file(_file(), text)
