"""Builds the site: Sphinx makes web pages of what `pages` prepares."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.language.choice import ENGLISH, LOCALES, Language
from course_tools.build.markdown import translated_word
from course_tools.site import pages

_NEEDED = ("sphinx", "myst_nb", "sphinx_book_theme")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


def build(
    course: Path,
    target: Path,
    *,
    repository: str = "",
    languages: Sequence[Language] = (ENGLISH,),
) -> None:
    """Build the site from the course's folder and put it in the place of the folder `target`.

    English stands at its top, any other language in a folder such as ``zh``.

    `repository` is the course's place on GitHub, such as ``"owner/name"``. No cell is run. A link
    that leads nowhere is an error, and leaves the folder as it was.
    """
    if repository and not _REPOSITORY.fullmatch(repository):
        raise CourseError(f"A repository is named like owner/name, and not {repository!r}.")
    if any(find_spec(name) is None for name in _NEEDED):
        raise CourseError("The site needs Sphinx, which isn't installed: `make site` adds it.")
    with tempfile.TemporaryDirectory(prefix="course-site-") as name:
        folder = Path(name)
        for language in sorted(languages, key=lambda each: each != ENGLISH):
            source, html = folder / f"source-{language}", folder / "html"
            html = html if language == ENGLISH else html / language
            pages.write(course, source, repository, language)
            _run_sphinx(source, html, folder / f"doctrees-{language}", language)
            pages.copy_downloads(course, html, language)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder / "html", target)


def _run_sphinx(source: Path, html: Path, doctrees: Path, language: Language) -> None:
    command = [sys.executable, "-m", "sphinx", "--builder", "html", "--jobs", "auto", "--quiet"]
    command += ["--conf-dir", str(Path(__file__).parent), "--doctree-dir", str(doctrees)]
    command += ["--define", f"language={LOCALES[language]}", "--fail-on-warning", "--keep-going"]
    title = translated_word(language, "Prefect, hands on")
    command += ["--define", f"html_title={title}", "--define", f"project={title}"]
    search = translated_word(language, "Search the course")
    command += ["--define", f"html_theme_options.search_bar_text={search}"]
    # A process of its own: Sphinx changes the settings of docutils and logging for good.
    done = subprocess.run(
        [*command, str(source), str(html)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = f"{done.stdout}{done.stderr}".replace(f"{source}/", "").strip()
        raise CourseError(f"Sphinx could not build the site:\n{said}")
