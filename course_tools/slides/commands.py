"""The part of the ``course`` command that makes slides."""

import argparse

from course_lib.app.commands import Commands, add_command
from course_lib.language.choice import ENGLISH, LANGUAGES

_PRESENTING = """\
Open one in a browser; no network is needed. S opens the speaker view: notes, next slide, clock.
F fills the screen, Esc shows all slides, B goes dark. To print them or save a PDF, write ?print-pdf
right behind .html in the address."""


def add_to(commands: Commands) -> None:
    """Add ``course slides``."""
    summary = "for teachers: make each chapter's slides, from solutions/"
    slides = add_command(commands, "slides", _slides, summary)
    slides.add_argument("chapters", nargs="*", metavar="NN", help="only these chapters")
    slides.add_argument("--language", choices=LANGUAGES, default=ENGLISH, help="by default English")


def _slides(args: argparse.Namespace) -> None:
    from course_lib import paths
    from course_tools.slides import decks

    for path in decks.write(paths.SOLUTIONS, paths.SLIDES, args.chapters, args.language):
        print(path)
    print(_PRESENTING)
