"""The practice shop, asked over real HTTP."""

import json
import os
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from math import inf, nan
from typing import Any

import httpx
import pytest

from course_lib.intervals import most_at_once
from course_lib.shop import DAY, SHOPS, Outcome, Plan, Shop, Slow, orders, quality, stock

SUNDAY = "2026-03-08"
PATIENCE = 60.0  # seconds until a test gives up; none takes long unless something is broken


def client_of(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, trust_env=False, timeout=PATIENCE)


def port_of(shop: Shop) -> int:
    return int(shop.url.rpartition(":")[2])


def ask_at_once(shop: Shop, *paths: str) -> list[int | str]:
    """Ask from as many threads, each with its own connection; return statuses or error names."""
    barrier = threading.Barrier(len(paths))

    def ask(path: str) -> int | str:
        with client_of(shop.url) as client:
            barrier.wait(PATIENCE)
            try:
                return client.get(path).status_code
            except httpx.TransportError as error:
                return type(error).__name__

    with ThreadPoolExecutor(len(paths)) as pool:
        return list(pool.map(ask, paths))


def until(condition: Callable[[], bool]) -> None:
    tick, tries = threading.Event(), int(PATIENCE / 0.01)
    assert any(condition() or tick.wait(0.01) for _ in range(tries)), "it never came true"


def test_data_is_the_same_on_every_machine() -> None:
    first = ("west-2026-03-02-001", "west", "2026-03-02", "teapot", 2, 27.25)
    assert tuple(orders("west")[0].values()) == first
    totals = {s: sum(o["quantity"] * o["unit_price"] for o in orders(s)) for s in SHOPS}
    assert totals == {"north": 1380.75, "east": 1412.25, "south": 2597.5, "west": 1437.75}
    assert [s["quantity"] for s in stock("north")] == [40, 6, 19, 10, 8, 9]
    report = [q for s in SHOPS for q in quality(s)]
    bad = [(q["shop"], q["product"]) for q in report if q["returned"] > 0.2 * q["sold"]]
    assert bad == [("west", "mug")]


def test_reports_are_plausible_and_agree() -> None:
    for shop, number in product(SHOPS, range(1, 32)):
        day = f"2026-03-{number:02}"
        lines, report = orders(shop, day), quality(shop, day)
        ids = {line["order_id"] for line in lines}
        assert len(ids) == len(lines) in ([0] if number % 7 == 1 else range(30, 61))  # Sundays: 0
        assert all(1 <= line["quantity"] <= 5 for line in lines)
        assert sum(q["sold"] for q in report) == sum(line["quantity"] for line in lines)
        assert all(q["returned"] <= min(q["sold"], q["complaints"]) for q in report)
        assert all(0 <= s["quantity"] <= 40 for s in stock(shop, day))
        assert len(report) == len(stock(shop, day)) == 6


def test_every_endpoint_answers_with_its_data() -> None:
    with Shop() as shop, client_of(shop.url) as client:
        assert client.get("/health").json() == {"status": "ok"}
        assert client.get("/shops").json() == ["north", "east", "south", "west"]
        for name in SHOPS:
            assert client.get(f"/orders/{name}").json() == orders(name, DAY)
            assert client.get(f"/stock/{name}?day=2026-03-05").json() == stock(name, "2026-03-05")
            assert client.get(f"/quality/{name}?day={SUNDAY}").json() == quality(name, SUNDAY)
        assert client.get("/orders/north", params={"day": SUNDAY}).json() == []
        seen = [(request.path, request.query, request.status) for request in shop.requests]
        assert (seen[1], seen[-1]) == (("shops", "", 200), ("orders/north", f"day={SUNDAY}", 200))
        assert (len(seen), shop.most_at_once()) == (15, 1)


def test_wrong_requests_get_a_clear_sentence() -> None:
    with Shop() as shop, client_of(shop.url) as client:
        for method, path, status, words in (
            ("GET", "/orders/mars", 404, "There is no shop 'mars'; choose one of north, east"),
            ("GET", "/orders/north?day=tomorrow", 400, "The day 'tomorrow' is not a date"),
            ("GET", "/orders/north?day=20260302", 400, "write it as YYYY-MM-DD"),
            ("GET", "/orders/north?day=", 400, "The day '' is not a date"),
            ("GET", "/stock/north?date=2026-03-02", 400, "the parameter 'date', only 'day'"),
            ("GET", "/sales", 404, "There is nothing at /sales; try /shops"),
            ("POST", "/orders/north", 405, "answers GET requests only, not POST"),
            ("BREW", "/shops", 501, "Unsupported method"),
        ):
            answer = client.request(method, path, content=b"x" * 1000)
            assert (answer.status_code, list(answer.json())) == (status, ["error"])
            assert words in answer.json()["error"]
            assert client.head("/shops").status_code == 405  # the connection is still in step


