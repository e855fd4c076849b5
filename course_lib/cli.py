"""The ``course`` command."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import datetime
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from course_lib.errors import CourseError

if TYPE_CHECKING:  # late, or each command would pay for it
    from course_lib.workers import TaskWorker, Worker

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
    add("progress", _progress, "show which exercises you have solved")
    reset = add("reset", _reset, "put a chapter back to how it was; your copy is kept")
    reset.add_argument("chapter", metavar="NN", help="the chapter's number, e.g. 04")
    add("doctor", _doctor, "check that all is here that the course needs")
    start = add("start", _start, "start the Prefect server, and workers for work pools")
    start.add_argument("pools", nargs="*", metavar="POOL", help="work pools that get a worker")
    add("stop", _stop, "stop workers and the Prefect server; recorded runs stay")
    add("restart", _restart, "stop what runs of them, and start it again")
    add("status", _status, f"say whether the Prefect server runs (exits with {_STOPPED} if not)")
    join = add("join", _join, "use your class's Prefect server instead of one of your own")
    join.add_argument("address", metavar="ADDRESS", help="as your instructor says")
    join.add_argument("--name", help="let the class's table show this name")
    join.add_argument("--key-file", metavar="FILE", help="read the key there instead of asking")
    add("leave", _leave, "leave the class's server; your work and progress stay with you")
    name = add("name", _name, "say how the class's table calls you: by default, by a random id")
    name.add_argument("name", nargs="?", help="a name for the table; without it, yours is shown")
    name.add_argument("--forget", action="store_true", help="take the name back")
    _add_class(add("class", _class_show, "for instructors: who has solved what, and a server"))
    scan = add("scan", _scan, "find code for old Prefect, and say what to write today")
    scan.add_argument("path", metavar="PATH", help="a file, or a folder with all in it")
    notebooks = add(
        "notebooks", _notebooks, "for maintainers: run solutions/ and derive notebooks/ from them"
    )
    notebooks.add_argument("chapters", nargs="*", metavar="NN", help="only these chapters")
    notebooks.add_argument(
        "--check", action="store_true", help="change nothing, only say what is out of date"
    )
    notebooks.add_argument(
        "--documents",
        action="store_true",
        help="run nothing, only bring README, instructor's guide and cheat sheet up to date",
    )
    notebooks.add_argument(
        "--fresh", action="store_true", help="keep no stored output, not even unchanged pictures"
    )
    return parser


def _add_class(command: argparse.ArgumentParser) -> None:
    command.set_defaults(folders=[])
    verbs = command.add_subparsers(title="commands", metavar="COMMAND")
    summary = "show a table of learners and exercises"
    show = verbs.add_parser("show", help=summary, description=f"{_capital(summary)}.")
    show.add_argument(
        "folders",
        nargs="*",
        metavar="FOLDER",
        help="learners' folders, or folders of these; by default the class that is served here, "
        "or JupyterHub's learners/",
    )
    show.set_defaults(run=_class_show)
    summary = "serve a class from one Prefect server on PostgreSQL, until Ctrl-C"
    serve = verbs.add_parser("serve", help=summary, description=f"{_capital(summary)}.")
    serve.add_argument(
        "--address",
        default="127.0.0.1",
        help="the address of this machine that learners reach; by default only kernels on this "
        "very machine can join",
    )
    serve.add_argument("--new-key", action="store_true", help="make a new key")
    serve.set_defaults(run=_class_serve)
    summary = "give each learner a JupyterLab and a Prefect server by JupyterHub, until Ctrl-C"
    hub = verbs.add_parser("hub", help=summary, description=f"{_capital(summary)}.")
    hub.add_argument(
        "--address",
        default="127.0.0.1",
        help="the address of this machine that learners reach; by default browsers on it alone",
    )
    hub.add_argument("--port", type=int, default=8000, help="by default 8000")
    hub.add_argument("--folder", help="where learners' homes are, by default learners/")
    hub.add_argument(
        "--accounts",
        action="store_true",
        help="learners log in with their accounts of this machine (as root)",
    )
    hub.set_defaults(run=_class_hub)


# Each imports what it needs itself, so that `course --help` answers at once.


def _lab(args: argparse.Namespace) -> int:
    from course_lib.lab import lab

    lab(args.browser, args.chapter)
    return 0


def _progress(_args: argparse.Namespace) -> int:
    from course_lib.progress_picture import progress

    print(progress())
    return 0


def _reset(args: argparse.Namespace) -> int:
    from course_lib import workspace

    kept = workspace.reset(args.chapter)
    print(f"{workspace.chapter(args.chapter).name} is as the course gives it.")
    if kept:
        print(f"Your copy is kept: {kept}")
        print("If the chapter is open in JupyterLab, close it there and open it again.")
    return 0


def _doctor(_args: argparse.Namespace) -> int:
    from course_lib import checkup, server

    ran_before = _is_alive()
    try:
        found = checkup.checks()
    finally:
        if not ran_before:
            with suppress(CourseError):
                server.stop()
    for check in found:
        print(check)
    return 0 if all(check.ok for check in found) else 1


def _start(args: argparse.Namespace) -> int:
    _start_all(args.pools)
    return 0


def _start_all(pools: Sequence[str]) -> None:
    from course_lib import server
    from course_lib.workers import Worker

    if server.running() is None:
        print("Starting the Prefect server ...", flush=True)
    print(f"The Prefect server is running. Dashboard: {_address(server.ensure().port)}")
    for pool in pools:
        print(_serves(Worker(pool).start()))


def _serves(worker: "Worker | TaskWorker") -> str:
    from course_lib.workers import Worker

    if isinstance(worker, Worker):
        return f"A worker serves the work pool {worker.pool!r}."
    return f"A task worker serves the task {worker.task!r}."


def _stop(_args: argparse.Namespace) -> int:
    from course_lib import beside, class_server, server, workers

    beside.stop_all()
    class_server.stop_left()
    if count := workers.stop_all():
        print(f"Stopped {count} worker{'s'[: count != 1]}.")
    stopped = server.stop()
    print("The Prefect server is stopped." if stopped else "The Prefect server was not running.")
    return 0


def _restart(_args: argparse.Namespace) -> int:
    from course_lib import server, workers

    before = workers.running()
    workers.stop_all()
    server.stop()
    _start_all([])
    for each in before:
        print(_serves(each.start()))
    return 0


def _status(_args: argparse.Namespace) -> int:
    from course_lib import server, workers

    record = server.alive()
    if record is None:
        print("The Prefect server is stopped. Start it with `course start`.")
        return _STOPPED
    answers = server.running() is not None
    facts = {
        "dashboard": _address(record.port),
        "since": datetime.fromtimestamp(record.started).strftime("%Y-%m-%d %H:%M"),
        "version": server.release(record) if answers else "unknown",
        "log": server.log_file(),
    }
    print(f"The Prefect server {'is running' if answers else 'does not answer (yet)'}.")
    for name, value in facts.items():
        print(f"  {name:<9}  {value}")
    for worker in workers.running():
        print(_serves(worker))
        print(f"  {'log':<9}  {worker.log_file}")
    return _RUNNING if answers else _STOPPED


def _join(args: argparse.Namespace) -> int:
    from course_lib import learner, roll

    joined = learner.Membership(learner.plain_address(args.address), _key(args.key_file))
    roll.ask(joined)
    if args.name is not None:
        learner.call_me(args.name)
    roll.report(joined, learner.me())
    learner.remember(joined)
    print(f"You have joined the class at {joined.address}: chapters 01 to 06 use its server.")
    print("The others use one of your own. Open chapters notice it at their next cell.")
    _say_who()
    return 0


_KEY = "COURSE_CLASS_KEY"


def _key(file: str | None) -> str:
    """Get the class's key, but never from the command line, which shells keep and others see."""
    from getpass import getpass

    if file is not None:
        try:
            with open(file, encoding="utf-8") as stream:
                return stream.read().strip()
        except (OSError, ValueError):
            raise CourseError(f"The key can't be read from {file}.") from None
    if given := os.environ.get(_KEY, "").strip():
        return given
    try:
        return getpass("The class's key: ").strip()
    except EOFError:
        raise CourseError(
            f"No key was typed. Use a terminal, --key-file FILE or the variable {_KEY}."
        ) from None


