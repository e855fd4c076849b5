"""Wrong answers that learners really give, each with the point of the check that must catch it.

They stand in a module for each chapter, ``answers_ch01``: ``PRELUDE`` holds what the cells above the
exercises define, ``WRONG`` the wrong answers for each exercise, one for each requirement and more,
and ``RIGHT`` answers in other styles than the solution's.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wrong:
    """`source` replaces the learner's cell; `caught` is in the first point that isn't met."""

    why: str
    caught: str
    source: str
    ignores: str = ""
    """The key of the one requirement that it doesn't meet, see the chapter's exercises.toml."""
