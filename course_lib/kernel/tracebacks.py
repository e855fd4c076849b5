"""Short tracebacks: the learner's own lines, without the forty of libraries between them."""

import types
from typing import Any

from IPython.core.interactiveshell import InteractiveShell


def shorten(shell: InteractiveShell) -> None:
    """Show only frames of cells in tracebacks. After ``%xmode Verbose`` all frames are shown."""
    shell.set_custom_exc((Exception,), _show)  # type: ignore[no-untyped-call]


def _show(
    shell: InteractiveShell,
    kind: type[BaseException],
    error: BaseException,
    trace: types.TracebackType | None,
    tb_offset: int | None = None,
) -> list[str] | None:
    if shell.InteractiveTB.mode == "Context":
        link: BaseException | None = error
        seen: set[int] = set()
        while link is not None and id(link) not in seen:
            seen.add(id(link))
            link.__traceback__ = _own(link.__traceback__, shell)
            link = link.__cause__ or link.__context__
        trace = error.__traceback__
    shell.showtraceback((kind, error, trace), tb_offset=0)
    return None


def _own(trace: types.TracebackType | None, shell: InteractiveShell) -> types.TracebackType | None:
    frames: list[Any] = []
    while trace is not None:
        frames.append(trace)
        trace = trace.tb_next
    # Cells are compiled under names that this cache knows.
    cells = shell.compile._filename_map
    short: types.TracebackType | None = None
    for frame in reversed([f for f in frames if f.tb_frame.f_code.co_filename in cells]):
        short = types.TracebackType(short, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return short or (frames[0] if frames else None)
