"""Wrong answers to the exercises of chapter 05."""

from tests.exercises.answers import Wrong

PRELUDE = """
import functools
import logging

import httpx
from prefect import flow, get_run_logger, task
from prefect.exceptions import MissingContextError


def fetch(report, shop, url, day="2026-03-02"):
    response = httpx.get(f"{url}/{report}/{shop}", params={"day": day}, timeout=5)
    response.raise_for_status()
    return response.json()
"""

_COUNT = "@task\ndef count_orders(shop, day, url):\n    orders = fetch('orders', shop, url, day)\n"
_RETURN = "    return len(orders)\n"
_TELL = "@task\ndef pull_or_tell(shop, url):\n    try:\n        return fetch('orders', shop, url)\n"

WRONG: dict[str, list[Wrong]] = {
    "05.1": [
        Wrong(
            "prints without log_prints",
            "lines of yours on a busy day",
            _COUNT + "    print(f'{shop}: {len(orders)} orders')\n" + _RETURN,
        ),
        Wrong(
            "uses the level DEBUG",
            "lines of yours on a busy day",
            _COUNT + "    get_run_logger().debug('%s: %d', shop, len(orders))\n" + _RETURN,
        ),
        Wrong(
            "logs each order",
            "lines of yours on a busy day",
            _COUNT + "    for o in orders:\n"
            "        get_run_logger().info('%s: %s of %d', shop, o['order_id'], len(orders))\n"
            "    if not orders:\n        get_run_logger().warning('%s: none', shop)\n" + _RETURN,
        ),
        Wrong(
            "logs the start, too",
            "lines of yours on a busy day",
            _COUNT + "    get_run_logger().info('started')\n"
            "    if orders:\n        get_run_logger().info('%s: %d', shop, len(orders))\n"
            "    else:\n        get_run_logger().warning('%s: none', shop)\n" + _RETURN,
        ),
        Wrong(
            "forgets the shop",
            "what that line says",
            _COUNT + "    if orders:\n        get_run_logger().info('%d orders', len(orders))\n"
            "    else:\n        get_run_logger().warning('%s: none', shop)\n" + _RETURN,
        ),
        Wrong(
            "logs the orders and not their number",
            "what that line says",
            _COUNT + "    if orders:\n        get_run_logger().info('%s: %s', shop, orders[:1])\n"
            "    else:\n        get_run_logger().warning('%s: none', shop)\n" + _RETURN,
        ),
        Wrong(
            "says a Sunday with INFO",
            "lines of yours on a Sunday",
            _COUNT + "    get_run_logger().info('%s: %d', shop, len(orders))\n" + _RETURN,
        ),
        Wrong(
            "warns and says INFO, too",
            "lines of yours on a Sunday",
            _COUNT + "    get_run_logger().info('%s: %d', shop, len(orders))\n"
            "    if not orders:\n        get_run_logger().warning('%s: none', shop)\n" + _RETURN,
        ),
        Wrong(
            "warns without a name",
            "what the warning says",
            _COUNT + "    if orders:\n        get_run_logger().info('%s: %d', shop, len(orders))\n"
            "    else:\n        get_run_logger().warning('no orders')\n" + _RETURN,
        ),
        Wrong(
            "returns nothing on a Sunday",
            "what the task returned",
            _COUNT + "    if orders:\n        get_run_logger().info('%s: %d', shop, len(orders))\n"
            "        return len(orders)\n    get_run_logger().warning('%s: none', shop)\n",
        ),
        Wrong(
            "uses Python's own logger",
            "lines of yours on a busy day",
            _COUNT
            + "    logging.getLogger('own').warning('%s: %d', shop, len(orders))\n"
            + _RETURN,
        ),
    ],
    "05.2": [
        Wrong(
            "always asks for the run's logger",
            "called where there is no run",
            "def any_logger():\n    logger = get_run_logger()\n    return logger",
        ),
        Wrong(
            "never asks for the run's logger",
            "lines in the log of the first",
            "def any_logger():\n    return logging.getLogger('chain')",
        ),
        Wrong(
            "keeps the first logger of a run",
            "lines in the log of the first",
            "kept = []\ndef any_logger():\n    if not kept:\n        try:\n"
            "            kept.append(get_run_logger())\n        except MissingContextError:\n"
            "            return logging.getLogger('chain')\n    return kept[0]",
        ),
        Wrong(
            "caches what it found outside",
            "lines in the log of the first",
            "@functools.cache\ndef found():\n    try:\n        return get_run_logger()\n"
            "    except MissingContextError:\n        return logging.getLogger('chain')\n"
            "def any_logger():\n    return found()",
        ),
        Wrong(
            "returns nothing outside",
            "called where there is no run",
            "def any_logger():\n    try:\n        return get_run_logger()\n"
            "    except MissingContextError:\n        pass",
        ),
        Wrong(
            "silences the logger outside",
            "a warning written with it",
            "from prefect.logging import disable_run_logger\ndef any_logger():\n"
            "    with disable_run_logger():\n        return get_run_logger()",
        ),
        Wrong(
            "names another logger",
            "a warning written with it",
            "def any_logger():\n    try:\n        return get_run_logger()\n"
            "    except MissingContextError:\n        return logging.getLogger('other')",
        ),
        Wrong("gives a logger", "given to check()", "any_logger = logging.getLogger('chain')"),
    ],
    "05.3": [
        Wrong(
            "swallows the error",
            "the task run if west",
            _TELL + "    except Exception:\n        get_run_logger().error('%s: missing', shop)\n"
            "        return []",
        ),
        Wrong(
            "adds a traceback",
            "what that line says",
            _TELL + "    except Exception:\n        get_run_logger().exception('%s', shop)\n"
            "        raise",
        ),
        Wrong(
            "catches httpx errors only",
            "error lines of yours if east",
            _TELL + "    except httpx.HTTPError:\n        get_run_logger().error('%s', shop)\n"
            "        raise",
        ),
        Wrong(
            "forgets the shop",
            "what that line says",
            _TELL + "    except Exception as error:\n"
            "        get_run_logger().error('failed: %s', type(error).__name__)\n        raise",
        ),
        Wrong(
            "logs nothing",
            "error lines of yours if west",
            "@task\ndef pull_or_tell(shop, url):\n    orders = fetch('orders', shop, url)\n"
            "    return orders",
        ),
        Wrong(
            "uses a warning",
            "error lines of yours if west",
            _TELL + "    except Exception:\n        get_run_logger().warning('%s', shop)\n"
            "        raise",
        ),
        Wrong(
            "logs twice",
            "error lines of yours if west",
            _TELL + "    except Exception as error:\n        get_run_logger().error('%s', shop)\n"
            "        get_run_logger().error('%s', error)\n        raise",
        ),
        Wrong(
            "logs in any case",
            "a shop that is well",
            _TELL + "    finally:\n        get_run_logger().error('%s: missing', shop)",
        ),
        Wrong(
            "retries, and logs each time",
            "error lines of yours if west",
            _TELL.replace("@task", "@task(retries=1)")
            + "    except Exception:\n        get_run_logger().error('%s', shop)\n        raise",
        ),
        Wrong(
            "returns nothing",
            "a shop that is well",
            _TELL.replace("return ", "orders = ")
            + "    except Exception:\n        get_run_logger().error('%s', shop)\n        raise",
        ),
    ],
}
