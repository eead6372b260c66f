"""Folders for tests in which a PostgreSQL lives."""

import tempfile
from pathlib import Path


def reachable_folder() -> Path:
    """A new folder that every user can reach, which pytest's own are not: root's PostgreSQL is another user."""
    made = Path(tempfile.mkdtemp(prefix="parlour-test-", dir="/tmp")).resolve()
    made.chmod(0o755)
    return made
