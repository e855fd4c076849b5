"""What chapter 06, Retries, time limits, errors, needs for itself."""

from course_lib.chapters.ch06.retry_odds import chances_picture

__all__ = ["chances_picture"]
