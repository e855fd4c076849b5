"""What led to what: events from top to bottom, a lane for each resource, an arrow for each cause."""

from collections.abc import Sequence
from itertools import pairwise
from uuid import UUID

from course_lib.chapters.ch13.automations import FIRED, Rehearsal
from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.records.events import Event

_LANES = (style.BLUE, style.ORANGE, style.GREEN, style.SKY_BLUE, style.GREY)
_BAD_ENDS = ("Failed", "Crashed", "TimedOut", "failed")
_QUIET = 5.0  # seconds without any event that are worth a word
_LANE = 0.45  # from one lane to the next
_ANNOUNCED = "prefect.automation.action.triggered"  # at the same instant as FIRED, and no news
_DONE = "prefect.automation.action.executed"


def arrows(events: Sequence[Event]) -> list[tuple[int, int]]:
    """Find which of the events led to which about another resource: their places in the list.

    An automation's action names the resource that it acted upon. What happened to that between
    the firing and the end of the action is put down to the firing.
    """
    found = set()
    places: dict[UUID | None, int] = {event.id: place for place, event in enumerate(events)}
    for place, event in enumerate(events):
        cause = places.get(event.cause)
        if cause is None:
            continue
        if events[cause].about != event.about:
            found.add((cause, place))
        if event.name == _DONE:
            acted = {resource for role, resource in event.related if role in ("target", "flow-run")}
            for effect, other in enumerate(events):
                if other.about in acted and events[cause].at <= other.at <= event.at:
                    found.add((cause, effect))
    return sorted(found)


def event_picture(events: Sequence[Event]) -> Picture:
    """Draw events in the order in which they happened, with the seconds since the first."""
    shown = [event for event in events if event.name != _ANNOUNCED]
    lanes = list(dict.fromkeys(event.about for event in shown))
    heights = _heights(shown)
    last = heights[-1] if heights else 0.0
    across = [_LANE * lanes.index(event.about) for event in shown]
    spots = list(zip(across, heights, strict=True))
    figure, axes = style.page(0.5 + 0.32 * (last + 1))
    axes.set_xlim(-1.7, 8.3)
    axes.set_ylim(last + 0.8, -1.2)
    colours = {about: _LANES[lane % len(_LANES)] for lane, about in enumerate(lanes)}
    for about, colour in colours.items():
        own = [spot for event, spot in zip(shown, spots, strict=True) if event.about == about]
        axes.plot(*zip(own[0], own[-1], strict=True), color=colour, linewidth=3, alpha=0.35)
    for cause, effect in arrows(shown):
        look = {"arrowstyle": "-|>", "color": style.INK, "lw": 1.4, "shrinkA": 5, "shrinkB": 7}
        if abs(spots[cause][0] - spots[effect][0]) > _LANE * 1.5:  # over another lane
            look["connectionstyle"] = "arc3,rad=-0.35"
        axes.annotate("", spots[effect], spots[cause], arrowprops=look, zorder=2)
    text_at = _LANE * len(lanes) + 0.15
    for event, (x, y) in zip(shown, spots, strict=True):
        bad = event.name.endswith(_BAD_ENDS)
        colour = style.RED if bad else colours[event.about]
        marker = {FIRED: "*", _DONE: "s"}.get(event.name, "X" if bad else "o")
        size = {"*": 15, "s": 8, "X": 10, "o": 8}[marker]
        axes.plot(x, y, marker=marker, color=colour, markersize=size, zorder=3)
        axes.text(text_at, y, _short(event), va="center", fontsize=9.5)
        axes.text(text_at + 3.3, y, event.who, va="center", fontsize=9.5, color=style.INK)
        seconds = (event.at - shown[0].at).total_seconds()
        axes.text(-0.45, y, f"{seconds:.1f} s", va="center", ha="right", fontsize=9.5)
    for (one, upper), (other, lower) in pairwise(zip(shown, heights, strict=True)):
        if lower - upper > 1:
            seconds = (other.at - one.at).total_seconds()
            said = f"{seconds:.0f} seconds without a word"
            middle = (upper + lower) / 2
            axes.text(text_at, middle, said, va="center", fontsize=9.5, color=style.RED_INK)
    return Picture.of(figure, _words(shown))


def rehearsal_picture(rehearsal: Rehearsal) -> Picture:
    """Draw the events of a rehearsal, the windows in which they count, and when it fired.

    Dots and stars are what the server recorded. The windows are what its rule says: see `windows`.
    """
    from matplotlib.ticker import MultipleLocator

    figure = style.figure(1.9)
    axes = figure.subplots()
    for number, (start, end) in enumerate(windows(rehearsal)):
        alpha = 0.35 if number % 2 == 0 else 0.15
        axes.axvspan(start, end, color=style.SKY_BLUE, alpha=alpha, lw=0)
        axes.axvline(start, color=style.BLUE, linewidth=1, linestyle=":")
    axes.plot(rehearsal.at, [0] * len(rehearsal.at), "o", color=style.BLUE, ms=9, label="event")
    if rehearsal.fired:
        stars = [0.55] * len(rehearsal.fired)
        axes.plot(rehearsal.fired, stars, "*", color=style.RED, ms=17, label="the automation fires")
    axes.set_ylim(-0.5, 1)
    axes.set_yticks([])
    axes.set_xlim(-2, max(rehearsal.at) + 3)
    axes.xaxis.set_major_locator(MultipleLocator(5))
    axes.set_xlabel("seconds since the first event")
    style.tidy(axes, sides=["bottom"])
    title = f"threshold {rehearsal.threshold}, within {rehearsal.within:g} s"
    axes.set_title(title, loc="left", fontsize="medium")
    style.legend(figure, place="upper right")
    return Picture.of(figure, f"Events of a rehearsal: {rehearsal!r}.")


def windows(rehearsal: Rehearsal) -> list[tuple[float, float]]:
    """Work out in which windows the server counts the events: where each begins and ends.

    The first one begins with an event and lasts for `within`. If the trigger fires, the next one
    begins where it ends; otherwise with the next event that comes after it.
    """
    found: list[tuple[float, float]] = []
    end, count = -1.0, 0
    for moment in rehearsal.at:
        if moment >= end:
            fired = count >= rehearsal.threshold
            start = end if fired and moment < end + rehearsal.within else moment
            end, count = start + rehearsal.within, 0
            found.append((start, end))
        count += 1
    return found


def _heights(events: Sequence[Event]) -> list[float]:
    """Place events one below the other, with more room where nothing happened for a while."""
    heights = [0.0] if events else []
    for before, event in pairwise(events):
        seconds = (event.at - before.at).total_seconds()
        heights.append(heights[-1] + (2.0 if seconds > _QUIET else 1.0))
    return heights


def _short(event: Event) -> str:
    return event.name.removeprefix("prefect.")


def _words(events: Sequence[Event]) -> str:
    lanes: dict[str, list[Event]] = {}
    for event in events:
        lanes.setdefault(event.about, []).append(event)
    parts = [f"{lane[0].who}: {', '.join(map(_short, lane))}" for lane in lanes.values()]
    links = {
        f"{_short(events[cause])} led to {_short(events[effect])}"
        for cause, effect in arrows(events)
    }
    told = f" Arrows: {'; '.join(sorted(links))}." if links else ""
    return f"Events from top to bottom, a lane for each resource. {'; '.join(parts)}." + told