def _leave(_args: argparse.Namespace) -> int:
    from course_lib import learner, roll

    joined = None
    with suppress(CourseError):
        joined = learner.membership()
    left = learner.forget_class()
    if joined:
        try:
            roll.withdraw(joined, learner.me())
        except CourseError:
            print("The class's server doesn't answer: your line stays in its table.")
    print("You have left the class." if left else "You had not joined a class.")
    return 0


def _name(args: argparse.Namespace) -> int:
    from course_lib import learner, roll

    if args.forget or args.name is not None:
        learner.call_me(None if args.forget else args.name)
        roll.report_if_joined()
    _say_who()
    return 0


def _say_who() -> None:
    from course_lib import learner

    who = learner.me()
    if who.name is None:
        print(f"In the class's table you are {who.id}, and no name is shown.")
        print('To show one: course name "Ada". To take it back: course name --forget.')
    else:
        print(f"In the class's table you are {who.name} ({who.id}).")
        print("Whoever has the class's key can read it. To take it back: course name --forget.")


def _class_show(args: argparse.Namespace) -> int:
    from pathlib import Path

    from course_lib import class_server, class_table, learner, paths

    if args.folders:
        print(class_table.from_folders([Path(each).expanduser() for each in args.folders]))
    elif joined := class_server.running() or learner.membership():
        print(class_table.from_server(joined))
    elif paths.LEARNERS.is_dir():
        print(class_table.from_folders([paths.LEARNERS]))
    else:
        raise CourseError(
            "No class is served here. Start one by `course class serve`, or name the folder that "
            "holds the learners' folders: `course class show FOLDER`."
        )
    return 0


