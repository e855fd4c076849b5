"""Old code, written for the test: names that come by a star."""

from prefect import *

shop = Parameter("shop")  # -> parameter

with Flow("morning") as flow:  # -> flow-context
    print(shop, merge)

flow.run()  # -> flow-methods
