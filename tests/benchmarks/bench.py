"""Measure the course's set-up beside plain Prefect, in one run: `make bench`.

Plain Prefect is as its quick start has it: no server started, no setting changed, the first time
on a fresh home. Both sides run in turns in fresh Jupyter kernels of the same environment, so that
the ratios hold on any machine, whatever its speed.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from jupyter_client.manager import KernelManager

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CALLS = 10
FLOW = """
from prefect import flow, task

@task
def double(x): return 2 * x

@flow
def first(): return double(21)

first()
"""
COURSE_START = "import course_lib as course\ncourse.start()\n"
PER_CALL = f"""
import time as _time
_times = []
for _ in range({CALLS}):
    _t = _time.perf_counter(); first(); _times.append(_time.perf_counter() - _t)
print(sorted(_times)[{CALLS // 2}])
"""
SNAPSHOT = """
import time as _time
many = flow(lambda: [f.result() for f in double.map(range(1000))], name="many")
many()
_run = course.last_run()
_t = _time.perf_counter(); _run = course.read_run(_run.id); _t = _time.perf_counter() - _t
assert len(_run.task_runs) == 1000, len(_run.task_runs)
print(_t)
"""


class Kernel:
    """A fresh kernel; the clock runs from before its start."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.began = time.perf_counter()
        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel(env=dict(environment))
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=120)

    def __enter__(self) -> "Kernel":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel()

    def run(self, code: str) -> str:
        said: list[str] = []

        def hear(message: dict) -> None:
            if message["msg_type"] == "stream":
                said.append(message["content"]["text"])

        reply = self._client.execute_interactive(code, timeout=300, output_hook=hear)
        if reply["content"]["status"] != "ok":
            sys.exit(f"{reply['content']['ename']}: {reply['content']['evalue']}")
        return "".join(said)

    def since_start(self) -> float:
        return time.perf_counter() - self.began


def main() -> None:
    """Run all measurements and print them as a table."""
    scratch = tempfile.TemporaryDirectory(prefix="course-bench-", ignore_cleanup_errors=True)
    with scratch as folder:
        os.environ["COURSE_WORKSPACE"] = str(Path(folder) / "workspace")
        clean = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT")}
        from course_lib.server import lifecycle

        lifecycle.ensure()  # makes the template database, should there be none
        try:
            measure(Path(folder), clean)
        finally:
            lifecycle.stop()


def measure(folder: Path, clean: Mapping[str, str]) -> None:
    """Take turns, then print medians and ratios."""
    from course_lib.server import lifecycle

    ready, fresh, again, course_first, plain_call, course_call = ([] for _ in range(6))
    for number in range(ROUNDS):
        print(f"round {number + 1} of {ROUNDS} ...", file=sys.stderr)
        lifecycle.stop()
        (lifecycle.prefect_home() / "prefect.db").unlink()  # the template is laid anew
        began = time.perf_counter()
        lifecycle.ensure()
        ready.append(time.perf_counter() - began)

        with Kernel(clean) as kernel:
            kernel.run(COURSE_START + FLOW)
            course_first.append(kernel.since_start())
            course_call.append(float(kernel.run(PER_CALL)))
        plain = {
            **clean,
            "PREFECT_HOME": str(folder / f"plain-{number}"),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",  # nothing leaves this machine
            # On a busy machine its server needs longer than the 20 s after which it gives up.
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        }
        with Kernel(plain) as kernel:
            kernel.run(FLOW)
            fresh.append(kernel.since_start())
            plain_call.append(float(kernel.run(PER_CALL)))
        with Kernel(plain) as kernel:
            kernel.run(FLOW)
            again.append(kernel.since_start())
    with Kernel(clean) as kernel:
        kernel.run(COURSE_START + FLOW)
        snapshot = float(kernel.run(SNAPSHOT).split()[-1])

    rows = [
        ("cold kernel to first finished flow, fresh home", fresh, course_first),
        ("cold kernel to first finished flow, used home", again, course_first),
        ("one flow call (median of 10)", plain_call, course_call),
    ]
    print(f"{'medians of ' + str(ROUNDS):<50}{'plain':>9}{'course':>9}{'ratio':>8}")
    for name, plain_times, course_times in rows:
        one, other = statistics.median(plain_times), statistics.median(course_times)
        print(f"{name:<50}{one:>7.2f} s{other:>7.2f} s{one / other:>7.1f}x")
    print(
        f"{'stopped server ready, from the template':<50}{'':>9}{statistics.median(ready):>7.2f} s"
    )
    print(f"{'snapshot of 1,000 task runs':<50}{'':>9}{snapshot:>7.2f} s")


if __name__ == "__main__":
    main()
