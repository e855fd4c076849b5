"""What chapters write: the learner's project, and a folder for each chapter's own files.

The project is a small real Prefect project that grows from chapter 07 on.

``solutions/project`` is the finished one. What chapters write into it, in cells that begin with
``%%writefile project/…``, is left out of ``notebooks/project``, from which learners start.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from course_lib import paths
from course_lib.errors import CourseError
from course_lib.front_matter import chapter_files

NAME = "project"
_FILES = "files"
_WRITES = re.compile(rf"%%writefile {NAME}/(\S+)\n(.*)", re.DOTALL)
_NOT_PART = {"__pycache__", ".hypothesis", ".pytest_cache", ".env", "out"}  # what runs leave


def project(chapter: int) -> Path:
    """Return the folder of the learner's project, as it is when `chapter` begins.

    Files that earlier chapters have the learner write are added where they are missing; what is
    there is left as it is. The folder is ``project`` beside the learner's notebooks, and its
    parent becomes the working directory. A notebook that runs elsewhere, as in tests, gets a
    fresh copy in a folder of its own.
    """
    own = _workplace() / NAME
    later = {name for name, (number, _) in written(paths.SOLUTIONS).items() if number >= chapter}
    try:
        for name, content in files(paths.SOLUTIONS / NAME):
            target = own / name
            if name not in later and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
    except OSError as error:
        raise _unwritable(own, error) from None
    os.chdir(own.parent)
    return own


def folder(chapter: int) -> Path:
    """Return the folder for what `chapter` writes beside the project, such as ``files/08``.

    It is made if missing. It lies where `project` does, with the same working directory.
    """
    here = _workplace()
    own = here / _FILES / f"{chapter:02}"
    try:
        own.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(own, error) from None
    os.chdir(here)
    return own


def _workplace() -> Path:
    here = paths.workspace()
    return here if Path.cwd() == here else paths.home() / "projects" / str(os.getpid())


def _unwritable(folder: Path, error: OSError) -> CourseError:
    return CourseError(
        f"{folder} can't be written ({error.strerror}): make room for it, or set "
        "COURSE_WORKSPACE to another folder."
    )


def written(folder: Path) -> dict[str, tuple[int, str]]:
    """Return what the chapters in `folder` write into the project: name -> (chapter, content).

    Where several cells write one file, the last counts: a solution follows its stub.
    """
    found = {}
    for path in chapter_files(folder):
        for cell in json.loads(path.read_bytes())["cells"]:
            if match := _WRITES.fullmatch("".join(cell["source"])):
                found[match[1]] = int(path.name[:2]), f"{match[2].rstrip()}\n"
    return found


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a project as (name, content), without what running it left behind."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not _NOT_PART & set(name.parts):
            yield name.as_posix(), path.read_bytes()


def beginning(solutions: Path) -> dict[str, bytes]:
    """Return the files from which learners start: the finished project's, less the written."""
    grown = written(solutions)
    return {name: text for name, text in files(solutions / NAME) if name not in grown}
