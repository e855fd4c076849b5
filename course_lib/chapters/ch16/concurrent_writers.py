"""How a Prefect server bears many clients that write at the same time, and a picture of it."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain
from uuid import uuid4

from course_lib.display import style
from course_lib.display.pictures import Picture

_RUNS_EACH = 6
_TIMEOUT = 60.0


@dataclass(frozen=True)
class TimedAnswer:
    """One answer of a server: its HTTP status, when it was asked for, and how long it took."""

    status: int
    at: float  # seconds since the clients began
    seconds: float

    @property
    def refused(self) -> bool:
        """Whether the server was too busy and the client has to come back."""
        return self.status == HTTPStatus.SERVICE_UNAVAILABLE


def write_at_once(api: str, clients: int = 8) -> tuple[TimedAnswer, ...]:
    """Let some clients make flow runs at the same time, none of which comes back when refused.

    Prefect's own client comes back after 2, 4, 8 seconds when the server answers 503. These
    clients write down the answer and go on with the next run. Each makes 6 runs and reports them
    as Running and Completed.
    """
    import httpx

    with httpx.Client(base_url=api, trust_env=False, timeout=_TIMEOUT) as client:
        flow = client.post("/flows/", json={"name": "write-at-once"}).raise_for_status()
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        found = pool.map(lambda _: _write(api, flow.json()["id"], began), range(clients))
    return tuple(sorted(chain(*found), key=lambda each: each.at))


def answers_picture(servers: Mapping[str, Sequence[TimedAnswer]]) -> Picture:
    """Draw when each answer was asked for, how long it took, and whether it was a refusal."""
    figure = style.figure(0.7 + 1.4 * len(servers))
    panels = figure.subplots(len(servers), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    kinds = (("done", style.GREEN, False), ("503, come back", style.RED, True))
    parts = []
    for axes, (name, answers) in zip(panels, servers.items(), strict=True):
        for label, colour, refused in kinds:
            some = [each for each in answers if each.refused is refused]
            times, seconds = [each.at for each in some], [each.seconds for each in some]
            axes.scatter(times, seconds, color=colour, s=14, label=label)
        refused_some = any(each.refused for each in answers)
        parts.append(f"{name}: {'some were' if refused_some else 'none was'} refused")
        axes.set_title(name, loc="left", fontsize=10)
        axes.set_ylabel("seconds")
        style.tidy(axes, grid="both")
    panels[-1].set_xlabel("seconds since the clients began")
    style.legend(figure)
    alt = f"Answers of a Prefect server to many clients at once. {'; '.join(parts)}."
    return Picture.of(figure, alt)


def _write(api: str, flow_id: str, began: float) -> list[TimedAnswer]:
    import httpx

    found: list[TimedAnswer] = []
    with httpx.Client(base_url=api, trust_env=False, timeout=_TIMEOUT) as client:

        def post(path: str, **body: object) -> httpx.Response | None:
            asked = time.perf_counter()
            try:
                answer = client.post(path, json=body)
            except httpx.TransportError:  # a refusal may also end the connection
                return None
            took = time.perf_counter() - asked
            found.append(TimedAnswer(answer.status_code, asked - began, took))
            return answer if answer.is_success else None

        pending = {"type": "PENDING"}
        for _ in range(_RUNS_EACH):
            made = post("/flow_runs/", flow_id=flow_id, state=pending, idempotency_key=uuid4().hex)
            if made:
                for state in ("RUNNING", "COMPLETED"):
                    post(f"/flow_runs/{made.json()['id']}/set_state", state={"type": state})
    return found
