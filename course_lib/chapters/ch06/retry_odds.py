"""How likely a task comes through: what is predicted for a number of retries, and what was seen."""

from collections.abc import Mapping

from course_lib.display.pictures import Picture

MOST_RETRIES = 5
"""Where the curve ends."""

# The timelines' colours: green for task runs that completed, grey for what was no run at all.
_PREDICTED, _MEASURED = "#999999", "#009E73"
_INCHES = (7.2, 3.2)


def chance(failure_rate: float, retries: int) -> float:
    """Give the probability that one of 1 + `retries` independent attempts succeeds.

    Parameters
    ----------
    failure_rate
        Share of the attempts that fail, from 0 to 1.
    retries
        Attempts after the first, 0 or more.

    Raises
    ------
    ValueError
        If one of these is not as described.
    """
    if not 0 <= failure_rate <= 1:
        raise ValueError(f"failure_rate must be a number from 0 to 1, not {failure_rate!r}.")
    if retries < 0:
        raise ValueError(f"retries must be 0 or more, not {retries!r}.")
    return float(1 - failure_rate ** (retries + 1))


def chances_picture(failure_rate: float, measured: Mapping[int, float]) -> Picture:
    """Draw the predicted chance of success over 0 to 5 retries, and what was measured.

    Parameters
    ----------
    failure_rate
        Share of the attempts that fail, from 0 to 1.
    measured
        Number of retries, from 0 to 5, to the share of task runs that succeeded, from 0 to 1.

    Raises
    ------
    ValueError
        If one of these is not as described.
    """
    for retries, share in measured.items():
        if not (0 <= retries <= MOST_RETRIES and 0 <= share <= 1):
            raise ValueError(
                f"measured must map 0 to {MOST_RETRIES} retries to shares from 0 to 1, "
                f"not {retries!r} to {share!r}."
            )
    from matplotlib.figure import Figure  # no pyplot: callbacks of widgets draw in threads
    from matplotlib.ticker import PercentFormatter

    steps = range(MOST_RETRIES + 1)
    figure = Figure(figsize=_INCHES, layout="constrained")
    axes = figure.subplots()
    axes.plot(
        steps,
        [chance(failure_rate, retries) for retries in steps],
        color=_PREDICTED,
        marker="o",
        markersize=5,
        clip_on=False,  # whole also at 0 % and 100 %
        label=f"predicted, if {failure_rate:.0%} of the attempts fail",
    )
    if measured:
        axes.scatter(
            list(measured),
            list(measured.values()),
            color=_MEASURED,
            marker="D",
            s=60,
            zorder=3,
            clip_on=False,
            label="measured",
        )
    axes.set_xticks(steps)
    axes.set_xlabel("retries")
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.set_ylabel("task runs that succeed")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    figure.legend(loc="outside upper left", ncols=2, frameon=False)
    return Picture.of(figure, _words(failure_rate, measured))


def _words(failure_rate: float, measured: Mapping[int, float]) -> str:
    """Say what the picture shows; the measured numbers differ from run to run, so not those."""
    text = (
        f"Share of task runs that succeed over 0 to {MOST_RETRIES} retries, when {failure_rate:.0%} "
        f"of the attempts fail: the predicted curve rises from {chance(failure_rate, 0):.0%} to "
        f"{chance(failure_rate, MOST_RETRIES):.0%}"
    )
    if not measured:
        return f"{text}; nothing is measured yet."
    return f"{text}; measured at {', '.join(map(str, sorted(measured)))} on the axis of retries."
