"""Sensors of one telegram are decided on once: together, or after a quarter of a second.

Where one of them shows an overload, it is decided on at once, and the rest with the end of the
telegram: twice at most.
"""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Iterable
from typing import Protocol

from .phase_sensors import TELEGRAM_S


class OnReady(Protocol):
    """What is called when something of a telegram is to be decided on."""

    def __call__(self, *, is_whole: bool) -> None:
        """Decide; `is_whole`: nothing more of it is to come."""
        ...


class Telegram:
    """What has come of a meter's telegram."""

    def __init__(self, loop: AbstractEventLoop, sensors: Iterable[str], on_ready: OnReady) -> None:
        """Wait for the first sensor."""
        self._loop, self._sensors, self._on_ready = loop, frozenset(sensors), on_ready
        self._heard = set[str]()
        self._was_urgent = False
        self._end: TimerHandle | None = None

    def on_report(self, entity_id: str, *, is_urgent: bool) -> None:
        """Take one more of it; what is urgent does not wait for the rest, once."""
        self._heard.add(entity_id)
        if self._heard >= self._sensors:
            self._finish()
            return
        if self._end is None:
            self._end = self._loop.call_later(TELEGRAM_S, self._finish)
        if is_urgent and not self._was_urgent:
            self._was_urgent = True
            self._on_ready(is_whole=False)

    def cancel(self) -> None:
        """Wait no longer."""
        if self._end is not None:
            self._end.cancel()
        self._end = None
        self._heard.clear()
        self._was_urgent = False

    def _finish(self) -> None:
        self.cancel()
        self._on_ready(is_whole=True)
