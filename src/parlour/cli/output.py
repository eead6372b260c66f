"""What commands print: lines for people, or one JSON document for programs."""

import sys
from collections.abc import Sequence
from typing import Any

import msgspec


def show(as_json: bool, document: Any, lines: Sequence[str]) -> None:
    """Prints *document* as JSON, or else *lines*, on standard output."""
    print(msgspec.json.encode(document).decode() if as_json else "\n".join(lines), flush=True)


def complain(as_json: bool, sentence: str) -> None:
    """Tells what went wrong: ``{"error": "…"}`` on standard output, or else the sentence on standard error."""
    if as_json:
        show(True, {"error": sentence}, ())
    else:
        note(f"parlour: {sentence}")


def note(line: str) -> None:
    """Says something beside the result, on standard error."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with aligned columns."""
    every = [headings, *rows]
    widths = [max(len(row[column]) for row in every) for column in range(len(headings))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in every]
