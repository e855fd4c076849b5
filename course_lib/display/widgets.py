"""Controls to play with, each of whose moves runs a real flow."""

import threading
from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from course_lib.display.pictures import Picture
from course_lib.display.tables import show
from course_lib.display.timeline import timeline_picture
from course_lib.language.messages import in_language
from course_lib.records.runs import FlowRun

if TYPE_CHECKING:
    from ipywidgets import Widget

Choice = tuple[int, int] | tuple[float, float, float] | Sequence[str]

_NOTE = "Run this cell in JupyterLab to make it live."
# A widget lives as long as its kernel, so the picture stands in an output of its own as well: that
# one is saved, and seen wherever the widget isn't. JupyterLab takes this style and this script out
# of notebooks that it doesn't trust; in those it shows no widget either.
_BESIDE_THE_WIDGET = """<style>
.course-live > :has([role=status]) + * { opacity: 0.35; }
.jp-OutputArea:has(.course-live:not(.jupyter-widgets-disconnected)) .course-saved,
.jp-OutputArea:has(.course-saved) .course-live.jupyter-widgets-disconnected,
.jp-OutputArea:has(.course-saved) .jp-OutputArea-output.jupyter-widgets:not(:has(*)) {
  display: none;
}
</style>
<script>
(area => area && new MutationObserver(() => {
  for (const handle of area.querySelectorAll(".course-live [role=slider]:not([aria-label])")) {
    const name = handle.closest(".jupyter-widgets").querySelector("label").textContent;
    handle.setAttribute("aria-label", name);
  }
}).observe(area, {childList: true, subtree: true}))(
  document.currentScript?.closest(".jp-OutputArea"));
</script>"""


def play(run: Callable[..., FlowRun | Picture], **controls: Choice) -> None:
    """Show a control for each argument of `run`, and what it returns, drawn anew at each move.

    `run` runs a flow with the controls' values and returns its snapshot, mostly
    ``course.last_run()``, or a picture of what was measured. Moves that come while it still runs
    are answered by one more run with the last values. A control is ``(lowest, highest)`` for whole
    numbers, ``(lowest, highest, step)`` for others, or a list of texts to choose from. It begins
    with the first of these.
    """
    from IPython.display import display
    from ipywidgets import VBox

    player = _Player(run, {name: _control(name, choice) for name, choice in controls.items()})
    player.draw()  # in the cell, so that what follows finds it done
    player.follow()
    box = VBox(player.children)
    box.add_class("course-live")
    text = f"A widget to play with: {', '.join(controls)}. It is live in JupyterLab."
    display(mime_bundle(box.model_id, in_language(text)), raw=True)  # type: ignore[no-untyped-call]


def mime_bundle(model_id: str, text: str) -> dict[str, Any]:
    """Return what Jupyter is sent to show a widget, with the text where nothing is live.

    Where the id is empty, JupyterLab shows nothing.
    """
    view = {"version_major": 2, "version_minor": 0, "model_id": model_id}
    return {"application/vnd.jupyter.widget-view+json": view, "text/plain": text}


class _Player:
    """Runs the flow in a thread: JupyterLab may deliver moves while another cell runs."""

    def __init__(self, run: Callable[..., FlowRun | Picture], parts: "dict[str, Widget]"):
        from ipywidgets import HTML

        self._run, self._parts = run, parts
        # Without a tooltip, that of their empty labels is 'null'.
        self._picture, self._said = HTML(tooltip=""), HTML(tooltip="")
        self._saved = uuid4().hex
        self._again = threading.Event()
        self._busy = threading.Lock()
        self._drawn = 0

    @property
    def children(self) -> "list[Widget]":
        return [*self._parts.values(), self._said, self._picture]

    def follow(self) -> None:
        for part in self._parts.values():
            part.observe(self._moved, names="value")

    def draw(self) -> None:
        values = {name: part.value for name, part in self._parts.items()}
        try:
            found = self._run(**values)
            picture = timeline_picture(found) if isinstance(found, FlowRun) else found
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            self._show(f"<pre>{escape(text)}</pre>", text, "")
            return
        table = show(found)._repr_html_() if isinstance(found, FlowRun) else ""
        self._show(picture.html, picture.alt, table)

    def _show(self, html: str, text: str, table: str) -> None:
        """Show a picture, live with a table below it and once more as it will be saved."""
        from IPython.display import display

        update = self._drawn > 0
        self._drawn += 1  # so that JupyterLab shows it anew, even where it looks the same
        self._picture.value = f'<div data-drawn="{self._drawn}">{html}</div>{table}'
        note = f"<p><em>{in_language(_NOTE)}</em></p>"
        saved = f'<div class="course-saved">{html}{note}</div>{_BESIDE_THE_WIDGET}'
        data = {"text/html": saved, "text/plain": text}
        display(data, raw=True, display_id=self._saved, update=update)  # type: ignore[no-untyped-call]

    def _moved(self, _change: object) -> None:
        self._again.set()
        self._say_that_it_draws()
        threading.Thread(target=self._work, daemon=True, name="widget").start()

    def _work(self) -> None:
        with self._busy:  # one run at a time; a burst of moves ends in one more
            while self._again.is_set():
                self._again.clear()
                self._say_that_it_draws()
                self.draw()
                self._said.value = ""

    def _say_that_it_draws(self) -> None:
        # The style dims the picture beside it; a class of the picture's would draw it anew.
        self._said.value = f'<span role="status">{in_language("drawing …")}</span>'


def _control(name: str, choice: Choice) -> "Widget":
    from ipywidgets import Dropdown, FloatSlider, IntSlider, Layout

    words = in_language(name.replace("_", " "))
    common = {
        "description": words,
        "tooltip": words,  # without one, the label's is 'null'
        "style": {"description_width": "10em"},
        "layout": Layout(width="32em", max_width="100%"),
    }
    slider = {"continuous_update": False, **common}
    match choice:
        case (int() as low, int() as high):
            return IntSlider(min=low, max=high, value=low, **slider)
        case (int() | float() as low, int() | float() as high, int() | float() as step):
            return FloatSlider(min=low, max=high, step=step, value=low, **slider)
        case _:
            return Dropdown(options=[(in_language(each), each) for each in choice], **common)
