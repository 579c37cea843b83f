"""Several hands for one pile of lines: a few threads take from it in order, until it is empty or all must stop."""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

from onebrush.cli.batch_asking import Stopped
from onebrush.cli.batch_lines import Line
from onebrush.cli.failures import CommandFailed

HEARTBEAT = 0.1

Work = Callable[[Line], None]


class Crew:
    """Works on lines, `hands` at once.

    `stop` ends it: what is under way is finished, nothing more is begun. The first failure of a hand stops all.
    """

    def __init__(self, hands: int) -> None:
        self._hands = hands
        self._halt = threading.Event()
        self._never = threading.Event()
        self._failure: BaseException | None = None
        self._under_way = 0
        self._lock = threading.Lock()

    @property
    def stopped(self) -> bool:
        """Whether nothing more is begun."""
        return self._halt.is_set()

    @property
    def under_way(self) -> int:
        """Lines that are worked on."""
        return self._under_way

    def stop(self) -> None:
        """Begin nothing more."""
        self._halt.set()

    def pause(self, seconds: float) -> None:
        """Wait before something is tried again. Raises Stopped when nothing more is to be."""
        if self._halt.wait(seconds):
            raise Stopped

    def look(self, seconds: float) -> None:
        """Wait, come what may."""
        self._never.wait(seconds)

    def run(self, lines: Iterable[Line], work: Work) -> None:
        """Until all are worked on, or what is under way when it is stopped. Raises what stopped it."""
        # As few wait as are worked on: a batch may be larger than memory.
        pile: queue.Queue[Line | None] = queue.Queue(self._hands)
        threads = [threading.Thread(target=self._labour, args=(pile, work), daemon=True) for _ in range(self._hands)]
        for thread in threads:
            thread.start()
        self._feed(lines, pile)
        for _ in threads:
            self._put(pile, None, until_taken=True)
        for thread in threads:
            thread.join()
        if self._failure is not None:
            raise self._failure

    def _feed(self, lines: Iterable[Line], pile: queue.Queue[Line | None]) -> None:
        try:
            for line in lines:
                if not self._put(pile, line):
                    break
        except CommandFailed as failure:
            self._fail(failure)

    def _fail(self, failure: BaseException) -> None:
        self._failure = self._failure or failure
        self.stop()

    def _put(self, pile: queue.Queue[Line | None], line: Line | None, *, until_taken: bool = False) -> bool:
        while until_taken or not self.stopped:
            try:
                pile.put(line, timeout=HEARTBEAT)
                return True
            except queue.Full:
                continue
        return False

    def _labour(self, pile: queue.Queue[Line | None], work: Work) -> None:
        while (line := pile.get()) is not None:
            if not self.stopped:
                self._one(line, work)

    def _one(self, line: Line, work: Work) -> None:
        with self._lock:
            self._under_way += 1
        try:
            work(line)
        except Stopped:
            pass
        except BaseException as failure:
            self._fail(failure)
        finally:
            with self._lock:
                self._under_way -= 1


@contextmanager
def interruptible(crew: Crew, tell: Callable[[], None]) -> Iterator[None]:
    """The first Ctrl-C stops the crew and calls `tell`, the next is raised as ever. For the main thread."""

    def interrupted(number: int, frame: FrameType | None) -> None:
        if crew.stopped:
            raise KeyboardInterrupt
        crew.stop()
        tell()

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
