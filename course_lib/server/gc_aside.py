"""Run a module as ``python -m`` does, with Python's garbage collector in a thread of its own.

This keeps Prefect's server from freezing. The collector may find a finished SQLite cursor, and to
end that it waits for the cursor's connection. Usually it runs in the thread of the event loop. If
the connection then waits for the database, which another request of the same loop has locked,
nothing goes on until SQLite gives up, after 60 s. (Prefect 3.8.8, aiosqlite, Python 3.11; seen
with a native stack: gc_collect_main, cursor_dealloc, sqlite3_reset, pthread_mutex_lock.)

What is there after the first rounds belongs to the program and is kept out of later ones: each
would take half a second, in which no request is answered. Later rounds look at what is new, and
once a minute at all else; looking at everything each time was a fifth of a busy server's work.
"""

import gc
import runpy
import sys
import threading
import time
from itertools import count

_PAUSE_SECONDS = 5.0
_ROUNDS_OF_BUILDING, _ROUNDS_FOR_ALL = 6, 12
_YOUNG, _ALL = 1, 2  # generations


def main() -> None:
    """Run the module named by the first argument; the others are its own."""
    gc.disable()
    threading.Thread(target=_collect, daemon=True, name="garbage collector").start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _collect() -> None:
    for number in count():
        time.sleep(_PAUSE_SECONDS)
        is_building = number < _ROUNDS_OF_BUILDING
        gc.collect(_ALL if is_building or number % _ROUNDS_FOR_ALL == 0 else _YOUNG)
        if is_building:
            gc.freeze()


if __name__ == "__main__":
    main()
