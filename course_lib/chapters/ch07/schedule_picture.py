"""When schedules fire, drawn day by day on one clock: a change of clocks shows as a step."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from course_lib.display import style
from course_lib.display.pictures import Picture
from course_lib.records.deployments import Schedule, between

if TYPE_CHECKING:
    from prefect.schedules import Schedule as PrefectSchedule

# Marks, too, for those who see no colours.
_LOOKS = ((style.BLUE, "o"), (style.ORANGE, "D"), (style.GREEN, "s"), (style.PINK, "^"))
_ASIDE = 0.18
_NAMED_TIMES = 3  # a day; more are counted


def schedule_picture(
    schedules: "Mapping[str, Schedule | PrefectSchedule]", start: date, days: int = 8
) -> Picture:
    """Draw when schedules fire, in UTC: days from left to right, the time of day upwards.

    There can be up to four schedules, by the names that the picture gives them. `start` is the
    first day, in UTC.
    """
    if not 1 <= len(schedules) <= len(_LOOKS):
        raise ValueError(f"1 to {len(_LOOKS)} schedules can be drawn, not {len(schedules)}.")
    rules = {
        name: each if isinstance(each, Schedule) else Schedule.of(each)
        for name, each in schedules.items()
    }
    first = datetime.combine(start, time(), UTC)
    last = first + timedelta(days=days)
    runs = {
        name: [run.astimezone(UTC) for run in between(rule, first, last) if run < last]
        for name, rule in rules.items()
    }
    figure = style.figure(3.4)
    axes = figure.subplots()
    for number, (name, found) in enumerate(runs.items()):
        colour, marker = _LOOKS[number]
        aside = _ASIDE * (number - (len(runs) - 1) / 2)  # those of one hour side by side
        xs = [(run.date() - start).days + aside for run in found]
        ys = [run.hour + run.minute / 60 for run in found]
        # Not clipped, so that marks are whole also at midnight.
        look: dict[str, Any] = {"color": colour, "marker": marker, "zorder": 3, "clip_on": False}
        axes.scatter(xs, ys, s=45, label=name, **look)
    changes = _changes(rules, first, days)
    for zone, moment in changes.items():
        at = (moment - first) / timedelta(days=1) - 0.5
        axes.axvline(at, color=style.INK, linestyle="--", linewidth=1)
        beside: dict[str, Any] = {"textcoords": "offset points", "xytext": (4, 2), "fontsize": 8}
        top: dict[str, Any] = {"xy": (at, 1), "xycoords": ("data", "axes fraction")}
        axes.annotate(f"clocks change: {zone}", color=style.INK, **top, **beside)
    shown = [start + timedelta(days=number) for number in range(days)]
    axes.set_xticks(range(days), [f"{day:%a}\n{day.day} {day:%b}" for day in shown])
    axes.set_yticks(range(0, 25, 3), [f"{hour:02}:00" for hour in range(0, 25, 3)])
    axes.set(xlim=(-0.6, days - 0.4), ylim=(0, 24), ylabel="time of the run, UTC")
    axes.tick_params(axis="x", length=0)
    style.tidy(axes, grid="y")
    style.legend(figure, columns=2)
    return Picture.of(figure, _words(runs, changes, start, days))


def _changes(rules: Mapping[str, Schedule], first: datetime, days: int) -> dict[str, datetime]:
    """Return when the clocks of each zone change, to the hour; most do not."""
    found: dict[str, datetime] = {}
    hours = [first + timedelta(hours=number) for number in range(24 * days + 1)]
    for zone in dict.fromkeys(rule.timezone for rule in rules.values()):
        local = [hour.astimezone(ZoneInfo(zone)) for hour in hours]
        for before, after in pairwise(local):
            if before.utcoffset() != after.utcoffset():
                found[zone] = after.astimezone(UTC)
    return found


def _words(
    runs: Mapping[str, list[datetime]], changes: Mapping[str, datetime], start: date, days: int
) -> str:
    last = start + timedelta(days=days - 1)
    parts = [f"When schedules fire from {_day(start)} to {_day(last)} {last.year}, in UTC."]
    parts += [f"{name}: {_days(found) or 'never'}." for name, found in runs.items()]
    parts += [f"Clocks change in {zone} on {_day(at)}." for zone, at in changes.items()]
    return " ".join(parts)


def _days(runs: list[datetime]) -> str:
    spans: list[tuple[date, date, str]] = []  # days in a row with runs at the same times
    for day, each in groupby(runs, key=lambda run: run.date()):
        times = [f"{run:%H:%M}" for run in each]
        many = len(times) > _NAMED_TIMES
        words = f"{len(times)} times a day" if many else f"at {' and '.join(times)}"
        if spans and spans[-1][1:] == (day - timedelta(days=1), words):
            spans[-1] = (spans[-1][0], day, words)
        else:
            spans.append((day, day, words))
    return "; ".join(
        f"{_day(begin)} {words}" if begin == end else f"{_day(begin)} to {_day(end)} {words}"
        for begin, end, words in spans
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"
