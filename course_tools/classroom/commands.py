"""The part of the ``course`` command that is for instructors: a class on one machine."""

import argparse
from pathlib import Path

from course_lib.app.commands import Commands, add_command
from course_lib.errors import CourseError


def add_to(commands: Commands) -> None:
    """Add the command ``class``."""
    summary = "for instructors: who has solved what, and JupyterHub"
    group = add_command(commands, "class", _show, summary)
    group.set_defaults(folders=[])
    verbs = group.add_subparsers(title="commands", metavar="COMMAND")
    show = add_command(verbs, "show", _show, "show a table of learners and exercises")
    what = "learners' folders, or folders of these; by default JupyterHub's learners/"
    show.add_argument("folders", nargs="*", type=_folder, metavar="FOLDER", help=what)
    summary = "give each learner a JupyterLab and a server, by JupyterHub"
    hub = add_command(verbs, "hub", _hub, summary)
    hub.add_argument(
        "--address",
        default="127.0.0.1",  # nobody else's machine reaches anything
        help="the address of this machine that learners reach; by default this machine alone",
    )
    hub.add_argument("--port", type=int, default=8000, help="by default 8000")
    what = "where learners' homes are, by default learners/"
    hub.add_argument("--folder", type=_folder, help=what)
    what = "learners log in with their accounts of this machine (as root)"
    hub.add_argument("--accounts", action="store_true", help=what)


def _folder(text: str) -> Path:
    return Path(text).expanduser()


# Each imports what it needs itself, so that `course --help` answers at once.


def _show(args: argparse.Namespace) -> None:
    from course_lib import paths
    from course_tools.classroom.table import from_folders

    if not args.folders and not any(paths.LEARNERS.glob("[!.]*")):
        raise CourseError(
            "No class has met here. Start one by `make class`, or name the folder that holds the "
            "learners' folders: `course class show FOLDER`."
        )
    print(from_folders(args.folders or [paths.LEARNERS]))


def _hub(args: argparse.Namespace) -> None:
    from course_tools.classroom import hub

    hub.serve(args.address, args.port, args.folder, accounts=args.accounts)