def test_outcomes_come_in_order_for_each_path() -> None:
    planned: list[Outcome] = [404, 500, 503, 429, "broken", "dirty", Slow(0.05), 200]
    faults = {"orders/*": planned}
    with Shop(latency=0, faults=faults, retry_after=7) as shop, client_of(shop.url) as client:
        for name in SHOPS:
            answers = [client.get(f"/orders/{name}") for _ in range(10)]
            assert [a.status_code for a in answers] == [404, 500, 503, 429, *[200] * 6]
            assert "planned" in answers[0].json()["error"]
            assert [a.headers.get("retry-after") for a in answers[2:5]] == [None, "7", None]
            with pytest.raises(json.JSONDecodeError):
                answers[4].json()
            sound, dirty = orders(name), answers[5].json()
            assert sum("quantity" not in line for line in dirty) == 2
            assert sum(line.get("quantity", 0) < 0 for line in dirty) == 2
            assert sum(a == b for a, b in zip(dirty, sound, strict=True)) == len(sound) - 4
            assert [a.json() for a in answers[6:]] == [sound] * 4
        slow = shop.requests[6]
        assert slow.ended - slow.started > 0.03
        shop.forget()
        assert shop.requests == ()
        assert client.get("/orders/west").status_code == 404


def test_every_report_can_be_dirty_or_broken_but_health_cannot() -> None:
    with Shop(faults={"*": ["dirty", "broken"]}) as shop, client_of(shop.url) as client:
        assert sum("quantity" not in line for line in client.get("/stock/east").json()) == 2
        complaints = [line.get("complaints", 0) for line in client.get("/quality/east").json()]
        assert sum(number < 0 for number in complaints) == 2
        empty = [client.get(f"/orders/east?day={SUNDAY}").text for _ in range(3)]
        assert empty == ["[]", "[", "[]"]
        assert [client.get("/health").json() for _ in range(2)] == [{"status": "ok"}] * 2


def test_a_report_can_be_empty_and_a_connection_cut() -> None:
    with Shop(faults={"orders/*": ["empty", "cut"]}) as shop, client_of(shop.url) as client:
        assert client.get("/orders/east").json() == []
        with pytest.raises(httpx.TransportError):
            client.get("/orders/east")
        assert client.get("/orders/east").json() == orders("east")
        assert [request.status for request in shop.requests] == [200, 0, 200]


def test_concurrent_clients_share_the_outcomes_of_a_path() -> None:
    with Shop(faults={"orders/north": [404, 503, 503], "orders/*": [500]}) as shop:
        answers = ask_at_once(shop, *["/orders/north"] * 12)
        assert Counter(answers) == {404: 1, 503: 2, 200: 9}
        assert [request.status for request in shop.requests] == [404, 503, 503, *[200] * 9]
        starts = [request.started for request in shop.requests]
        assert starts == sorted(starts)
        assert all(request.started < request.ended < inf for request in shop.requests)


def test_failure_rate_is_kept_and_independent_of_the_order_of_threads() -> None:
    first: list[Outcome] = [404]
    plan = Plan(latency=0, failure_rate=0.3, seed=7, faults={"orders/north": first})
    first.clear()  # a plan keeps a copy
    paths = [f"orders/{name}" for name in SHOPS]
    for order in (paths * 4, paths[::-1] * 4):
        with Shop(latency=0, failure_rate=0.3, seed=7, faults=plan.faults) as shop:
            ask_at_once(shop, *order)
            for path in paths:
                statuses = [request.status for request in shop.requests if request.path == path]
                assert statuses == [plan.outcome(path, number) for number in range(1, 5)]
    assert shop.plan == plan
    assert plan.outcome("orders/north", 1) == 404
    many = [plan.outcome(path, number) for path in paths for number in range(2, 1002)]
    assert set(many) == {200, 503}
    assert 0.27 < many.count(503) / len(many) < 0.33
    other = replace(plan, seed=8)
    assert many != [other.outcome(path, number) for path in paths for number in range(2, 1002)]
    assert Plan(failure_rate=1).outcome("shops", 1) == 503
    assert Plan(failure_rate=1).outcome("health", 1) == 200


