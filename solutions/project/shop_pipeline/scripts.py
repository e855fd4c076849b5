"""Run a Python script as a task: output in the log, an end in time, errors that say why."""

import sys
from collections.abc import Sequence
from pathlib import Path

from prefect import get_run_logger, task

from shop_pipeline.endings import ScriptError
from shop_pipeline.output import Output
from shop_pipeline.programs import run


@task(task_run_name="{script.name}")
def run_python_script(script: Path, arguments: Sequence[str] = (), limit: float = 600) -> list[str]:
    """Run it in its own folder for at most `limit` seconds; return the last lines it printed."""
    if not script.is_file():
        raise FileNotFoundError(f"there is no script {script}")
    logger = get_run_logger()
    out, err = Output(logger.info), Output(logger.warning)
    script = script.resolve()
    command = [sys.executable, str(script), *arguments]
    code = run(command, script.parent, limit, out, err)
    if code is None:
        raise TimeoutError(f"{script.name} did not end within {limit:g} s")
    if code:
        raise ScriptError(script.name, code, err.tail)
    return list(out.tail)
