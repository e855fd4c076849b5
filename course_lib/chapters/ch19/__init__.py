"""What chapter 19, At work, needs for itself."""

from course_lib.chapters.ch19.beside import Beside, new_home
from course_lib.chapters.ch19.differences import differences
from course_lib.chapters.ch19.growth import growth_picture, rows_of_run
from course_lib.server.ports import spare_port
