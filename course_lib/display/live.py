"""A flow run whose timeline grows while it runs."""

from concurrent.futures import wait
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from course_lib.display.timeline import COLOURS, bars, describe, span, timeline
from course_lib.display.widgets import mime_bundle
from course_lib.kernel.own_runs import own_runs
from course_lib.kernel.threads import call_in_thread
from course_lib.language.messages import in_language
from course_lib.records.reading import read_run
from course_lib.records.runs import FlowRun

if TYPE_CHECKING:
    from prefect import Flow

_EVERY = 0.3  # seconds between two looks: each costs the server a few requests
_WIDTH, _ROW, _AXIS, _LETTER = 720, 20, 26, 7.2  # CSS pixels
_SHORTEST_AXIS = 5.0  # seconds; doubled as often as a run needs it
# The still picture takes the view's place in one step, as soon as it is there: were the view
# removed first, all that stands below would move up and down again.
_STYLE = """<style>
.jp-OutputArea-child:has(.course-live):has(~ .jp-OutputArea-child :is(img, svg)) { display: none }
</style>"""


def watch(flow: "Flow[Any, Any]", /, *args: Any, **parameters: Any) -> Any:
    """Run a flow and show its timeline growing; at its end the still picture takes its place.

    The live view follows what the server has recorded, up to a second behind the run. What the
    flow, called with the arguments that follow it, returns or raises, this does, too.
    """
    from IPython.display import display
    from ipywidgets import HTML

    view = HTML(tooltip="")
    place = uuid4().hex
    # No text beside it: a saved notebook has the still picture.
    display(mime_bundle(view.model_id, ""), raw=True, display_id=place)  # type: ignore[no-untyped-call]
    before = set(own_runs.flow_runs)
    # In a thread of its own: in the cell itself it would keep the view from being sent.
    outcome = call_in_thread(flow, args, parameters)
    run_id = None
    try:
        while not wait([outcome], timeout=_EVERY).done:
            run_id = run_id or _new_run(flow.name, before)
            if run_id:
                run = read_run(run_id, wait=False)
                view.value = _frame(run)
        if run_id := run_id or _new_run(flow.name, before):
            timeline(read_run(run_id))
    finally:
        view.close()
        # A saved notebook would go on naming it, and JupyterLab would say that it isn't there.
        display(mime_bundle("", ""), raw=True, display_id=place, update=True)  # type: ignore[no-untyped-call]
    return outcome.result()


def timeline_svg(run: FlowRun, now: datetime | None = None) -> str:
    """Draw the timeline as SVG, for browsers: quicker than a PNG, and it doesn't flicker.

    The bars of what still runs end at `now`, by default the present. The time scale stays the
    same while a run grows, unless it has to be doubled.
    """
    labels, found = bars(run, now or datetime.now(UTC))
    left = 16 + _LETTER * max((len(label) for label in labels), default=0)
    longest, axis = span(found), _SHORTEST_AXIS
    while axis < longest:
        axis *= 2
    scale = (_WIDTH - left - 30) / axis
    height = _ROW * len(labels) + _AXIS
    parts = [
        f'<text x="{left - 8:.0f}" y="{_ROW * row + 14}" text-anchor="end">{escape(label)}</text>'
        for row, label in enumerate(labels)
    ]
    for bar in found:
        thin = bar.kind == "waiting"
        parts.append(
            f'<rect x="{left + bar.start * scale:.1f}" y="{_ROW * bar.row + (8 if thin else 3)}"'
            f' width="{max(bar.length * scale, 1):.1f}" height="{4 if thin else 14}"'
            f' fill="{COLOURS[bar.kind]}"><title>{in_language(bar.kind)}</title></rect>'
        )
    parts.append(
        f'<text x="{_WIDTH - 30}" y="{height - 8}" text-anchor="end">{axis:g} s</text>'
        f'<line x1="{left}" x2="{_WIDTH - 30}" y1="{height - 22}" y2="{height - 22}"'
        ' stroke="currentColor"/>'
    )
    return (
        f'<svg role="img" aria-label="{escape(in_language(describe(run)))}" width="{_WIDTH}" height="{height}"'
        f' style="max-width: 100%; height: auto" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="12"'
        f' fill="currentColor">{"".join(parts)}</svg>'
    )


def _frame(run: FlowRun) -> str:
    return f'{_STYLE}<div class="course-live">{_progress(run)}{timeline_svg(run)}</div>'


def _progress(run: FlowRun) -> str:
    ended = sum(each.state.is_final for each in run.task_runs)
    words = in_language(f"{ended} of {len(run.task_runs)} task runs ended")
    return (
        f'<div><progress max="{max(len(run.task_runs), 1)}" value="{ended}"></progress> '
        f"{words}</div>"
    )


def _new_run(flow: str, before: set[str]) -> UUID | None:
    for run_id, name in list(own_runs.flow_runs.items()):
        if run_id not in before and name == flow:
            return UUID(run_id)
    return None
