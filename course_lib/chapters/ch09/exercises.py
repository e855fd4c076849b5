"""Checks of chapter 09: configuration and secrets."""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from secrets import token_hex
from unittest.mock import patch

from course_lib.chapters.ch09.leaks import find_in_record
from course_lib.exercises.checks import AnyFlow, Check
from course_lib.exercises.engine import define
from course_lib.exercises.trials import Trial, aside, error_text, try_flow
from course_lib.records.runs import FlowRun
from course_lib.shop import SHOPS, Shop, orders, quality
from course_lib.shop.loopback import LoopbackServer, Response

_PREFIX = "QUALITY_"


@define("09.1", "a flow")
def speaks_up(check: Check, flow: AnyFlow) -> None:
    """Environment and .env count; wrong or missing settings fail first, and show no token."""
    token = f"made-up-{token_hex(8)}"
    runs: list[FlowRun] = []

    def run(dotenv: str = "", **values: str) -> Trial:
        shop.forget()
        with _environment(values, dotenv):
            trial = try_flow(flow)
        runs.append(trial.run)
        return replace(trial, requests=shop.requests)

    with Shop(latency=0) as shop:
        trial = run(URL=shop.url, TOKEN=token)
        check.require_says("with_both", error_text(trial.error), "no error")
        check.require_equal("count", trial.result, _complaints(3))
        trial = run(f"QUALITY_TOKEN={token}\nQUALITY_LIMIT=0\n", URL=shop.url)
        check.require_says("from_dotenv", error_text(trial.error), "no error")
        check.require_equal("count_of_zero", trial.result, _complaints(0))
        for setting, field, values in (
            ("QUALITY_LIMIT=-1", "limit", {"URL": shop.url, "TOKEN": token, "LIMIT": "-1"}),
            ("no QUALITY_TOKEN", "token", {"URL": shop.url}),
            ("no QUALITY_URL", "url", {"TOKEN": token}),
        ):
            trial = run(**values)
            requests, message = len(trial.requests), trial.run.state.message
            seen = f"it {'fails' if trial.error else 'ends well'} after {requests} requests"
            early = trial.error is not None and requests == 0
            check.require_that("fails", early, seen, setting=setting)
            seen = " ".join(message.split())[:120]
            named = field in message.lower()
            check.require_that("message", named, seen, setting=setting, field=field)
    check.require_says("places", _places(runs, token), "none")


@define("09.2", "a flow")
def closed(check: Check, flow: AnyFlow) -> None:
    """The token opens the gate, and stands nowhere in the record: on a good day and a bad one."""
    from prefect.blocks.system import Secret
    from pydantic import SecretStr

    token, name = f"made-up-{token_hex(8)}", f"exercise-09-2-{token_hex(4)}"
    aside(lambda: Secret(value=SecretStr(token)).save(name))
    try:
        with _gate(token) as gate:
            good = try_flow(flow, secret_name=name, url=gate.url)
        with _gate("another token") as gate:
            bad = try_flow(flow, secret_name=name, url=gate.url)
    finally:
        aside(lambda: Secret.delete(name))
    check.require_says("open", error_text(good.error), "no error")
    check.require_equal("returned", good.result, len(orders("north")))
    check.require_says("places", _places([good.run], token), "none", day="a good day")
    error, result = bad.error, bad.result
    seen = f"it fails with {type(error).__name__}" if error else f"it returns {result!r}"
    check.require_that("refused", error is not None, seen)
    check.require_says("places", _places([bad.run], token), "none", day="that day")


def _places(runs: list[FlowRun], token: str) -> str:
    """Return where in the record of the runs the token stands."""
    found = sorted({place for run in runs for place in find_in_record(run, token)})
    return ", ".join(found) or "none"


def _complaints(limit: int) -> int:
    return sum(each["complaints"] > limit for shop in SHOPS for each in quality(shop))


@contextlib.contextmanager
def _environment(values: Mapping[str, str], dotenv: str) -> Iterator[None]:
    """Let a flow see only these settings, in the environment and in a ``.env`` file."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        contextlib.chdir(folder),
        patch.dict(os.environ),
    ):
        for name in [name for name in os.environ if name.upper().startswith(_PREFIX)]:
            del os.environ[name]
        os.environ.update({_PREFIX + name: value for name, value in values.items()})
        Path(".env").write_text(dotenv, encoding="utf-8")
        yield


def _gate(token: str) -> LoopbackServer:
    """Open a server with north's orders for whoever sends the token; to others it answers 401."""

    def respond(request: BaseHTTPRequestHandler, body: bytes) -> Response:
        if request.headers.get("Authorization") != f"Bearer {token}":
            return Response(401, b'{"error": "refused"}')
        if request.path.partition("?")[0] != "/orders/north":
            return Response(404, b'{"error": "refused"}')
        return Response(200, json.dumps(orders("north")).encode())

    return LoopbackServer("gate", respond, "GET").open()
