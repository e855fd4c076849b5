"""Where the learner's browser finds Prefect's dashboard, also on JupyterHub and Binder.

There a browser reaches no port of this machine, only paths below the learner's JupyterLab. Its
extension jupyter-server-proxy passes requests on to local ports, behind Jupyter's own
authentication: ``proxy/absolute/PORT/…`` with its whole path, ``proxy/PORT/…`` without these two
parts. The dashboard needs both, since its pages are built for one path, while the server has its
API at ``/api`` in any case. All other traffic stays on 127.0.0.1, as everywhere.
"""

import html
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from course_lib.server.ports import LOOPBACK, ask

PAGE = "prefect"  # below the prefix: leads to the dashboard, see `hub_page`
HAS_PAGE = "COURSE_HUB_PAGE"  # set where the learner's JupyterLab has that page
_PREFIX = "JUPYTERHUB_SERVICE_PREFIX"  # set by JupyterHub, of which Binder is one
_PUBLIC = "JUPYTERHUB_PUBLIC_URL"  # set by some hubs, with scheme and host
_SERVE_BASE = "PREFECT_SERVER_UI_SERVE_BASE"


def hub_prefix(variables: Mapping[str, str] = os.environ) -> str | None:
    """Return the path of the learner's JupyterLab, such as ``/user/ada/``; None without a hub."""
    path = variables.get(_PREFIX, "").strip("/")
    return f"/{path}/" if path else None


def address(port: int, variables: Mapping[str, str] = os.environ) -> str:
    """Return the address of the dashboard as the learner's browser needs it.

    Behind a hub it is a path on the host that the browser shows already, unless the hub tells
    its public address.
    """
    if hub_prefix(variables):
        return hub_address(PAGE if HAS_PAGE in variables else f"{_mount(port)}/", variables)
    name = variables.get("CODESPACE_NAME")
    domain = variables.get("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN")
    return f"https://{name}-{port}.{domain}" if name and domain else f"http://{LOOPBACK}:{port}"


def hub_address(path: str, variables: Mapping[str, str] = os.environ) -> str:
    """Return the address of a path below the learner's JupyterLab."""
    base = variables.get(_PUBLIC) or hub_prefix(variables) or ""
    return f"{base.rstrip('/')}/{path}"


def behind_page(port: int) -> str:
    """Return the address, below the learner's JupyterLab, to which `PAGE` leads."""
    return hub_address(f"{_mount(port)}/")


def can_be_clicked(address: str) -> bool:
    """Say whether an address can be opened as it is printed: a path alone can't."""
    return not address.startswith("/")


def as_html(address: str, text: str) -> str:
    """Return a link to the dashboard. In a notebook's page a path is enough."""
    quoted = html.escape(address)
    return f'{html.escape(text)} <a href="{quoted}" target="_blank">{quoted}</a>'


def settings(home: Path, port: int, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the ``PREFECT_*`` variables with which the dashboard finds its parts and the API."""
    prefix = hub_prefix(variables)
    if prefix is None:
        # On the host and port that the page came from: it may be forwarded from elsewhere.
        return {"PREFECT_SERVER_UI_API_URL": "/api"}
    return {
        "PREFECT_SERVER_UI_API_URL": f"{prefix}proxy/{port}/api",
        _SERVE_BASE: f"{prefix}{_mount(port)}",
        # Its pages hold the path. Learners of a hub may share the folder with the installed ones.
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "ui"),
        # Of the links to runs in logs.
        "PREFECT_UI_URL": hub_address(_mount(port), variables),
    }


def trouble(port: int, server: int) -> str | None:
    """Say why the dashboard's address won't open, as far as it can be seen from here.

    Parameters
    ----------
    port, server
        Of the Prefect server: its port, and its process.
    """
    prefix = hub_prefix()
    base = f"{prefix}{_mount(port)}" if prefix else None
    with suppress(psutil.Error):
        if psutil.Process(server).environ().get(_SERVE_BASE) != base:
            return (
                "The Prefect server was started for a dashboard at another address: run "
                "`course restart` in a terminal."
            )
    if prefix is None:
        return None
    jupyters = list(_jupyters(prefix))
    if not jupyters:
        return (
            f"{_PREFIX} is {prefix}, but no JupyterLab runs at that path: unset it and run "
            "`course restart`."
        )
    # Without the token: the question is whether anybody is in charge of the path.
    if all(ask(each, f"{base}/ui-settings")[0] == 404 for each in jupyters):
        return (
            "JupyterLab doesn't pass the dashboard on to your browser: its extension "
            "jupyter-server-proxy is missing or switched off; `jupyter server extension list` "
            "tells which."
        )
    return None


def _mount(port: int) -> str:
    return f"proxy/absolute/{port}"


def _jupyters(path: str) -> Iterator[int]:
    """Yield the port of each Jupyter server of this user that answers below this path."""
    from jupyter_core.paths import jupyter_runtime_dir

    for file in Path(jupyter_runtime_dir()).glob("jpserver-*.json"):
        with suppress(OSError, ValueError, LookupError):
            about: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            if f"/{about['base_url'].strip('/')}/" == path and psutil.pid_exists(about["pid"]):
                yield int(about["port"])
