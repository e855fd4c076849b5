"""Ctrl-C and its like for commands that run until they are told to end, and what these say."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType


@contextmanager
def signals_set(event: threading.Event) -> Iterator[None]:
    """Let signals set `event` instead of breaking into whatever is going on."""

    def note(_number: int, _frame: FrameType | None) -> None:
        event.set()

    heeded = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGBREAK"):  # a closed terminal, on Windows
        heeded.append(signal.SIGBREAK)
    # The same elsewhere, unless nohup had it ignored.
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        heeded.append(signal.SIGHUP)
    before = {number: signal.signal(number, note) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def say(line: str) -> None:
    """Print a line, if there is somebody to read it."""
    with suppress(OSError):  # the terminal may be closed, and what was started must end
        print(line, flush=True)
