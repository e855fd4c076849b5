"""Which language the learner reads: what was chosen, or else the system's."""

import locale
import os
from pathlib import Path
from typing import Literal, get_args

from course_lib import paths
from course_lib.errors import CourseError
from course_lib.files import replace_file

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
ENGLISH: Language = "en"
VARIABLE = "COURSE_LANGUAGE"
LOCALES: dict[Language, str] = {"en": "en", "zh": "zh_CN"}
"""What JupyterLab and Sphinx call each language."""


def current() -> Language:
    """Return the language: ``$COURSE_LANGUAGE``, what was chosen last, or else the system's."""
    if named := os.environ.get(VARIABLE):
        return parse(named)
    try:
        return parse(_file().read_text(encoding="utf-8").strip())
    except (FileNotFoundError, CourseError):
        return of_system()


def choose(language: Language) -> None:
    """Keep the choice for this learner's folder, and use it in this process and its children."""
    os.environ[VARIABLE] = language
    replace_file(_file(), f"{language}\n")


def parse(name: str) -> Language:
    """Return the language that a name such as ``zh``, ``zh_CN.UTF-8`` or ``EN`` stands for."""
    for language in LANGUAGES:
        if name.lower().replace("-", "_").partition("_")[0] == language:
            return language
    raise CourseError(f"There is no language {name!r}: the course has {', '.join(LANGUAGES)}.")


def of_system() -> Language:
    """Return the system's language where the course has it, and English otherwise."""
    named = [os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    # Windows has none of these, and calls it 'Chinese (Simplified)_China'.
    name = next(filter(None, named), None) or locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else ENGLISH


def _file() -> Path:
    return paths.home() / "language"
