"""What chapter 16, Outgrowing one machine, needs for itself."""

from course_lib.chapters.ch16.clusters import LocalRay, local_dask, need
from course_lib.chapters.ch16.concurrent_writers import answers_picture, write_at_once
from course_lib.chapters.ch16.costs import (
    Meter,
    busy_cores,
    cost_picture,
    expected_picture,
    where_picture,
)
from course_lib.chapters.ch16.memory import still_there
from course_lib.server.side_servers import Postgres, SecondServer
