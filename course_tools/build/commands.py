"""The part of the ``course`` command that runs the masters and derives the rest from them."""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from course_lib.app.commands import Commands, add_command

_NOTHING = "Everything is up to date."
_FLAGS = {
    "--check": "change nothing, only say what is out of date",
    "--documents": "run nothing, only bring README, guide, cheat sheet and translations up to date",
    "--fresh": "keep no stored output, not even unchanged pictures",
}


def add_to(commands: Commands) -> None:
    """Add ``course notebooks``."""
    summary = "for maintainers: run solutions/ and derive notebooks/ from them"
    notebooks = add_command(commands, "notebooks", _notebooks, summary)
    notebooks.add_argument("chapters", nargs="*", metavar="NN", help="only these chapters")
    for flag, what in _FLAGS.items():
        notebooks.add_argument(flag, action="store_true", help=what)


def _notebooks(args: argparse.Namespace) -> int:
    from course_lib import paths
    from course_lib.exercises import store
    from course_tools.build import derived_documents, notebooks
    from course_tools.build.stable_outputs import read_rules
    from course_tools.build.translations import catalogues

    if args.check:
        documents = () if args.chapters else derived_documents.DOCUMENTS
        found = list(notebooks.differences(paths.ROOT, args.chapters, documents))
        print("\n".join(found) or _NOTHING)
        return 1 if found else 0
    if args.documents:
        renewed = derived_documents.renew(catalogues(paths.ROOT))
        renewed += derived_documents.renew(derived_documents.wanted(paths.ROOT))
        changed = [f"{path.relative_to(paths.ROOT)}" for path in renewed]
    else:
        with _server_of_its_own() as environment:
            changed = notebooks.build(
                paths.ROOT,
                args.chapters,
                env=environment,
                rules=read_rules(paths.ROOT / "tests" / "nbval_sanitize.cfg"),
                documents=derived_documents.DOCUMENTS,
                fresh=args.fresh,
                prepare=store.forget,  # what a master solves isn't solved in the learner's notebook
                progress=partial(print, flush=True),
            )
    print("\n".join(f"changed: {name}" for name in changed) or _NOTHING)
    return 0


@contextmanager
def _server_of_its_own() -> Iterator[dict[str, str]]:
    """Yield the environment of a new workspace with a server.

    What the maintainer has solved, run or deployed must not show in the notebooks.
    """
    from course_lib.language import choice
    from course_lib.server import lifecycle, workers
    from course_lib.server.environment import child_environment

    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        os.environ["COURSE_WORKSPACE"] = folder
        os.environ[choice.VARIABLE] = choice.ENGLISH  # as the outputs are stored
        try:
            record = lifecycle.ensure()
            yield child_environment(lifecycle.prefect_home(), record.port)
        finally:
            workers.stop_all()
            lifecycle.stop()
            os.environ.clear()
            os.environ.update(before)
