"""What the files for a class on Kubernetes say."""

from typing import Any

import yaml

from course_lib import paths

FOLDER = paths.ROOT / "instructor" / "kubernetes"


def values() -> dict[str, Any]:
    """Read the values for the Helm chart."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / "values.yaml").read_text(encoding="utf-8"))
    return found


def instructions() -> list[tuple[str, str]]:
    """List the Dockerfile's instructions, each on one line."""
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, rest) for name, rest in (line.split(maxsplit=1) for line in lines)]
