"""The practice shop: a real HTTP server to pull data from, which misbehaves as planned."""

from course_lib.shop.data import DAY, SHOPS, Order, orders, quality, stock
from course_lib.shop.plan import Outcome, Plan, Slow
from course_lib.shop.server import Request, Shop
