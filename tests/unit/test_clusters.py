"""What chapter 16 needs beside the others is asked for in one line."""

import pytest

from course_lib.chapters.ch16.clusters import need
from course_lib.errors import CourseError


def test_what_is_missing_is_named_with_the_command_that_brings_it() -> None:
    need("prefect", "json")
    with pytest.raises(CourseError, match="needs no_such_thing: run `make scale`"):
        need("json", "no_such_thing")
