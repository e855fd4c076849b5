"""JupyterHub for a class: ``make class``, or ``course class hub``, starts it with this file.

Each learner gets a home, in it the course's chapters, a JupyterLab that opens at chapter 00 and,
as soon as a chapter asks for it, a Prefect server. See "A class on one machine" in guide.md.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821 - given by JupyterHub

COURSE = Path(__file__).resolve().parents[1]
ADDRESS = os.environ.get("COURSE_HUB_ADDRESS", "127.0.0.1")
PORT = os.environ.get("COURSE_HUB_PORT", "8000")
LEARNERS = Path(os.environ.get("COURSE_HUB_LEARNERS", COURSE / "learners"))

c.JupyterHub.bind_url = f"http://{ADDRESS}:{PORT}"
c.JupyterHub.hub_port = int(os.environ.get("COURSE_HUB_API_PORT", "8081"))
c.JupyterHub.db_url = "sqlite:///jupyterhub.sqlite"  # in the folder where it is started
c.JupyterHub.log_level = "WARN"
c.ConfigurableHTTPProxy.command = [str(Path(sys.executable).with_name("configurable-http-proxy"))]
c.ConfigurableHTTPProxy.api_url = (
    f"http://127.0.0.1:{os.environ.get('COURSE_HUB_PROXY_PORT', '8001')}"
)
c.JupyterHub.cleanup_servers = True  # they end with JupyterHub

# -P: a learner's file must not be taken for a module.
c.Spawner.cmd = [sys.executable, "-P", "-m", "course_lib.hub"]
c.Spawner.default_url = "/lab/tree/00_start_here.ipynb"
c.Spawner.start_timeout = 180  # thirty of them, on two cores
c.Spawner.http_timeout = 180
c.LocalProcessSpawner.interrupt_timeout = 60  # kernels, workers, server: asked, and waited for
c.LocalProcessSpawner.term_timeout = 30

c.Authenticator.allow_all = True
c.Authenticator.username_pattern = r"[a-z][a-z0-9_-]{0,30}"  # it is also a folder's name

if os.environ.get("COURSE_HUB_ACCOUNTS"):
    # Everybody with an account of this machine, by its password; all of theirs runs as them.
    c.JupyterHub.authenticator_class = "pam"
    c.JupyterHub.spawner_class = "local-process"
else:
    # For a class that trusts each other: one password, a name of one's choice, and everything
    # runs as one account of this machine.
    c.JupyterHub.authenticator_class = "shared-password"
    c.SharedPasswordAuthenticator.user_password = os.environ["COURSE_HUB_PASSWORD"]
    c.JupyterHub.spawner_class = "simple"
    c.SimpleLocalProcessSpawner.home_dir_template = f"{LEARNERS}/{{username}}"
