"""The part of the ``course`` command that builds the site."""

import argparse
import os

from course_lib.app.commands import Commands, add_command
from course_lib.language.choice import LANGUAGES


def add_to(commands: Commands) -> None:
    """Add ``course site``."""
    summary = "for maintainers: build the web pages of the course, from notebooks/"
    site = add_command(commands, "site", _site, summary)
    site.add_argument(
        "--repository",
        metavar="OWNER/NAME",
        default=os.environ.get("GITHUB_REPOSITORY", ""),
        help="the course's place on GitHub, for links to it and to Binder; by default "
        "$GITHUB_REPOSITORY, without which there are no such links",
    )


def _site(args: argparse.Namespace) -> None:
    from course_lib import paths
    from course_tools.site import building

    building.build(paths.ROOT, paths.SITE, repository=args.repository, languages=LANGUAGES)
    print(f"The site is built. Open it in a browser: {paths.SITE / 'index.html'}")
