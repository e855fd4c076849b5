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
from course_lib.exercises.checks import (
    Point,
    Points,
    require,
    require_equal,
    require_flow,
    require_that,
    says,
)
from course_lib.exercises.engine import define
from course_lib.exercises.trials import Running, aside, raises_nothing, try_flow
from course_lib.records.runs import FlowRun
from course_lib.shop import SHOPS, Shop, orders, quality
from course_lib.shop.loopback import LoopbackServer, Response

_PREFIX = "QUALITY_"


@define("09.1")
def speaks_up(answer: object) -> Points:
    """Environment and .env count; wrong or missing settings fail first, and show no token."""
    flow = yield from require_flow(answer)
    token = f"made-up-{token_hex(8)}"
    runs: list[FlowRun] = []

    def run(dotenv: str = "", **values: str) -> Running:
        shop.forget()
        with _environment(values, dotenv):
            trial = yield from try_flow(flow)
        runs.append(trial.run)
        return replace(trial, requests=shop.requests)

    with Shop(latency=0) as shop:
        trial = yield from run(URL=shop.url, TOKEN=token)
        yield from require(
            raises_nothing(trial, "it runs with QUALITY_URL and QUALITY_TOKEN set", cause="")
        )
        yield from require_equal(
            "the count, with QUALITY_URL and QUALITY_TOKEN set and nothing else",
            trial.result,
            _complaints(3),
        )
        trial = yield from run(f"QUALITY_TOKEN={token}\nQUALITY_LIMIT=0\n", URL=shop.url)
        yield from require(
            raises_nothing(trial, "it runs with the token and QUALITY_LIMIT=0 in .env", cause="")
        )
        yield from require_equal("the count with QUALITY_LIMIT=0", trial.result, _complaints(0))
        for setting, field, values in (
            ("QUALITY_LIMIT=-1", "limit", {"URL": shop.url, "TOKEN": token, "LIMIT": "-1"}),
            ("no QUALITY_TOKEN", "token", {"URL": shop.url}),
            ("no QUALITY_URL", "url", {"TOKEN": token}),
        ):
            trial = yield from run(**values)
            requests, message = len(trial.requests), trial.run.state.message
            yield from require_that(
                what=f"the run with {setting}",
                ok=trial.error is not None and requests == 0,
                expected="it fails before the first request",
                seen=f"it {'fails' if trial.error else 'ends well'} after {requests} requests",
            )
            yield from require_that(
                what=f"what its message says about {setting}",
                ok=field in message.lower(),
                expected=f"it names the field, {field}",
                seen=" ".join(message.split())[:120],
            )
    yield _stands_nowhere("places in the five records where the token stands", runs, token)


@define("09.2")
def closed(answer: object) -> Points:
    """The token opens the gate, and stands nowhere in the record: on a good day and a bad one."""
    from prefect.blocks.system import Secret
    from pydantic import SecretStr

    flow = yield from require_flow(answer)
    token, name = f"made-up-{token_hex(8)}", f"exercise-09-2-{token_hex(4)}"
    aside(lambda: Secret(value=SecretStr(token)).save(name))
    try:
        with _gate(token) as gate:
            good = yield from try_flow(flow, secret_name=name, url=gate.url)
        with _gate("another token") as gate:
            bad = yield from try_flow(flow, secret_name=name, url=gate.url)
    finally:
        aside(lambda: Secret.delete(name))
    yield from require(raises_nothing(good, "it runs while the token is good", cause=""))
    yield from require_equal("what the flow returned", good.result, len(orders("north")))
    yield from require(
        _stands_nowhere(
            "places in the record of a good day where the token stands", [good.run], token
        )
    )
    yield from require_that(
        what="the day on which the token is refused",
        ok=bad.error is not None,
        expected="the run fails",
        seen=f"it fails with {type(bad.error).__name__}"
        if bad.error
        else f"it returns {bad.result!r}",
    )
    yield _stands_nowhere(
        "places in the record of that day where the token stands", [bad.run], token
    )


def _stands_nowhere(what: str, runs: list[FlowRun], token: str) -> Point:
    found = sorted({place for run in runs for place in find_in_record(run, token)})
    return says(what, ", ".join(found) or "none", "none")


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
