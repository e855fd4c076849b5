"""``python -m course_lib`` is the ``course`` command, also where that isn't on the path."""

import sys

from course_lib.app.cli import main

sys.exit(main())
