"""The environment variables of every process that talks to the course's Prefect server.

The learner's own Prefect (``~/.prefect``, its profiles, a Cloud login, ``PREFECT_*``
variables) is neither read nor changed: each process gets a `PREFECT_HOME` of the course's.
"""

import os
import ssl
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from course_lib.server import dashboard_link
from course_lib.server.ports import LOOPBACK

MEMO_STORE = "memo_store.toml"
"""In which the server notes that its database holds the block types already."""
_HERE = Path(__file__).parent
_BUNDLE = "ca-certificates.crt"  # Debian's one file with what its folder holds one by one


@dataclass(frozen=True)
class Difference:
    """A variable that the course sets: see settings.toml, whose words these are."""

    name: str
    stock: str
    """What Prefect takes without it; empty where that is nothing at all."""
    why: str
    at_work: str
    value: str | None = None
    """None where it depends on the place."""
    here: str = ""
    only: str = ""
    """Where it is set: ``hub``, ``certificates`` (in a folder, one by one), or everywhere."""


_FILE = tomllib.loads((_HERE / "settings.toml").read_text(encoding="utf-8"))
DIFFERENCES = tuple(Difference(**each) for each in _FILE["setting"])
"""In what the course's environment differs from stock Prefect's, in the order of importance."""


def prefect_settings(home: Path, port: int, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the ``PREFECT_*`` variables for the server on `port` and for all of its clients."""
    of_this_place = {
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_API_URL": f"http://{LOOPBACK}:{port}/api",
        "PREFECT_SERVER_MEMO_STORE_PATH": str(home / MEMO_STORE),
        # Plain HTTP on loopback checks no certificate, yet each client would read some 140.
        "PREFECT_API_SSL_CERT_FILE": str(_HERE / "unused.pem"),
        "PREFECT_LOGGING_CONFIG_PATH": str(_HERE / "logging.yml"),
    }
    everywhere = {each.name: each.value for each in DIFFERENCES if each.value is not None}
    return everywhere | of_this_place | dashboard_link.settings(home, port, base)


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
