"""Entry point: ``python -m shop_pipeline run [--day 2026-03-02]`` or ``… deploy``."""

import argparse
from collections.abc import Sequence
from datetime import date


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="shop_pipeline", description="The morning job.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run it now, in this process")
    run.add_argument("--day", type=date.fromisoformat, help="YYYY-MM-DD; default: yesterday")
    commands.add_parser("deploy", help="create or update the deployments")
    options = parser.parse_args(arguments)
    # Imported late: --help and typing errors need not wait for Prefect.
    if options.command == "run":
        from shop_pipeline.flows import daily_report

        print(daily_report(options.day))
    else:
        import asyncio

        from shop_pipeline.deployments import deploy

        print(*asyncio.run(deploy()), sep="\n")


if __name__ == "__main__":
    main()
