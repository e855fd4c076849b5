"""Checks of chapter 09: configuration and secrets."""

import contextlib
import json
import os
import random
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from secrets import token_hex
from typing import Any
from unittest.mock import patch

from course_lib.chapters.ch09.leaks import find_in_record
from course_lib.exercises.checks import AnyFlow, Check
from course_lib.exercises.engine import define
from course_lib.exercises.trials import Trial, aside, error_text, try_flow
from course_lib.records.runs import FlowRun
from course_lib.shop import SHOPS, Shop, orders, quality
from course_lib.shop.loopback import LoopbackServer, Response

_PREFIX = "QUALITY_"
_FIELDS = {"url", "limit", "token"}


@define("09.1", "a flow")
def speaks_up(check: Check, flow: AnyFlow) -> None:
    """Environment and .env count; wrong or missing settings fail first, and show no token."""
    import httpx

    token = f"made-up-{token_hex(8)}"
    runs: list[FlowRun] = []

    def run(dotenv: str = "", **values: str) -> Trial:
        shop.forget()
        with _environment(values, dotenv):
            trial = try_flow(flow)
        runs.append(trial.run)
        return replace(trial, requests=shop.requests)

    with Shop(latency=0) as shop, _made_settings() as made:
        trial = run(URL=shop.url, TOKEN=token)
        check.require_says("with_both", error_text(trial.error), "no error")
        check.require_equal("count", trial.result, _complaints(3))
        known = [each for each in made if set(type(each).model_fields) >= _FIELDS]
        fields = set(type(made[-1]).model_fields) if made else {"no settings class"}
        seen = ", ".join(sorted(_FIELDS if known else fields))
        check.require_says("fields", seen, ", ".join(sorted(_FIELDS)))
        shown = f"{known[-1]!r} {known[-1]} {known[-1].token}"
        check.require_says("secret", "in plain text" if token in shown else "masked", "masked")
        own = f"QUALITY_TOKEN={token}\nQUALITY_LIMIT=0\n"
        trial = run(own, URL=shop.url)
        check.require_says("from_dotenv", error_text(trial.error), "no error")
        check.require_equal("count_of_zero", trial.result, _complaints(0))
        limit = random.choice([1, 4, 5])  # as many complaints as some products have
        trial = run(f"SHOP_TIMEOUT=9\n{own}", URL=shop.url, LIMIT=str(limit))
        check.require_says("shared", error_text(trial.error), "no error")
        right = trial.result == _complaints(limit)
        seen = "right" if right else f"{trial.result!r} with QUALITY_LIMIT={limit}"
        check.require_that("count_of_any", right, seen, right=_complaints(limit))
        for setting, field, values in (
            ("QUALITY_LIMIT=-1", "limit", {"URL": shop.url, "TOKEN": token, "LIMIT": "-1"}),
            ("QUALITY_LIMIT=2.5", "limit", {"URL": shop.url, "TOKEN": token, "LIMIT": "2.5"}),
            ("no QUALITY_TOKEN", "token", {"URL": shop.url}),
            ("no QUALITY_URL", "url", {"TOKEN": token}),
        ):
            trial = run(**values)
            fails, asked = trial.run.state.type == "FAILED", len(trial.requests)
            tried = isinstance(trial.error, httpx.HTTPError)  # a request that didn't reach the shop
            early = fails and not tried and not asked
            message = " ".join(trial.run.state.message.split()).replace(token, "(the token)")
            seen = f"it {'fails' if fails else 'ends well'} after {asked} requests"
            seen += f": {message[:80]}" if fails and not early else ""
            check.require_that("fails", early, seen, setting=setting)
            named = field in message.lower()
            check.require_that("message", named, message[:120], setting=setting, field=field)
    check.require_says("places", _places(runs, token), "none")


@define("09.2", "a flow")
def closed(check: Check, flow: AnyFlow) -> None:
    """The token opens the gate, and stands nowhere in the record: on a good day and a bad one."""
    from prefect.blocks.system import Secret
    from pydantic import SecretStr

    token, name = f"made-up-{token_hex(8)}", f"exercise-09-2-{token_hex(4)}"
    aside(lambda: Secret(value=SecretStr(token)).save(name))
    few = orders("north")[: random.randint(2, 30)]
    trials = []
    try:
        for accepted, data in ((token, orders("north")), (token, few), ("another token", few)):
            with _gate(accepted, data) as gate:
                trials.append(try_flow(flow, secret_name=name, url=gate.url))
    finally:
        aside(lambda: Secret.delete(name))
    good, next_day, bad = trials
    check.require_says("open", error_text(good.error or next_day.error), "no error")
    check.require_equal("returned", good.result, len(orders("north")))
    seen = f"{next_day.result!r} of {len(few)} orders"
    right = next_day.result == len(few)
    check.require_that("next_day", right, "their number" if right else seen)
    runs = [good.run, next_day.run]
    check.require_says("places", _places(runs, token), "none", day="a good day")
    state, error = bad.run.state, bad.error
    how = f"it fails with {type(error).__name__}" if error else f"it ends as {state.name}"
    seen = how if error or state.type == "FAILED" else f"it returns {bad.result!r}"
    check.require_that("refused", state.type == "FAILED", seen)
    check.require_says("places", _places([bad.run], token), "none", day="that day")


def _places(runs: list[FlowRun], token: str) -> str:
    """Return where in the record of the runs the token stands."""
    found = sorted({place for run in runs for place in find_in_record(run, token)})
    return ", ".join(found) or "none"


def _complaints(limit: int) -> int:
    return sum(each["complaints"] > limit for shop in SHOPS for each in quality(shop))


@contextlib.contextmanager
def _made_settings() -> Iterator[list[Any]]:
    """Note the settings that are made of the learner's classes: Prefect has such classes, too."""
    from pydantic_settings import BaseSettings

    made: list[Any] = []
    init = BaseSettings.__init__

    def note(settings: Any, *args: Any, **values: Any) -> None:
        init(settings, *args, **values)
        if not type(settings).__module__.startswith("prefect"):
            made.append(settings)

    with patch.object(BaseSettings, "__init__", note):
        yield made


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


def _gate(token: str, data: list[Any]) -> LoopbackServer:
    """Open a server with these orders of north for whoever sends the token; to others it answers 401."""

    def respond(request: BaseHTTPRequestHandler, body: bytes) -> Response:
        if request.headers.get("Authorization") != f"Bearer {token}":
            return Response(401, b'{"error": "refused"}')
        if request.path.partition("?")[0] != "/orders/north":
            return Response(404, b'{"error": "refused"}')
        return Response(200, json.dumps(data).encode())

    return LoopbackServer("gate", respond, "GET").open()
