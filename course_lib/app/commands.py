"""How a command becomes part of ``course``."""

import argparse
from collections.abc import Callable
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], int | None], summary: str
) -> argparse.ArgumentParser:
    """Add a command and return its parser; `run` returns the exit code, None for 0."""
    sentence = f"{summary[:1].upper()}{summary[1:]}."
    command = commands.add_parser(name, help=summary, description=sentence)
    command.set_defaults(run=run)
    return command
