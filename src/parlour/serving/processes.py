"""The processes that serve: this one alone, or workers below it. uvicorn runs them; here is how they start and end."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import structlog
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from parlour.app import Application
from parlour.serving.connection import KEEP_ALIVE_SECONDS, Protocol
from parlour.serving.signals import delaying_signals, handling, ignore_signals, ignored_signals
from parlour.serving.startup import CannotDo
from parlour.serving.worker import COUNTERS_VARIABLE, freeze_loaded_objects
from parlour.settings import Settings, environment_of

GRACE_SECONDS = 30
"""Seconds that requests in flight get to finish after SIGTERM."""

_log = structlog.get_logger("parlour.processes")


def run(settings: Settings, listener: socket.socket, announce: Callable[[], None]) -> None:
    """Serves on *listener* until SIGTERM, or SIGINT unless that is ignored.

    Calls *announce* as soon as requests are answered. Raises CannotDo if the application does not start.
    """
    alone = settings.server.workers == 1
    config = uvicorn.Config(
        Application(settings) if alone else "parlour.serving.worker:application",
        factory=not alone,
        workers=settings.server.workers,
        http=Protocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # parlour has its own, which shows no path as it was sent
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    if alone:
        started = _run_alone(config, listener, announce)
    else:
        with TemporaryDirectory(prefix="parlour-metrics-") as folder:
            os.environ.update(environment_of(settings), **{COUNTERS_VARIABLE: folder})
            workers = _Workers(config, listener, announce)
            workers.run()
        started = all(worker.exitcode != STARTUP_FAILURE for worker in workers.processes)
    if not started:
        raise CannotDo("The server could not start; the log above says why.")


def _run_alone(config: uvicorn.Config, listener: socket.socket, announce: Callable[[], None]) -> bool:
    with delaying_signals():
        freeze_loaded_objects()
    try:
        _Server(config, announce).run(sockets=[listener])
    except SystemExit as end:
        return end.code != STARTUP_FAILURE
    return True


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it answers, tells the application that it stops, and heeds what this process
    does not ignore. It raises no signal once more when it has ended: whoever called it goes on in order."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        with handling(self.handle_exit):
            yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        assert isinstance(self.config.app, Application)
        self.config.app.stop_waiting()
        await super().shutdown(sockets)


class _Workers(Multiprocess):
    """uvicorn's worker processes, which say when the first of them answers.

    What ends a single process ends them too, and in the same order.
    """

    def __init__(self, config: uvicorn.Config, listener: socket.socket, announce: Callable[[], None]) -> None:
        before, hangup = ignored_signals(), signal.getsignal(signal.SIGHUP)
        super().__init__(config, [listener])
        signal.signal(signal.SIGHUP, hangup)  # a terminal that is closed
        ignore_signals(*before)
        self._listener, self._announce = listener, announce

    def init_processes(self) -> None:
        super().init_processes()
        while all(worker.process.is_alive() for worker in self.processes) and not self.should_exit.wait(0.02):
            self.handle_signals()
            if any(worker.is_ready(timeout=1) for worker in self.processes):
                self._announce()
                return

    def keep_subprocess_alive(self) -> None:
        before = list(self.processes)
        super().keep_subprocess_alive()
        for old, new in zip(before, self.processes, strict=True):
            if new is not old:
                _log.warning("A worker ended unexpectedly; another takes its place.", status=old.exitcode)

    def terminate_all(self) -> None:
        super().terminate_all()
        self._listener.close()  # or new connections would wait in it for workers that take no more
