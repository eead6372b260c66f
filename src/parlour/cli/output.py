"""What commands print: lines for people, or one JSON document for programs. Nothing else in ``cli/`` prints.

Whatever is printed here may hold what a stranger wrote: a name, a body, a receiver's answer. So no control character
leaves this module but the ends of its own lines and its own colours.
"""

import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

from parlour.core.visible import visible, visible_json

if TYPE_CHECKING:  # a tenth of a second, which not every command has to pay
    from rich.progress import Progress
    from rich.text import Text

GAP = "  "
"""Between two columns, and before what of a row did not fit into its first line."""


def prepare() -> None:
    """From now on what a terminal's encoding lacks is written out, in place of an exception."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def show(as_json: bool, document: Any, lines: Sequence[str]) -> None:
    """Prints *document* as JSON, or else *lines*, on standard output."""
    _print(sys.stdout, _json(document) if as_json else "\n".join(map(visible, lines)))


def show_styled(as_json: bool, document: Any, lines: Sequence["Text"]) -> None:
    """Like ``show()``, with lines in colours where standard output is a terminal that has them."""
    if as_json:
        show(True, document, ())
        return
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(styled((visible(line.plain), "")) if visible(line.plain) != line.plain else line)


def show_raw(content: bytes) -> None:
    """Prints bytes as they came, for a program that reads them, or, on a terminal, as what can be shown there."""
    if sys.stdout.isatty():
        _print(sys.stdout, _pretty(content))
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()


def say(line: str) -> None:
    """Says something on standard output while a command that does not end goes on."""
    _print(sys.stdout, "\n".join(wrapped(line)))


def note(text: str) -> None:
    """Says something beside the result, on standard error."""
    _print(sys.stderr, "\n".join(part for line in text.split("\n") for part in wrapped(line, sys.stderr)))


def complain(as_json: bool, sentence: str) -> None:
    """Tells what went wrong: ``{"error": "…"}`` on standard output, or else the sentence on standard error."""
    if as_json:
        show(True, {"error": sentence}, ())
    else:
        note(f"parlour: {sentence}")


def overwrite(line: str) -> None:
    """How far it is, on standard error: one line on a terminal, which is written over, a line each elsewhere."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{visible(line)}")
        sys.stderr.flush()
    elif line:
        note(line)


@contextmanager
def progress() -> Iterator["Progress"]:
    """A place for bars on standard error, which are shown on a terminal only."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as shown:
        yield shown


def styled(*spans: tuple[str, str]) -> "Text":
    """A line of texts, each with its style."""
    from rich.text import Text

    return Text.assemble(*((visible(text), style) for text, style in spans))


def room(stream: TextIO | None = None) -> int | None:
    """How many cells a line has on *stream* (standard output); None where it has no end: no terminal shows it.

    COLUMNS, where it is set, holds elsewhere, too.
    """
    if (stream or sys.stdout).isatty() or os.environ.get("COLUMNS", "").isdigit():
        return max(shutil.get_terminal_size().columns, 20)
    return None


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with aligned columns; where they do not fit side by side, each row goes on in a further line."""
    every = [[visible(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(_cells(row[column]) for row in every) for column in range(len(headings))]
    parts = list(_side_by_side(widths, room()))
    return [line for row in every for line in _laid_out(row, widths, parts)]


def folded(text: "Text", indent: int, stream: TextIO | None = None) -> list["Text"]:
    """The text in lines that fit, so that no SID is broken; all but the first are indented."""
    space = room(stream)
    if space is None or text.cell_len <= space:
        return [text]
    first, *others = text.divide(list(_breaks(text.plain, space - indent)))
    first.rstrip()
    for other in others:
        other.rstrip()
        other.pad_left(indent)
    return [first, *others]


def wrapped(line: str, stream: TextIO | None = None) -> list[str]:
    """A sentence in lines that fit; all but the first are indented by more than the first is."""
    line, space = visible(line), room(stream)
    if space is None or _cells(line) <= space:
        return [line]
    indent = len(line) - len(line.lstrip()) + len(GAP)
    return [each.plain for each in folded(styled((line, "")), indent, stream)]


def fitted(lines: Iterable[str]) -> list[str]:
    """Sentences in lines that fit."""
    return [part for line in lines for part in wrapped(line)]


def _side_by_side(widths: Sequence[int], space: int | None) -> Iterator[range]:
    """The columns in runs, each of which fits into a line."""
    begin, used = 0, 0
    for column, width in enumerate(widths):
        needed = width + len(GAP)
        if space is not None and column > begin and used + width > space:
            yield range(begin, column)
            begin, used = column, len(GAP)
        used += needed
    yield range(begin, len(widths))


def _laid_out(row: Sequence[str], widths: Sequence[int], parts: Sequence[range]) -> Iterator[str]:
    for number, part in enumerate(parts):
        line = GAP.join(row[column] + " " * (widths[column] - _cells(row[column])) for column in part).rstrip()
        if line or number == 0:
            yield from wrapped(f"{GAP if number else ''}{line}")


def _breaks(text: str, space: int) -> Iterator[int]:
    """Where the text is broken so that no line has more than *space* cells, but for spaces at its end."""
    at, used = 0, 0
    for piece in _pieces(text, space):
        if used and used + _cells(piece.rstrip()) > space:
            yield at
            used = 0
        at, used = at + len(piece), used + _cells(piece)


def _pieces(text: str, space: int) -> Iterator[str]:
    """What is kept together: words; of those that fit into no line the parts of a path; of these what fits."""
    from rich.cells import chop_cells

    for word in re.findall(r"\s+|\S+\s*", text):
        if _cells(word.rstrip()) <= space:
            yield word
        else:
            for part in re.findall(r"/?[^/]+|/", word):
                yield from chop_cells(part, space)


def _cells(text: str) -> int:
    """How much room the text takes on a terminal."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _pretty(content: bytes) -> str:
    try:
        text = msgspec.json.format(content.decode(), indent=2)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "\n".join(map(visible, content.decode(errors="backslashreplace").removesuffix("\n").split("\n")))
    return visible_json(text)


def _json(document: Any) -> str:
    with suppress(UnicodeEncodeError):  # half a character, from a command line that is no UTF-8
        if sys.stdout.encoding.lower() in ("utf-8", "utf8"):
            return visible_json(msgspec.json.encode(document).decode())
    return json.dumps(msgspec.to_builtins(document), separators=(",", ":"))


def _print(stream: TextIO, text: str) -> None:
    stream.write(text + "\n")
    stream.flush()
