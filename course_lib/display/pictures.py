"""Pictures with a text that says the same in words."""

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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
        """Draw a Matplotlib figure."""
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=_DPI * _SCALE, metadata={"Software": None})
        return cls(file.getvalue(), alt)

    @property
    def metadata(self) -> dict[str, dict[str, str | int]]:
        """What Jupyter is told beside the PNG: the text, and the width in CSS pixels."""
        width = int.from_bytes(self.png[16:20], "big")  # so the PNG format has it
        return {"image/png": {"alt": self.alt, "width": width // _SCALE}}

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, object], dict[str, Any]]:
        return {"image/png": self.png, "text/plain": self.alt}, self.metadata


def picture(figure: "Figure | Picture", alt: str = "") -> None:
    """Show a picture below the cell: a Matplotlib figure of your own, or one of the course's.

    For those who can't see it, `alt` says in words what the figure shows. It must be the same each
    time: no measured numbers.
    """
    from IPython.display import display

    shown = figure if isinstance(figure, Picture) else Picture.of(figure, alt)
    display(shown)  # type: ignore[no-untyped-call]
