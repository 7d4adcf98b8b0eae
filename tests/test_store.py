"""What must survive a crash: when it is written, how it ages, and that it goes with its site."""

from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from .scenarios.house import METER, STORE, Charger, House


def stored(hass_storage: dict[str, Any]) -> dict[str, Any]:
    """Return what stands in our file."""
    return hass_storage[STORE]["data"]


def car_memory(hass_storage: dict[str, Any]) -> dict[str, Any]:
    """Return what stands there of the charger."""
    return stored(hass_storage)["memory"]["chargers"]["ID_CAR"]


def meter_memory(hass_storage: dict[str, Any]) -> dict[str, Any]:
    """Return what stands there of the meter."""
    return stored(hass_storage)["memory"]["meter"]


@pytest.fixture
async def house(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> House:
    """Return a house that charges with 22 A."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    return house


async def test_a_command_is_in_the_file_within_two_seconds(
    house: House, hass_storage: dict[str, Any]
) -> None:
    """What a charger was told is known after a power cut two seconds later."""
    await house.async_run(3, 20)

    charger = car_memory(hass_storage)
    assert (charger["current_a"], charger["target_a"]) == (12, 12)
    assert list(charger["told_a"]) == [22, 12]
    assert charger["held_until"] == pytest.approx(30, abs=2)


async def test_the_file_is_written_while_decisions_keep_coming(
    hass: HomeAssistant,
    house: House,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
) -> None:
    """Changes three times a second do not put the writing off."""
    for change in range(12):
        await house.async_set_number("number.car_priority", 60 + change)
        freezer.tick(0.3)
        async_fire_time_changed(hass)
        await house.async_settle()

    priority = stored(hass_storage)["numbers"]["ID_CAR"]["priority"]
    assert priority["value"] >= 66


async def test_a_steady_site_writes_nothing(house: House, hass_storage: dict[str, Any]) -> None:
    """Readings that change nothing do not wear out the disk."""
    del hass_storage[STORE]

    await house.async_run(30)

    assert STORE not in hass_storage


async def test_a_steady_site_whose_meter_is_not_quite_on_time_writes_nothing(
    hass: HomeAssistant,
    house: House,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
) -> None:
    """Gaps that differ by some ms are not worth a write each."""

    async def async_report(times: int) -> None:
        for report in range(times):
            freezer.tick(1.5 + 0.013 * (report % 5))
            async_fire_time_changed(hass)
            house.report()
            await house.async_settle()

    await async_report(15)  # another period than before is worth one
    hass_storage.pop(STORE)
    await async_report(30)

    assert STORE not in hass_storage


async def test_how_the_meter_reports_is_in_the_file(
    house: House, hass_storage: dict[str, Any]
) -> None:
    """What was learned of it is written when it has proven to be regular."""
    await house.async_run(250)
    assert not meter_memory(hass_storage)["is_proven"]
    await house.async_run(60)

    assert stored(hass_storage)["meter_id"] == METER
    assert meter_memory(hass_storage) == {
        "period_s": pytest.approx(1),
        "is_proven": True,
        "irregular_at": None,
        "answers_s": [],
        "has_exported": False,
    }


async def test_another_meter_is_not_taken_for_the_one_before(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    """A meter that was picked anew may report only what changes: its silence stops nobody."""
    await house.async_run(320)
    other = "sensor.other_power"
    house.freeze_meter()
    hass.states.async_set(other, "7360", {"unit_of_measurement": "W"})

    await house.async_change_site(power_meter=other)
    await house.async_run(30)

    assert house.event_types() == []
    assert house.charger.drawn_a == 22
    assert stored(hass_storage)["meter_id"] == other
    assert not meter_memory(hass_storage)["is_proven"]


async def test_how_far_a_deaf_charger_was_taken_is_in_the_file(
    house: House, hass_storage: dict[str, Any]
) -> None:
    """A power cut right after the report forgets neither the report nor the stop."""
    house.charger.is_deaf = True
    await house.async_run(39, 20)
    assert house.event_types() == ["overload_stop", "charger_unresponsive"]
    await house.async_run(1)

    charger = car_memory(hass_storage)
    assert charger["is_unresponsive"]
    assert charger["target_a"] == 0


async def test_numbers_and_switches_are_kept_with_their_owners(
    house: House, hass_storage: dict[str, Any]
) -> None:
    """A number is kept with what the dialog says, so that a later change there is seen."""
    await house.async_set_number("number.home_service_current", 20)
    await house.async_set_number("number.car_max_charger_current", 16)
    await house.async_switch("switch.car_enabled", is_on=False)
    await house.async_run(2)

    data = stored(hass_storage)
    assert data["numbers"] == {
        "ID_SITE": {"service_current_a": {"value": 20, "configured": 32}},
        "ID_CAR": {"max_charger_current_a": {"value": 16, "configured": 32}},
    }
    assert data["switches"] == {"ID_CAR": False}


async def test_an_unload_writes_at_once(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    """A reload finds what was known at that moment, not an older state."""
    await house.async_set_limit(house.charger, 10, 600)
    assert await hass.config_entries.async_unload(house.entry.entry_id)

    charger = car_memory(hass_storage)
    assert (charger["limit_a"], charger["limited_until"]) == (10, pytest.approx(600, abs=1))


async def test_a_hold_does_not_run_while_home_assistant_is_down(
    house: House, hass_storage: dict[str, Any]
) -> None:
    """What the house did meanwhile is unknown: the rest of the hold comes after the start."""
    await house.async_run(3, 20)
    await house.async_kill(hass_storage)
    await house.async_run(60)
    house.forget_past()
    house.house_a = 5
    await house.async_boot(5)
    started = house.second
    await house.async_run(40)

    assert house.charger.commands[-1] == ("set_current", 27)
    assert house.charger.calls[-1][0] >= started + 20


async def test_a_long_stored_hold_is_no_longer_than_the_ramp_up_time(
    house: House, hass_storage: dict[str, Any]
) -> None:
    """A file that says an hour does not keep the car down for an hour."""
    await house.async_run(3, 20)
    car_memory(hass_storage)["held_until"] = 3600
    await house.async_kill(hass_storage)
    house.forget_past()
    house.house_a = 5
    await house.async_boot(5)
    await house.async_run(60)

    assert house.charger.commands[-1] == ("set_current", 27)


async def test_a_limit_goes_on_while_home_assistant_is_down(
    house: House, hass_storage: dict[str, Any]
) -> None:
    """A limit ends by the clock on the wall."""
    await house.async_set_limit(house.charger, 10, 60)
    await house.async_run(3)
    await house.async_kill(hass_storage)
    await house.async_run(60)
    house.forget_past()
    await house.async_boot(5)
    await house.async_run(30)

    assert house.state("sensor.car_limited_by") != "limit"
    assert house.charger.drawn_a == 22


async def test_a_clock_that_was_wrong_does_not_lengthen_a_limit(
    house: House, hass_storage: dict[str, Any]
) -> None:
    """A file from the future, as after a wrong clock, counts as written now."""
    await house.async_set_limit(house.charger, 10, 60)
    await house.async_run(3)
    hass_storage[STORE]["data"]["saved_at"] += 100_000
    await house.async_kill(hass_storage)
    await house.async_boot(5)
    await house.async_run(30)
    assert house.charger.drawn_a == 10

    await house.async_run(60)
    assert house.charger.drawn_a == 22


async def test_a_removed_charger_is_forgotten(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    """Nothing of a removed charger is left, and the other one is not forgotten."""
    house = House(hass, freezer, Charger("a"), Charger("b"))
    await house.async_settle_in(2)
    for name in "ab":
        await house.async_set_number(f"number.{name}_priority", 70)
        await house.async_switch(f"switch.{name}_enabled", is_on=False)
    await house.async_remove_charger(house.charger)
    await house.async_set_number("number.b_priority", 60)
    await house.async_run(5)

    data = stored(hass_storage)
    assert [set(data[kind]) for kind in ("numbers", "switches")] == [{"ID_B"}] * 2
    assert set(data["memory"]["chargers"]) == {"ID_B"}


async def test_a_removed_site_takes_its_file_along(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    """A site that is removed leaves no file, also not a moment later."""
    await house.async_set_number("number.car_priority", 70)
    await hass.config_entries.async_remove(house.entry.entry_id)
    await house.async_run(5)

    assert STORE not in hass_storage


async def test_a_site_that_was_never_loaded_can_be_removed(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Removing needs no file."""
    house = House(hass, freezer)
    house.entry.add_to_hass(hass)

    await hass.config_entries.async_remove(house.entry.entry_id)

    assert hass.config_entries.async_entries("ev_lb") == []


async def test_a_file_of_an_older_version_is_read(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    """What an earlier version wrote is taken up as far as it can be: its numbers and switches.

    What it knew of the charger is nothing to go by: that may be doing anything.
    """
    hass_storage[STORE] = {
        "version": 1,
        "minor_version": 1,
        "key": STORE,
        "data": {
            "numbers": {"ID_CAR": {"max_charger_current_a": {"value": 20, "configured": 32}}},
            "switches": {"ID_CAR": True, "ID_SITE": True},
            "saved_at": 1_790_000_000.5,
            "chargers": {
                "ID_CAR": {
                    "is_known": True,
                    "offered_a": [16, 12],
                    "commanded_a": 12,
                    "target_a": 12,
                    "unshown_low_a": None,
                    "hold_s": 25.0,
                    "limit_a": None,
                    "limit_s": 0.0,
                    "overload_stops": 0,
                    "since_overload_stop_s": 5000.0,
                    "is_stopped_by_loss": False,
                }
            },
        },
    }
    house = House(hass, freezer)
    await house.async_set_up(5)
    await house.async_run(40)

    assert house.entry.state is ConfigEntryState.LOADED
    assert house.state("number.car_max_charger_current") == "20"
    assert house.charger.commands == [("start_charging", 20), ("set_current", 20)]
    assert house.state("binary_sensor.car_unresponsive") == "off"
    data = stored(hass_storage)
    assert set(data) == {
        "observed",
        "observe_only",
        "is_memory_observed",
        "numbers",
        "switches",
        "manual_limits",
        "energies",
        "saved_at",
        "meter_id",
        "memory",
    }
    assert car_memory(hass_storage)["current_a"] == 20


async def test_a_switch_in_a_file_of_an_older_version_is_kept(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    """A charger that was switched off before an update is left alone after it."""
    hass_storage[STORE] = {
        "version": 1,
        "minor_version": 1,
        "key": STORE,
        "data": {
            "numbers": {},
            "switches": {"ID_CAR": False},
            "saved_at": 1_790_000_000.5,
            "chargers": {},
            "meter": {"period_s": 1.0, "is_proven": True},
        },
    }
    house = House(hass, freezer)
    await house.async_set_up(5)
    await house.async_run(20)

    assert house.state("switch.car_enabled") == "off"
    assert house.charger.commands == []


async def test_a_file_without_a_new_charger_is_read(
    house: House, hass_storage: dict[str, Any]
) -> None:
    """A charger that the file does not know is one of which nothing is known."""
    await house.async_run(2)
    await house.async_kill(hass_storage)
    stored(hass_storage)["memory"]["chargers"] = {}
    house.forget_past()
    await house.async_boot(5)
    await house.async_run(20)

    assert house.entry.state is ConfigEntryState.LOADED
    assert house.charger.commands[0] == ("stop_charging", 0)


async def test_a_file_of_a_newer_version_is_read(
    house: House, hass_storage: dict[str, Any]
) -> None:
    """After a step back to this version the site loads, without what it does not know."""
    await house.async_run(320)
    await house.async_kill(hass_storage)
    data = hass_storage[STORE]["data"]
    car_memory(hass_storage).update({"is_unresponsive": True, "new": [1]})
    meter_memory(hass_storage)["new"] = {"a": 1}
    data["memory"]["new"] = 1
    data["new"] = {}
    hass_storage[STORE]["minor_version"] = 2
    house.forget_past()
    await house.async_boot(5)

    assert house.entry.state is ConfigEntryState.LOADED
    assert house.state("binary_sensor.car_unresponsive") == "on"
    await house.async_run(5)
    assert house.charger.commands == [("start_charging", 22), ("set_current", 22)]
