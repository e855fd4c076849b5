"""The part of the ``course`` command that makes slides."""

import argparse

_PRESENTING = """\
Open one in a browser; no network is needed. S opens the speaker view: notes, next slide, clock.
F fills the screen, Esc shows all slides, B goes dark. To print them or save a PDF, write ?print-pdf
right behind .html in the address."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``course slides``."""
    summary = "for teachers: make each chapter's slides, from solutions/"
    slides = commands.add_parser("slides", help=summary, description=f"{summary.capitalize()}.")
    slides.add_argument("chapters", nargs="*", metavar="NN", help="only these chapters")
    slides.set_defaults(run=_slides)


def _slides(args: argparse.Namespace) -> int:
    from course_lib import paths
    from course_tools.slides import decks

    for path in decks.write(paths.SOLUTIONS, paths.SLIDES, args.chapters):
        print(path)
    print(_PRESENTING)
    return 0
