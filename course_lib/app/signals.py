"""For commands that run until they are told to end: Ctrl-C and the like, and what they print."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from course_lib.language.messages import in_language


@contextmanager
def signals_set(event: threading.Event) -> Iterator[None]:
    """Let signals set `event` instead of breaking into whatever is going on."""

    def set_event(_number: int, _frame: FrameType | None) -> None:
        event.set()

    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGBREAK"):  # a closed terminal, on Windows
        numbers.append(signal.SIGBREAK)
    # The same elsewhere, unless nohup had it ignored.
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, set_event) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def say(line: str) -> None:
    """Print a line in the learner's language, though nobody may read it."""
    with suppress(OSError):  # the terminal may be closed, and what was started must end
        print(in_language(line), flush=True)
