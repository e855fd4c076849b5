"""What a program prints: passed on while it is new, and only the end of it kept."""

from collections import deque
from collections.abc import Callable
from threading import Thread
from typing import TextIO

LINE, LOGGED, KEPT = 2_000, 200, 20  # characters of a line, lines passed on, lines kept


class Output:
    """One stream of a program's output, however much that is."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self.log, self.lines, self.tail = log, 0, deque[str](maxlen=KEPT)

    def follow(self, stream: TextIO) -> Thread:
        """Read in a thread until the stream ends. A line without an end comes in pieces."""
        (reader := Thread(target=self._read, args=[stream], daemon=True)).start()
        return reader

    def _read(self, stream: TextIO) -> None:
        with stream:
            while line := stream.readline(LINE):
                self.lines += 1
                self.tail.append(line.rstrip())
                if self.lines <= LOGGED:
                    self.log(self.tail[-1])
        if self.lines > LOGGED:
            self.log(f"{self.lines - LOGGED} more lines, not logged")
