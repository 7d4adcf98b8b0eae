"""What is to happen in the simulation, and when."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from math import inf


class Agenda:
    """Things to do at moments, in seconds from the beginning; those of one moment in order."""

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self._heap: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self._order = count()
        self.next_at = inf

    def add(self, at: float, act: Callable[..., None], *words: object) -> None:
        """Have something done at a moment."""
        heappush(self._heap, (at, next(self._order), act, words))
        self.next_at = self._heap[0][0]

    def run_until(self, moment: float) -> None:
        """Do what is due by a moment, and what that makes due."""
        while self.next_at <= moment:
            _, _, act, words = heappop(self._heap)
            self.next_at = self._heap[0][0] if self._heap else inf
            act(*words)
