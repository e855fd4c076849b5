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

RIGHT: dict[str, list[str]] = {
    "05.1": [
        # one call of log, with the level in a variable
        _COUNT + "    level = logging.INFO if orders else logging.WARNING\n"
        "    get_run_logger().log(level, f'{len(orders)} orders at {shop} on {day}')\n" + _RETURN,
        # what is printed is logged, as INFO
        _COUNT.replace("@task", "@task(log_prints=True)")
        + "    if orders:\n        print(f'{shop.title()}-{len(orders)}')\n"
        "    else:\n        get_run_logger().warning('nothing at %s', shop)\n" + _RETURN,
        # async, leaving early, and with a line of DEBUG
        _COUNT.replace("def ", "async def ")
        + "    logger = get_run_logger()\n    logger.debug('%s: %s', shop, orders)\n"
        "    if not orders:\n        logger.warning('no orders for ' + shop)\n        return 0\n"
        "    logger.info('shop=%s day=%s orders=%d.', shop, day, len(orders))\n" + _RETURN,
        # a task of its own pulls, a helper tells
        "def tell(shop, number):\n    logger = get_run_logger()\n"
        "    say = logger.info if number else logger.warning\n"
        "    say('%s has %s orders', shop, number or 'no')\n    return number\n\n"
        "@task(retries=1)\ndef pull(shop, day, url):\n    return fetch('orders', shop, url, day)\n\n"
        "@task\ndef count_orders(shop, day, url):\n    return tell(shop, len(pull(shop, day, url)))",
    ],
    "05.2": [
        # asks both contexts
        "from prefect.context import FlowRunContext, TaskRunContext\ndef any_logger():\n"
        "    if FlowRunContext.get() or TaskRunContext.get():\n        return get_run_logger()\n"
        "    return logging.getLogger('chain')",
        # asks for the context
        "from prefect.context import get_run_context\ndef any_logger():\n    try:\n"
        "        context = get_run_context()\n    except RuntimeError:\n"
        "        return CHAIN\n    return get_run_logger(context)\n"
        "CHAIN = logging.getLogger('chain')",
        # runtime knows of both kinds of run
        "from prefect.runtime import flow_run, task_run\n"
        "any_logger = lambda: (get_run_logger() if task_run.id or flow_run.id"
        " else logging.getLogger('chain'))",
        # anything that is raised, and a logger kept for outside alone
        "def any_logger(outside=logging.getLogger('chain')):\n    logger = outside\n    try:\n"
        "        logger = get_run_logger()\n    except Exception:\n"
        "        pass\n    finally:\n        return logger",
    ],
    "05.3": [
        # a returned Failed
        "from prefect.states import Failed\n" + _TELL + "    except Exception as error:\n"
        "        get_run_logger().error('%s: no orders', shop)\n"
        "        return Failed(message=f'{shop}: {error}')",
        # a returned Failed with a name and data
        "from prefect.states import Failed\n"
        "@task\ndef pull_or_tell(shop, url):\n    try:\n"
        "        return fetch('orders', shop, url)\n    except Exception as error:\n"
        "        get_run_logger().error(f'Orders of {shop.upper()} are missing: {error!r}')\n"
        "        return Failed(name='Missing', data=error)",
        # async, with an exception of its own
        _TELL.replace("def ", "async def ") + "    except Exception as error:\n"
        "        get_run_logger().log(logging.ERROR, f'{shop} is missing')\n"
        "        raise RuntimeError(shop) from error",
        # a hook tells
        "from prefect.logging.loggers import task_run_logger\n"
        "def tell(task, task_run, state):\n"
        "    shop = task_run.name\n"
        "    task_run_logger(task_run, task).error('no orders of %s', shop)\n"
        "@task(task_run_name='{shop}', on_failure=[tell])\n"
        "def pull_or_tell(shop, url):\n    return fetch('orders', shop, url)",
        # a task of its own pulls, and a second try comes first
        "from contextlib import contextmanager\n@contextmanager\ndef telling(shop):\n    try:\n"
        "        yield\n    except Exception:\n        get_run_logger().error('%s failed', shop)\n"
        "        raise\n"
        "@task(retries=1)\ndef pull(shop, url):\n    return fetch('orders', shop, url)\n"
        "@task\ndef pull_or_tell(shop, url):\n    with telling(shop):\n"
        "        return pull(shop, url)",
    ],
}
"""Right answers written in other ways: each must pass."""

