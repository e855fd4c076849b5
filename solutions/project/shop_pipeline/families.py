"""All processes that came from one program, and their end."""

import time
from contextlib import suppress

import psutil

MARK = "SHOP_PIPELINE_PROGRAM"  # an environment variable: whatever a program starts inherits it


def family(program: psutil.Popen, mark: str) -> set[psutil.Process]:
    """Find the program and all that came from it, even if the one in between is gone."""
    everybody = psutil.process_iter(["environ"])
    found = {each for each in everybody if (each.info["environ"] or {}).get(MARK) == mark}
    if program.poll() is None:
        found |= {program, *program.children(recursive=True)}
    return found


def end_family(program: psutil.Popen, mark: str, grace: float = 2) -> None:
    """Ask all of them to end, with time to clean up, then make those end that are left."""
    for end in (psutil.Process.terminate, psutil.Process.kill):
        latest, asked = time.monotonic() + grace, set()
        while (members := family(program, mark)) and time.monotonic() < latest:
            for member in members - asked:
                with suppress(psutil.Error):
                    end(member)
            asked |= members
            time.sleep(0.05)
