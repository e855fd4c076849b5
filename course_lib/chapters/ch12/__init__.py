"""What chapter 12, Limits, needs for itself."""

from course_lib.display.load_picture import most_in_a_second
from course_lib.server.side_servers import SecondServer
