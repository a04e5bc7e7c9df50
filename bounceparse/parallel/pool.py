"""A pool of worker processes that survives the death of any of them, with results in order and bounded memory.

``concurrent.futures`` gives all work up when one worker dies and ``multiprocessing.Pool`` waits for ever, so this is
our own: one socket per worker; a socket that ends is a worker that died, and what it had in hand is given again. What
was in hand at three deaths is suspected of causing them: it is cut into smaller shares until a single message is found
guilty, and that becomes a record of kind ``unreadable``.

Results are handed on in the order of the shares. At most ``3 x jobs + 2`` shares are begun and not handed on yet, so
a slow consumer slows the workers instead of filling the memory.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from types import TracebackType

from bounceparse.parallel.shares import BatchShare, Share, narrow
from bounceparse.parallel.work import Result
from bounceparse.parallel.worker import READY
from bounceparse.record import InterruptedRun

MAX_DEATHS = 3
"""Deaths of workers with the same share in hand before the share itself is suspected."""

MAX_FALSE_STARTS = 5
"""Workers in a row that died before they were ready."""


@dataclass(eq=False, slots=True)
class _Turn:
    """A share on its way."""

    share: Share
    deaths: int = 0
    given: bool = False
    result: Result | None = None


@dataclass(eq=False, slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    connection: Connection
    ready: bool = False
    turns: deque[_Turn] = field(default_factory=deque)

    def takes(self, share: Share) -> bool:
        """Say whether the share can be sent: one more small one may wait in the socket, so that no worker idles.

        A batch is sent only to a worker with nothing to do: sending megabytes to one that is sending megabytes would
        block both for ever.
        """
        if not self.ready:
            return False
        if not self.turns:
            return True
        return len(self.turns) < 2 and not isinstance(share, BatchShare) and _is_small(share)


def _is_small(share: Share) -> bool:
    return not isinstance(share, BatchShare) and len(getattr(share, "files", ())) <= 50


class Pool:
    """``jobs`` workers that parse shares; use it in a ``with`` block.

    ``give_up`` makes the result of a single message whose parsing has ended three workers.
    """

    def __init__(self, jobs: int, form: str, *, keep_data: bool, give_up: Callable[[Share], Result]) -> None:
        self._jobs = jobs
        self._form = form
        self._keep_data = keep_data
        self._give_up = give_up
        self._workers: list[_Worker] = []
        self._false_starts = 0
        self.restarts = 0

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.connection.close()
            worker.process.kill()
        for worker in self._workers:
            worker.process.wait()
        self._workers.clear()

    @property
    def process_ids(self) -> list[int]:
        """The workers' process ids."""
        return [worker.process.pid for worker in self._workers]

    def run(self, shares: Iterator[Share]) -> Iterator[tuple[Share, Result]]:
        """Yield each share with its result, in order. Shares are taken as they are needed.

        What ``shares`` raises is raised after all that went before it has been handed on.
        """
        window: deque[_Turn] = deque()
        failure: Exception | None = None
        ended = False
        while True:
            while not ended and len(window) < 3 * self._jobs + 2:
                try:
                    window.append(_Turn(next(shares)))
                except StopIteration:
                    ended = True
                except Exception as error:
                    ended, failure = True, error
            self._assign(window)
            while window and (result := window[0].result) is not None:
                yield window.popleft().share, result
                self._assign(window)
            if window:
                self._listen(window)
            elif ended:
                break
        if failure is not None:
            raise failure

    def _assign(self, window: deque[_Turn]) -> None:
        """Give the turns that wait to the workers that have room, the idle ones first."""
        if len(self._workers) < self._jobs and any(not turn.given for turn in window):
            self._start()
        for worker in sorted(self._workers, key=lambda worker: len(worker.turns)):
            while (turn := next((turn for turn in window if not turn.given), None)) and worker.takes(turn.share):
                try:
                    worker.connection.send_bytes(
                        pickle.dumps((turn.share, self._form, self._keep_data), pickle.HIGHEST_PROTOCOL)
                    )
                except OSError:  # dead: told by its socket's end when next listened to
                    break
                turn.given = True
                worker.turns.append(turn)

    def _start(self) -> None:
        """Start the workers that are missing; with fewer than asked for, if the system has no room."""
        while len(self._workers) < self._jobs:
            ours, theirs = Pipe()
            try:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "bounceparse.parallel.worker", str(theirs.fileno())],
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(_search_path())},
                )
            except OSError as error:
                ours.close()
                if self._workers:
                    return
                raise InterruptedRun(f"cannot start a worker: {error.strerror}; use --jobs 1") from error
            finally:
                theirs.close()
            self._workers.append(_Worker(process, ours))

    def _listen(self, window: deque[_Turn]) -> None:
        """Wait for workers to answer or to die, and take in what they say."""
        heard = wait([worker.connection for worker in self._workers])
        for worker in list(self._workers):
            if worker.connection not in heard:
                continue
            try:
                answer = worker.connection.recv_bytes()
            except (EOFError, OSError):
                self._bury(worker, window)
                continue
            if answer == READY:
                worker.ready = True
                self._false_starts = 0
                continue
            result = pickle.loads(answer)
            if isinstance(result, Exception):
                raise result
            worker.turns.popleft().result = result

    def _bury(self, worker: _Worker, window: deque[_Turn]) -> None:
        """Take the dead worker's shares back; the one it had in hand is suspected a little more."""
        worker.connection.close()
        worker.process.kill()
        worker.process.wait()
        self._workers.remove(worker)
        self.restarts += 1
        if not worker.ready:
            self._false_starts += 1
            if self._false_starts >= MAX_FALSE_STARTS:
                raise InterruptedRun("the worker processes die as they start (no memory left?); use --jobs 1")
        for turn in worker.turns:
            turn.given = False
        if worker.turns:
            self._suspect(worker.turns[0], window)

    def _suspect(self, turn: _Turn, window: deque[_Turn]) -> None:
        turn.deaths += 1
        if turn.deaths < MAX_DEATHS:
            return
        smaller = narrow(turn.share)
        if not smaller:
            turn.given, turn.result = True, self._give_up(turn.share)
            return
        place = window.index(turn)
        window.remove(turn)
        for share in reversed(smaller):
            window.insert(place, _Turn(share))


def _search_path() -> list[str]:
    """Return where a worker looks for modules: where we do, this package first.

    Without it a worker of a program that lives in a checkout would not find what its parent found.
    """
    own = str(Path(__file__).parents[2])
    return [own, *(path for path in sys.path if path and path != own)]
