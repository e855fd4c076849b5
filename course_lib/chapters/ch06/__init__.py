"""What chapter 06, Retries, time limits, errors, needs for itself."""

from course_lib.chapters.ch06.dripping import dripping_server
from course_lib.chapters.ch06.success_rate import success_rate_picture
