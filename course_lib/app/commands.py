"""How a command becomes part of ``course``."""

import argparse
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[Any]"


class Parser(argparse.ArgumentParser):
    """A parser that suggests the command that was meant, as argparse itself does from 3.14 on."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if isinstance(action, argparse._SubParsersAction) and value not in action.choices:
            meant = get_close_matches(str(value), action.choices, n=1)
            remedy = (
                f"Did you mean `{self.prog} {meant[0]}`?" if meant else f"See `{self.prog} --help`."
            )
            self.exit(2, f"There is no command `{self.prog} {value}`. {remedy}\n")
        super()._check_value(action, value)


def add_command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], int | None], summary: str
) -> argparse.ArgumentParser:
    """Add a command and return its parser; `run` returns the exit code, None for 0."""
    sentence = f"{summary[:1].upper()}{summary[1:]}."
    command: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=sentence)
    command.set_defaults(run=run)
    return command