WRONG: dict[str, list[Wrong]] = {
    "05.1": [
        Wrong(
            "warns by weekday",
            "lines of yours on a weekday without orders",
            "from datetime import date\n"
            + _COUNT
            + "    if date.fromisoformat(day).isoweekday() == 7:\n"
            "        get_run_logger().warning('%s: no orders', shop)\n    else:\n"
            "        get_run_logger().info('%s: %d', shop, len(orders))\n" + _RETURN,
            ignores="no-orders",
        ),
        Wrong(
            "warns in any case",
            "lines of yours on a day",
            _COUNT + "    get_run_logger().warning('%s: %d', shop, len(orders))\n" + _RETURN,
            ignores="info",
        ),
        Wrong(
            "logs the units and not the orders",
            "what the line on a day",
            _COUNT + "    units = sum(order['quantity'] for order in orders)\n"
            "    if orders:\n        get_run_logger().info('%s on %s: %d', shop, day, units)\n"
            "    else:\n        get_run_logger().warning('%s: none', shop)\n" + _RETURN,
        ),
        Wrong(
            "prints without log_prints",
            "lines of yours on a day",
            _COUNT + "    print(f'{shop}: {len(orders)} orders')\n" + _RETURN,
        ),
        Wrong(
            "uses the level DEBUG",
            "lines of yours on a day",
            _COUNT + "    get_run_logger().debug('%s: %d', shop, len(orders))\n" + _RETURN,
        ),
        Wrong(
            "logs each order",
            "lines of yours on a day",
            _COUNT + "    for o in orders:\n"
            "        get_run_logger().info('%s: %s of %d', shop, o['order_id'], len(orders))\n"
            "    if not orders:\n        get_run_logger().warning('%s: none', shop)\n" + _RETURN,
        ),
        Wrong(
            "logs the start, too",
            "lines of yours on a day",
            _COUNT + "    get_run_logger().info('started')\n"
            "    if orders:\n        get_run_logger().info('%s: %d', shop, len(orders))\n"
            "    else:\n        get_run_logger().warning('%s: none', shop)\n" + _RETURN,
            ignores="one-line",
        ),
        Wrong(
            "forgets the shop",
            "what the line on a day",
            _COUNT + "    if orders:\n        get_run_logger().info('%d orders', len(orders))\n"
            "    else:\n        get_run_logger().warning('%s: none', shop)\n" + _RETURN,
            ignores="shop",
        ),
        Wrong(
            "logs the orders and not their number",
            "what the line on a day",
            _COUNT + "    if orders:\n        get_run_logger().info('%s: %s', shop, orders[:1])\n"
            "    else:\n        get_run_logger().warning('%s: none', shop)\n" + _RETURN,
            ignores="number",
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
            ignores="one-warning",
        ),
        Wrong(
            "warns without a name",
            "what the warning on a Sunday",
            _COUNT + "    if orders:\n        get_run_logger().info('%s: %d', shop, len(orders))\n"
            "    else:\n        get_run_logger().warning('no orders')\n" + _RETURN,
            ignores="warning-names-shop",
        ),
        Wrong(
            "returns nothing on a Sunday",
            "what the task returned",
            _COUNT + "    if orders:\n        get_run_logger().info('%s: %d', shop, len(orders))\n"
            "        return len(orders)\n    get_run_logger().warning('%s: none', shop)\n",
            ignores="returned",
        ),
        Wrong(
            "finds a single order too few for INFO",
            "lines of yours on a day with one order",
            _COUNT + "    logger = get_run_logger()\n"
            "    say = logger.info if len(orders) > 1 else logger.warning\n"
            "    say('%s: %d', shop, len(orders))\n" + _RETURN,
        ),
        Wrong(
            "uses Python's own logger",
            "lines of yours on a day",
            _COUNT
            + "    logging.getLogger('own').warning('%s: %d', shop, len(orders))\n"
            + _RETURN,
        ),
    ],
    "05.2": [
        Wrong(
            "asks runtime.flow_run.id whether there is a run",
            "lines in the log of a task without a flow",
            "from prefect import runtime\ndef any_logger():\n    if runtime.flow_run.id:\n"
            "        return get_run_logger()\n    return logging.getLogger('chain')",
            ignores="in-a-task",
        ),
        Wrong(
            "keeps a logger for each flow run",
            "lines in the log of the first",
            "from prefect import runtime\nkept = {}\ndef any_logger():\n"
            "    id = runtime.flow_run.id\n    if not id:\n"
            "        return logging.getLogger('chain')\n    if id not in kept:\n"
            "        kept[id] = get_run_logger()\n    return kept[id]",
        ),
        Wrong(
            "knows tasks only",
            "lines in the log of the first",
            "from prefect.context import TaskRunContext\ndef any_logger():\n"
            "    if TaskRunContext.get():\n        return get_run_logger()\n"
            "    return logging.getLogger('chain')",
            ignores="in-a-flow",
        ),
        Wrong(
            "remembers the last run's logger outside",
            "after the first",
            "last = [logging.getLogger('chain')]\ndef any_logger():\n    try:\n"
            "        last[0] = get_run_logger()\n    except MissingContextError:\n"
            "        pass\n    return last[0]",
        ),
        Wrong(
            "always asks for the run's logger",
            "called where there is no run",
            "def any_logger():\n    logger = get_run_logger()\n    return logger",
            ignores="never-raises",
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
            ignores="anew",
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
            ignores="outside",
        ),
        Wrong("gives a logger", "given to check()", "any_logger = logging.getLogger('chain')"),
    ],
    "05.3": [
        Wrong(
            "catches errors of httpx and of JSON",
            "error lines of yours if its url is none",
            _TELL + "    except (httpx.HTTPError, ValueError):\n"
            "        get_run_logger().error('%s', shop)\n        raise",
            ignores="whatever",
        ),
        Wrong(
            "catches errors of status and of JSON",
            "error lines of yours if it cuts the connection",
            _TELL + "    except (httpx.HTTPStatusError, ValueError):\n"
            "        get_run_logger().error('%s', shop)\n        raise",
        ),
        Wrong(
            "tells of a day without orders as of an error",
            "for a shop that is well again",
            _TELL.replace("return fetch", "orders = fetch")
            + "    except Exception:\n        get_run_logger().error('%s', shop)\n        raise\n"
            "    if not orders:\n        get_run_logger().error('%s: no orders', shop)\n"
            "    return orders",
        ),
        Wrong(
            "tells of each shop once",
            "error lines of yours if it cuts the connection",
            "told = set()\n" + _TELL + "    except Exception:\n        if shop not in told:\n"
            "            get_run_logger().error('%s', shop)\n        told.add(shop)\n        raise",
        ),
        Wrong(
            "puts the traceback into the text",
            "what that line says",
            "import traceback\n" + _TELL + "    except Exception:\n"
            "        get_run_logger().error('%s: %s', shop, traceback.format_exc())\n        raise",
        ),
        Wrong(
            "swallows the error",
            "how the task run ends",
            _TELL + "    except Exception:\n        get_run_logger().error('%s: missing', shop)\n"
            "        return []",
            ignores="fails",
        ),
        Wrong(
            "adds a traceback",
            "what that line says",
            _TELL + "    except Exception:\n        get_run_logger().exception('%s', shop)\n"
            "        raise",
            ignores="no-traceback",
        ),
        Wrong(
            "catches httpx errors only",
            "error lines of yours if",
            _TELL + "    except httpx.HTTPError:\n        get_run_logger().error('%s', shop)\n"
            "        raise",
        ),
        Wrong(
            "forgets the shop",
            "what that line says",
            _TELL + "    except Exception as error:\n"
            "        get_run_logger().error('failed: %s', type(error).__name__)\n        raise",
            ignores="shop",
        ),
        Wrong(
            "logs nothing",
            "error lines of yours if",
            "@task\ndef pull_or_tell(shop, url):\n    orders = fetch('orders', shop, url)\n"
            "    return orders",
        ),
        Wrong(
            "uses a warning",
            "error lines of yours if",
            _TELL + "    except Exception:\n        get_run_logger().warning('%s', shop)\n"
            "        raise",
        ),
        Wrong(
            "logs twice",
            "error lines of yours if",
            _TELL + "    except Exception as error:\n        get_run_logger().error('%s', shop)\n"
            "        get_run_logger().error('%s', error)\n        raise",
            ignores="one-line",
        ),
        Wrong(
            "logs in any case",
            "for a shop that is well",
            _TELL + "    finally:\n        get_run_logger().error('%s: missing', shop)",
            ignores="quiet",
        ),
        Wrong(
            "retries, and logs each time",
            "error lines of yours if",
            _TELL.replace("@task", "@task(retries=1)")
            + "    except Exception:\n        get_run_logger().error('%s', shop)\n        raise",
        ),
        Wrong(
            "returns nothing",
            "for a shop that is well",
            _TELL.replace("return ", "orders = ")
            + "    except Exception:\n        get_run_logger().error('%s', shop)\n        raise",
            ignores="returns",
        ),
    ],
}
