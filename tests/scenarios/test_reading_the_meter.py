"""What the meter says is understood, or counts as lost; and one decision sees all of it."""

from collections.abc import Callable
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant

from .house import METER, UNITS, House


@pytest.mark.parametrize("unit", UNITS)
async def test_the_unit_of_the_meter_is_read(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, unit: str
) -> None:
    """A meter in kW is not taken for one in W: the car gets what the house leaves.

    Accident 1.
    """
    house = House(hass, freezer, unit=unit)

    await house.async_set_up(20)
    await house.async_run(15)

    assert house.charger.commands == [("start_charging", 12), ("set_current", 12)]
    assert house.state("sensor.home_available_current") == "0.0"
    assert house.over_s() == 0


@pytest.mark.parametrize("unit", ["kW", "A"])
async def test_a_unit_changed_while_running_changes_nothing(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, unit: str
) -> None:
    """Changing the meter's unit in Home Assistant neither raises nor stops a car.

    Accident 17. Stands on `current_a` in `inputs/units.py`.
    """
    house = House(hass, freezer)
    await house.async_settle_in(20)

    house.unit = unit
    await house.async_run(60)

    assert house.charger.commands == []
    assert house.state("sensor.car_current_set") == "12"
    assert house.event_types() == []


@pytest.mark.parametrize(
    "text",
    [STATE_UNAVAILABLE, STATE_UNKNOWN, "", "None", "abc", "nan", "inf", "-inf"],
)
async def test_what_is_no_reading_stops_the_car(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, text: str
) -> None:
    """A meter that says nothing usable stops the car, and a good reading ends it.

    Accident 17. Stands on `number` in `inputs/units.py`.
    """
    house = House(hass, freezer)
    await house.async_settle_in(10)

    house.meter = lambda _current_a: text
    await house.async_run(1)

    assert house.charger.commands == [("stop_charging", 0)]
    assert house.event_types() == ["meter_unavailable"]
    assert house.state("binary_sensor.home_meter_status") == "off"
    assert house.state("sensor.home_available_current") == STATE_UNAVAILABLE

    house.mend_meter()
    await house.async_run(35)

    assert house.charger.commands[1:] == [("start_charging", 22), ("set_current", 22)]
    assert house.event_types() == ["meter_unavailable", "meter_recovered", "charging_resumed"]


@pytest.mark.parametrize("text", ["1e9", "-1e9", str(5 * 32 * 230), str(-5 * 32 * 230)])
async def test_what_no_house_can_draw_stops_the_car_the_second_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, text: str
) -> None:
    """A single sample of five times the rating moves nobody; two in a row are a lost meter.

    Accident 17. Stands on `is_implausible` in `meter/availability.py`.
    """
    house = House(hass, freezer)
    await house.async_settle_in(10)

    house.meter = lambda _current_a: text
    await house.async_run(1)
    house.mend_meter()
    await house.async_run(20)
    assert house.charger.commands == []
    assert house.event_types() == []

    house.meter = lambda _current_a: text
    await house.async_run(2)
    assert house.charger.commands == [("stop_charging", 0)]
    assert house.event_types() == ["meter_unavailable"]
    assert house.events[0].data["reason"] == "implausible"
    assert house.state("binary_sensor.home_meter_status") == "off"


