"""What parlour's own PostgreSQL raises when it cannot be started or stopped."""

import shutil
from pathlib import Path


class EmbeddedPostgresError(Exception):
    """The bundled PostgreSQL cannot do what was asked; the message says what is wrong and how to mend it."""


def failure(what: str, output: str, folder: Path) -> EmbeddedPostgresError:
    """The error for a program that failed: its last lines and, where the disk is full, the space left."""
    lines = [line for line in output.splitlines() if line.strip()][-15:]
    message = what + ("\n  " + "\n  ".join(lines) if lines else "")
    if "No space left on device" in output or "Disk quota exceeded" in output:
        free = shutil.disk_usage(folder).free // (1 << 20)
        message += f"\nThere is no room left on the disk of {folder} ({free} MB free); it takes 100 MB at least."
    return EmbeddedPostgresError(message)
