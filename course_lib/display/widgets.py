"""Controls to play with, each of whose moves runs a real flow."""

import base64
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

from course_lib.display.pictures import Picture
from course_lib.display.tables import show
from course_lib.display.timeline import timeline_picture
from course_lib.records.runs import FlowRun

if TYPE_CHECKING:
    from ipywidgets import Widget

Choice = tuple[int, int] | tuple[float, float, float] | Sequence[str]


def play(run: Callable[..., FlowRun | Picture], **controls: Choice) -> None:
    """Show a control for each argument of `run`, and what it returns, drawn anew at each move.

    `run` runs a flow with the controls' values and returns its snapshot, mostly
    ``course.last_run()``, or a picture of what was measured. Moves that come while it still runs
    are answered by one more run with the last values. A control is ``(lowest, highest)`` for whole
    numbers, ``(lowest, highest, step)`` for others, or a list of texts to choose from. It begins
    with the first of these.
    """
    from IPython.display import display
    from ipywidgets import HTML, VBox

    parts = {name: _control(name, choice) for name, choice in controls.items()}
    picture = HTML()
    player = _Player(run, parts, picture)
    still = player.draw()  # in the cell, so that what follows finds it done
    for part in parts.values():
        part.observe(player.moved, names="value")
    box = VBox([*parts.values(), picture])
    text = f"A widget to play with: {', '.join(parts)}. It is live in JupyterLab."
    data = mime_bundle(box, text)
    metadata: dict[str, Any] = {}
    if still is not None:  # for readers of a saved notebook, where nothing is live
        data["image/png"] = still.png
        metadata = replace(still, alt=f"{text} {still.alt}").metadata
    display(data, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]


def mime_bundle(widget: "Widget", text: str) -> dict[str, Any]:
    """Return what Jupyter is sent to show a widget, with the text where nothing is live."""
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {"application/vnd.jupyter.widget-view+json": view, "text/plain": text}


class _Player:
    """Runs the flow in a thread: JupyterLab may deliver moves while another cell runs."""

    def __init__(
        self, run: Callable[..., FlowRun | Picture], parts: "dict[str, Widget]", picture: Any
    ):
        self._run, self._parts, self._picture = run, parts, picture
        self._again = threading.Event()
        self._busy = threading.Lock()
        self._drawn = 0

    def moved(self, _change: object) -> None:
        self._again.set()
        threading.Thread(target=self._work, daemon=True, name="widget").start()

    def draw(self) -> Picture | None:
        values = {name: part.value for name, part in self._parts.items()}
        try:
            found = self._run(**values)
            picture = timeline_picture(found) if isinstance(found, FlowRun) else found
        except Exception as error:
            self._picture.value = f"<pre>{escape(f'{type(error).__name__}: {error}')}</pre>"
            return None
        data = base64.b64encode(picture.png).decode()
        self._drawn += 1  # so that JupyterLab shows it anew, even where it looks the same
        self._picture.value = (
            f'<img data-drawn="{self._drawn}" style="max-width: 720px" alt="{escape(picture.alt)}"'
            f' src="data:image/png;base64,{data}">'
        ) + (show(found)._repr_html_() if isinstance(found, FlowRun) else "")
        return picture

    def _work(self) -> None:
        with self._busy:  # one run at a time; a burst of moves ends in one more
            while self._again.is_set():
                self._again.clear()
                self.draw()


def _control(name: str, choice: Choice) -> "Widget":
    from ipywidgets import Dropdown, FloatSlider, IntSlider, Layout

    common = {
        "description": name.replace("_", " "),
        "style": {"description_width": "10em"},
        "layout": Layout(width="32em"),
    }
    slider = {"continuous_update": False, **common}
    match choice:
        case (int() as low, int() as high):
            return IntSlider(min=low, max=high, value=low, **slider)
        case (int() | float() as low, int() | float() as high, int() | float() as step):
            return FloatSlider(min=low, max=high, step=step, value=low, **slider)
        case _:
            return Dropdown(options=list(choice), **common)
