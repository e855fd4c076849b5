"""What to do about a name that isn't there because its cell has not been run."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from IPython import get_ipython

from course_lib.cell_names import defined
from course_lib.language.messages import in_language

_NOTEBOOK = "JPY_SESSION_NAME"  # Jupyter's server sets it for each kernel


def explain(error: NameError) -> None:
    """Say in a note what to run, if a cell above the one that failed defines the name."""
    notebook, cell = os.environ.get(_NOTEBOOK), _running_cell()
    if notebook and cell and error.name and _defined_above(Path(notebook), cell, error.name):
        note = (
            f"A cell above this one defines {error.name!r}, and it has not been run since the "
            "kernel started.\nSelect this cell and choose Run > Run All Above Selected Cell, "
            "then run this cell again."
        )
        error.add_note(in_language(note))


def _running_cell() -> str | None:
    """Return the id of the cell that runs, which JupyterLab sends along with its code."""
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return None
    request: Mapping[str, Any] = kernel.get_parent("shell") or {}
    found: str | None = request.get("metadata", {}).get("cellId")
    return found


def _defined_above(notebook: Path, cell: str, name: str) -> bool:
    with suppress(OSError, ValueError, LookupError, TypeError):
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        at = [each["id"] for each in cells].index(cell)
        code = ("".join(each["source"]) for each in cells[:at] if each["cell_type"] == "code")
        return any(_defines(source, name) for source in code)
    return False


def _defines(source: str, name: str) -> bool:
    with suppress(SyntaxError):  # with magics, or not finished yet
        return name in defined(source)
    return False
