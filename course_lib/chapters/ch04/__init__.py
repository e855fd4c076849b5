"""What chapter 04, Parallel tasks, needs for itself."""

from course_lib.chapters.ch04.speedup import speedup, speedup_picture
