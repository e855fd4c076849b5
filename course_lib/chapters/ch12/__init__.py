"""What chapter 12, Limits, needs for itself."""

from course_lib.chapters.ch16.side_servers import SecondServer
from course_lib.display.load_picture import most_in_a_second
