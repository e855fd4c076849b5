"""The practice shop as a program of its own: ``python -m course_lib.shop --port 8801``."""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

from course_lib.shop.plan import Plan
from course_lib.shop.server import Shop


def main(arguments: Sequence[str] | None = None) -> None:
    """Keep a shop open until Ctrl-C or SIGTERM. Exit code 1: no such port; 2: wrong options."""
    default = Plan()
    parser = argparse.ArgumentParser(
        prog="python -m course_lib.shop",
        description="A practice shop to pull data from. Ctrl-C closes it.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8801, help="0 takes any free one")
    parser.add_argument("--latency", type=float, default=default.latency, help="seconds an answer")
    parser.add_argument(
        "--failure-rate", type=float, default=default.failure_rate, help="share of 503, 0 to 1"
    )
    parser.add_argument("--seed", type=int, default=default.seed, help="chooses which fail")
    options = parser.parse_args(arguments)
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):  # the last on Windows only
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        _serve(parser, options)


def _serve(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    try:
        plan = Plan(latency=options.latency, failure_rate=options.failure_rate, seed=options.seed)
    except ValueError as error:
        parser.error(str(error))
    if not 0 <= options.port <= 65535:
        parser.error(f"The port must be from 0 to 65535, not {options.port}.")
    try:
        shop = Shop(plan, port=options.port)
    except OSError as error:
        parser.exit(
            1,
            f"The shop can't open on port {options.port} ({error.strerror}); choose another "
            "with --port, or --port 0 for any free one.\n",
        )
    with shop:
        sys.stdout.write(f"The practice shop is open at {shop.url} (Ctrl-C closes it).\n")
        sys.stdout.flush()
        while True:
            time.sleep(60)  # a signal ends it, on Windows too, unlike waiting for a lock


if __name__ == "__main__":
    main()
