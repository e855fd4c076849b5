"""How many requests the shop worked on at each moment, as the shop itself counted them."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from course_lib import intervals
from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.shop.server import Request

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_REFUSAL = 429


def steps(requests: Iterable[Request]) -> tuple[list[float], list[int]]:
    """Return the moments at which the number of requests changed, and the number from then on.

    Moments are seconds since the first request came. Requests without an end are left out.
    """
    ended = [request for request in requests if isfinite(request.ended)]
    first = min((request.started for request in ended), default=0.0)
    counts = intervals.counts((each.started - first, each.ended - first) for each in ended)
    return list(counts), list(counts.values())


def most_in_a_second(requests: Iterable[Request]) -> int:
    """Return the greatest number of requests that came within any one second."""
    came = sorted(request.started for request in requests)
    return max((sum(a <= b < a + 1 for b in came) for a in came), default=0)


def load_picture(
    loads: Mapping[str, Sequence[Request]], limit: int | None = None, predicted: float | None = None
) -> Picture:
    """Draw how many requests the shop worked on over time, one panel below the other.

    The marks below an axis are the arrivals; those that were refused with a 429 stand out. `loads`
    holds each panel's title and requests (``shop.requests``); `limit`, a dashed line, is how many
    were allowed at once; `predicted`, a dotted one, after how many seconds the last request was
    expected to end.
    """
    from matplotlib.ticker import MaxNLocator

    count = max(1, len(loads))
    figure = style.figure(0.9 + 1.5 * count)
    panels = figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
    top = max([limit or 0, 1, *map(_most_at_once, loads.values())])
    for axes, (name, requests) in zip(panels, loads.items(), strict=False):
        _draw(axes, requests)
        if limit is not None:
            axes.axhline(limit, color=style.RED, linestyle="--", linewidth=1.5, label="limit")
        if predicted is not None:
            dotted: dict[str, Any] = {"color": style.INK, "linestyle": ":", "linewidth": 1.5}
            axes.axvline(predicted, label="predicted end", **dotted)
        axes.set_title(name, loc="left", fontsize="medium")
    for axes in panels:
        axes.set_ylim(-0.22 * top, top * 1.15)
        ticks = MaxNLocator(4, integer=True).tick_values(0, top)
        axes.set_yticks([tick for tick in ticks if 0 <= tick <= top])
        style.tidy(axes, grid="y")
    panels[-1].set_xlabel("seconds since the first request came")
    figure.supylabel("requests at once", fontsize="medium")
    style.legend(figure)
    parts = [f"{name}: {_words(requests, limit)}" for name, requests in loads.items()]
    words = "; ".join(parts) or "No requests"
    return Picture.of(figure, f"Requests at the shop over time. {words}.")


def _draw(axes: "Axes", requests: Sequence[Request]) -> None:
    moments, counts = steps(requests)
    axes.fill_between(
        moments, counts, step="post", color=style.SKY_BLUE, linewidth=0, label="at work"
    )
    axes.axhline(0, color=style.INK, linewidth=0.8)
    first = min((request.started for request in requests), default=0.0)
    look: dict[str, Any] = {"linestyle": "none", "markersize": 8, "markeredgewidth": 2}
    for label, marker, colour in (("came", "|", style.GREEN), ("refused", "x", style.RED)):
        refused = label == "refused"
        came = [r.started - first for r in requests if (r.status == _REFUSAL) == refused]
        if came:
            heights = [0.08] * len(came)  # between the bottom and the line of nought
            at = axes.get_xaxis_transform()
            axes.plot(came, heights, transform=at, marker=marker, color=colour, label=label, **look)


def _words(requests: Sequence[Request], limit: int | None) -> str:
    words = f"{len(requests)} request{'' if len(requests) == 1 else 's'}"
    if any(request.status == _REFUSAL for request in requests):
        words += ", some of them refused"
    if limit is not None:
        above = _most_at_once(requests) > limit
        words += f", {'at times more' if above else 'never more'} than {limit} at once"
    return words


def _most_at_once(requests: Sequence[Request]) -> int:
    return intervals.most_at_once((request.started, request.ended) for request in requests)