def _class_serve(args: argparse.Namespace) -> int:
    from course_lib import class_server

    class_server.serve(args.address, new_key=args.new_key)
    return 0


def _class_hub(args: argparse.Namespace) -> int:
    from pathlib import Path

    from course_lib import hub

    folder = None if args.folder is None else Path(args.folder).expanduser()
    hub.serve(args.address, args.port, folder, accounts=args.accounts)
    return 0


def _scan(args: argparse.Namespace) -> int:
    from course_lib.old_code import scan_old_code

    found = scan_old_code(args.path)
    print(found)
    return 1 if found.findings or found.unread else 0


def _notebooks(args: argparse.Namespace) -> int:
    from course_lib import paths, store
    from course_lib.documents import documents
    from course_lib.normal import read_rules
    from course_lib.notebooks import build, renew

    outside = documents(paths.ROOT)
    if args.documents:
        return _tell_changes(renew(outside, paths.SOLUTIONS))
    rules = read_rules(paths.ROOT / "tests" / "nbval_sanitize.cfg")
    kernels: AbstractContextManager[dict[str, str] | None]
    kernels = nullcontext() if args.check else _server_of_its_own()
    with kernels as environment:
        found = build(
            paths.SOLUTIONS,
            paths.NOTEBOOKS,
            args.chapters,
            args.check,
            env=environment,
            rules=rules,
            documents=outside,
            fresh=args.fresh,
            prepare=store.forget,  # what a master solves isn't solved in the learner's notebook
            progress=partial(print, flush=True),
        )
    if not args.check:
        return _tell_changes(found)
    print("\n".join(found) or _NOTHING)
    return 1 if found else 0


_NOTHING = "Everything is up to date."


def _tell_changes(changed: Sequence[str]) -> int:
    print("\n".join(f"changed: {name}" for name in changed) or _NOTHING)
    return 0


@contextmanager
def _server_of_its_own() -> Iterator[dict[str, str]]:
    """Give the environment of a new workspace with a server.

    What the maintainer has solved, run or deployed must not show in the notebooks.
    """
    from course_lib import server, workers
    from course_lib.environment import child_environment

    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        os.environ["COURSE_WORKSPACE"] = folder
        try:
            record = server.ensure()
            yield child_environment(server.prefect_home(), record.port)
        finally:
            workers.stop_all()
            server.stop()
            os.environ.clear()
            os.environ.update(before)


def _is_alive() -> bool:
    from course_lib import server

    with suppress(CourseError):
        return server.alive() is not None
    return False


def _address(port: int) -> str:
    from course_lib.environment import LOOPBACK

    return f"http://{LOOPBACK}:{port}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
