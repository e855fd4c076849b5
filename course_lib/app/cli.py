"""The ``course`` command."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from importlib.metadata import entry_points, version
from operator import attrgetter
from typing import TYPE_CHECKING

from course_lib.errors import CourseError

if TYPE_CHECKING:  # late, or each command would pay for it
    from course_lib.server.workers import TaskWorker, Worker

_RUNNING, _STOPPED = 0, 3  # what `status` exits with, as service managers do


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command of ``course`` and give its exit code."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # some consoles can't show every letter
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    args = _parser().parse_args(argv)
    try:
        code: int = args.run(args)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="course",
        description="The Prefect course: its notebooks, its Prefect server, and your progress.",
        epilog="Start with `course lab`. When something is wrong, try `course doctor`.",
        formatter_class=partial(argparse.HelpFormatter, max_help_position=16),
    )
    parser.add_argument(
        "-V",
        "--version",
        action="version",
        version=f"course {version('prefect-course')}, Prefect {version('prefect')}",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, run: object, summary: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=summary, description=f"{_capital(summary)}.")
        command.set_defaults(run=run)
        return command

    lab = add("lab", _lab, "open the course in JupyterLab")
    lab.add_argument("chapter", nargs="?", metavar="NN", help="the chapter to open, e.g. 04")
    lab.add_argument(
        "--no-browser",
        dest="browser",
        action="store_const",
        const=False,
        help="print the address instead of opening a browser",
    )
    around = add("around", _around, "run a hub's JupyterLab with the course around it")
    around.add_argument(
        "command", nargs=argparse.REMAINDER, metavar="COMMAND", help="and its options"
    )
    add("progress", _progress, "show which exercises you have solved")
    reset = add("reset", _reset, "put a chapter back to how it was; your copy is kept")
    reset.add_argument("chapter", metavar="NN", help="the chapter's number, e.g. 04")
    add("doctor", _doctor, "check that all is here that the course needs")
    start = add("start", _start, "start the Prefect server, and workers for work pools")
    start.add_argument("pools", nargs="*", metavar="POOL", help="work pools that get a worker")
    add("stop", _stop, "stop workers and the Prefect server; recorded runs stay")
    add("restart", _restart, "stop what runs of them, and start it again")
    add("status", _status, f"say whether the Prefect server runs (exits with {_STOPPED} if not)")
    scan = add("scan", _scan, "find code for old Prefect, and say what to write today")
    scan.add_argument("path", metavar="PATH", help="a file, or a folder with all in it")
    for extension in sorted(entry_points(group="course.commands"), key=attrgetter("name")):
        extension.load()(commands)  # those for instructors and maintainers, of course_tools
    return parser


# Each imports what it needs itself, so that `course --help` answers at once.


def _lab(args: argparse.Namespace) -> int:
    from course_lib.app.lab import lab

    lab(args.browser, args.chapter)
    return 0


def _around(args: argparse.Namespace) -> int:
    from course_lib.app.lab import around

    if not args.command:
        raise CourseError("Name the command that starts JupyterLab: `course around jupyter lab`.")
    return around(args.command)


def _progress(_args: argparse.Namespace) -> int:
    from course_lib.app.progress import progress

    print(progress())
    return 0


def _reset(args: argparse.Namespace) -> int:
    from course_lib.app import workspace

    kept = workspace.reset(args.chapter)
    print(f"{workspace.chapter(args.chapter).name} is as the course gives it.")
    if kept:
        print(f"Your copy is kept: {kept}")
        print("If the chapter is open in JupyterLab, close it there and open it again.")
    return 0


def _doctor(_args: argparse.Namespace) -> int:
    from course_lib.app import doctor
    from course_lib.server import lifecycle

    ran_before = _is_alive()
    try:
        found = doctor.checks()
    finally:
        if not ran_before:
            with suppress(CourseError):
                lifecycle.stop()
    for check in found:
        print(check)
    return 0 if all(check.ok for check in found) else 1


def _start(args: argparse.Namespace) -> int:
    _start_all(args.pools)
    return 0


def _start_all(pools: Sequence[str]) -> None:
    from course_lib.server import lifecycle, proxied
    from course_lib.server.workers import Worker

    if lifecycle.running() is None:
        print("Starting the Prefect server ...", flush=True)
    dashboard = proxied.dashboard(lifecycle.ensure().port)
    print(f"The Prefect server is running. Dashboard: {dashboard}")
    for pool in pools:
        print(_serves(Worker(pool).start()))


def _serves(worker: "Worker | TaskWorker") -> str:
    from course_lib.server.workers import Worker

    if isinstance(worker, Worker):
        return f"A worker serves the work pool {worker.pool!r}."
    return f"A task worker serves the task {worker.task!r}."


def _stop(_args: argparse.Namespace) -> int:
    from course_lib.chapters.ch16 import side_servers
    from course_lib.server import lifecycle, workers

    side_servers.stop_all()
    if count := workers.stop_all():
        print(f"Stopped {count} worker{'s'[: count != 1]}.")
    stopped = lifecycle.stop()
    print("The Prefect server is stopped." if stopped else "The Prefect server was not running.")
    return 0


def _restart(_args: argparse.Namespace) -> int:
    from course_lib.server import lifecycle, workers

    before = workers.running()
    workers.stop_all()
    lifecycle.stop()
    _start_all([])
    for each in before:
        print(_serves(each.start()))
    return 0


def _status(_args: argparse.Namespace) -> int:
    from course_lib.server import lifecycle, proxied, workers

    record = lifecycle.alive()
    if record is None:
        print("The Prefect server is stopped. Start it with `course start`.")
        return _STOPPED
    answers = lifecycle.running() is not None
    facts = {
        "dashboard": proxied.dashboard(record.port),
        "since": datetime.fromtimestamp(record.started).strftime("%Y-%m-%d %H:%M"),
        "version": lifecycle.release(record) if answers else "unknown",
        "log": lifecycle.log_file(),
    }
    print(f"The Prefect server {'is running' if answers else 'does not answer (yet)'}.")
    for name, value in facts.items():
        print(f"  {name:<9}  {value}")
    if trouble := proxied.trouble(record.port, record.pid):
        print(trouble)
    for worker in workers.running():
        print(_serves(worker))
        print(f"  {'log':<9}  {worker.log_file}")
    return _RUNNING if answers else _STOPPED


def _scan(args: argparse.Namespace) -> int:
    from course_lib.chapters.ch17.old_code import scan_old_code

    found = scan_old_code(args.path)
    print(found)
    return 1 if found.findings or found.unread else 0


def _is_alive() -> bool:
    from course_lib.server import lifecycle

    with suppress(CourseError):
        return lifecycle.alive() is not None
    return False


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
