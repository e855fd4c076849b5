"""The ``course`` command."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from importlib.metadata import entry_points, version
from operator import attrgetter
from typing import TYPE_CHECKING

from course_lib.app.commands import Formatter, Parser, add_command
from course_lib.errors import CourseError
from course_lib.language.choice import LANGUAGES
from course_lib.language.messages import in_language

if TYPE_CHECKING:  # late, or each command would pay for it
    from course_lib.server.workers import TaskWorker, Worker

_RUNNING, _STOPPED = 0, 3  # what `status` exits with, as service managers do
_READER_GONE = 141  # as shells give it for a program that SIGPIPE ended
_CLEAN, _OLD, _NO_PATH, _UNREAD = 0, 1, 2, 3  # what `scan` exits with
_SCAN_CODES = (
    f"Exits with {_CLEAN} if nothing is old, {_OLD} if something is, {_NO_PATH} if there is no such "
    f"PATH, {_UNREAD} if nothing old was found but a file or a cell could not be read as Python 3."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command of ``course`` and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # some consoles can't show every letter
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        with _output_is_whole():
            return _run(argv)
    except BrokenPipeError:  # whoever read it, such as `head`, has what they wanted
        # What is still to be written must not fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _READER_GONE


@contextmanager
def _output_is_whole() -> Iterator[None]:
    """Write at the end what is still held back, also where the command leaves by `SystemExit`."""
    try:
        yield
    finally:
        sys.stdout.flush()


def _run(argv: Sequence[str] | None) -> int:
    args = _parser().parse_args(argv)
    try:
        return args.run(args) or 0
    except CourseError as error:
        print(in_language(str(error)), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="course",
        description="The Prefect course: its notebooks, its Prefect server, and your progress.",
        epilog="Start with `course lab`. When something is wrong, try `course doctor`.",
        formatter_class=partial(Formatter, max_help_position=16),
    )
    release = f"course {version('prefect-course')}, Prefect {version('prefect')}"
    parser.add_argument("-V", "--version", action="version", version=release)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add = partial(add_command, commands)

    lab = add("lab", _lab, "open the course in JupyterLab")
    lab.add_argument("chapter", nargs="?", metavar="NN", help="the chapter to open, e.g. 04")
    lab.add_argument(
        "--no-browser",
        dest="browser",
        action="store_const",
        const=False,
        help="print the address instead of opening a browser",
    )
    lab.add_argument(
        "--language",
        choices=LANGUAGES,
        help="en or zh, also for the next time; by default the system's",
    )
    around = add("around", _around, "run a hub's command for JupyterLab beside the Prefect server")
    around.add_argument(
        "command", nargs=argparse.REMAINDER, metavar="COMMAND", help="the command, with its options"
    )
    add("progress", _progress, "show which exercises of the course you have solved")
    reset = add(
        "reset", _reset, "put a chapter and its progress back to how they were; your copy is kept"
    )
    reset.add_argument("chapter", metavar="NN", help="the chapter's number, e.g. 04")
    add("doctor", _doctor, "check that this machine has all that the course needs")
    start = add("start", _start, "start the Prefect server, and a worker for each POOL")
    start.add_argument("pools", nargs="*", metavar="POOL", help="a work pool of the server")
    add("stop", _stop, "stop the Prefect server and all workers; recorded runs stay")
    add("restart", _restart, "stop the Prefect server and all workers, and start the same again")
    add("status", _status, f"say whether the Prefect server runs (exits with {_STOPPED} if not)")
    scan = add("scan", _scan, "find code for old Prefect, and say what to write today")
    scan.add_argument("path", metavar="PATH", help="a file, or a folder with all in it")
    scan.epilog = _SCAN_CODES
    for extension in sorted(entry_points(group="course.commands"), key=attrgetter("name")):
        extension.load()(commands)  # those for instructors and maintainers, of course_tools
    return parser


# Each imports what it needs itself, so that `course --help` answers at once.


def _lab(args: argparse.Namespace) -> None:
    from course_lib.app.lab import lab

    lab(args.browser, args.chapter, args.language)


def _around(args: argparse.Namespace) -> int:
    from course_lib.app.lab import around

    if not args.command:
        raise CourseError("Name the command that starts JupyterLab: `course around jupyter lab`.")
    return around(args.command)


def _progress(_args: argparse.Namespace) -> None:
    from course_lib.app.progress import progress

    print(progress())


def _reset(args: argparse.Namespace) -> None:
    from course_lib.app import workspace

    kept = workspace.reset(args.chapter)
    _say(f"{workspace.chapter(args.chapter).name} is as the course gives it.")
    _say("Its exercises count as not solved again.")
    if kept:
        _say(f"Your copy is kept: {kept}")
        _say("If the chapter is open in JupyterLab, close it there and open it again.")


def _doctor(_args: argparse.Namespace) -> int:
    from course_lib.app import doctor
    from course_lib.server import lifecycle, users

    with suppress(CourseError):
        users.enter(as_session=True)
    failed = False
    try:
        for check in doctor.checks(_show_begin):
            _say(f"{check} ({check.measured})" if check.measured else check)
            failed = failed or not check.ok
    finally:
        with suppress(CourseError), users.leaving() as last:
            if last:
                lifecycle.stop()
    return 1 if failed else 0


def _show_begin(name: str) -> None:
    """Show on a terminal what is checked now; the check's own line then takes its place."""
    if sys.stdout.isatty():
        print(f"[..] {in_language(name)}", end="\r", flush=True)


