"""Sensors of chargers as public reports describe them: stuck, whatever flows."""

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from .house import Charger, House
from .odd_chargers import DRAW, Sensors


@pytest.mark.parametrize(
    ("stuck_a", "period_s", "is_stuck_later"),
    [("0.0", 5, False), ("0.0", 10, False), ("0.0", 1, True), ("3.2", 5, False)],
    ids=["5 s", "10 s", "stuck while it charges", "another value"],
)
async def test_a_draw_sensor_that_is_stuck_costs_few_commands(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    stuck_a: str,
    period_s: int,
    is_stuck_later: bool,
) -> None:
    """The measured current stays 0 after the car came; the house is steady (lbbrhzn/ocpp#1742)."""
    car = Charger("car", max_a=32, car_a=16, settings={"draw_sensor": DRAW})
    house = House(hass, freezer, car, breaker_a=32, period_s=period_s)
    sensors = Sensors(hass, house)
    if not is_stuck_later:
        sensors.stuck_a = stuck_a
    sensors.write()
    await house.async_set_up(10)
    await sensors.async_run(300)
    sensors.stuck_a = stuck_a
    await sensors.async_run(300)
    house.forget_past()

    await sensors.async_run(1800)

    assert len(car.calls) <= 4
    assert house.over_s() == 0
