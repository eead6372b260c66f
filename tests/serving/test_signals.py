"""How a command is ended from outside while its event loop is at work."""

import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, os, signal
from parlour.serving.signals import run

def callback():
    os.kill(os.getpid(), signal.{name})
    print("the callback went to its end", flush=True)

async def work():
    asyncio.get_running_loop().call_soon(callback)
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.to_thread(print, "so did the work", flush=True)

signal.signal(signal.SIGTERM, signal.default_int_handler)
before = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
try:
    run(work())
except KeyboardInterrupt:
    print("then it was interrupted", before == [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)])
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_an_interrupt_cancels_the_work_and_cuts_no_callback_off(name: str) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(name=name)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "the callback went to its end",
        "so did the work",
        "then it was interrupted True",
    ]


FINALIZER = """
import os, signal
from parlour.serving.signals import delaying_signals

class Dying:
    def __del__(self):
        os.kill(os.getpid(), signal.{name})

signal.signal(signal.SIGTERM, signal.default_int_handler)
try:
    with delaying_signals():
        Dying()
        print("the block went to its end")
except KeyboardInterrupt:
    print("then it was interrupted")
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_an_interrupt_is_not_lost_in_a_finalizer(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FINALIZER.format(name=name)], capture_output=True, text=True, check=True
    )
    assert (done.stdout.splitlines(), done.stderr) == (["the block went to its end", "then it was interrupted"], "")
