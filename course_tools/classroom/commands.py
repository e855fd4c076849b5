"""The part of the ``course`` command that is for instructors: a class on one machine."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from course_lib.errors import CourseError

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_to(commands: "_Commands") -> None:
    """Add the command ``class``."""
    group = _add(commands, "class", _show, "for instructors: who has solved what, and JupyterHub")
    group.set_defaults(folders=[])
    verbs = group.add_subparsers(title="commands", metavar="COMMAND")
    show = _add(verbs, "show", _show, "show a table of learners and exercises")
    show.add_argument(
        "folders",
        nargs="*",
        metavar="FOLDER",
        help="learners' folders, or folders of these; by default JupyterHub's learners/",
    )
    hub = _add(verbs, "hub", _hub, "give each learner a JupyterLab and a server, by JupyterHub")
    hub.add_argument(
        "--address",
        default="127.0.0.1",  # nobody else's machine reaches anything
        help="the address of this machine that learners reach; by default this machine alone",
    )
    hub.add_argument("--port", type=int, default=8000, help="by default 8000")
    hub.add_argument("--folder", help="where learners' homes are, by default learners/")
    hub.add_argument(
        "--accounts",
        action="store_true",
        help="learners log in with their accounts of this machine (as root)",
    )


def _add(
    commands: "_Commands", name: str, run: Callable[[argparse.Namespace], int], summary: str
) -> argparse.ArgumentParser:
    sentence = f"{summary[:1].upper()}{summary[1:]}."
    command = commands.add_parser(name, help=summary, description=sentence)
    command.set_defaults(run=run)
    return command


# Each imports what it needs itself, so that `course --help` answers at once.


def _show(args: argparse.Namespace) -> int:
    from course_lib import paths
    from course_tools.classroom import table

    if args.folders:
        print(table.from_folders([Path(each).expanduser() for each in args.folders]))
    elif any(paths.LEARNERS.glob("[!.]*")):
        print(table.from_folders([paths.LEARNERS]))
    else:
        raise CourseError(
            "No class has met here. Start one by `make class`, or name the folder that holds the "
            "learners' folders: `course class show FOLDER`."
        )
    return 0


def _hub(args: argparse.Namespace) -> int:
    from course_tools.classroom import hub

    folder = None if args.folder is None else Path(args.folder).expanduser()
    hub.serve(args.address, args.port, folder, accounts=args.accounts)
    return 0
