"""One look for all pictures: colours, figures, axes and legends."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Literal

from course_lib.language.choice import ENGLISH, current
from course_lib.language.messages import in_language

if TYPE_CHECKING:  # at run time imported late: a kernel that only starts needn't wait for it
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Colours that colour-blind people can tell apart (Okabe and Ito's palette).
ORANGE, SKY_BLUE, GREEN = "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, RED, PINK = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
# Pictures have no ground of their own. Of all greys, INK has the greatest contrast both to white
# and to #111, the ground of JupyterLab's dark themes: 4.3 to 1. Text is written in it.
INK, GREY, LIGHT_GREY, GRID = "#797979", "#999999", "#BBBBBB", "#79797940"
RED_INK = "#CA5800"  # for text; RED itself is too bright for that on white
ON_PALE, ON_DEEP = "#000000", "#FFFFFF"  # for text in a coloured box
_DEFAULT = "black"  # Matplotlib's own, for whatever nobody has given a colour

WIDTH = 7.2  # inches; as wide as a notebook's text
DATA = "data"
"""The gid of texts in figures that are nobody's words, such as names."""
# Fonts with Chinese letters: of Linux, of macOS, of Windows; the last has Japanese forms of some.
_HAN_FONTS = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN"),
    *("WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "PingFang SC", "Hiragino Sans GB", "Heiti SC"),
    *("Microsoft YaHei", "SimHei", "Noto Sans CJK JP"),
)


def figure(height: float) -> "Figure":
    """Return a figure of this height in inches, which leaves room for labels and legends."""
    from matplotlib.figure import Figure  # no pyplot: callbacks of widgets draw in threads

    return Figure(figsize=(WIDTH, height), layout="constrained")


def page(height: float) -> "tuple[Figure, Axes]":
    """Return a figure of this height in inches, and axes without lines that fill all of it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    return figure, axes


def fit_any_ground(figure: "Figure") -> None:
    """Give ink to all text, ticks and frames that nobody has given another colour than black."""
    from matplotlib.axes import Axes
    from matplotlib.patheffects import Normal, Stroke
    from matplotlib.text import Text

    # Thin letters look paler than their colour is.
    firm = [Stroke(linewidth=0.35, foreground=INK), Normal()]
    for text in figure.findobj(Text):
        if isinstance(text, Text) and text.get_color() in (_DEFAULT, INK):
            text.set_color(INK)
            text.set_path_effects(firm)
    for axes in figure.findobj(Axes):
        if isinstance(axes, Axes):
            axes.tick_params(which="both", color=INK)
            for spine in axes.spines.values():
                spine.set_edgecolor(INK)


def words(text: str) -> str:
    """Return a text of the course as a figure shows it: in the learner's language, or as it is.

    It stays in English where it isn't known as a whole, or no font has the letters.
    """
    return in_language(text, whole=True) if current() != ENGLISH and _han_font() else text


def translate(figure: "Figure") -> None:
    """Write the words of a figure in the learner's language, but for ticks, and texts called `DATA`."""
    if current() == ENGLISH or not (font := _han_font()):
        return
    import wcwidth
    from matplotlib.axis import Tick
    from matplotlib.text import Text

    ticks = {id(text) for tick in figure.findobj(Tick) for text in tick.findobj(Text)}
    for text in figure.findobj(Text):
        if isinstance(text, Text):
            if id(text) not in ticks and text.get_gid() != DATA:
                text.set_text(words(text.get_text()))
            if wcwidth.width(text.get_text()) > len(text.get_text()):
                text.set_fontfamily([*text.get_fontfamily(), font])


def _han_font() -> str | None:
    from matplotlib.font_manager import fontManager

    known = {font.name for font in fontManager.ttflist}
    return next((name for name in _HAN_FONTS if name in known), None)


def tidy(
    axes: "Axes",
    grid: Literal["x", "y", "both"] | None = None,
    sides: Collection[str] = ("left", "bottom"),
) -> None:
    """Draw the frame of some axes on these sides alone, and a pale grid behind everything."""
    for side, spine in axes.spines.items():
        spine.set_visible(side in sides)
    if grid:
        axes.grid(axis=grid, color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)


def rows(axes: "Axes", labels: Sequence[str]) -> None:
    """Number the rows from the top, 0, 1, 2 and so on, and write a label beside each."""
    axes.set_ylim(max(1, len(labels)) - 0.4, -0.6)
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(axis="y", length=0)


def legend(
    figure: "Figure",
    handles: "Sequence[Artist] | None" = None,
    place: str = "upper left",
    columns: int | None = None,
    **options: Any,
) -> None:
    """Write a legend outside the axes, by default of everything that has a label, each once."""
    if handles is None:
        found = [each for axes in figure.axes for each in axes.get_legend_handles_labels()[0]]
        handles = list({each.get_label(): each for each in found}.values())
    if handles:
        options |= {"loc": f"outside {place}", "ncols": columns or len(handles), "frameon": False}
        figure.legend(handles=handles, **options)
