"""Run Prefect's server with what `course_lib.server.internals` changes in it.

It is used as ``python -m course_lib.server.patched_server prefect server start``.
"""

import gc

from course_lib.server import gc_aside, internals

if __name__ == "__main__":
    gc.disable()  # now rather than soon: importing Prefect is quicker without it
    internals.patch_server()
    gc_aside.main()
