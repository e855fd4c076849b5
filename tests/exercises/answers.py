"""Wrong answers that learners really give, each with the point of the check that must catch it.

They stand in a module for each chapter, ``answers_ch01``: ``PRELUDE`` holds what the cells above the
exercises define, and ``WRONG`` at least three wrong answers for each exercise.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wrong:
    """`source` replaces the learner's cell; `caught` is in the first point that isn't met."""

    why: str
    caught: str
    source: str
