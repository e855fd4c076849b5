"""Whose run it is, where the learners of a class share one server: each run is marked by a tag.

Prefect has a context for tags, but it holds for one thread or one async task; a setting for tags
there isn't. What all of them ask is `TagsContext.get`, whatever thread, cell or child process
they are in. So that answers with the learner's tag where no context has been entered, and
``with tags(…)`` adds to it.
"""

import os
from collections.abc import Iterable, Iterator

from course_lib.server.environment import LEARNER

_PREFIX = "learner:"
_marking = False


def tag(learner: str) -> str:
    """Give the tag of a learner's runs, such as ``learner:k7f3x``."""
    return f"{_PREFIX}{learner}"


def without_mark(tags: Iterable[str]) -> Iterator[str]:
    """Give the tags of a run that its author has chosen."""
    mine = os.environ.get(LEARNER)
    return (each for each in tags if mine is None or each != tag(mine))


def mark_runs() -> None:
    """Mark the runs that this process begins from now on, while its environment names a learner.

    It comes into force with Prefect's logging, which every process of the learner's sets up (see
    `course_lib.kernel.own_runs`), and changes nothing where no learner is named.
    """
    global _marking
    if _marking:
        return
    from prefect.context import TagsContext

    _marking = True

    def get(cls: type[TagsContext]) -> TagsContext:
        learner = os.environ.get(LEARNER)
        return cls.__var__.get(cls(current_tags={tag(learner)} if learner else set()))

    TagsContext.get = classmethod(get)  # type: ignore[method-assign, assignment]