def _start(args: argparse.Namespace) -> None:
    from course_lib.server.workers import Worker, work_pools

    port = _start_server()
    if unknown := set(args.pools) - set(known := work_pools(port)):
        pools = f"the server's are {', '.join(known)}" if known else "the server has none yet"
        raise CourseError(f"There is no work pool {min(unknown)!r}: {pools}.")
    _start_workers([Worker(pool) for pool in args.pools])


def _start_server() -> int:
    """Start the server where it doesn't run, say so, and return its port."""
    from course_lib.server import dashboard_link, lifecycle

    if lifecycle.running() is None:
        _say("Starting the Prefect server ...")
    port = lifecycle.ensure().port
    _say(f"The Prefect server is running. Dashboard: {dashboard_link.address(port)}")
    return port


def _start_workers(workers: "Sequence[Worker | TaskWorker]") -> None:
    for worker in workers:
        _say(_what_serves(worker.start()))


def _what_serves(worker: "Worker | TaskWorker") -> str:
    from course_lib.server.workers import Worker

    if isinstance(worker, Worker):
        return f"A worker serves the work pool {worker.pool!r}."
    return f"A task worker serves the task {worker.task!r}."


def _stop(_args: argparse.Namespace) -> None:
    from course_lib.server import lifecycle, side_servers, workers

    side_servers.stop_all()
    if count := workers.stop_all():
        _say("Stopped 1 worker." if count == 1 else f"Stopped {count} workers.")
    stopped = lifecycle.stop()
    _say("The Prefect server is stopped." if stopped else "The Prefect server was not running.")


def _restart(_args: argparse.Namespace) -> None:
    from course_lib.server import lifecycle, workers

    before = workers.running()
    workers.stop_all()
    lifecycle.stop()
    _start_server()
    _start_workers(before)


def _status(_args: argparse.Namespace) -> int:
    from course_lib.server import dashboard_link, lifecycle, workers

    record = lifecycle.alive()
    if record is None:
        _say("The Prefect server is stopped. Start it with `course start`.")
        return _STOPPED
    answers = lifecycle.running() is not None
    _say(f"The Prefect server {'is running' if answers else 'does not answer (yet)'}.")
    _print_fact("dashboard", dashboard_link.address(record.port))
    _print_fact("since", datetime.fromtimestamp(record.started).strftime("%Y-%m-%d %H:%M"))
    _print_fact("version", lifecycle.release(record) if answers else "unknown")
    _print_fact("log", lifecycle.log_file())
    if trouble := dashboard_link.trouble(record.port, record.pid):
        _say(trouble)
    for worker in workers.running():
        _say(_what_serves(worker))
        _print_fact("log", worker.log_file)
    return _RUNNING if answers else _STOPPED


def _print_fact(name: str, value: object) -> None:
    import wcwidth  # late, or each command would pay for it

    print(f"  {wcwidth.ljust(in_language(name), 9)}  {in_language(str(value))}")


def _say(text: object) -> None:
    print(in_language(str(text)), flush=True)


def _scan(args: argparse.Namespace) -> int:
    from course_lib.chapters.ch17 import scan_old_code

    try:
        found = scan_old_code(args.path, os.cpu_count() or 1)
    except CourseError as error:
        print(in_language(str(error)), file=sys.stderr)
        return _NO_PATH
    print(found)
    return _OLD if found.findings else _UNREAD if found.unread else _CLEAN
