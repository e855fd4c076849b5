"""A slide: what is on it, and what its speaker needs to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode

from course_tools.slides.fit import HEIGHT


@dataclass
class Part:
    """One thing on a slide: Markdown, code, or outputs.

    Parameters
    ----------
    text
        Markdown, or the code if `is_code`.
    outputs
        What a cell gave, instead of a text.
    is_code
        Whether the text is code.
    later
        Shown at a key press.
    language
        Of the code, for its colours; by default Python.
    mark
        ``asks`` if it is a question to the class, ``does`` if it is something for them to do.
    """

    text: str = ""
    outputs: Sequence[NotebookNode] = ()
    is_code: bool = False
    later: bool = False
    language: str = ""
    mark: str = ""


@dataclass
class Slide:
    """One slide.

    Parameters
    ----------
    title
        Its heading, Markdown.
    name
        A telling name for links: the id of the first cell on it.
    kind
        Of what it shows: ``title``, ``text``, ``question``, ``exercise`` or ``code``.
    opens
        Whether a section of the chapter begins here.
    parts
        What is on it, from top to bottom.
    full
        Markdown for the speaker: the prose of which the slide shows a sentence.
    said
        What the chapter's speaker notes say at this slide.
    ahead
        What they say at the end of the section that begins here.
    cells
        The ids of the cells that it comes from.
    live
        The cells to turn to in JupyterLab while it is shown.
    minutes
        That its exercise takes.
    room
        Pixels that are left on it.
    """

    title: str
    name: str
    kind: str = "text"
    opens: bool = False
    parts: list[Part] = field(default_factory=list)
    full: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    ahead: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    minutes: int = 0
    room: int = HEIGHT


def notes(slide: Slide) -> str:
    """Give the Markdown of a slide's speaker notes."""
    live = ", ".join(f"`{cell}`" for cell in slide.live)
    return "\n\n".join(
        [
            *(f"**Note.** {text}" for text in slide.said),
            *([f"**Live in JupyterLab:** {live}"] if live else []),
            *slide.full,
            *(f"**At the end of this section.** {text}" for text in slide.ahead),
            f"*Cells: {', '.join(f'`{cell}`' for cell in slide.cells)}*",
        ]
    )
