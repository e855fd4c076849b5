"""What chapter 05, Logging, needs for itself."""

from course_lib.chapters.ch05.log_picture import log_picture
