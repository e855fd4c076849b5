"""What chapter 16 needs for Dask and Ray: are they there, and a Ray that stays on this machine."""

import logging
import os
import secrets
import shutil
import tempfile
from importlib.util import find_spec
from typing import TYPE_CHECKING

from course_lib.errors import CourseError
from course_lib.server.internals import patient_ray
from course_lib.server.ports import LOOPBACK

if TYPE_CHECKING:
    from distributed import LocalCluster

_PATIENCE = 150  # seconds in which a cluster may start or answer, on a busy machine
_STORE_BYTES = 80_000_000  # nearly the least that Ray accepts
_SETTINGS = {
    # So Ray listens on 127.0.0.1 alone; its name tells of the systems on which it is the rule.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is sent anywhere
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # no warning about graphics cards
    "RAY_AUTH_MODE": "token",
}


def need(*packages: str) -> None:
    """Raise a `CourseError` if one of these packages of the extra `scale` isn't installed."""
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise CourseError(
            f"This chapter needs {' and '.join(missing)}: run `make scale` in the course's folder "
            "(README.md says how without make), then restart this kernel."
        )


def local_dask(workers: int) -> "LocalCluster":
    """Start a Dask cluster of this machine alone: a scheduler, and workers of one thread each.

    It is `distributed.LocalCluster` on 127.0.0.1, with more patience than by default and without
    a dashboard. `close` ends it.
    """
    import dask
    from distributed import LocalCluster

    for each in ("connect", "tcp"):
        dask.config.set({f"distributed.comm.timeouts.{each}": f"{_PATIENCE}s"})
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host=LOOPBACK,
        dashboard_address=None,
        # A worker that is ended in the middle of a heartbeat calls that an error.
        silence_logs=logging.CRITICAL,
    )


class LocalRay:
    """A Ray cluster of this machine alone: real processes on 127.0.0.1, ended by `close`.

    It is `ray.init` with settings that keep it quiet, small, and away from the learner's
    ``~/.ray``. A `RayTaskRunner` without an address uses it while it runs.
    It computes `cpus` tasks at the same time, a process for each.
    """

    def __init__(self, cpus: int) -> None:
        # Ray reads the first of them when it is imported. Its token is written nowhere.
        os.environ |= {**_SETTINGS, "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        import ray

        self._folder = tempfile.mkdtemp(prefix="ray-")  # short: sockets have short names
        with patient_ray(_PATIENCE):
            ray.init(
                num_cpus=cpus,
                include_dashboard=False,
                object_store_memory=_STORE_BYTES,
                log_to_driver=False,
                logging_level="ERROR",
                _temp_dir=self._folder,
            )

    def close(self) -> None:
        """End its processes and remove what they have written."""
        import ray

        ray.shutdown()
        shutil.rmtree(self._folder, ignore_errors=True)
