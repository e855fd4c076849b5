"""Which test notices which planted fault, and what each test costs."""

from course_lib.chapters.ch15.faults import Findings
from course_lib.display import style
from course_lib.display.pictures import Picture

_QUIET = "#e8ecef"
_FASTEST = 1e-3  # seconds at which the scale of times begins


def fault_picture(found: Findings) -> Picture:
    """Draw a row for each test and a column for each fault: red where the test turns red.

    Beside it stands how long each test took on the code as it is, on a scale of powers of ten.
    """
    from matplotlib.patches import Patch

    rows, columns = len(found.tests), len(found.broken)
    figure = style.figure(1.9 + 0.32 * rows)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[max(3, columns), 2.4])
    for column, fault in enumerate(found.broken):
        noticed = found.noticed_by(fault)
        for row, test in enumerate(found.tests):
            red = test in noticed
            colour = style.DARK_GREY if found.is_red(test) else style.RED if red else _QUIET
            left.barh(row, 0.88, left=column - 0.44, height=0.8, color=colour)
            if red:  # a form for those who can't tell the colours apart
                left.text(column, row, "x", ha="center", va="center", color="white", weight="bold")
    left.set_xlim(-0.6, columns - 0.4)
    left.set_ylim(rows - 0.4, -0.6)
    left.set_yticks(range(rows), [test.removeprefix("test_") for test in found.tests])
    left.xaxis.tick_top()
    left.set_xticks(
        range(columns), list(found.broken), rotation=30, ha="left", rotation_mode="anchor"
    )
    for label in left.get_xticklabels():
        if label.get_text() in found.unnoticed:
            label.set_color(style.RED)
            label.set_weight("bold")
    times = [max(_FASTEST, found.seconds(test)) for test in found.tests]
    right.barh(range(rows), times, height=0.6, color=style.BLUE)
    right.set_xscale("log")
    right.set_xlim(_FASTEST / 2, max([1.0, *times]) * 1.5)
    ticks = [tick for tick in (0.001, 0.1, 10.0) if tick <= right.get_xlim()[1]]
    right.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    right.set_xticks([], minor=True)
    right.set_xlabel("seconds")
    for axes in (left, right):
        axes.tick_params(axis="both", length=0)
        style.tidy(axes, grid="x" if axes is right else None, sides=[])
    handles = [Patch(color=style.RED, label="noticed"), Patch(color=_QUIET, label="stays green")]
    style.legend(figure, handles, place="lower left")
    parts = [f"{each}: {', '.join(found.noticed_by(each)) or 'no test'}" for each in found.broken]
    alt = f"Planted faults and the tests that notice them. {'; '.join(parts)}."
    return Picture.of(figure, alt)
