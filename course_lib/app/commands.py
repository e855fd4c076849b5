"""How a command becomes part of ``course``."""

import argparse
import sys
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, NoReturn, TypeAlias

from course_lib.language.messages import in_language

Commands: TypeAlias = "argparse._SubParsersAction[Any]"


class Formatter(argparse.HelpFormatter):
    """Shows help in the learner's language."""

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        """Add the line that says how the command is called."""
        prefix = in_language("usage: ") if prefix is None else prefix
        super().add_usage(usage, actions, groups, prefix)

    def start_section(self, heading: str | None) -> None:
        """Begin a section, such as that of the options."""
        super().start_section(heading and in_language(heading))

    def add_text(self, text: str | None) -> None:
        """Add a paragraph."""
        super().add_text(text and in_language(text))

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return action.help and in_language(action.help)


class Parser(argparse.ArgumentParser):
    """A parser that suggests the command that was meant, as argparse itself does from 3.14 on."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"formatter_class": Formatter} | options)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the words of the command, and leave."""
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {in_language('error: ')}{in_language(message)}\n")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if isinstance(action, argparse._SubParsersAction) and value not in action.choices:
            meant = get_close_matches(str(value), action.choices, n=1)
            remedy = (
                f"Did you mean `{self.prog} {meant[0]}`?" if meant else f"See `{self.prog} --help`."
            )
            self.exit(2, in_language(f"There is no command `{self.prog} {value}`. {remedy}\n"))
        super()._check_value(action, value)


def add_command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], int | None], summary: str
) -> argparse.ArgumentParser:
    """Add a command and return its parser; `run` returns the exit code, None for 0."""
    sentence = f"{summary[:1].upper()}{summary[1:]}."
    command: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=sentence)
    command.set_defaults(run=run)
    return command
