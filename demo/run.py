"""`make demo`: a parlour with a sample workspace of real dialogues, the two founding lists, and it goes on serving."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from dialogues import dialogues
from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from workspace import LISTENER, PHONE, connect, fill

ROOT = Path(__file__).parents[1]
DATA = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".parlour" / "demo"
PORT = 8010
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

console = Console(highlight=False, soft_wrap=True)


def main() -> None:
    """Serves until Ctrl-C or SIGTERM."""
    for each in ENDINGS:
        if signal.getsignal(each) is not signal.SIG_IGN or each is signal.SIGTERM:  # nohup
            signal.signal(each, end)
    try:
        with serving() as (process, parlour):
            prepare(parlour)
            conversation = show_lists(parlour)
            show_listening(parlour, conversation)
            console.print(f"\n[bold green]parlour serves at {parlour['base_url']}[/]  Ctrl-C stops it.")
            status = process.wait()
        raise SystemExit(status)
    except KeyboardInterrupt:
        console.print("The sample workspace stays where it is for the next time.")


def end(number: int, frame: object) -> None:
    """Ends the program through its `with` blocks; an impatient second Ctrl-C does not keep it from that."""
    for each in ENDINGS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


@contextmanager
def serving() -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A `parlour serve` below this process, and what it says about itself; ended in order after the block."""
    first = "" if DATA.exists() else " for the first time"
    console.print(f"Starting parlour and a PostgreSQL of its own{first} …")
    process, said = start(PORT)
    if f"Port {PORT} of" in said.get("error", ""):
        console.print(f"[yellow]Port {PORT} is taken: serving on another one.[/]")
        process, said = start(0)
    if "error" in said:
        raise SystemExit(f"parlour did not start: {said['error']}")
    try:
        yield process, said
    finally:
        process.terminate()
        process.wait()


def start(port: int) -> tuple[subprocess.Popen[str], dict[str, str]]:
    """The process, which serves; or has ended, and what it says is why."""
    command = [sys.executable, "-m", "parlour", "serve", "--json", "--config", os.devnull]
    command += ["--data", str(DATA), "--port", str(port)]
    own = {name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")}
    process = subprocess.Popen(
        command, env=own, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        assert process.stdout is not None
        said: dict[str, str] = json.loads(process.stdout.readline() or '{"error": "what it wrote above says why."}')
    except BaseException:
        process.terminate()
        process.wait()
        raise
    return process, said


def prepare(parlour: dict[str, str]) -> None:
    """The sample workspace is complete, whatever was there before."""
    wanted = list(dialogues())
    languages = len({each.language for each in wanted})
    columns = TextColumn("Dialogues in many languages"), BarColumn(), MofNCompleteColumn()
    began = time.monotonic()
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("", total=len(wanted))
        made = fill(connect(**parlour), wanted, lambda: progress.advance(bar))
    if made:
        lines = sum(len(each.lines) for each in wanted)
        console.print(
            f"Filled a sample workspace over HTTP in {time.monotonic() - began:.1f} seconds:\n"
            f"  {len(wanted)} conversations in {languages} languages, {lines} messages."
        )
    else:
        console.print(f"The sample workspace is there already: {len(wanted)} conversations in {languages} languages.")


def show_lists(parlour: dict[str, str]) -> str:
    """Asks the two founding lists, prints the requests and what was answered, and returns a conversation's SID."""
    ask(parlour, "Which conversations does an identity take part in?", "ParticipantConversations", Identity=LISTENER)
    ask(parlour, "And a phone number?", "ParticipantConversations", Address=PHONE)
    page = ask(parlour, "What has a user not read yet?", f"Users/{LISTENER}/Conversations")
    return str(page["conversations"][0]["conversation_sid"])


def show_listening(parlour: dict[str, str], conversation: str) -> None:
    """Prints the two commands that show a message arrive."""
    program = os.path.relpath(Path(sys.executable).with_name("parlour"))
    url = f"{parlour['base_url']}/v1/Conversations/{conversation}/Messages"
    console.print("\n[bold]How does a message reach the user's devices?[/] Listen in a second terminal:\n")
    console.print(f"  {shlex.quote(program)} listen {LISTENER}\n", style="cyan")
    console.print("and send one from a third:\n")
    console.print(f"  curl -u {shlex.quote(credentials(parlour))} -d Body=Hello {shlex.quote(url)}", style="cyan")


def credentials(parlour: dict[str, str]) -> str:
    return f"{parlour['account_sid']}:{parlour['auth_token']}"


def ask(parlour: dict[str, str], question: str, path: str, **query: str) -> dict[str, Any]:
    url = f"{parlour['base_url']}/v1/{path}?{urlencode({**query, 'PageSize': '3'})}"
    console.print(f"\n[bold]{question}[/]\n")
    console.print(f"  curl -u {shlex.quote(credentials(parlour))} {shlex.quote(url)}\n", style="cyan")
    request = urllib.request.Request(url)
    request.add_header("Authorization", "Basic " + b64encode(credentials(parlour).encode()).decode())
    with urllib.request.urlopen(request) as response:
        page: dict[str, Any] = json.load(response)
    text = JSONHighlighter()(shortened(page))
    console.print(text, soft_wrap=not console.is_terminal, no_wrap=True, overflow="ellipsis")
    return page


def shortened(page: dict[str, Any]) -> str:
    """The page as JSON with its first row whole; of the others, in a line each, what tells them apart."""
    first, *others = page["conversations"]
    names = ("conversation_friendly_name", "friendly_name", "unread_messages_count", "last_read_message_index")
    text = json.dumps({**page, "conversations": [first, *range(len(others))]}, indent=2, ensure_ascii=False)
    for number, row in enumerate(others):
        brief = json.dumps({name: row[name] for name in names if name in row}, ensure_ascii=False)
        text = text.replace(f"\n    {number}", f"\n    {brief[:-1]}, …}}", 1)
    return text


if __name__ == "__main__":
    main()
