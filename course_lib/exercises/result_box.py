"""The box below a check: what was met in plain lines, what wasn't in a frame of its own."""

from collections.abc import Sequence
from html import escape

from course_lib.exercises.checks import Point
from course_lib.language.messages import in_language

# Written without a colour, text has the page's own on the page's own ground: it can be read in all
# themes. JupyterLab's variables colour the frames; elsewhere, and in notebooks that JupyterLab
# doesn't trust, these have the colour of the text.
_BOX = "border-left: 4px solid; border-left-color: {colour}; padding: 0.4em 0 0.4em 1em; margin: 0.3em 0"
_LIST = "list-style: none; margin: 0.6em 0 0 0; padding: 0"
_PASSED = "margin: 0; padding: 0.1em 0; color: var(--jp-content-font-color2, inherit)"
_FAILED = (
    "margin: 0.5em 0; padding: 0.5em 0.8em; border: 2px solid; border-color: {colour}; "
    "border-radius: 4px"
)
_SIDES = "display: flex; flex-wrap: wrap; gap: 0.3em 2em; margin: 0.4em 0"
_SIDE = "flex: 1 1 16em; min-width: 0; overflow-wrap: anywhere"
_WORD = "display: block; font-size: 0.9em; color: var(--jp-content-font-color2, inherit)"


def result_box(title: str, what_next: str, points: Sequence[Point], colour: str) -> str:
    """Return the HTML of what a check found; `colour` is one of JupyterLab's, such as ``error``."""
    told = map(translated, points)
    items = "".join(_passed(point) if point.ok else _failed(point) for point in told)
    return (
        f'<div class="course-result" style="{_BOX.format(colour=_variable(colour))}">'
        f"<strong>{escape(in_language(title))}</strong> {escape(in_language(what_next))}"
        f'<ul style="{_LIST}">{items}</ul></div>'
    )


def translated(point: Point) -> Point:
    """Return a point in the learner's language."""
    what, expected = in_language(point.what), in_language(point.expected)
    return Point(what, point.ok, expected, in_language(point.seen), in_language(point.cause))


def _passed(point: Point) -> str:
    colon = in_language(": ")
    return f'<li style="{_PASSED}">✓ {escape(point.what)}{colon}{escape(point.seen)}</li>'


def _failed(point: Point) -> str:
    sides = "".join(
        f'<div style="{_SIDE}"><span style="{_WORD}">{in_language(word)}</span>{escape(text)}</div>'
        for word, text in (("expected", point.expected), ("seen", point.seen))
    )
    return (
        f'<li style="{_FAILED.format(colour=_variable("error"))}">'
        f"<strong>✗ {escape(point.what)}</strong>"
        f'<div style="{_SIDES}">{sides}</div>'
        f'<span style="{_WORD}">{in_language("usually")}</span>{escape(point.cause)}</li>'
    )


def _variable(colour: str) -> str:
    return f"var(--jp-{colour}-color1, currentColor)"
