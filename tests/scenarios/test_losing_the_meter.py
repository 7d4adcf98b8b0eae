"""The meter is gone: each of the three behaviors, and what happens when it is back."""

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from .house import Charger, House


def charger(name: str = "car", **settings: int) -> Charger:
    """Return a charger with these settings."""
    return Charger(name, settings=settings)


async def test_stop_stops_every_car_at_once(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Without a meter no car charges: its last value is neither kept nor read as 0.

    Accident 16. Stands on `fallback_ceiling` in `allocate/fallback.py`.
    """
    house = House(hass, freezer, Charger("garage"), Charger("drive"))
    await house.async_settle_in(10)

    house.lose_meter()
    await house.async_run(5)

    for item in house.chargers:
        assert item.commands == [("stop_charging", 0)]
        assert house.state(f"sensor.{item.name}_limited_by") == "meter_unavailable"
        assert house.state(f"binary_sensor.{item.name}_active") == "off"
    assert house.event_types() == ["meter_unavailable"]
    assert house.state("binary_sensor.home_fallback_active") == "on"
    assert house.total_a[-1] == 10


async def test_a_car_that_was_stopped_starts_again_when_the_meter_is_back(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """When the meter is back, the car starts after the ramp-up time, and one is told so."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    house.lose_meter()
    await house.async_run(5)
    house.mend_meter()
    await house.async_run(30)

    stop, start, current = house.charger.calls
    assert (stop[1:], start[1:]) == (("stop_charging", 0), ("start_charging", 22))
    assert (current[1:], start[0]) == (("set_current", 22), stop[0] + 30)
    assert house.event_types() == ["meter_unavailable", "meter_recovered", "charging_resumed"]
    assert house.state("binary_sensor.home_fallback_active") == "off"


async def test_a_meter_that_comes_and_goes_stops_the_car_once(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A meter that comes and goes does not start and stop the car each time.

    Accident 22.
    """
    house = House(hass, freezer)
    await house.async_settle_in(10)
    for _ in range(8):
        house.lose_meter()
        await house.async_run(1)
        house.mend_meter()
        await house.async_run(2)

    assert house.charger.commands == [("stop_charging", 0)]


async def test_ignore_keeps_what_was_and_raises_nothing(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """With `ignore` the car goes on as it was, and nothing raises it before the meter is back."""
    house = House(hass, freezer, unavailable_behavior="ignore")
    await house.async_settle_in(10)
    await house.async_set_number("number.car_max_charger_current", 16)
    house.forget_past()

    house.lose_meter()
    await house.async_run(5)
    await house.async_set_number("number.car_max_charger_current", 32)
    await house.async_run(60)

    assert house.charger.commands == []
    assert house.event_types() == ["meter_unavailable"]
    assert house.state("binary_sensor.car_active") == "on"

    house.mend_meter()
    await house.async_run(1)
    assert house.charger.commands == []
    await house.async_run(1)
    assert house.charger.commands == [("set_current", 22)]


async def test_ignore_still_follows_the_users_numbers_down(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """With `ignore` a maximum that the user lowers acts at once."""
    house = House(hass, freezer, unavailable_behavior="ignore")
    await house.async_settle_in(10)
    house.lose_meter()
    await house.async_run(5)

    await house.async_set_number("number.car_max_charger_current", 10)

    assert house.charger.commands == [("set_current", 10)]


async def test_ignore_finishes_a_cut_that_is_under_way(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """With `ignore` a cut that did not get through before the meter went is still delivered."""
    house = House(hass, freezer, unavailable_behavior="ignore")
    await house.async_settle_in(10)
    house.charger.fail()
    await house.async_run(2, 20)
    house.lose_meter()
    await house.async_run(2)
    house.charger.mend()
    house.charger.calls.clear()

    await house.async_run(12)

    assert house.charger.commands == [("set_current", 12)]
    assert house.total_a[-1] == 32


async def test_ignore_does_not_trust_an_implausible_meter(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """With `ignore` a meter that says what cannot be stops the car: it is there, and broken.

    A single such sample does not.
    """
    house = House(hass, freezer, unavailable_behavior="ignore")
    await house.async_settle_in(10)

    house.meter = lambda _current_a: "999999"
    await house.async_run(1)
    assert house.charger.commands == []
    await house.async_run(1)

    assert house.charger.commands == [("stop_charging", 0)]


@pytest.mark.parametrize(
    ("fallback_a", "max_a", "commands"),
    [
        (50, 32, [("set_current", 32)]),
        (6, 32, [("set_current", 6)]),
        (10, 32, [("set_current", 10)]),
        (5, 32, [("stop_charging", 0)]),
        (0, 32, [("stop_charging", 0)]),
        (22, 32, []),
    ],
    ids=["capped", "minimum", "lower", "below minimum", "none", "as it is"],
)
async def test_set_current_sets_the_fallback_current(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    fallback_a: int,
    max_a: int,
    commands: list[tuple[str, float]],
) -> None:
    """With `set_current` each car gets its fallback current, capped at what it may have."""
    car = Charger("car", max_a=max_a, settings={"fallback_current_a": fallback_a})
    house = House(hass, freezer, car, unavailable_behavior="set_current")
    await house.async_settle_in(10)

    house.lose_meter()
    await house.async_run(40)

    assert house.charger.commands == commands
    assert house.event_types() == ["meter_unavailable", "fallback_activated"]


async def test_a_lower_fallback_is_set_at_once(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """With `set_current` going down does not wait."""
    house = House(hass, freezer, charger(fallback_current_a=8), unavailable_behavior="set_current")
    await house.async_settle_in(10)

    house.lose_meter()
    await house.async_run(1)

    assert house.charger.commands == [("set_current", 8)]
    assert house.events[-1].data["fallback_current_a"] == 8


async def test_a_higher_fallback_waits_for_the_hold(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """With `set_current` going up waits for the ramp-up time after the last cut."""
    house = House(hass, freezer, charger(fallback_current_a=16), unavailable_behavior="set_current")
    await house.async_settle_in(10)
    await house.async_run(20, 22)
    assert house.charger.commands == [("set_current", 10)]

    house.lose_meter()
    await house.async_run(8)
    assert house.charger.commands == [("set_current", 10)]

    await house.async_run(10)
    cut, raised = house.charger.calls
    assert raised[1:] == ("set_current", 16)
    assert raised[0] == cut[0] + 30


async def test_a_stopped_car_gets_its_fallback_after_the_hold(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """With `set_current` a car that an overload had stopped starts after the ramp-up time."""
    house = House(hass, freezer, charger(fallback_current_a=10), unavailable_behavior="set_current")
    await house.async_settle_in(10)
    await house.async_run(10, 30)
    assert house.charger.commands == [("stop_charging", 0)]
    house.lose_meter()
    await house.async_run(60)

    stop, start, current = house.charger.calls
    assert (start[1:], current[1:]) == (("start_charging", 10), ("set_current", 10))
    assert start[0] >= stop[0] + 30


async def test_fallbacks_that_do_not_fit_together_are_shared_down(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """With `set_current` several cars never get more than the breaker bears."""
    chargers = [charger(name, fallback_current_a=16) for name in ("garage", "drive", "yard")]
    house = House(hass, freezer, *chargers, unavailable_behavior="set_current")
    await house.async_settle_in(0)

    house.lose_meter()
    await house.async_run(60)

    offered = [float(house.state(f"sensor.{item.name}_current_set")) for item in house.chargers]
    assert sorted(offered) == [10, 11, 11]
    assert max(house.total_a) <= 32


async def test_the_fallback_ends_with_the_next_good_reading(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """When the meter is back, the house is followed again: down at once, up after the hold."""
    house = House(hass, freezer, charger(fallback_current_a=16), unavailable_behavior="set_current")
    await house.async_settle_in(10)
    house.lose_meter()
    await house.async_run(40, 24)
    house.forget_past()
    house.mend_meter()
    await house.async_run(20)

    assert house.charger.commands == [("set_current", 8)]
    assert house.event_types() == ["meter_recovered"]
    assert house.total_a[-1] == 32
