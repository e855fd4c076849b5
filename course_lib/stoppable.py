"""Things that last for the length of a ``with`` block at most."""

from abc import ABC, abstractmethod
from typing import Self


class EndsWithBlock(ABC):
    """Something that `stop` ends, and the end of a ``with`` block does, too."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @abstractmethod
    def stop(self) -> object:
        """End it."""
