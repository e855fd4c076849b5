"""What chapter 03, States and results, needs for itself."""

from course_lib.chapters.ch03.state_graph import state_graph
