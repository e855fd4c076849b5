"""The environment variables of every process that talks to the course's Prefect server.

The learner's own Prefect (``~/.prefect``, its profiles, a Cloud login, ``PREFECT_*``
variables) is neither read nor changed: each process gets a `PREFECT_HOME` of the course's.
"""

import os
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path

from course_lib.server import dashboard_link
from course_lib.server.ports import LOOPBACK

MEMO_STORE = "memo_store.toml"
"""In which the server notes that its database holds the block types already."""
_BUNDLE = "ca-certificates.crt"  # Debian's one file with what its folder holds one by one


def prefect_settings(home: Path, port: int, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the ``PREFECT_*`` variables for the server on `port` and for all of its clients."""
    return dashboard_link.settings(home, port, base) | {
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_API_URL": f"http://{LOOPBACK}:{port}/api",
        "PREFECT_SERVER_MEMO_STORE_PATH": str(home / MEMO_STORE),
        # Plain HTTP on loopback checks no certificate, yet each client would read some 140.
        "PREFECT_API_SSL_CERT_FILE": str(Path(__file__).with_name("unused.pem")),
        # This server asks for no token against forged requests, yet each client would ask for it.
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
        # A client that lost its server must say so, not start a temporary one (11 to 16 s).
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        # The heartbeat thread sleeps in steps of 1 s and is joined when a flow ends: 1.1 s a
        # call. Only the JSON form can say null; threads and child processes inherit it.
        "PREFECT_FLOWS": '{"heartbeat_frequency": null}',
        # The recorder writes one task run at a time by default. On SQLite that locks the
        # database, requests are answered 503 and clients sleep for 2, 4, 8 s. Whole seconds
        # only: Prefect 3.8 cuts the interval to an int, and with 0 the server never rests. Our
        # own server writes more often all the same, see `internals`.
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
        # Events and logs can be read 0.5 s after they happen instead of 5 s and 2 s.
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "0.5",
        "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "0.5",
        # Checks and rehearsals of triggers tell of events as if they had happened before: the
        # server must not throw their counts away in between, as it does after a minute.
        "PREFECT_SERVER_EVENTS_EXPIRED_BUCKET_BUFFER": "PT10M",
        # Workers and `serve` look for work each second instead of each 10 s.
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        # Notebooks stay quiet; the server keeps every line all the same.
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        # A task that is called without a flow has no flow run to keep its lines: no warning.
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "PREFECT_LOGGING_CONFIG_PATH": str(Path(__file__).with_name("logging.yml")),
        # Jupyter asks all programs for colours; Python 3.13 would then put them into the text of
        # errors that a notebook reads from a script.
        "PYTHON_COLORS": "0",
        # Nothing is sent anywhere.
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "DO_NOT_TRACK": "1",
    }


def child_environment(
    home: Path, port: int, base: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return `base` without any Prefect setting of the learner's and with those of the course."""
    own = {name: value for name, value in base.items() if not name.startswith("PREFECT_")}
    ours = prefect_settings(home, port, base)
    return own | ours | _without_proxy(base) | _quick_certificates(base)


def apply(home: Path, port: int) -> None:
    """Set the course's environment for this process, also when Prefect is imported already."""
    wanted = child_environment(home, port)
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    os.environ.update(wanted)
    if "prefect" in sys.modules:
        from prefect.context import refresh_global_settings_context
        from prefect.logging.configuration import setup_logging

        refresh_global_settings_context()
        setup_logging(incremental=False)


def _without_proxy(base: Mapping[str, str]) -> dict[str, str]:
    # httpx would send even loopback requests through a company's HTTP_PROXY.
    hosts = [base.get("NO_PROXY") or base.get("no_proxy") or "", LOOPBACK, "localhost"]
    value = ",".join(dict.fromkeys(host for part in hosts for host in part.split(",") if host))
    return {"NO_PROXY": value, "no_proxy": value}


def _quick_certificates(base: Mapping[str, str]) -> dict[str, str]:
    # Each `httpx.get` reads a file of some 140 certificates, which takes 20 ms, unless a folder
    # is named in which one is looked up when it is needed. Most Linux systems have one.
    folder = Path(base.get("SSL_CERT_DIR") or ssl.get_default_verify_paths().openssl_capath)
    file = base.get("SSL_CERT_FILE")
    if file and Path(file).resolve() != folder.resolve() / _BUNDLE:
        return {}  # the learner's own
    return {"SSL_CERT_DIR": str(folder), "SSL_CERT_FILE": ""} if any(folder.glob("*.0")) else {}
