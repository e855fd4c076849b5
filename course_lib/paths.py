"""Where things are: the course's own files, and everything that belongs to one learner."""

import os
from pathlib import Path

from course_lib.errors import CourseError

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
SOLUTIONS = ROOT / "solutions"
SLIDES = ROOT / "slides"
SITE = ROOT / "site"
CHEAT_SHEET = ROOT / "instructor" / "cheatsheet.html"
"""In English; see `cheat_sheet`."""
LEARNERS = ROOT / "learners"
"""Where JupyterHub keeps each learner's home, see instructor/jupyterhub_config.py."""
IN_HOME = "prefect-course"
"""The learner's folder in such a home."""


def cheat_sheet(language: str) -> Path:
    """Return the cheat sheet in a language, such as ``zh``; in English where there is none."""
    translated = CHEAT_SHEET.with_suffix(f".{language}.html")
    return translated if translated.exists() else CHEAT_SHEET


def workspace() -> Path:
    """The learner's folder: ``$COURSE_WORKSPACE``, or ``workspace`` inside the course.

    It holds the copies of the chapters and, in ``.course``, all that the course keeps for
    this learner. The folder need not exist yet.
    """
    chosen = os.environ.get("COURSE_WORKSPACE")
    return Path(chosen).expanduser().resolve() if chosen else ROOT / "workspace"


def home() -> Path:
    """The ``.course`` folder in the workspace: server, database, logs, progress. Made if missing."""
    folder = workspace() / ".course"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError
    except OSError:
        raise CourseError(
            f"The course can't write to {folder}. Set COURSE_WORKSPACE to a folder of your own, "
            "for example COURSE_WORKSPACE=~/prefect-course, and start again."
        ) from None
    return folder
