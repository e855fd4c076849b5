"""Measure a deployed run beside what its own process needs: from trigger to Completed.

By hand: ``python tests/benchmarks/deployed.py``, on a quiet machine. The floor is the same run
without a worker: Prefect's engine, started with the run's id, until the run is Completed. All take
turns, so that the ratios hold on any machine, whatever its speed.
"""

import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
FLOW = """
from prefect import flow, task

@task
def double(x): return 2 * x

@flow
def deployed(x: int): return double(x)
"""
ENGINE = shlex.join([sys.executable, "-m", "prefect.engine"])
# What one side does, in a process of its own with that side's settings: deploy, then for each line
# that it reads trigger a run and say how many seconds it took.
CLIENT = """
import subprocess, sys, time
from datetime import datetime, timezone
from prefect import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.deployments import run_deployment
from prefect.flows import Flow

folder, pool = sys.argv[1:3]
variables = {"command": sys.argv[3]} if len(sys.argv) > 3 else {}
source = Flow.from_source(folder, "deployed.py:deployed")
nobody = f"{pool}-by-hand"  # a pool without a worker
with get_client(sync_client=True) as client:
    client.create_work_pool(WorkPoolCreate(name=nobody, type="process"))
for name in (pool, nobody):
    source.to_deployment(name, work_pool_name=name, job_variables=variables).apply()
print("ready", flush=True)
for line in sys.stdin:
    began = time.time()
    by_hand = line.strip() == "by hand"
    name = nobody if by_hand else pool
    run = run_deployment(f"deployed/{name}", parameters={"x": 21}, timeout=0)
    if by_hand:
        began = time.time()
        subprocess.run([sys.executable, "-m", "prefect.engine", str(run.id)], check=True)
    with get_client(sync_client=True) as client:
        while not (found := client.read_flow_run(run.id)).state.is_final():
            time.sleep(0.05)
    assert found.state.is_completed(), found.state
    print(found.end_time.timestamp() - began, flush=True)
"""
Side = Callable[[str], float]


def main() -> None:
    """Run all measurements and print them as a table."""
    scratch = tempfile.TemporaryDirectory(prefix="course-bench-", ignore_cleanup_errors=True)
    with scratch as name:
        folder = Path(name)
        os.environ["COURSE_WORKSPACE"] = str(folder / "workspace")
        (folder / "deployed.py").write_text(FLOW)
        from course_lib.server import lifecycle, workers
        from course_lib.server.environment import child_environment

        record = lifecycle.ensure()
        ours = child_environment(lifecycle.prefect_home(), record.port)
        try:
            with plain_server(folder) as theirs:
                measure(folder, ours, theirs)
        finally:
            workers.stop_all()
            lifecycle.stop()


def measure(folder: Path, ours: Mapping[str, str], theirs: Mapping[str, str]) -> None:
    """Take turns, then print medians and ratios to the floor."""
    from course_lib import Worker

    names = {
        "the run's own process, by hand": "floor",
        "worker, the course's settings": "course",
        "the same, one Python a run (command)": "engine",
        "worker, Prefect's defaults": "plain",
    }
    times: dict[str, list[float]] = {name: [] for name in names.values()}
    with (
        Worker("course"),
        Worker("engine"),
        worker("plain", theirs),
        side(folder, ours, "course") as course,
        side(folder, ours, "engine", ENGINE) as engine,
        side(folder, theirs, "plain") as plain,
    ):
        for number in range(ROUNDS):
            print(f"round {number + 1} of {ROUNDS} ...", file=sys.stderr)
            times["floor"].append(course("by hand"))
            times["course"].append(course("by worker"))
            times["engine"].append(engine("by worker"))
            times["plain"].append(plain("by worker"))
    floor = statistics.median(times["floor"])
    print(f"{'trigger to Completed, medians of ' + str(ROUNDS):<44}{'time':>9}{'floor x':>9}")
    for title, name in names.items():
        median = statistics.median(times[name])
        print(f"{title:<44}{median:>7.2f} s{median / floor:>8.1f}x")


@contextmanager
def side(folder: Path, environment: Mapping[str, str], pool: str, *command: str) -> Iterator[Side]:
    """Return a function that triggers one run and measures it."""
    client = subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(folder), pool, *command],
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert client.stdin is not None
    assert client.stdout is not None
    asked, told = client.stdin, client.stdout

    def trigger(how: str) -> float:
        asked.write(f"{how}\n")
        asked.flush()
        return float(told.readline())

    try:
        while told.readline().strip() != "ready":
            if client.poll() is not None:
                sys.exit("the client of a side has ended")
        yield trigger
    finally:
        client.communicate()


@contextmanager
def worker(pool: str, environment: Mapping[str, str]) -> Iterator[None]:
    """Start a worker without the course, and wait until it has made its pool."""
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", pool]
    with ended(subprocess.Popen([*command, "--type", "process"], env=dict(environment))):
        wait_for(f"{environment['PREFECT_API_URL']}/work_pools/{pool}")
        yield


@contextmanager
def plain_server(folder: Path) -> Iterator[dict[str, str]]:
    """Start a server as Prefect has it, and give the environment of its clients."""
    port = 4517
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT")}
    environment = {
        **clean,
        "PREFECT_HOME": str(folder / "plain"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)]
    with ended(subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)):
        wait_for(f"{environment['PREFECT_API_URL']}/health")
        yield environment


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End a process, and what it started, with the block."""
    import psutil

    from course_lib.server.processes import end

    try:
        yield
    finally:
        with suppress(psutil.Error):
            end(psutil.Process(process.pid))


def wait_for(url: str, seconds: float = 120) -> None:
    """Wait until an address answers with success."""
    import httpx

    latest = time.monotonic() + seconds
    while time.monotonic() < latest:
        with suppress(httpx.HTTPError):
            if httpx.get(url).is_success:
                return
        time.sleep(0.2)
    sys.exit(f"no answer at {url}")


if __name__ == "__main__":
    main()
