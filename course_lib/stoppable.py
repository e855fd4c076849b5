"""Things that are stopped by hand, or by the end of a ``with`` block."""

from abc import ABC, abstractmethod
from typing import Self


class Stoppable(ABC):
    """Something that `stop` ends, and so does the end of a ``with`` block."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @abstractmethod
    def stop(self) -> object:
        """End it."""
