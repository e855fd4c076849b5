"""The part of the ``course`` command that runs the masters and derives the rest from them."""

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from course_lib.app.commands import add_command

if TYPE_CHECKING:
    from course_lib.app.commands import Commands


def add_to(commands: "Commands") -> None:
    """Add ``course notebooks``."""
    summary = "for maintainers: run solutions/ and derive notebooks/ from them"
    notebooks = add_command(commands, "notebooks", _notebooks, summary)
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


def _notebooks(args: argparse.Namespace) -> int:
    from course_lib import paths
    from course_lib.exercises import store
    from course_tools.build.derived_documents import documents
    from course_tools.build.notebooks import build, renew
    from course_tools.build.stable_outputs import read_rules

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
    """Yield the environment of a new workspace with a server.

    What the maintainer has solved, run or deployed must not show in the notebooks.
    """
    from course_lib.server import lifecycle, workers
    from course_lib.server.environment import child_environment

    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        os.environ["COURSE_WORKSPACE"] = folder
        try:
            record = lifecycle.ensure()
            yield child_environment(lifecycle.prefect_home(), record.port)
        finally:
            workers.stop_all()
            lifecycle.stop()
            os.environ.clear()
            os.environ.update(before)
