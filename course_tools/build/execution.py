"""Running a notebook from top to bottom in a kernel of its own."""

import copy
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from course_lib.errors import CourseError


def execute(
    nb: NotebookNode,
    *,
    cwd: Path,
    env: Mapping[str, str] = os.environ,
    timeout: int = 120,
    name: str = "notebook",
) -> NotebookNode:
    """Run a copy of `nb` from top to bottom in a kernel of this very Python.

    A cell may take `timeout` seconds. The environment `env` is all that the kernel gets. A cell that
    fails without the tag ``raises-exception``, hangs or ends the kernel is a `CourseError`.
    """
    nb = copy.deepcopy(nb)
    # No folders to search: what is left is ipykernel's own entry, which means sys.executable.
    # A 'python3' that somebody installed for another Python would win otherwise.
    specs = KernelSpecManager(kernel_dirs=[])
    client = NotebookClient(
        nb,
        km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs),
        timeout=timeout,
        startup_timeout=120,
        # Without these a busy machine would lose outputs, and nobody would know.
        iopub_timeout=60,
        raise_on_iopub_timeout=True,
        record_timing=False,
        store_widget_state=False,
    )
    with (
        tempfile.TemporaryDirectory(prefix="course-ipython-", ignore_cleanup_errors=True) as own,
        tempfile.TemporaryFile() as log,
        # Not client.execute(): it turns Ctrl-C into a kernel that died. Which cleans up, too,
        # but only if told, since the manager is ours.
        client.setup_kernel(
            cleanup_kc=True,
            cwd=str(cwd),
            # The maintainer's own IPython profile must not show in the course.
            env={**env, "IPYTHONDIR": own},
            stdout=log,
            stderr=log,
        ),
    ):
        for index, cell in enumerate(nb.cells):
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
            try:
                client.execute_cell(cell, index, execution_count=client.code_cells_executed + 1)
            except CellExecutionError as error:
                raise _failed(name, cell, f"{error.ename}: {error.evalue}") from error
            except CellTimeoutError as error:
                raise _failed(name, cell, f"it took longer than {timeout} s") from error
            except DeadKernelError as error:
                log.seek(0)
                last_words = log.read().decode(errors="replace")[-2000:].rstrip()
                raise _failed(name, cell, f"the kernel died\n{last_words}") from error
    return nb


def _failed(name: str, cell: NotebookNode, reason: str) -> CourseError:
    source = "\n".join(f"    {line}" for line in cell.source.splitlines())
    return CourseError(f"{name}, cell {cell.id}: {reason.rstrip()}\n{source}")