async def test_what_a_house_can_hardly_draw_is_a_reading(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Just below five times the rating is an overload, and is answered at once."""
    house = House(hass, freezer)
    await house.async_settle_in(10)

    house.meter = lambda _current_a: str(5 * 32 * 230 - 1)
    await house.async_run(1)

    assert house.charger.commands == [("stop_charging", 0)]
    assert house.event_types() == ["overload_stop"]


async def test_a_removed_meter_stops_the_car(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A meter that is removed is not forgotten: the car stops.

    Accident 17. Stands on `current_a` in `inputs/units.py`.
    """
    house = House(hass, freezer)
    await house.async_settle_in(10)

    house.freeze_meter()
    hass.states.async_remove(METER)
    await house.async_run(1)

    assert house.charger.commands == [("stop_charging", 0)]
    assert house.event_types() == ["meter_unavailable"]


@pytest.mark.parametrize("unit", ["kWh", "%", None])
async def test_a_unit_that_cannot_be_used_stops_the_car(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, unit: str | None
) -> None:
    """A meter that turns into a counter of energy is not read as power.

    Accident 17.
    """
    house = House(hass, freezer)
    await house.async_settle_in(10)

    house.freeze_meter()
    hass.states.async_set(METER, "10", {"unit_of_measurement": unit} if unit else {})
    await house.async_run(1)

    assert house.charger.commands == [("stop_charging", 0)]
    assert house.event_types() == ["meter_unavailable"]


@pytest.mark.parametrize("text", ["0", "0.0", "-0.0", "-2300"], ids=["0", "0.0", "-0.0", "export"])
async def test_zero_and_export_are_readings(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, text: str
) -> None:
    """A house that draws nothing, or feeds in, is no lost meter but a quiet one.

    Accident 17.
    """
    house = House(hass, freezer)
    await house.async_settle_in(10)

    house.meter = lambda _current_a: text
    await house.async_run(5)

    assert house.charger.commands == [("set_current", 32)]
    assert house.event_types() == []
    assert house.state("binary_sensor.home_meter_status") == "on"


def spike_last(house: House) -> None:
    """Say that all is well, then in the same turn that the house is over its limit."""
    house.report(5)
    house.report(30)


def spike_first(house: House) -> None:
    """Say that the house is over its limit, then in the same turn that it is not."""
    house.report(30)
    house.report(10)


def lost_between(house: House) -> None:
    """Lose the meter and find it again within one turn."""
    house.lose_meter()
    house.report()
    house.mend_meter()
    house.report()


@pytest.mark.parametrize(
    ("readings", "commands"),
    [(spike_last, [("stop_charging", 0)]), (spike_first, []), (lost_between, [])],
    ids=["spike last", "spike first", "lost between"],
)
async def test_readings_of_one_turn_lead_to_one_decision(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    readings: Callable[[House], None],
    commands: list[tuple[str, float]],
) -> None:
    """Of several readings at once the last one counts, and none ends its command.

    Accident 5. Stands on `decide_soon` in `coordinator.py`.
    """
    house = House(hass, freezer)
    await house.async_settle_in(10)

    readings(house)
    await house.async_settle()

    assert house.charger.commands == commands
    assert house.event_types() == ["overload_stop"] * len(commands)


async def test_a_steady_meter_lets_the_car_rise_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Readings that only repeat the same value let an increase come.

    Accident 8.
    """
    house = House(hass, freezer)
    await house.async_settle_in(5)
    await house.async_run(10, 15)
    assert house.charger.commands == [("set_current", 17)]

    # Within the hold the kettle goes off: from here every reading is the same.
    await house.async_run(35, 5)

    assert house.charger.commands == [("set_current", 17), ("set_current", 27)]
    assert house.charger.drawn_a == 27


async def test_the_end_of_a_hold_decides_by_itself(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """An increase that was held comes when the hold ends, without a new reading.

    Accident 8. Stands on `wake_at` in `balancer.py`.
    """
    house = House(hass, freezer)
    await house.async_settle_in(5)
    await house.async_run(15, 15)
    await house.async_run(1, 5)
    assert house.state("sensor.car_balancer_state") == "ramp_up_hold"

    house.freeze_meter()
    await house.async_run(20)

    cut, raised = house.charger.calls
    assert cut[1:] == ("set_current", 17)
    assert raised[1:] == ("set_current", 27)
    assert raised[0] == cut[0] + 30


async def test_an_unchanged_reading_is_a_sign_of_life(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A meter that repeats one value for longer than its timeout is not lost.

    Accident 8. Stands on `async_follow_reports` in `inputs/state_reports.py`.
    """
    house = House(hass, freezer, meter_timeout_s=10)
    await house.async_settle_in(10)

    await house.async_run(60)

    assert house.charger.drawn_a == 22
    assert house.charger.commands == []
    assert house.event_types() == []


@pytest.mark.parametrize(
    ("site", "heard_s", "timeout_s"),
    [({"meter_timeout_s": 20}, 0, 20), ({}, 310, 3 * 1 + 5)],
    ids=["20 s", "automatic"],
)
async def test_a_frozen_meter_counts_as_lost(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    site: dict[str, Any],
    heard_s: int,
    timeout_s: int,
) -> None:
    """A meter that falls silent with its last value standing stops the car.

    Accident 9. Stands on `Meter.silent_at` in `meter/availability.py`.
    """
    house = House(hass, freezer, **site)
    await house.async_settle_in(10)
    await house.async_run(heard_s)
    assert house.charger.commands == []

    house.freeze_meter()
    await house.async_run(timeout_s - 1)
    assert house.charger.commands == []

    await house.async_run(1)
    assert house.charger.commands == [("stop_charging", 0)]
    assert house.event_types() == ["meter_unavailable"]


async def test_a_frozen_meter_that_reports_only_changes_is_asked_first(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A meter that may be silent is asked by a small cut, and counts as lost when it says nothing.

    Accident 9.
    """
    house = House(hass, freezer)
    await house.async_settle_in(10)

    house.freeze_meter()
    await house.async_run(899)
    assert house.charger.commands[0] == ("set_current", 19)
    assert house.event_types() == []

    await house.async_run(1)
    assert house.charger.commands[-1] == ("stop_charging", 0)
    assert house.event_types() == ["meter_unavailable"]


async def test_a_timeout_of_zero_never_ends_a_silent_meter(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Who sets the timeout to 0 has asked that silence is never taken for a loss."""
    house = House(hass, freezer, meter_timeout_s=0)
    await house.async_settle_in(10)

    house.freeze_meter()
    await house.async_run(400)

    assert house.charger.commands == []
    assert house.event_types() == []
