"""What the chapters use: ``import course_lib as course``."""

from course_lib.errors import CourseError
from course_lib.session import dashboard, start

__all__ = ["CourseError", "dashboard", "start"]
