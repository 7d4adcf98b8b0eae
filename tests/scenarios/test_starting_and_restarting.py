"""Home Assistant starts, is reloaded, restarted or killed while cars charge."""

import asyncio
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, HomeAssistant, State
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import mock_restore_cache

from .house import METER, Charger, House


async def test_a_car_that_charges_at_the_first_start_is_cut(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Set up while a car charges and the breaker is over: the car is told, and at once.

    Accident 2. Stands on `carry_out` in `commanding.py`.
    """
    house = House(hass, freezer)
    house.charger.plug_in(20)

    await house.async_set_up(20)
    await house.async_run(20)

    assert house.charger.commands[0] == ("stop_charging", 0)
    assert house.over_s() <= house.charger.delay_s
    assert house.total_a[-1] <= 32


async def test_a_car_that_charges_at_the_first_start_goes_on_where_it_fits(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Set up while a car charges and all fits: it goes on with less, and then gets its share."""
    house = House(hass, freezer)
    house.charger.plug_in(20)

    await house.async_set_up(5)
    await house.async_run(120)

    assert house.charger.commands[:2] == [("start_charging", 7), ("set_current", 7)]
    assert ("stop_charging", 0) not in house.charger.commands
    assert house.charger.drawn_a == 27
    assert max(house.total_a) == 32


async def test_a_car_that_takes_nearly_all_at_the_first_start_gets_its_share_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Set up while a car leaves less than a minimum: it is stopped only for a moment."""
    house = House(hass, freezer)
    house.charger.plug_in(20)

    await house.async_set_up(10)
    await house.async_run(20)

    assert house.charger.drawn_a == 22
    assert max(house.total_a) == 32


async def test_a_quiet_charger_at_the_first_start_is_started(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The first start needs no hold: a new site charges at its second reading."""
    house = House(hass, freezer)

    await house.async_set_up(10)
    assert house.charger.commands == []
    await house.async_run(1)

    assert house.charger.commands == [("start_charging", 22), ("set_current", 22)]


async def test_a_reload_keeps_the_car_charging(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """After a reload the first command is the current that was, and the car never stops."""
    house = House(hass, freezer)
    await house.async_settle_in(10)

    await house.async_reload()
    await house.async_run(30)

    assert house.charger.commands == [("start_charging", 22), ("set_current", 22)]
    assert set(house.total_a) == {32}
    assert house.event_types() == []


async def test_a_reload_never_gives_more_than_before(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """After a reload more is given only when the first command has had time to act."""
    house = House(hass, freezer)
    await house.async_settle_in(20)

    house.house_a = 5
    await house.async_reload()
    await house.async_run(60)

    start, current, raised = house.charger.calls
    assert (start[1:], current[1:]) == (("start_charging", 12), ("set_current", 12))
    assert raised[1:] == ("set_current", 27)
    assert raised[0] >= current[0] + 10


async def test_a_reload_keeps_the_hold(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """A hold goes on after a reload: reloading is no way around it."""
    house = House(hass, freezer)
    await house.async_settle_in(5)
    await house.async_run(5, 15)
    await house.async_run(5, 5)
    cut_at = house.charger.calls[0][0]

    await house.async_reload()
    await house.async_run(40)

    commands = [call for call in house.charger.calls if call[0] > cut_at]
    assert [call[1:] for call in commands] == [
        ("start_charging", 17),
        ("set_current", 17),
        ("set_current", 27),
    ]
    assert commands[-1][0] >= cut_at + 30


async def test_a_reload_answers_an_overload(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """An overload that comes with a reload is answered by the first command.

    Accident 2.
    """
    house = House(hass, freezer)
    await house.async_settle_in(5)
    house.house_a = 20
    house.report()

    await house.async_reload()
    await house.async_run(20)

    assert house.over_s() <= house.charger.delay_s
    assert house.total_a[-1] == 32


async def test_a_reload_finishes_a_cut(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """A cut whose script still runs at a reload gets through."""
    house = House(hass, freezer)
    await house.async_settle_in(5)
    house.charger.script_s = 4
    await house.async_run(1, 20)

    reloading = asyncio.create_task(house.async_reload())
    await house.async_run(20)
    await reloading

    assert house.charger.commands[0] == ("set_current", 12)
    assert house.over_s() <= 4 + house.charger.delay_s


async def test_a_reload_during_a_start_does_not_stop_the_car(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A start whose script ends while the site is unloaded counts: the car goes on after it."""
    house = House(hass, freezer)
    await house.async_settle_in(5)
    await house.async_run(10, 30)
    house.charger.script_s = 2
    await house.async_run(31, 5)
    assert house.charger.commands[-1] == ("start_charging", 27)
    house.forget_past()

    reloading = asyncio.create_task(house.async_reload())
    await house.async_run(5)
    await reloading
    await house.async_run(5)

    assert house.charger.commands == [
        ("set_current", 27),
        ("start_charging", 27),
        ("set_current", 27),
    ]


UNRESPONSIVE = "binary_sensor.car_unresponsive"
ISSUE = ("ev_lb", "charger_unresponsive_ID_CAR")


async def async_deaf_house(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> House:
    """Return a house of 12 A whose car draws 30 A, whatever it is told, and was reported."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.is_deaf = True
    await house.async_run(60, 12)
    assert house.state(UNRESPONSIVE) == "on"
    return house


async def test_a_deaf_charger_is_not_forgotten_by_a_restart(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    issue_registry: ir.IssueRegistry,
) -> None:
    """A charger that did not follow before a restart is told to stop again and again after it.

    Its report stands as soon as the site is there, and is not told a second time. Accidents 2, 23.
    """
    house = await async_deaf_house(hass, freezer)
    await house.async_kill(hass_storage)
    house.forget_past()
    assert issue_registry.async_get_issue(*ISSUE) is None

    hass.set_state(CoreState.starting)
    mock_restore_cache(hass, [State(UNRESPONSIVE, "off")])  # written a quarter of an hour ago
    await house.async_load()
    assert house.state(UNRESPONSIVE) == "on"
    assert issue_registry.async_get_issue(*ISSUE) is not None

    await house.async_run(5)
    await house.async_started()
    await house.async_run(150)
    assert house.charger.commands[0] == ("stop_charging", 0)
    assert house.charger.commands.count(("stop_charging", 0)) >= 3
    assert house.state(UNRESPONSIVE) == "on"
    assert house.event_types() == []


async def test_a_deaf_charger_is_not_forgotten_by_a_reload(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """Neither does a change in a dialog make a deaf charger an obedient one."""
    house = await async_deaf_house(hass, freezer)
    house.forget_past()

    await house.async_reload()
    assert house.state(UNRESPONSIVE) == "on"
    assert issue_registry.async_get_issue(*ISSUE) is not None

    await house.async_run(150)
    assert house.charger.commands.count(("stop_charging", 0)) >= 3
    assert house.event_types() == []


async def test_a_deaf_charger_that_hears_again_after_a_restart_is_reported_no_more(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    issue_registry: ir.IssueRegistry,
) -> None:
    """The first command after a restart is obeyed: the report is withdrawn, and the car charges."""
    house = await async_deaf_house(hass, freezer)
    await house.async_kill(hass_storage)
    house.forget_past()
    house.charger.mend()

    await house.async_boot(5)
    await house.async_run(60)

    assert house.charger.commands[0] == ("stop_charging", 0)
    assert house.event_types() == ["charger_recovered", "charging_resumed"]
    assert house.state(UNRESPONSIVE) == "off"
    assert issue_registry.async_get_issue(*ISSUE) is None
    assert house.charger.drawn_a == 20
    assert house.over_s(house.total_a[5:]) <= 1 + house.charger.delay_s


async def test_a_meter_that_freezes_after_a_restart_is_noticed_soon(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    """A meter that reported every second is still known to do so: it is lost after 8 s.

    Accident 9.
    """
    house = House(hass, freezer)
    await house.async_settle_in(10)
    await house.async_run(320)
    await house.async_kill(hass_storage)
    house.forget_past()

    await house.async_boot(5)
    await house.async_run(3)
    house.freeze_meter()
    await house.async_run(7)
    assert house.event_types() == []
    await house.async_run(2)

    assert house.event_types() == ["meter_unavailable"]
    assert house.charger.commands[-1] == ("stop_charging", 0)


async def test_a_car_that_was_asked_by_a_small_cut_gets_its_current_back_after_a_restart(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    """A question to the meter that a restart interrupts leaves nothing behind.

    Accident 14.
    """
    house = House(hass, freezer)
    await house.async_settle_in(10)
    house.charger.contactor_s = 80
    await house.async_run(20, 30)
    for _ in range(80):
        await house.async_run(1, 10)
        if house.state("sensor.car_limited_by") == "probe":
            break
    assert house.state("sensor.car_current_set") == "19"
    await house.async_run(2)

    await house.async_kill(hass_storage)
    house.forget_past()
    await house.async_boot(5)
    await house.async_run(120)

    assert house.charger.drawn_a == 22


# Home Assistant's device registry sets a timer that only the event of its stop would end.
@pytest.mark.parametrize("expected_lingering_timers", [True], ids=[""])
@pytest.mark.parametrize("is_clean", [True, False], ids=["clean", "killed"])
async def test_a_restart_in_mid_charge_leaves_no_overload(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    is_clean: bool,
) -> None:
    """A car at 20 A is cut when the house has risen to 20 A during a restart.

    Accident 2. Stands on `recall_charger` in `memory.py`.
    """
    house = House(hass, freezer)
    await house.async_settle_in(12)
    assert house.charger.drawn_a == 20

    await async_end(house, hass_storage, is_clean=is_clean)
    house.house_a = 20
    await house.async_boot(10)
    await house.async_run(20)

    assert house.charger.commands == [("start_charging", 12), ("set_current", 12)]
    # From the end of the start, before which no command is sent.
    assert house.over_s(house.total_a[10:]) <= 1 + house.charger.delay_s
    assert house.total_a[-1] == 32


# Home Assistant's device registry sets a timer that only the event of its stop would end.
@pytest.mark.parametrize("expected_lingering_timers", [True], ids=[""])
@pytest.mark.parametrize("is_clean", [True, False], ids=["clean", "killed"])
async def test_a_restart_tells_the_charger_again_what_it_had(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    is_clean: bool,
) -> None:
    """The first decision after a restart is sent even if nothing changed: who knows what was."""
    house = House(hass, freezer)
    await house.async_settle_in(12)

    await async_end(house, hass_storage, is_clean=is_clean)
    # The charger forgot its limit meanwhile; the meter says what it said before.
    house.charger.plug_in(32)
    house.house_a = 0
    await house.async_boot(5)
    await house.async_run(10)

    assert house.charger.commands == [("start_charging", 20), ("set_current", 20)]
    assert house.charger.drawn_a == 20


async def test_a_reduced_current_is_not_taken_for_the_limit(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    """A car that was cut before a restart rises to its maximum after it.

    Accident 14. Stands on `Setpoints.on_sent` in `estimate/setpoints.py`.
    """
    house = House(hass, freezer)
    await house.async_settle_in(5)
    await house.async_run(10, 24)
    assert house.charger.drawn_a == 8

    await house.async_kill(hass_storage)
    house.forget_past()
    house.house_a = 0
    await house.async_boot()
    await house.async_run(60)

    assert house.charger.commands == [
        ("start_charging", 8),
        ("set_current", 8),
        ("set_current", 32),
    ]
    assert house.state("number.car_max_charger_current") == "32"


async def test_a_stopped_car_stays_stopped_over_a_restart(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    """A stop is sent again after a restart, and the wait before the next start goes on."""
    house = House(hass, freezer)
    await house.async_settle_in(5)
    await house.async_run(10, 30)
    assert house.charger.commands == [("stop_charging", 0)]

    await house.async_kill(hass_storage)
    house.forget_past()
    await house.async_boot(5)
    await house.async_run(5)
    assert house.charger.commands == [("stop_charging", 0)]

    began = house.second
    await house.async_run(45, 5)
    assert house.charger.commands[1:] == [("start_charging", 27), ("set_current", 27)]
    assert house.charger.calls[1][0] >= began + 30
    assert house.event_types() == ["charging_resumed"]


async def test_numbers_and_switches_survive_a_kill(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    """What the user set two seconds before a power cut is in force after it."""
    house = House(hass, freezer, Charger("garage"), Charger("drive"))
    await house.async_settle_in(0)
    await house.async_set_number("number.home_service_current", 25)
    await house.async_set_number("number.garage_max_charger_current", 10)
    await house.async_switch("switch.drive_enabled", is_on=False)
    await house.async_run(2)

    await house.async_kill(hass_storage)
    house.forget_past()
    await house.async_boot(5)
    await house.async_run(30)

    assert house.state("number.home_service_current") == "25"
    assert house.state("number.garage_max_charger_current") == "10"
    assert house.state("switch.drive_enabled") == "off"
    assert house.state("sensor.garage_current_set") == "10"
    assert house.chargers[1].commands == []


async def test_nothing_is_sent_after_a_restart_with_the_switch_off(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    """A site that was switched off stays so: no first command, not even in an overload."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    await house.async_switch("switch.home_enabled", is_on=False)
    await house.async_run(2)

    await house.async_kill(hass_storage)
    house.forget_past()
    await house.async_boot(5)
    await house.async_run(90, 30)

    assert house.charger.commands == []
    assert house.state("sensor.car_balancer_state") == "disabled"


async def test_nothing_is_sent_while_home_assistant_starts(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Readings before Home Assistant has started lead to nothing: not all of it is there yet."""
    hass.set_state(CoreState.starting)
    house = House(hass, freezer)
    await house.async_set_up(40)
    await house.async_run(100)
    assert house.charger.commands == []

    house.freeze_meter()
    await house.async_started()
    await house.async_run(1)
    assert house.charger.commands == []

    house.mend_meter()
    await house.async_run(1)
    assert house.charger.commands == [("stop_charging", 0)]


async def test_a_meter_that_comes_late_is_waited_for(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A meter whose integration starts after ours is no lost meter, and is used.

    Accident 24. Stands on `Meter.on_inputs` in `meter/availability.py`.
    """
    hass.set_state(CoreState.starting)
    house = House(hass, freezer)
    house.freeze_meter()
    await house.async_set_up()
    await house.async_started()
    await house.async_run(40)
    assert house.charger.commands == []
    assert house.event_types() == []
    assert house.state("sensor.car_limited_by") == "waiting_for_meter"

    house.lose_meter()
    await house.async_run(1)
    assert house.charger.commands == []

    house.mend_meter()
    await house.async_run(1, 10)
    assert house.charger.commands == []
    await house.async_run(1)
    assert house.charger.commands == [("start_charging", 22), ("set_current", 22)]
    assert house.event_types() == []


@pytest.mark.parametrize("behavior", ["stop", "set_current"])
async def test_a_meter_that_never_comes_counts_as_lost_after_a_minute(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, behavior: str
) -> None:
    """A meter that is missing 60 s after the start is lost, and the fallback acts.

    Accident 24. Stands on `Meter.silent_at` in `meter/availability.py`.
    """
    hass.set_state(CoreState.starting)
    house = House(hass, freezer, unavailable_behavior=behavior)
    house.charger.plug_in(20)
    house.freeze_meter()
    await house.async_set_up()
    await house.async_run(30)
    await house.async_started()

    await house.async_run(59)
    assert house.charger.commands == []

    await house.async_run(1)
    sent = {
        "stop": [("stop_charging", 0)],
        "set_current": [("start_charging", 6), ("set_current", 6)],
    }
    assert house.charger.commands == sent[behavior]
    assert house.event_types()[0] == "meter_unavailable"

    house.mend_meter()
    await house.async_run(60, 10)
    assert house.charger.drawn_a == 22


async def test_a_meter_missing_after_a_reload_is_waited_for_a_minute(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """After a reload a missing meter has 60 s from there."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    house.freeze_meter()
    hass.states.async_remove(METER)
    house.forget_past()
    await house.async_reload()
    house.charger.calls.clear()

    await house.async_run(59)
    assert house.charger.commands == []
    await house.async_run(1)
    assert house.charger.commands == [("stop_charging", 0)]


async def test_a_meter_restored_from_the_last_run_is_no_reading(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A value that Home Assistant kept from the last run says nothing of now."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    house.freeze_meter()
    hass.states.async_set(METER, "0", {"unit_of_measurement": "W", "restored": True})
    await house.async_settle()
    house.forget_past()

    await house.async_reload()
    await house.async_run(30)

    assert house.charger.commands == []


async def test_a_meter_that_has_been_silent_is_no_reading_after_a_reload(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """After a reload a value older than the timeout is not taken for a reading.

    Accident 9.
    """
    house = House(hass, freezer, meter_timeout_s=20)
    await house.async_settle_in(10)
    house.freeze_meter()
    await house.async_run(25)
    house.forget_past()

    await house.async_reload()
    await house.async_run(30)

    assert house.charger.commands == []


async def test_scripts_that_come_late_are_waited_for(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A script that is not there yet after the start is no failure: the command waits for it."""
    hass.set_state(CoreState.starting)
    house = House(hass, freezer)
    house.watch_events()
    await house.async_load()
    await house.async_started()
    await house.async_run(30, 10)
    assert house.state("sensor.car_last_command") == "waiting"
    assert house.event_types() == []

    await house.async_add_scripts()
    await house.async_run(2)

    assert house.charger.commands == [("start_charging", 22), ("set_current", 22)]
    assert house.event_types() == []


async def test_a_script_that_never_comes_is_told(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A script that is missing a minute after the start is a failed command.

    Accident 23.
    """
    hass.set_state(CoreState.starting)
    house = House(hass, freezer)
    house.watch_events()
    await house.async_load()
    await house.async_started()
    await house.async_run(62, 10)

    assert house.state("sensor.car_last_command") == "rejected"
    assert house.event_types() == ["action_failed"]
    assert house.events[0].data["entity_id"] == "script.car_start_charging"

    await house.async_add_scripts()
    await house.async_run(10)
    assert house.charger.commands == [("start_charging", 22), ("set_current", 22)]


async def test_a_shutdown_leaves_the_chargers_alone(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A meter that goes down with Home Assistant does not stop the cars."""
    house = House(hass, freezer)
    await house.async_settle_in(10)

    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await house.async_settle()
    house.lose_meter()
    await house.async_run(5)

    assert house.charger.commands == []


async def async_end(house: House, storage: dict[str, Any], *, is_clean: bool) -> None:
    """End Home Assistant; a clean end writes what waits to be written."""
    if is_clean:
        house.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        await house.async_settle()
        house.hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
        await house.async_settle()
    await house.async_kill(storage)
    house.forget_past()
