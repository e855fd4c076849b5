"""Checks of chapter 09: configuration and secrets."""

import contextlib
import json
import os
import tempfile
from collections.abc import Generator, Iterator, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from secrets import token_hex
from unittest.mock import patch

from course_lib.chapters.ch09.leaks import find_in_record
from course_lib.exercises.checks import (
    Point,
    Points,
    equals,
    require,
    require_equal,
    require_flow,
    require_that,
)
from course_lib.exercises.engine import define
from course_lib.exercises.trials import Trial, aside, try_flow
from course_lib.shop import SHOPS, Shop, orders, quality
from course_lib.shop.loopback import LoopbackServer, Response

_PREFIX = "QUALITY_"


@define("09.1")
def speaks_up(answer: object) -> Points:
    """Environment and .env count; wrong or missing settings fail first, and show no token."""
    flow = yield from require_flow(answer)
    token = f"made-up-{token_hex(8)}"
    runs = []

    def run(
        shop: Shop, dotenv: str = "", **values: str
    ) -> Generator[Point, None, tuple[Trial, int]]:
        shop.forget()
        with _environment(values, dotenv):
            trial = yield from try_flow(flow)
        runs.append(trial.run)
        return trial, len(shop.requests)

    with Shop(latency=0) as shop:
        trial, _ = yield from run(shop, URL=shop.url, TOKEN=token)
        yield from _runs(
            trial,
            "it runs with QUALITY_URL and QUALITY_TOKEN set",
            'Nothing else was set, so the limit needs its default. And env_prefix="QUALITY_" tells '
            "the class how the variables' names begin.",
        )
        yield from require_equal(
            "the count, with QUALITY_URL and QUALITY_TOKEN set and nothing else",
            trial.result,
            _complaints(3),
        )
        dotenv = f"QUALITY_TOKEN={token}\nQUALITY_LIMIT=0\n"
        trial, _ = yield from run(shop, dotenv, URL=shop.url)
        yield from _runs(
            trial,
            "it runs with the token and QUALITY_LIMIT=0 in .env",
            'env_file=".env" is missing in the configuration of the class.',
        )
        yield from require(equals("the count with QUALITY_LIMIT=0", trial.result, _complaints(0)))
        trial, made = yield from run(shop, URL=shop.url, TOKEN=token, LIMIT="-1")
        yield from _refused("QUALITY_LIMIT=-1", "limit", trial, made)
        trial, made = yield from run(shop, URL=shop.url)
        yield from _refused("no QUALITY_TOKEN", "token", trial, made)
        trial, made = yield from run(shop, TOKEN=token)
        yield from _refused("no QUALITY_URL", "url", trial, made)
    found = sorted({place for each in runs if each for place in find_in_record(each, token)})
    yield Point(
        what="places in the five records where the token stands",
        ok=not found,
        expected="none",
        seen=", ".join(found) or "none",
    )


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
    yield from _runs(
        good,
        "it runs while the token is good",
        "The server wants a header Authorization: Bearer ..., with the token itself behind it: "
        "Secret.load(secret_name) gives the block, and its get() the value.",
    )
    yield from require(equals("what the flow returned", good.result, len(orders("north"))))
    yield from require(_silent("places in the record of a good day", good, token))
    yield from require_that(
        what="the day on which the token is refused",
        ok=bad.error is not None,
        expected="the run fails",
        seen=f"it fails with {type(bad.error).__name__}"
        if bad.error
        else f"it returns {bad.result!r}",
    )
    yield _silent("places in the record of that day", bad, token)


def _runs(trial: Trial, what: str, cause: str) -> Iterator[Point]:
    """Require that the run ended well, and say what usually explains it if it didn't."""
    seen = " ".join(f"{type(trial.error).__name__}: {trial.error}".split())[:120]
    ok = trial.error is None
    yield from require(Point(what, ok, "no error", "no error" if ok else seen, cause))


def _silent(what: str, trial: Trial, token: str) -> Point:
    found = find_in_record(trial.run, token) if trial.run else ()
    return Point(
        what=f"{what} where the token stands",
        ok=not found,
        expected="none",
        seen=", ".join(found) or "none",
    )


def _refused(setting: str, field: str, trial: Trial, requests: int) -> Iterator[Point]:
    message = trial.run.state.message if trial.run else ""
    failed = trial.error is not None
    yield from require_that(
        what=f"the run with {setting}",
        ok=failed and requests == 0,
        expected="it fails before the first request",
        seen=f"it {'fails' if failed else 'ends well'} after {requests} requests",
    )
    yield from require_that(
        what=f"what its message says about {setting}",
        ok=field in message.lower(),
        expected=f"it names the field, {field}",
        seen=" ".join(message.split())[:120],
    )


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
