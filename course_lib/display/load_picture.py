"""How many requests the shop worked on at each moment, as the shop itself counted them."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from course_lib.display.pictures import Picture
from course_lib.shop.ledger import Request, most_at_once

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LOAD, _LIMIT, _ANSWERED, _REFUSED, _END = "#56B4E9", "#D55E00", "#009E73", "#D55E00", "#666666"
_REFUSAL = 429


def steps(requests: Iterable[Request]) -> tuple[list[float], list[int]]:
    """Give the moments at which the number of requests changed, and the number from then on.

    Moments are seconds since the first request came. Requests without an end are left out.
    """
    ended = [request for request in requests if isfinite(request.ended)]
    if not ended:
        return [], []
    first = min(request.started for request in ended)
    changes = sorted(
        change
        for request in ended
        for change in ((request.started - first, 1), (request.ended - first, -1))
    )
    moments: list[float] = []
    counts: list[int] = []
    now = 0
    for moment, change in changes:
        now += change
        if moments and moments[-1] == moment:
            counts[-1] = now
        else:
            moments.append(moment)
            counts.append(now)
    return moments, counts


def most_in_a_second(requests: Iterable[Request]) -> int:
    """Return the greatest number of requests that came within any one second."""
    came = sorted(request.started for request in requests)
    return max((sum(a <= b < a + 1 for b in came) for a in came), default=0)


def load_picture(
    loads: Mapping[str, Sequence[Request]],
    limit: int | None = None,
    predicted: float | None = None,
) -> Picture:
    """Draw how many requests the shop worked on over time, one panel below the other.

    Parameters
    ----------
    loads
        What each panel is called, and the requests that it shows: ``shop.requests``. The marks
        below the axis are the arrivals; those that were refused with a 429 stand out.
    limit
        How many were allowed at once: a dashed line.
    predicted
        Seconds after which the last request was expected to end: a dotted line.
    """
    from matplotlib.figure import Figure  # no pyplot: callbacks of widgets draw in threads
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(7.2, 0.9 + 1.5 * max(1, len(loads))), layout="constrained")
    panels = figure.subplots(max(1, len(loads)), 1, sharex=True, squeeze=False)[:, 0]
    top = max([limit or 0, 1, *(most_at_once(tuple(each)) for each in loads.values())])
    for axes, (name, requests) in zip(panels, loads.items(), strict=False):
        _draw(axes, requests)
        if limit is not None:
            axes.axhline(limit, color=_LIMIT, linestyle="--", linewidth=1.5, label="limit")
        if predicted is not None:
            axes.axvline(predicted, color=_END, linestyle=":", linewidth=1.5, label="predicted end")
        axes.set_title(name, loc="left", fontsize="medium")
    for axes in panels:
        axes.set_ylim(-0.22 * top, top * 1.15)
        ticks = MaxNLocator(4, integer=True).tick_values(0, top)
        axes.set_yticks([tick for tick in ticks if 0 <= tick <= top])
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
    panels[-1].set_xlabel("seconds since the first request came")
    figure.supylabel("requests at once", fontsize="medium")
    found = {
        label: handle
        for axes in panels
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    if found:
        figure.legend(
            found.values(), found.keys(), loc="outside upper left", ncols=5, frameon=False
        )
    return Picture.of(figure, _words(loads, limit))


def _draw(axes: "Axes", requests: Sequence[Request]) -> None:
    moments, counts = steps(requests)
    axes.fill_between(moments, counts, step="post", color=_LOAD, linewidth=0, label="at work")
    axes.axhline(0, color="#888888", linewidth=0.8)
    first = min((request.started for request in requests), default=0.0)
    for label, colour, refused in (("came", _ANSWERED, False), ("refused", _REFUSED, True)):
        came = [r.started - first for r in requests if (r.status == _REFUSAL) == refused]
        if came:
            axes.plot(
                came,
                [0.08] * len(came),  # between the bottom and the line of nought
                linestyle="none",
                marker="x" if refused else "|",
                color=colour,
                markersize=8,
                markeredgewidth=2,
                label=label,
                transform=axes.get_xaxis_transform(),
            )


def _words(loads: Mapping[str, Sequence[Request]], limit: int | None) -> str:
    parts = [f"{name}: {_panel(requests, limit)}" for name, requests in loads.items()]
    return f"Requests at the shop over time. {'; '.join(parts) or 'No requests'}."


def _panel(requests: Sequence[Request], limit: int | None) -> str:
    refused = sum(request.status == _REFUSAL for request in requests)
    words = f"{len(requests)} request{'' if len(requests) == 1 else 's'}"
    if refused:
        words += ", some of them refused"
    if limit is not None:
        above = most_at_once(tuple(requests)) > limit
        words += f", {'at times more' if above else 'never more'} than {limit} at once"
    return words
