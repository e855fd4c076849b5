"""A worker that lets its runs finish before it ends: python -m shop_pipeline.worker morning"""

import signal
import subprocess
import sys
import time

from shop_pipeline.work_pool import paused, under_way


def main(pool: str, patience: float = 630) -> None:
    """Run a worker until it ends, or until signal 15 comes and its runs have ended."""
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    command = ["prefect", "worker", "start", "--pool", pool, "--type", "process"]
    worker = subprocess.Popen([sys.executable, "-m", *command])
    while worker.poll() is None and not asked:
        time.sleep(0.5)
    if asked:
        with paused(pool):
            time.sleep(2)  # what has just been handed out is Pending by then
            latest = time.monotonic() + patience
            while under_way(pool) and time.monotonic() < latest:
                time.sleep(1)
            worker.terminate()
            worker.wait()


if __name__ == "__main__":
    main(sys.argv[1])
