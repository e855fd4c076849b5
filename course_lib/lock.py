"""Resolve the versions anew: ``make lock`` writes requirements.txt and environment.yml."""

import re
import subprocess
import sys
from pathlib import Path

from course_lib import paths

REQUIREMENTS = "requirements.txt"
ENVIRONMENT = "environment.yml"
_HEAD = """\
# The versions of requirements.txt for conda and Binder; `make lock` writes both.
name: prefect-course
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.12
  - pip
  - pip:
"""


def main() -> None:
    """Lock with the resolution named on the command line, by default the newest versions."""
    resolution = sys.argv[1] if len(sys.argv) > 1 else "highest"
    lock = paths.ROOT / REQUIREMENTS
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--all-extras"]
    command += ["--universal", "--python-version", "3.11", "--upgrade", "--generate-hashes"]
    # No header, no annotations: nothing in the lock tells where it was made.
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--quiet"]
    command += ["--resolution", resolution, "--output-file", str(lock)]
    subprocess.run(command, cwd=paths.ROOT, check=True)
    write_environment(lock, paths.ROOT / ENVIRONMENT)


def pins(lock: Path) -> list[str]:
    """Read the pinned requirements, each with its marker, without hashes."""
    lines = re.findall(r"^(\S+==[^\\\n]+?)\s*\\?$", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return [line.strip() for line in lines]


def write_environment(lock: Path, file: Path) -> None:
    """Write the conda file with the pins of the lock, and the course itself."""
    lines = [f"      - {pin}\n" for pin in [*pins(lock), "--editable ."]]
    file.write_text(_HEAD + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
