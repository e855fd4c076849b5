"""From a request and its planned outcome to the answer: pure functions, no network."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from course_lib.shop.data import DAY, REPORTS, SHOPS, check_day, check_shop, spoiled
from course_lib.shop.plan import Plan, Slow


@dataclass(frozen=True)
class Answer:
    """What goes back to the client, `wait` seconds after its request came in."""

    status: int
    body: bytes
    wait: float
    headers: Mapping[str, str] = field(default_factory=dict)


class _RefusedError(Exception):
    """The request itself is wrong: status and sentence of the answer."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def answer(
    plan: Plan, method: str, path: str, query: str, number: int, *, crowded: bool = False
) -> Answer:
    """Return the answer to request `number` (from 1) to `path`, such as ``orders/north``.

    `crowded` says that the shop has taken all the requests that it takes in a second.
    """
    if method != "GET":
        sentence = f"The shop answers GET requests only, not {method}."
        return Answer(405, _error(sentence), plan.latency, {"Allow": "GET"})
    if crowded and path != "health":
        return _too_many(plan)
    outcome = plan.outcome(path, number)
    # Whoever asks for the health wants to know now, and whatever the plan, if the shop is there.
    wait = 0.0 if path == "health" else plan.latency
    if isinstance(outcome, Slow):
        wait += outcome.seconds
    if isinstance(outcome, int) and outcome != 200:
        sentence = f"{HTTPStatus(outcome).phrase}: planned by this practice shop."
        headers = {"Retry-After": str(plan.retry_after)} if outcome == 429 else {}
        return Answer(outcome, _error(sentence), wait, headers)
    try:
        content = _content(path, query)
    except _RefusedError as refused:
        return Answer(refused.status, _error(str(refused)), wait)
    report = path.partition("/")[0]
    if outcome == "dirty" and report in REPORTS:
        content = spoiled(report, content)
    body = json.dumps(content).encode()
    # Content-Length will tell the shorter length: good HTTP, bad JSON.
    return Answer(200, body[: len(body) // 2] if outcome == "broken" else body, wait)


def _too_many(plan: Plan) -> Answer:
    sentence = f"Too Many Requests: this practice shop takes {plan.per_second} a second."
    return Answer(429, _error(sentence), 0.0, {"Retry-After": str(plan.retry_after)})


def _content(path: str, query: str) -> Any:
    if path == "health":
        return {"status": "ok"}
    if path == "shops":
        return list(SHOPS)
    report, _, shop = path.partition("/")
    if report not in REPORTS or not shop:
        raise _RefusedError(
            404,
            f"There is nothing at /{path}; try /shops, /orders/north, /stock/north or /quality/north.",
        )
    fields = parse_qs(query, keep_blank_values=True)
    try:
        check_shop(shop)
    except ValueError as error:
        raise _RefusedError(404, str(error)) from None
    if unknown := sorted(fields.keys() - {"day"}):
        # Ignored, a misspelt 'day' would give the data of the default day without a word.
        raise _RefusedError(400, f"The shop doesn't know the parameter {unknown[0]!r}, only 'day'.")
    day = fields.get("day", [DAY])[-1]
    try:
        check_day(day)
    except ValueError as error:
        raise _RefusedError(400, str(error)) from None
    return REPORTS[report](shop, day)


def _error(sentence: str) -> bytes:
    return json.dumps({"error": sentence}).encode()
