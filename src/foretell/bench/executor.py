"""Executor: one process per task, BLAS pinned to one thread, admitted by memory.

A process of its own gives every task its own peak memory and lets one die without the others.
Processes are forked from a server that has imported the heavy libraries once.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import connection, get_context, resource_tracker
from typing import Any

from foretell.core.errors import ForetellError
from foretell.core.interrupts import deferred_interrupts

__all__ = ["Job", "Outcome", "run_jobs"]

THREAD_LIMITS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
PRELOAD = ["foretell.bench.warm"]
PAUSE_S = 0.5  # before a task that another process holds is tried again
PATIENCE_S = 10.0  # for a process to leave after its answer


@dataclass(eq=False)
class Job:
    """A call that runs in a process of its own.

    Parameters
    ----------
    name : shown in the log.
    call, arguments : a function of a module and its picklable arguments; returns a status.
    megabytes : memory that it is admitted with.
    timeout_s : seconds after which it is stopped.
    """

    name: str
    call: Callable[..., str]
    arguments: tuple[Any, ...]
    megabytes: float
    timeout_s: float | None = None
    not_before: float = field(default=0.0, init=False)


@dataclass(frozen=True, eq=False)
class Outcome:
    """How a job ended: ``done``, ``failed``, or ``died`` with a problem."""

    job: Job
    status: str
    problem: str
    seconds: float


@dataclass(eq=False)
class _Running:
    job: Job
    process: Any
    pipe: connection.Connection
    started: float


def run_jobs(jobs: Iterable[Job], *, n_processes: int, megabytes: float) -> Iterator[Outcome]:
    """Run jobs and yield their outcomes as they end.

    A job that answers ``busy`` (another process holds its lock) is tried again later. A
    `ForetellError` that a job lets through is raised here, after the others were stopped; so is
    an interrupt.
    """
    waiting, running = list(jobs), list[_Running]()
    with deferred_interrupts() as let_through:
        try:
            while waiting or running:
                let_through()
                while (job := _admit(waiting, running, n_processes, megabytes)) is not None:
                    waiting.remove(job)
                    running.append(_start(job))
                for ended in _ended(running):
                    running.remove(ended)
                    outcome = _outcome(ended)
                    if outcome.status == "busy":
                        ended.job.not_before = time.monotonic() + PAUSE_S
                        waiting.append(ended.job)
                    else:
                        yield outcome
        finally:
            for left in running:
                left.process.kill()
                left.process.join()


def _admit(
    waiting: list[Job], running: list[_Running], n_processes: int, megabytes: float
) -> Job | None:
    """Return the first job that fits; one job always fits, so that none waits for ever."""
    if len(running) >= n_processes:
        return None
    used, now = sum(r.job.megabytes for r in running), time.monotonic()
    for job in waiting:
        if job.not_before <= now and (not running or used + job.megabytes <= megabytes):
            return job
    return None


def _start(job: Job) -> _Running:
    context = get_context("forkserver" if sys.platform != "win32" else "spawn")
    if sys.platform != "win32":
        resource_tracker.ensure_running()  # its start would let interrupts through again
    with _pinned(), _no_main(), _uninterrupted():
        if sys.platform != "win32":
            context.set_forkserver_preload(PRELOAD)
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(  # type: ignore[attr-defined]
            target=_work, args=(theirs, job.call, job.arguments), daemon=True
        )
        process.start()
    theirs.close()
    return _Running(job, process, ours, time.monotonic())


def _work(
    pipe: connection.Connection, call: Callable[..., str], arguments: tuple[Any, ...]
) -> None:
    """Run one call; the terminal's interrupt is for the parent, which stops its children."""
    signal.signal(signal.SIGINT, _ignore)  # unlike SIG_IGN, not inherited by what a model starts
    _mask_interrupt(signal.SIG_UNBLOCK)
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1):
        try:
            pipe.send((call(*arguments), None))
        except BrokenPipeError:  # nobody waits for the answer any more; the store has it
            pass
        except ForetellError as error:
            pipe.send(("error", error))
        except BaseException as error:
            pipe.send(("died", f"{type(error).__name__}: {error}"))


def _ignore(*_: object) -> None:
    """Handle a signal by doing nothing."""


def _ended(running: list[_Running]) -> list[_Running]:
    """Wait shortly for any process to end, and stop those that are over their time."""
    connection.wait([r.process.sentinel for r in running], timeout=0.2)
    now = time.monotonic()
    for r in running:
        if r.job.timeout_s is not None and now - r.started > r.job.timeout_s:
            r.process.kill()
            r.process.join()
    return [r for r in running if not r.process.is_alive() or r.pipe.poll()]


def _outcome(ended: _Running) -> Outcome:
    status: str = "died"
    problem: Any = ""
    try:
        if ended.pipe.poll():
            status, problem = ended.pipe.recv()
    except EOFError:
        pass
    ended.process.join(PATIENCE_S)
    if ended.process.is_alive():  # it has answered; a thread of a model keeps it
        ended.process.kill()
        ended.process.join()
    seconds = time.monotonic() - ended.started
    if status == "error":
        raise problem
    if status == "died" and not problem:
        problem = _cause_of_death(ended, seconds)
    return Outcome(ended.job, status, problem or "", seconds)


def _cause_of_death(ended: _Running, seconds: float) -> str:
    limit = ended.job.timeout_s
    if limit is not None and seconds > limit:
        return f"stopped after {limit:g} s (timeout_s)"
    code = ended.process.exitcode
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        hint = ", most likely for want of memory" if name == "SIGKILL" else ""
        return f"the process was ended by {name}{hint}"
    return f"the process ended with code {code} and no answer"


@contextmanager
def _pinned() -> Iterator[None]:
    """Let processes start with one BLAS thread; the limits of this process stay as they are."""
    before = {name: os.environ.get(name) for name in THREAD_LIMITS}
    os.environ.update(dict.fromkeys(THREAD_LIMITS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold an interrupt back while a process starts, and in it until it has its handler."""
    before = _mask_interrupt(signal.SIG_BLOCK)
    try:
        yield
    finally:
        if signal.SIGINT not in before:
            _mask_interrupt(signal.SIG_UNBLOCK)


def _mask_interrupt(how: int) -> set[Any]:
    if sys.platform == "win32":
        return set()
    return set(signal.pthread_sigmask(how, {signal.SIGINT}))


@contextmanager
def _no_main() -> Iterator[None]:
    """Keep children from importing the user's script, so that it needs no main guard."""
    main = sys.modules["__main__"]
    spec, file = getattr(main, "__spec__", None), main.__dict__.pop("__file__", None)
    main.__spec__ = None
    try:
        yield
    finally:
        main.__spec__ = spec
        if file is not None:
            main.__file__ = file
