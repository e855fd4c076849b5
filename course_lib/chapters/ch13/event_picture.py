"""What led to what: events from top to bottom, a lane for each resource, an arrow for each cause."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING
from uuid import UUID

from course_lib.chapters.ch13.automations import FIRED, Rehearsal
from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.records.events import Event

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LANES = (style.BLUE, style.ORANGE, style.GREEN, style.SKY_BLUE, style.GREY)
_BAD = style.RED
_BAD_ENDS = ("Failed", "Crashed", "TimedOut", "failed")
_QUIET = 5.0  # seconds without any event that are worth a word
_LANE = 0.45  # from one lane to the next
_ANNOUNCED = "prefect.automation.action.triggered"  # at the same instant as FIRED, and no news
_DONE = "prefect.automation.action.executed"


@dataclass(frozen=True)
class Arrow:
    """From the event that led to another one to that one, by their places in the list."""

    cause: int
    effect: int


def arrows(events: Sequence[Event]) -> list[Arrow]:
    """Find which of the events led to which, where they are about different resources.

    An automation's action names the resource that it acted upon. What happened to that between
    the firing and the end of the action is put down to the firing.
    """
    places = {event.id: place for place, event in enumerate(events)}
    found = set(_acted(events, places))
    for place, event in enumerate(events):
        cause = places.get(event.cause) if event.cause else None
        if cause is not None and events[cause].about != event.about:
            found.add((cause, place))
    return [Arrow(*pair) for pair in sorted(found)]


def event_picture(events: Sequence[Event]) -> Picture:
    """Draw events in the order in which they happened.

    Parameters
    ----------
    events
        From `read_events`. The seconds are counted from the first.
    """
    shown = [event for event in events if event.name != _ANNOUNCED]
    lanes = list(dict.fromkeys(event.about for event in shown))
    heights = _heights(shown)
    figure, axes = style.page(0.5 + 0.32 * (heights[-1] + 1 if heights else 1))
    axes.set_xlim(-1.7, 8.3)
    axes.set_ylim((heights[-1] if heights else 0) + 0.8, -1.2)
    text_at = _LANE * len(lanes) + 0.15
    for lane, about in enumerate(lanes):
        rows = [
            height for event, height in zip(shown, heights, strict=True) if event.about == about
        ]
        colour = _LANES[lane % len(_LANES)]
        axes.plot([_LANE * lane] * 2, [rows[0], rows[-1]], color=colour, linewidth=3, alpha=0.35)
    for arrow in arrows(shown):
        _draw_arrow(axes, shown, lanes, heights, arrow)
    for event, height in zip(shown, heights, strict=True):
        lane = lanes.index(event.about)
        bad = event.name.endswith(_BAD_ENDS)
        colour = _BAD if bad else _LANES[lane % len(_LANES)]
        marker = {FIRED: "*", _DONE: "s"}.get(event.name, "X" if bad else "o")
        size = {"*": 15, "s": 8, "X": 10, "o": 8}[marker]
        axes.plot(_LANE * lane, height, marker=marker, color=colour, markersize=size, zorder=3)
        axes.text(text_at, height, event.name.removeprefix("prefect."), va="center", fontsize=9.5)
        axes.text(text_at + 3.3, height, event.who, va="center", fontsize=9.5, color="#555555")
        since = (event.at - shown[0].at).total_seconds()
        axes.text(-0.45, height, f"{since:.1f} s", va="center", ha="right", fontsize=9.5)
    for (one, upper), (other, lower) in pairwise(zip(shown, heights, strict=True)):
        if lower - upper > 1:
            silence = (other.at - one.at).total_seconds()
            words = f"{silence:.0f} seconds without a word"
            axes.text(text_at, (upper + lower) / 2, words, va="center", fontsize=9.5, color=_BAD)
    return Picture.of(figure, _words(shown, lanes))


def rehearsal_picture(rehearsal: Rehearsal) -> Picture:
    """Draw the events of a rehearsal, the windows in which they count, and when it fired.

    Dots and stars are what the server recorded. The windows are what its rule says: see `windows`.
    """
    from matplotlib.ticker import MultipleLocator

    figure = style.figure(1.9)
    axes = figure.subplots()
    for number, (start, end) in enumerate(windows(rehearsal)):
        axes.axvspan(start, end, color=_LANES[3], alpha=0.35 if number % 2 == 0 else 0.15, lw=0)
        axes.axvline(start, color=_LANES[0], linewidth=1, linestyle=":")
    axes.plot(rehearsal.at, [0] * len(rehearsal.at), "o", color=_LANES[0], ms=9, label="event")
    if rehearsal.fired:
        stars = [0.55] * len(rehearsal.fired)
        axes.plot(rehearsal.fired, stars, "*", color=_BAD, ms=17, label="the automation fires")
    axes.set_ylim(-0.5, 1)
    axes.set_yticks([])
    axes.set_xlim(-2, max(rehearsal.at) + 3)
    axes.xaxis.set_major_locator(MultipleLocator(5))
    axes.set_xlabel("seconds since the first event")
    style.tidy(axes, sides=["bottom"])
    axes.set_title(
        f"threshold {rehearsal.threshold}, within {rehearsal.within:g} s",
        loc="left",
        fontsize="medium",
    )
    style.legend(figure, place="upper right")
    return Picture.of(figure, f"Events of a rehearsal: {rehearsal!r}.")


def windows(rehearsal: Rehearsal) -> list[tuple[float, float]]:
    """Work out in which windows the server counts the events: where each begins and ends.

    The first one begins with an event and lasts for `within`. If the trigger fires, the next one
    begins where it ends; otherwise with the next event that comes after it.
    """
    found: list[tuple[float, float]] = []
    start = end = -1.0
    count, fired = 0, False
    for moment in rehearsal.at:
        if moment >= end:
            straight_on = fired and moment < end + rehearsal.within
            start = end if straight_on else moment
            end, count, fired = start + rehearsal.within, 0, False
            found.append((start, end))
        count += 1
        fired = fired or count >= rehearsal.threshold
    return found


def _acted(events: Sequence[Event], places: Mapping[UUID, int]) -> Iterator[tuple[int, int]]:
    for done in events:
        firing = places.get(done.cause) if done.cause and done.name == _DONE else None
        if firing is None:
            continue
        others = {resource for role, resource in done.related if role in ("target", "flow-run")}
        for place, event in enumerate(events):
            if event.about in others and events[firing].at <= event.at <= done.at:
                yield firing, place


def _heights(events: Sequence[Event]) -> list[float]:
    heights: list[float] = []
    for number, event in enumerate(events):
        if not number:
            heights.append(0.0)
            continue
        silence = (event.at - events[number - 1].at).total_seconds()
        heights.append(heights[-1] + (2.0 if silence > _QUIET else 1.0))
    return heights


def _draw_arrow(
    axes: "Axes",
    events: Sequence[Event],
    lanes: Sequence[str],
    heights: Sequence[float],
    arrow: Arrow,
) -> None:
    ends = [
        (_LANE * lanes.index(events[place].about), heights[place])
        for place in (arrow.effect, arrow.cause)
    ]
    over_a_lane = abs(ends[0][0] - ends[1][0]) > _LANE * 1.5
    bend = "arc3,rad=-0.35" if over_a_lane else "arc3"
    look = {
        "connectionstyle": bend,
        "arrowstyle": "-|>",
        "color": "#444444",
        "linewidth": 1.4,
        "shrinkA": 5,
        "shrinkB": 7,
    }
    axes.annotate("", ends[0], ends[1], arrowprops=look, zorder=2)


def _words(events: Sequence[Event], lanes: Sequence[str]) -> str:
    def short(event: Event) -> str:
        return event.name.removeprefix("prefect.")

    parts = []
    for about in lanes:
        mine = [event for event in events if event.about == about]
        parts.append(f"{mine[0].who}: {', '.join(map(short, mine))}")
    links = sorted(
        f"{short(events[arrow.cause])} led to {short(events[arrow.effect])}"
        for arrow in arrows(events)
    )
    told = f" Arrows: {'; '.join(dict.fromkeys(links))}." if links else ""
    return f"Events from top to bottom, a lane for each resource. {'; '.join(parts)}.{told}"
