"""When schedules fire, drawn day by day on one clock: a change of clocks shows as a step."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from course_lib.display.pictures import Picture
from course_lib.records.deployments import Schedule, between

if TYPE_CHECKING:
    from prefect.schedules import Schedule as PrefectSchedule

# Colours that colour-blind people can tell apart, and marks for those who see none.
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7")
_MARKS = ("o", "D", "s", "^")
_GREY = "#666666"
_ASIDE = 0.18
_INCHES = (7.2, 3.4)
_NAMED_TIMES = 3  # a day; more are counted


def schedule_picture(
    schedules: "Mapping[str, Schedule | PrefectSchedule]", start: date, days: int = 8
) -> Picture:
    """Draw when schedules fire, in UTC: days from left to right, the time of day upwards.

    Parameters
    ----------
    schedules
        Up to four, by the names that the picture gives them.
    start
        The first day, in UTC.
    days
        How many days are drawn.

    Raises
    ------
    ValueError
        If there are no schedules or more than four, or a time zone is unknown.
    """
    if not 1 <= len(schedules) <= len(_COLOURS):
        raise ValueError(f"1 to {len(_COLOURS)} schedules can be drawn, not {len(schedules)}.")
    from matplotlib.figure import Figure  # no pyplot: callbacks of widgets draw in threads

    rules = {
        name: each if isinstance(each, Schedule) else Schedule.of(each)
        for name, each in schedules.items()
    }
    first = datetime.combine(start, time(), UTC)
    last = first + timedelta(days=days)
    runs = {name: _in_utc(rule, first, last) for name, rule in rules.items()}
    figure = Figure(figsize=_INCHES, layout="constrained")
    axes = figure.subplots()
    for number, (name, found) in enumerate(runs.items()):
        aside = _ASIDE * (number - (len(runs) - 1) / 2)  # those of one hour side by side
        axes.scatter(
            [(run.date() - start).days + aside for run in found],
            [run.hour + run.minute / 60 for run in found],
            color=_COLOURS[number],
            marker=_MARKS[number],
            s=45,
            label=name,
            zorder=3,
            clip_on=False,  # whole also at midnight
        )
    changes = _changes(rules, first, last)
    for zone, moment in changes.items():
        at = (moment - first) / timedelta(days=1) - 0.5
        axes.axvline(at, color=_GREY, linestyle="--", linewidth=1)
        axes.annotate(
            f"clocks change: {zone}",
            (at, 1),
            (4, 2),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            color=_GREY,
            fontsize=8,
        )
    shown = [start + timedelta(days=number) for number in range(days)]
    axes.set_xticks(range(days), [f"{day:%a}\n{day.day} {day:%b}" for day in shown])
    axes.set_xlim(-0.6, days - 0.4)
    axes.set_ylim(0, 24)
    axes.set_yticks(range(0, 25, 3), [f"{hour:02}:00" for hour in range(0, 25, 3)])
    axes.set_ylabel("time of the run, UTC")
    axes.tick_params(axis="x", length=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    figure.legend(loc="outside upper left", ncols=2, frameon=False)
    return Picture.of(figure, _words(runs, changes, start, days))


def _in_utc(rule: Schedule, first: datetime, last: datetime) -> list[datetime]:
    runs = (run.astimezone(UTC) for run in between(rule, first, last))
    return [run for run in runs if run < last]


def _changes(rules: Mapping[str, Schedule], first: datetime, last: datetime) -> dict[str, datetime]:
    """Find when the clocks of each zone change, to the hour; most do not."""
    found: dict[str, datetime] = {}
    for zone in {rule.timezone: None for rule in rules.values()}:
        moment = first
        while moment < last:
            following = moment + timedelta(hours=1)
            before, after = (each.astimezone(ZoneInfo(zone)) for each in (moment, following))
            if before.utcoffset() != after.utcoffset():
                found[zone] = following
            moment = following
    return found


def _words(
    runs: Mapping[str, list[datetime]], changes: Mapping[str, datetime], start: date, days: int
) -> str:
    last = start + timedelta(days=days - 1)
    text = f"When schedules fire from {_day(start)} to {_day(last)} {last.year}, in UTC. "
    for name, found in runs.items():
        spans: list[tuple[date, date, str]] = []  # days in a row with runs at the same times
        for day, each in groupby(found, key=lambda run: run.date()):
            times = _times([f"{run:%H:%M}" for run in each])
            if spans and spans[-1][1:] == (day - timedelta(days=1), times):
                spans[-1] = (spans[-1][0], day, times)
            else:
                spans.append((day, day, times))
        parts = [
            f"{_day(begin)} {times}" if begin == end else f"{_day(begin)} to {_day(end)} {times}"
            for begin, end, times in spans
        ]
        text += f"{name}: {'; '.join(parts) or 'never'}. "
    text += "".join(f"Clocks change in {zone} on {_day(at)}. " for zone, at in changes.items())
    return text.strip()


def _times(times: list[str]) -> str:
    if len(times) > _NAMED_TIMES:
        return f"{len(times)} times a day"
    return f"at {' and '.join(times)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"
