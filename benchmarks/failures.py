"""Failures of a benchmark, apart from all else, so that a process which only plays a small part starts at once."""


class Failed(Exception):
    """A measurement is worth nothing; the message says why."""
