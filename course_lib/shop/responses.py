"""From a request and its planned outcome to the response: pure functions, no network."""

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from course_lib.shop.data import DAY, REPORTS, SHOPS, spoiled
from course_lib.shop.loopback import Response
from course_lib.shop.plan import Plan, Slow

NO_ANSWER = 0
"""Stands for the status where the connection is cut."""


def respond(
    plan: Plan, method: str, path: str, query: str, number: int, *, crowded: bool = False
) -> tuple[Response, float]:
    """Return the response to request `number` (from 1) to `path`, and the seconds to wait for it.

    A path is such as ``orders/north``. The shop is `crowded` when it has had all the requests that
    it takes in a second.
    """
    if method != "GET":
        sentence = f"The shop answers GET requests only, not {method}."
        return _error(405, sentence, Allow="GET"), plan.latency
    retry_after = {"Retry-After": str(plan.retry_after)}
    if crowded:
        sentence = f"Too Many Requests: this practice shop takes {plan.per_second} a second."
        return _error(429, sentence, **retry_after), 0.0
    outcome = plan.outcome(path, number)
    # Who asks for the health wants to know at once, whatever the plan, whether the shop is there.
    wait = 0.0 if path == "health" else plan.latency
    if isinstance(outcome, Slow):
        wait += outcome.seconds
    if isinstance(outcome, int) and outcome != 200:
        sentence = f"{HTTPStatus(outcome).phrase}: planned by this practice shop."
        return _error(outcome, sentence, **(retry_after if outcome == 429 else {})), wait
    if outcome == "cut":
        return Response(NO_ANSWER), wait
    status, content = _content(path, query)
    if status != 200:
        return _error(status, content), wait
    report = path.partition("/")[0]
    if outcome == "dirty" and report in REPORTS:
        content = spoiled(report, content)
    if outcome == "empty":
        content = []
    body = json.dumps(content).encode()
    # Content-Length will tell the shorter length: good HTTP, bad JSON.
    return Response(200, body[: len(body) // 2] if outcome == "broken" else body), wait


def _content(path: str, query: str) -> tuple[int, Any]:
    """Return 200 and the data, or another status and a sentence on what is wrong."""
    if path == "health":
        return 200, {"status": "ok"}
    if path == "shops":
        return 200, list(SHOPS)
    report, _, shop = path.partition("/")
    if report not in REPORTS or not shop:
        examples = "/shops, /orders/north, /stock/north or /quality/north"
        return 404, f"There is nothing at /{path}; try {examples}."
    fields = parse_qs(query, keep_blank_values=True)
    unknown = sorted(fields.keys() - {"day"})
    if unknown and shop in SHOPS:
        # Ignored, a misspelt 'day' would give the data of the default day without a word.
        return 400, f"The shop doesn't know the parameter {unknown[0]!r}, only 'day'."
    try:
        return 200, REPORTS[report](shop, fields.get("day", [DAY])[-1])
    except ValueError as error:
        return 400 if shop in SHOPS else 404, str(error)


def _error(status: int, sentence: str, **headers: str) -> Response:
    return Response(status, json.dumps({"error": sentence}).encode(), headers)
