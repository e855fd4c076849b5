"""What chapter 09, Configuration and secrets, needs for itself."""

from course_lib.chapters.ch09.leaks import find_in_record
from course_lib.chapters.ch09.settings_picture import settings_picture
