"""Run a program, pass on what it prints, and leave nothing of it behind."""

import os
import time
from pathlib import Path
from subprocess import DEVNULL, PIPE
from uuid import uuid4

import psutil

from shop_pipeline.families import MARK, end_family
from shop_pipeline.output import Output

PIPES = {"stdin": DEVNULL, "stdout": PIPE, "stderr": PIPE, "encoding": "utf-8", "errors": "replace"}


def run(command: list[str], folder: Path, limit: float, out: Output, err: Output) -> int | None:
    """Run a command, without a shell; give its exit code, or None where time ran out."""
    ours = {MARK: uuid4().hex, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    program = psutil.Popen(command, cwd=folder, env=os.environ | ours, **PIPES)
    latest = time.monotonic() + limit
    try:
        readers = [out.follow(program.stdout), err.follow(program.stderr)]
        while program.poll() is None and time.monotonic() < latest:
            time.sleep(0.02)
        return program.poll()
    finally:
        end_family(program, ours[MARK])
        for reader in readers:
            reader.join(timeout=5)
