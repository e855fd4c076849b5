"""How many task runs succeed with a number of retries: what is predicted, and what was seen."""

from collections.abc import Mapping
from typing import Any

from course_lib.display import style
from course_lib.display.pictures import Picture

_MOST_RETRIES = 5


def chance(failure_rate: float, retries: int) -> float:
    """Return the probability that one of 1 + `retries` independent attempts succeeds."""
    if not 0 <= failure_rate <= 1:
        raise ValueError(f"failure_rate must be a number from 0 to 1, not {failure_rate!r}.")
    if retries < 0:
        raise ValueError(f"retries must be 0 or more, not {retries!r}.")
    return float(1 - failure_rate ** (retries + 1))


def success_rate_picture(failure_rate: float, measured: Mapping[int, float]) -> Picture:
    """Draw the predicted chance of success over 0 to 5 retries, and what was measured.

    All shares are from 0 to 1: `failure_rate`, that of the attempts that fail, and those of the
    task runs that succeeded, `measured` by the number of retries.
    """
    for retries, share in measured.items():
        if not (0 <= retries <= _MOST_RETRIES and 0 <= share <= 1):
            raise ValueError(
                f"measured must map 0 to {_MOST_RETRIES} retries to shares from 0 to 1, "
                f"not {retries!r} to {share!r}."
            )
    from matplotlib.ticker import PercentFormatter

    steps = range(_MOST_RETRIES + 1)
    predicted = [chance(failure_rate, retries) for retries in steps]
    figure = style.figure(3.2)
    axes = figure.subplots()
    # Marks are drawn whole also at 0 % and 100 %.
    label = f"predicted, if {failure_rate:.0%} of the attempts fail"
    look: dict[str, Any] = {"color": style.GREY, "marker": "o", "markersize": 5, "clip_on": False}
    axes.plot(steps, predicted, label=label, **look)
    if measured:
        diamond: dict[str, Any] = {"color": style.GREEN, "marker": "D", "zorder": 3}
        shares = list(measured.values())
        axes.scatter(list(measured), shares, s=60, label="measured", clip_on=False, **diamond)
    axes.set_xticks(steps)
    axes.set(xlabel="retries", ylim=(0, 1), ylabel="task runs that succeed")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    style.tidy(axes, grid="both")
    style.legend(figure)
    # The measured numbers differ from run to run: they don't belong into the text.
    points = f"measured at {', '.join(map(str, sorted(measured)))} on the axis of retries"
    return Picture.of(
        figure,
        f"Share of task runs that succeed over 0 to {_MOST_RETRIES} retries, when "
        f"{failure_rate:.0%} of the attempts fail: the predicted curve rises from "
        f"{predicted[0]:.0%} to {predicted[-1]:.0%}; "
        f"{points if measured else 'nothing is measured yet'}.",
    )
