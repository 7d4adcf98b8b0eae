"""Chargers and cars as public reports describe them: slow, self-willed, forgetful."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from .house import Charger, House
from .odd_chargers import (
    DRAW,
    STATUS,
    LatestWins,
    Sensors,
    SlowCar,
    Spiking,
    StartResets,
    Uneven,
    over,
)

SENSORS = pytest.mark.parametrize(
    "settings",
    [{}, {"status_sensor": STATUS}, {"draw_sensor": DRAW}],
    ids=["no sensor", "status", "draw"],
)


@pytest.mark.parametrize("period_s", [1, 10])
@pytest.mark.parametrize(
    ("breaker_a", "max_a", "house_a", "per_s"),
    [(40, 32, 20, 0.77), (100, 80, 60, 1.23), (32, 32, 8, 0.4)],
)
async def test_a_car_that_rises_slowly_is_waited_for(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    breaker_a: int,
    max_a: int,
    house_a: int,
    per_s: float,
    period_s: int,
) -> None:
    """The car needs 26 s to its current; the house never changes (minceheid/openeo#13)."""
    car = SlowCar("car", max_a=max_a, car_a=max_a, per_s=per_s)
    house = House(hass, freezer, car, breaker_a=breaker_a, period_s=period_s)

    await house.async_set_up(house_a)
    await house.async_run(1800)

    late = [call for call in car.calls if call[0] > 300]
    assert (over(house), late) == ([], [])
    assert car.drawn_a == min(breaker_a - house_a, max_a)


@SENSORS
@pytest.mark.parametrize("current_a", [16, 10])
async def test_a_stopped_charger_that_starts_by_itself_is_stopped(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    settings: dict[str, Any],
    current_a: int,
) -> None:
    """Power back, or a car plugged in: it charges (evcc-io/evcc#31729, evcc-io/evcc#3081)."""
    car = Charger("car", max_a=16, car_a=0, settings=settings)
    house = House(hass, freezer, car, breaker_a=25, period_s=5)
    sensors = Sensors(hass, house)
    sensors.write()
    await house.async_set_up(22)
    await sensors.async_run(600)
    house.forget_past()

    car.car_a, car.is_on, car.limit_a = 32, True, current_a
    await sensors.async_run(900)

    assert ("stop_charging", 0) in car.commands
    assert house.over_s() <= 60


@SENSORS
@pytest.mark.parametrize("is_on", [True, False], ids=["at 0 A", "off"])
async def test_a_charger_that_forgot_its_current_is_told_again(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    settings: dict[str, Any],
    is_on: bool,
) -> None:
    """After a power cut the charger's limit is 0 A: it is told once more (steff393/wbec#154)."""
    car = Charger("car", max_a=16, settings=settings)
    house = House(hass, freezer, car, breaker_a=25, period_s=5)
    sensors = Sensors(hass, house)
    sensors.write()
    await house.async_set_up(6)
    await sensors.async_run(600)
    house.forget_past()

    car.limit_a, car.is_on = 0, is_on
    await sensors.async_run(1200)

    assert car.drawn_a == 16


@pytest.mark.parametrize(
    ("kind", "breaker_a", "then_a"),
    [
        (partial(Uneven, max_a=32), 32, 22),
        (partial(StartResets, max_a=25, car_a=25, holds_s=120), 25, 12),
        (partial(StartResets, max_a=32, holds_s=60), 32, 12),
    ],
    ids=["10 A gives 30 A", "start resets for 120 s", "start resets for 60 s"],
)
async def test_a_charger_that_takes_more_at_each_start_is_told_of(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    kind: Callable[..., Charger],
    breaker_a: int,
    then_a: int,
) -> None:
    """Its draw sensor shows it (minceheid/openeo#27, JoaoPedroBelo/bmw-wallbox-ha#15)."""
    car = kind("car", settings={"draw_sensor": DRAW})
    house = House(hass, freezer, car, breaker_a=breaker_a, period_s=5)
    sensors = Sensors(hass, house)
    sensors.write()

    await house.async_set_up(12)
    await sensors.async_run(300)
    await sensors.async_run(1200, then_a)

    assert "charger_unresponsive" in house.event_types()


@pytest.mark.parametrize("period_s", [1, 5])
async def test_a_charger_that_spikes_at_each_change_does_not_hunt(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, period_s: int
) -> None:
    """At its maximum for 6 s after each change: the balancer stays low, longer each time."""
    car = Spiking("car", max_a=32)
    house = House(hass, freezer, car, breaker_a=32, period_s=period_s)

    await house.async_set_up(12)
    await house.async_run(1800)

    assert house.over_s() <= period_s + 3 * 10
    assert len([call for call in car.calls if call[0] > 600]) <= 8


@pytest.mark.parametrize("delay_s", [5, 9])
async def test_a_charger_that_hears_only_the_last_start_or_stop_charges(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, delay_s: int
) -> None:
    """A slow charger drops a stop for the start behind it, and still ends at its share."""
    car = LatestWins("car", delay_s=delay_s)
    house = House(hass, freezer, car, breaker_a=32, period_s=5)
    await house.async_settle_in(12)

    await house.async_run(10, 30)
    await house.async_run(120, 12)

    assert car.drawn_a == 20
    assert house.over_s() <= 5 + 3 * 10
