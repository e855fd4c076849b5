"""The part of the ``course`` command that is for classes: learners' words, and instructors'."""

import argparse
import os
from collections.abc import Callable
from contextlib import suppress
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from course_lib.errors import CourseError

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_KEY = "COURSE_CLASS_KEY"
_LOOPBACK = "127.0.0.1"  # by default nobody else's machine reaches anything


def add_to(commands: "_Commands") -> None:
    """Add the commands ``join``, ``leave``, ``name`` and ``class``."""
    join = _add(commands, "join", _join, "use your class's Prefect server in place of your own")
    join.add_argument("address", metavar="ADDRESS", help="as your instructor says")
    join.add_argument("--name", help="let the class's table show this name")
    join.add_argument("--key-file", metavar="FILE", help="read the key there instead of asking")
    _add(commands, "leave", _leave, "leave the class's server; your work stays with you")
    name = _add(commands, "name", _name, "say how the class's table calls you, if it may")
    name.add_argument("name", nargs="?", help="a name for the table; without it, yours is shown")
    name.add_argument("--forget", action="store_true", help="take the name back")

    group = _add(commands, "class", _show, "for instructors: who has solved what, and servers")
    group.set_defaults(folders=[])
    verbs = group.add_subparsers(title="commands", metavar="COMMAND")
    show = _add(verbs, "show", _show, "show a table of learners and exercises")
    show.add_argument(
        "folders",
        nargs="*",
        metavar="FOLDER",
        help="learners' folders, or folders of these; by default the class that is served here, "
        "or JupyterHub's learners/",
    )
    serve = _add(verbs, "serve", _serve, "run one Prefect server for all, on PostgreSQL")
    serve.add_argument("--new-key", action="store_true", help="make a new key")
    hub = _add(verbs, "hub", _hub, "give each learner a JupyterLab and a server, by JupyterHub")
    hub.add_argument("--port", type=int, default=8000, help="by default 8000")
    hub.add_argument("--folder", help="where learners' homes are, by default learners/")
    hub.add_argument(
        "--accounts",
        action="store_true",
        help="learners log in with their accounts of this machine (as root)",
    )
    for each in (serve, hub):
        each.add_argument(
            "--address",
            default=_LOOPBACK,
            help="the address of this machine that learners reach; by default this machine alone",
        )


def _add(
    commands: "_Commands", name: str, run: Callable[[argparse.Namespace], int], summary: str
) -> argparse.ArgumentParser:
    sentence = f"{summary[:1].upper()}{summary[1:]}."
    command = commands.add_parser(name, help=summary, description=sentence)
    command.set_defaults(run=run)
    return command


# Each imports what it needs itself, so that `course --help` answers at once.


def _join(args: argparse.Namespace) -> int:
    from course_lib.kernel import learner, roll

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


def _key(file: str | None) -> str:
    """Get the class's key, but never from the command line, which shells keep and others see."""
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
    from course_lib.kernel import learner, roll

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
    from course_lib.kernel import learner, roll

    if args.forget or args.name is not None:
        learner.call_me(None if args.forget else args.name)
        roll.report_if_joined()
    _say_who()
    return 0


def _say_who() -> None:
    from course_lib.kernel import learner

    who = learner.me()
    if who.name is None:
        print(f"In the class's table you are {who.id}, and no name is shown.")
        print('To show one: course name "Ada". To take it back: course name --forget.')
    else:
        print(f"In the class's table you are {who.name} ({who.id}).")
        print("Whoever has the class's key can read it. To take it back: course name --forget.")


def _show(args: argparse.Namespace) -> int:
    from course_lib import paths
    from course_lib.kernel import learner
    from course_tools.classroom import class_server, table

    if args.folders:
        print(table.from_folders([Path(each).expanduser() for each in args.folders]))
    elif joined := class_server.running() or learner.membership():
        print(table.from_server(joined))
    elif class_server.was_served():
        raise CourseError(
            "The class's server doesn't run now: start it by `course class serve`. Or name the "
            "folder that holds the learners' folders: `course class show FOLDER`."
        )
    elif any(paths.LEARNERS.glob("[!.]*")):
        print(table.from_folders([paths.LEARNERS]))
    else:
        raise CourseError(
            "No class is served here. Start one by `course class serve`, or name the folder that "
            "holds the learners' folders: `course class show FOLDER`."
        )
    return 0


def _serve(args: argparse.Namespace) -> int:
    from course_tools.classroom import class_server

    class_server.serve(args.address, new_key=args.new_key)
    return 0


def _hub(args: argparse.Namespace) -> int:
    from course_tools.classroom import hub

    folder = None if args.folder is None else Path(args.folder).expanduser()
    hub.serve(args.address, args.port, folder, accounts=args.accounts)
    return 0
