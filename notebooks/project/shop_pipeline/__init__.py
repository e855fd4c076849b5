"""The shop chain's morning job: pull, check, store, report."""

__version__ = "1.0.0"
