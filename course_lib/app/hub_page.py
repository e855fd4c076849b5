"""An extension of the hub's Jupyter server: the page behind the link to the dashboard.

Its address holds no port, so it stays the same whichever the Prefect server has. Whoever opens it
gets there even when the server had stopped, or reads why not.
"""

import asyncio

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join
from tornado import web

from course_lib.errors import CourseError
from course_lib.server import dashboard_link, lifecycle


def _load_jupyter_server_extension(jupyter: ServerApp) -> None:
    path = url_path_join(jupyter.web_app.settings["base_url"], dashboard_link.PAGE)
    pages = [(path, _Dashboard)]
    jupyter.web_app.add_handlers(".*$", pages)  # type: ignore[no-untyped-call]


class _Dashboard(JupyterHandler):
    @web.authenticated
    async def get(self) -> None:
        address, trouble = await asyncio.to_thread(_look)
        if not trouble:
            self.redirect(address)
            return
        self.set_status(503)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(trouble)


def _look() -> tuple[str, str | None]:
    try:
        record = lifecycle.ensure()
    except CourseError as error:
        return "", str(error)
    return dashboard_link.behind_page(record.port), dashboard_link.trouble(record.port, record.pid)
