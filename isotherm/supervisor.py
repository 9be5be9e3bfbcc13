"""Keeps the programs of a plant on one machine running: starts them, revives those that die, stops them in order.

Programs run in sessions of their own, so that Ctrl-C reaches only the supervisor, which then stops programs first and
engines last. The kernel is told to end them if the supervisor itself is killed: nothing is left behind.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from isotherm.engines.postgres import RunAs

log = logging.getLogger(__name__)
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 10.0
_STEADY_S = 30.0  # who ran this long is forgiven: the next restart is quick again
_LOG_LIMIT = 50_000_000


@dataclass(frozen=True, slots=True)
class Service:
    """A program to keep running."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    cwd: Path | None = None
    rights: RunAs = field(default_factory=lambda: RunAs())
    engine: bool = False  # engines start first and stop last


class Supervisor:
    """Runs services; writes `<run>/<name>.pid` and `<logs>/<name>.log`."""

    def __init__(self, var: Path) -> None:
        self._run, self._logs = var / "run", var / "log"
        self._run.mkdir(parents=True, exist_ok=True)
        self._logs.mkdir(parents=True, exist_ok=True)
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._services: dict[str, Service] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()

    async def start(self, service: Service) -> None:
        """Start a service and keep it running from now on."""
        process = await self._spawn(service)  # cancelled here, it has ended the process itself
        self._services[service.name] = service
        self._keepers[service.name] = asyncio.create_task(self._keep(service, process), name=service.name)

    def log_of(self, name: str) -> Path:
        """Where a service writes what it has to say."""
        return self._logs / f"{name}.log"

    def failed(self) -> str | None:
        """A service that is not running at this moment, or None."""
        return next((n for n, p in self._processes.items() if p.returncode is not None), None)

    async def stop(self, *, within_s: float = 9.0) -> None:
        """Stop everything that was started: programs, then engines; who does not go is killed."""
        self._stopping.set()
        for engine in (False, True):
            names = [n for n, s in self._services.items() if s.engine is engine]
            await asyncio.gather(*(self._end(name, within_s * (0.4 if engine else 0.5)) for name in names))

    async def _end(self, name: str, within_s: float) -> None:
        process, service = self._processes[name], self._services[name]
        _send(process, service.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), within_s)
        except TimeoutError:
            log.warning("%s did not stop within %.1f s and is killed", name, within_s)
            _send(process, signal.SIGKILL)
            await process.wait()
        self._keepers[name].cancel()
        await asyncio.gather(self._keepers[name], return_exceptions=True)
        self._pid_file(name).unlink(missing_ok=True)

    async def _keep(self, service: Service, process: asyncio.subprocess.Process) -> None:
        loop, pause_s = asyncio.get_running_loop(), _FIRST_PAUSE_S
        while True:
            began = loop.time()
            code = await process.wait()
            if self._stopping.is_set():
                return
            pause_s = _FIRST_PAUSE_S if loop.time() - began > _STEADY_S else min(pause_s * 2, _LONGEST_PAUSE_S)
            said = "%s ended with %s and is started again in %.1f s; its log: %s"
            log.warning(said, service.name, code, pause_s, self.log_of(service.name))
            if await self._stops_within(pause_s):
                return
            process = await self._spawn(service)

    async def _stops_within(self, pause_s: float) -> bool:
        waiting = asyncio.create_task(self._stopping.wait())
        done, _ = await asyncio.wait({waiting}, timeout=pause_s)
        waiting.cancel()
        return bool(done)

    async def _spawn(self, service: Service) -> asyncio.subprocess.Process:
        path = self.log_of(service.name)
        mode = "ab" if path.exists() and path.stat().st_size < _LOG_LIMIT else "wb"
        with path.open(mode) as output:
            process = await asyncio.create_subprocess_exec(
                *service.command,
                env=os.environ | dict(service.env),
                cwd=service.cwd,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_ends_with_us(service.stop_signal),
                **service.rights,
            )
        self._processes[service.name] = process
        self._pid_file(service.name).write_text(f"{process.pid}\n")
        return process

    def _pid_file(self, name: str) -> Path:
        return self._run / f"{name}.pid"


def _ends_with_us(stop: signal.Signals) -> Callable[[], None]:
    """Ask the kernel, in the child, to send it this signal when the supervisor dies. Linux only; elsewhere nothing."""

    def ask() -> None:
        if hasattr(_LIBC, "prctl"):
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(stop), 0, 0, 0)

    return ask


def _send(process: asyncio.subprocess.Process, what: signal.Signals) -> None:
    if process.returncode is None:
        process.send_signal(what)