def test_most_at_once_and_stop_while_clients_wait() -> None:
    threads = threading.active_count()
    shop = Shop(faults={"orders/*": [Slow(3600)]})
    with ThreadPoolExecutor(1) as pool:
        answers = pool.submit(ask_at_once, shop, "/orders/north", "/orders/east", "/orders/west")
        until(lambda: len(shop.requests) == 3)
        assert [request.ended for request in shop.requests] == [inf] * 3
        shop.stop()
        assert set(answers.result(PATIENCE)) <= {"RemoteProtocolError", "ReadError"}
    until(lambda: threading.active_count() <= threads)
    assert shop.most_at_once() == 3
    assert all(request.ended < 3600 for request in shop.requests)
    # An end and a start at the same moment are no overlap.
    spans = [(0.0, 2.0), (1.0, inf), (2.0, 3.0)]
    assert most_at_once(spans) == 2
    assert most_at_once(()) == 0


def test_stop_cuts_idle_connections_and_a_client_that_hangs_up_is_no_news(
    capfd: pytest.CaptureFixture[str],
) -> None:
    shop = Shop(faults={"shops": [Slow(0.01)]})
    address = ("127.0.0.1", port_of(shop))
    with socket.create_connection(address, PATIENCE) as hasty:
        hasty.sendall(b"GET /shops HTTP/1.1\r\n\r\n" * 3)
        until(lambda: len(shop.requests) > 0)
        reset_on_close = b"\1\0\0\0\0\0\0\0" if os.name == "posix" else b"\1\0\0\0"
        hasty.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset_on_close)
    until(lambda: all(request.ended < inf for request in shop.requests))
    with socket.create_connection(address, PATIENCE) as idle:
        idle.sendall(b"GET /health HTTP/1.1\r\n\r\n")
        assert idle.recv(1).startswith(b"H")
        shop.stop()
        shop.stop()
        while idle.recv(4096):
            pass  # until the end of the connection, or the timeout fails the test
    with client_of(shop.url) as client, pytest.raises(httpx.TransportError):
        client.get("/health")
    assert repr(shop) == f"<Shop {shop.url} (closed)>"
    assert capfd.readouterr() == ("", "")


def test_more_than_it_takes_a_second_is_refused_and_uses_up_no_fault() -> None:
    with (
        Shop(per_second=2, faults={"orders/north": [200, 404, 503]}) as shop,
        client_of(shop.url) as client,
    ):
        answers = [client.get("orders/north") for _ in range(3)]
        assert [each.status_code for each in answers] == [200, 404, 429]
        assert answers[2].headers["Retry-After"] == "1"
        assert "2 a second" in answers[2].json()["error"]
        assert client.get("health").status_code == 200
        while client.get("orders/north").status_code == 429:  # until the second is over
            pass
        taken = [each for each in shop.requests if each.path != "health" and each.status != 429]
        assert [each.status for each in taken] == [200, 404, 503]
        assert taken[-1].started - taken[0].started >= 1


def test_a_shop_may_report_on_another_day() -> None:
    with Shop(day="2026-03-06") as shop, client_of(shop.url) as client:
        assert client.get("orders/west").json() == orders("west", "2026-03-06")
        named = client.get("stock/west", params={"day": "2026-03-02"})
        assert named.json() == stock("west", "2026-03-02")


@pytest.mark.parametrize("rate", [0, 1001, 2.5, True])
def test_a_rate_is_a_whole_number(rate: Any) -> None:
    with pytest.raises(ValueError, match="per_second must be a whole number from 1 to 1000"):
        Plan(per_second=rate)


def test_wrong_input_says_what_to_do() -> None:
    rows: tuple[tuple[dict[str, Any], str], ...] = (
        ({"latency": nan}, "latency must be a number from 0 to 3600, not nan"),
        ({"faults": {"orders/*": [Slow(0), True]}}, "unknown outcome True"),
        ({"failure_rate": 1.1}, "failure_rate must be a number from 0 to 1, not 1.1"),
        ({"retry_after": 0.5}, "retry_after must be whole seconds, not 0.5"),
        ({"day": "2026-02-30"}, "The day '2026-02-30' is not a date"),
        ({"faults": [503]}, "faults must map path patterns to lists"),
        ({"faults": {"orders/*": "broken"}}, "must be a list of outcomes"),
        ({"faults": {"orders/*": ["slow"]}}, "unknown outcome 'slow'; use 200, an HTTP error"),
        ({"faults": {"/orders/*": [503]}}, "matches no path of the shop"),
        ({"faults": {"health": [503]}}, "matches no path of the shop"),
        ({"faults": {"orders/*": [503], "orders/east": [404]}}, "'orders/east' never decides"),
        ({"faults": {"shops": ["dirty"]}}, "only reports can be 'dirty'"),
    )
    for (fields, words), kind in product(rows, (Plan, Shop)):
        with pytest.raises(ValueError, match=re.escape(words)):
            kind(**fields)
    with pytest.raises(ValueError, match="no shop 'mars'"):
        orders("mars")
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        stock("north", "2026-W10-1")
