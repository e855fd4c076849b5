"""What chapter 10, Running other programs, needs for itself."""

from course_lib.chapters.ch10.program_picture import Programs, program_picture
