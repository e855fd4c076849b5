"""How a Prefect server bears many clients that write at the same time, and a picture of it."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from course_lib.display import style
from course_lib.display.pictures import Picture

if TYPE_CHECKING:
    import httpx

_RUNS_EACH = 6
_TIMEOUT = 60.0
_UNAVAILABLE = 503


@dataclass(frozen=True)
class Answer:
    """One answer of a server: its HTTP status, when it was asked for, and how long it took."""

    status: int
    at: float
    """Seconds since the burst began."""
    seconds: float

    @property
    def refused(self) -> bool:
        """Whether the server was too busy and the client has to come back."""
        return self.status == _UNAVAILABLE


def burst(api: str, clients: int = 8) -> tuple[Answer, ...]:
    """Let some clients make flow runs at the same time, with nobody who is patient.

    Prefect's own client comes back after 2, 4, 8 seconds when the server answers 503. These
    clients write down the answer and go on with the next run.

    Parameters
    ----------
    api
        Address of the server's API, such as `SecondServer.api`.
    clients
        Each makes 6 runs and reports them as Running and Completed.
    """
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        found = list(pool.map(lambda _: _client(api, began), range(clients)))
    return tuple(sorted((each for some in found for each in some), key=lambda each: each.at))


def burst_picture(bursts: Mapping[str, Sequence[Answer]]) -> Picture:
    """Draw each answer: when it was asked for, how long it took, and whether it was a refusal."""
    figure = style.figure(0.7 + 1.4 * len(bursts))
    panels = figure.subplots(len(bursts), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for axes, (name, answers) in zip(panels, bursts.items(), strict=True):
        kinds = (("done", style.GREEN, False), ("503, come back", style.RED, True))
        for label, colour, refused in kinds:
            some = [each for each in answers if each.refused is refused]
            axes.scatter(
                [each.at for each in some],
                [each.seconds for each in some],
                color=colour,
                s=14,
                label=label,
            )
        axes.set_title(name, loc="left", fontsize=10)
        axes.set_ylabel("seconds")
        style.tidy(axes, grid="both")
    panels[-1].set_xlabel("seconds since the clients began")
    style.legend(figure)
    words = "; ".join(f"{name}: {_words(answers)}" for name, answers in bursts.items())
    return Picture.of(figure, f"Answers of a Prefect server to many clients at once. {words}.")


def _client(api: str, began: float) -> list[Answer]:
    import httpx

    found: list[Answer] = []
    with httpx.Client(base_url=api, trust_env=False, timeout=_TIMEOUT) as client:

        def post(path: str, body: object) -> httpx.Response | None:
            asked = time.perf_counter()
            with suppress(httpx.TransportError):  # a refusal may also end the connection
                answer = client.post(path, json=body)
                took = time.perf_counter() - asked
                found.append(Answer(answer.status_code, asked - began, took))
                return answer if answer.is_success else None
            return None

        flow = _flow(client)
        for _ in range(_RUNS_EACH):
            wanted = {"flow_id": flow, "state": {"type": "PENDING"}}
            if made := post("/flow_runs/", wanted | {"idempotency_key": uuid4().hex}):
                for state in ("RUNNING", "COMPLETED"):
                    body = {"state": {"type": state}}
                    post(f"/flow_runs/{made.json()['id']}/set_state", body)
    return found


def _flow(client: "httpx.Client") -> str:
    import httpx

    while True:  # all of them make the same one
        with suppress(httpx.TransportError):
            answer = client.post("/flows/", json={"name": "burst"})
            if answer.is_success:
                return str(answer.json()["id"])
        time.sleep(0.1)


def _words(answers: Sequence[Answer]) -> str:
    some = any(each.refused for each in answers)
    return "some were refused" if some else "none was refused"
