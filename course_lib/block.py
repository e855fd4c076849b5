"""Things that last for the length of a ``with`` block at most."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class EndsWithBlock(ABC):
    """Something that `stop` ends, and the end of a ``with`` block does, too."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @abstractmethod
    def stop(self) -> object:
        """End it."""
