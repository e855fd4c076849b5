"""JupyterHub for a class: ``make class`` (``course class hub``) starts it with this file.

Each learner gets a home, in it the course's chapters, a JupyterLab that opens at chapter 00 and,
as soon as a chapter asks for it, a Prefect server. See "A class on one machine" in guide.md.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821 - given by JupyterHub


def setting(name: str) -> str:
    """Return what `course class hub` has set, or an empty text."""
    return os.environ.get(f"COURSE_HUB_{name}", "")


c.JupyterHub.bind_url = f"http://{setting('ADDRESS')}:{setting('PORT')}"
c.JupyterHub.hub_port = int(setting("INNER_PORT"))
c.JupyterHub.db_url = "sqlite:///jupyterhub.sqlite"  # in the folder where it is started
c.JupyterHub.log_level = "WARN"
c.ConfigurableHTTPProxy.command = [str(Path(sys.executable).with_name("configurable-http-proxy"))]
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{setting('PROXY_PORT')}"
c.JupyterHub.cleanup_servers = True  # they end with JupyterHub

# -P: a learner's file must not be taken for a module.
c.Spawner.cmd = [sys.executable, "-P", "-m", "course_tools.classroom.hub"]
c.Spawner.default_url = "/lab/tree/00_start_here.ipynb"
c.Spawner.start_timeout = 180  # thirty of them, on two cores
c.Spawner.http_timeout = 180
c.LocalProcessSpawner.interrupt_timeout = 60  # kernels, workers, server: asked, and waited for
c.LocalProcessSpawner.term_timeout = 30

c.Authenticator.allow_all = True
c.Authenticator.username_pattern = r"[a-z][a-z0-9_-]{0,30}$"  # it is also a folder's name

if setting("ACCOUNTS"):
    # Everybody with an account of this machine, by its password; all of theirs runs as them.
    c.JupyterHub.authenticator_class = "pam"
    c.JupyterHub.spawner_class = "localprocess"
    c.Authenticator.blocked_users = {"root"}  # whose terminal would be in a browser
else:
    # For a class that trusts each other: one password, a name of one's choice, and everything
    # runs as one account of this machine.
    c.JupyterHub.authenticator_class = "shared-password"
    c.SharedPasswordAuthenticator.user_password = setting("PASSWORD")
    c.JupyterHub.spawner_class = "simple"
    c.SimpleLocalProcessSpawner.home_dir_template = f"{setting('LEARNERS')}/{{username}}"
