"""Sensors of one telegram: decided on together, and at once where it must be."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from custom_components.ev_lb.inputs.telegram import TELEGRAM_S, Telegram

A, B, C = "sensor.l1", "sensor.l2", "sensor.l3"
type Wait = Callable[[float], Awaitable[None]]


class Heard:
    """A telegram of three sensors, and how often it was ready."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.times = 0
        self.is_whole: bool | None = None
        """Whether what was ready last was the whole telegram."""

        self.telegram = Telegram(hass.loop, (A, B, C), self._ready)

    def _ready(self, *, is_whole: bool) -> None:
        self.times += 1
        self.is_whole = is_whole

    def say(self, *sensors: str, is_urgent: bool = False) -> int:
        """Let sensors report; return how often it was ready so far."""
        for entity_id in sensors:
            self.telegram.on_report(entity_id, is_urgent=is_urgent)
        return self.times


@pytest.fixture
def heard(hass: HomeAssistant) -> Iterator[Heard]:
    """Return a telegram of which nothing has come."""
    heard = Heard(hass)
    yield heard
    heard.telegram.cancel()


@pytest.fixture
def wait(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Wait:
    """Let time pass."""

    async def wait(seconds: float) -> None:
        freezer.tick(seconds)  # not `async_fire_time_changed`: that is half a second early
        for _ in range(3):
            await asyncio.sleep(0)

    return wait


async def test_whole_telegram_is_ready_once(heard: Heard) -> None:
    """All its sensors in one turn, or soon after each other, are one reading."""
    assert heard.say(A, B) == 0
    assert heard.say(C) == 1
    assert heard.say(C, B) == 1
    assert heard.say(A) == 2


async def test_part_of_a_telegram_is_ready_after_a_moment(heard: Heard, wait: Wait) -> None:
    """A sensor that reports changes alone is not waited for."""
    assert heard.say(A, B) == 0
    await wait(TELEGRAM_S - 0.05)
    assert heard.times == 0
    await wait(0.1)
    assert heard.times == 1
    await wait(5)
    assert heard.times == 1


async def test_urgent_sensor_does_not_wait(heard: Heard) -> None:
    """An overload is answered when it is seen, and the rest when it is complete."""
    assert heard.say(A) == 0
    assert heard.say(B, is_urgent=True) == 1
    assert heard.is_whole is False
    assert heard.say(C) == 2
    assert heard.is_whole is True


async def test_telegram_is_ready_twice_at_most(heard: Heard, wait: Wait) -> None:
    """Three overloads of one telegram lead to two decisions, and so for the next."""
    for telegram in range(1, 4):
        assert heard.say(A, B, C, is_urgent=True) == 2 * telegram
        await wait(1)
        assert heard.times == 2 * telegram


async def test_end_after_an_urgent_sensor_is_told(heard: Heard, wait: Wait) -> None:
    """Where nothing follows what was urgent, its own other half may have to be read."""
    assert heard.say(A, is_urgent=True) == 1
    await wait(1)
    assert (heard.times, heard.is_whole) == (2, True)
