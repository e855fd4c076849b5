"""How a program ended, in words."""

import signal
from collections.abc import Sequence
from itertools import pairwise


def ending(code: int) -> str:
    """Name an exit code; a negative one is the signal that ended the program."""
    if code >= 0:
        return f"exit code {code}"
    names = {each.value: each.name for each in signal.Signals}
    return f"killed by {names.get(-code, f'signal {-code}')}"


def reason(lines: Sequence[str]) -> str:
    """Pick the line that says why: in a traceback the one below the code, or else the last."""
    below = [line for above, line in pairwise(lines) if above[:2] == "  " != line[:2]]
    return (below or lines or ["it said nothing"])[-1]


class ScriptError(RuntimeError):
    """A script ended badly: its name, its exit code, and the last lines that it complained."""

    def __init__(self, name: str, code: int, lines: Sequence[str] = ()) -> None:
        super().__init__(name, code, tuple(lines))
        self.code = code

    def __str__(self) -> str:
        name, code, lines = self.args
        return "\n".join([f"{name}: {ending(code)}: {reason(lines)}", *lines])
