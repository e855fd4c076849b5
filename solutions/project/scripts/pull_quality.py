"""Print what came back to a shop: pull_quality.py SHOP ADDRESS."""

import sys

import httpx

shop, address = sys.argv[1:]
response = httpx.get(f"{address}/quality/{shop}", timeout=5)
if response.is_error:
    print(f"{shop}: the server answered {response.status_code}", file=sys.stderr)
    sys.exit(75 if response.status_code in (429, 503) else 1)
lines = response.json()
for line in lines:
    print(f"{line['product']}: {line['returned']} of {line['sold']}")
print(f"{shop}: {sum(line['returned'] for line in lines)} pieces came back")
