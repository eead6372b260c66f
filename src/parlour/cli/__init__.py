"""Level 6: the command line, for people and (with ``--json``) for programs."""

from parlour.cli.main import main

__all__ = ["main"]
