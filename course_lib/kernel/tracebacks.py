"""Short tracebacks: the learner's own lines, without the forty of libraries between them."""

from asyncio import CancelledError
from types import TracebackType

from IPython.core.interactiveshell import InteractiveShell

from course_lib.errors import CourseError
from course_lib.kernel.missing_names import explain
from course_lib.language.messages import in_language


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Shorten tracebacks from the kernel's start on, also before `course.start()` has run."""
    shorten(shell)


def shorten(shell: InteractiveShell) -> None:
    """Show only frames of cells in tracebacks. After ``%xmode Verbose`` all frames are shown."""
    shell.set_custom_exc((Exception, *_INTERRUPTS), _show)  # type: ignore[no-untyped-call]


_INTERRUPTS = (KeyboardInterrupt, CancelledError)  # what a cell with `await` gets is the latter


def _show(
    shell: InteractiveShell,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    tb_offset: int | None = None,
) -> list[str] | None:
    if isinstance(error, NameError):
        explain(error)
    if isinstance(error, CourseError):
        error.args = (in_language(str(error)),)
    if shell.InteractiveTB.mode == "Context":
        if isinstance(error, _INTERRUPTS):
            # Others came of it, or it met their handling: nothing that the learner did.
            error.__cause__, error.__suppress_context__ = None, True
        link: BaseException | None = error
        seen: set[int] = set()
        while link is not None and id(link) not in seen:
            seen.add(id(link))
            link.__traceback__ = _of_cells(link.__traceback__, shell)
            link = link.__cause__ or link.__context__
        trace = error.__traceback__
    shell.showtraceback((kind, error, trace), tb_offset=0)
    return None


def _of_cells(trace: TracebackType | None, shell: InteractiveShell) -> TracebackType | None:
    """Return a traceback of the frames of cells alone, or all of it where there is none."""
    frames = []
    each = trace
    while each is not None:
        # IPython has names to show for cells, and for nothing else.
        if shell.compile.format_code_name(each.tb_frame.f_code.co_filename):
            frames.append(each)
        each = each.tb_next
    short: TracebackType | None = None
    for frame in reversed(frames):
        short = TracebackType(short, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return short or trace
