"""Pictures that show well on light and dark grounds, with a text that says the same in words."""

import base64
import io
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from course_lib.display import style
from course_lib.language.messages import in_language

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 100
_SCALE = 2  # pixels a CSS pixel, so that it is sharp on today's screens


@dataclass(frozen=True)
class Picture:
    """A PNG file with the text that says the same in words. Jupyter shows it by itself."""

    png: bytes = field(repr=False)
    alt: str

    @classmethod
    def of(cls, figure: "Figure", alt: str) -> "Picture":
        """Draw a Matplotlib figure, without a ground of its own, in the learner's language."""
        style.translate(figure)
        style.fit_any_ground(figure)
        file = io.BytesIO()
        look: dict[str, Any] = {
            "dpi": _DPI * _SCALE,
            "transparent": True,
            "metadata": {"Software": None},
        }
        figure.savefig(file, format="png", **look)
        return cls(file.getvalue(), in_language(alt))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in CSS pixels."""
        # The PNG format has the two sizes there.
        width, height = (int.from_bytes(self.png[at : at + 4], "big") for at in (16, 20))
        return width // _SCALE, height // _SCALE

    @property
    def html(self) -> str:
        """The picture as an HTML element: JupyterLab reads the text of no other form aloud."""
        width, height = self.size
        return (
            f'<img alt="{escape(self.alt)}" width="{width}" height="{height}"'
            ' style="max-width: 100%; height: auto"'
            f' src="data:image/png;base64,{base64.b64encode(self.png).decode()}">'
        )

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.alt}


def picture(figure: "Figure | Picture", alt: str = "") -> None:
    """Show a picture below the cell: a Matplotlib figure of your own, or one of the course's.

    For those who can't see it, `alt` says in words what the figure shows. It must be the same each
    time: no measured numbers.
    """
    from IPython.display import display

    shown = figure if isinstance(figure, Picture) else Picture.of(figure, alt)
    display(shown)  # type: ignore[no-untyped-call]
