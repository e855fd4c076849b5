"""Builds the site: Sphinx makes web pages of what `pages` prepares."""

import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from course_lib.errors import CourseError
from course_tools.site import pages

_NEEDED = ("sphinx", "myst_nb", "sphinx_book_theme")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


def build(course: Path, target: Path, *, repository: str = "", language: str = "en") -> None:
    """Build the site from the course's folder and put it in the place of the folder `target`.

    `repository` is the course's place on GitHub, such as ``"owner/name"``. No cell is run. A link
    that leads nowhere is an error, and leaves the folder as it was.
    """
    if repository and not _REPOSITORY.fullmatch(repository):
        raise CourseError(f"A repository is named like owner/name, and not {repository!r}.")
    if any(find_spec(name) is None for name in _NEEDED):
        raise CourseError("The site needs Sphinx, which isn't installed: `make site` adds it.")
    with tempfile.TemporaryDirectory(prefix="course-site-") as name:
        folder = Path(name)
        pages.write(course, folder / "source", repository)
        _run_sphinx(folder / "source", folder / "html", folder / "doctrees", language)
        pages.copy_downloads(course, folder / "html")
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder / "html", target)


def _run_sphinx(source: Path, html: Path, doctrees: Path, language: str) -> None:
    command = [sys.executable, "-m", "sphinx", "--builder", "html", "--jobs", "auto", "--quiet"]
    command += ["--conf-dir", str(Path(__file__).parent), "--doctree-dir", str(doctrees)]
    command += ["--define", f"language={language}", "--fail-on-warning", "--keep-going"]
    # A process of its own: Sphinx changes the settings of docutils and logging for good.
    done = subprocess.run(
        [*command, str(source), str(html)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = f"{done.stdout}{done.stderr}".replace(f"{source}/", "").strip()
        raise CourseError(f"Sphinx could not build the site:\n{said}")
