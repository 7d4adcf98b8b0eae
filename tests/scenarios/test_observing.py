"""A site that is only observed: everything is computed and shown, and no charger hears of it."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import ServiceValidationError
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from pytest_homeassistant_custom_component.common import mock_restore_cache

from custom_components.ev_lb.diagnostics import async_get_config_entry_diagnostics
from custom_components.ev_lb.record.replay import replay
from tests.explore import examples

from .entity_charger import EntityCharger
from .house import PROMISE_S, STORE, Charger, House
from .odd_chargers import DRAW, STATUS, Sensors, on_change

OBSERVE = "switch.home_observe_only"
AVOIDED = "sensor.home_observed_overloads_avoided"
OVER = "sensor.home_observed_seconds_over"
SET, WHY = "sensor.car_current_set", "sensor.car_limited_by"


async def async_observed(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    house_a: float = 5,
    *,
    is_observed: bool = True,
) -> tuple[House, Sensors]:
    """Return a site that is only observed; its car takes 16 A, as nobody has commanded."""
    car = Charger("car", max_a=16, settings={"draw_sensor": DRAW, "status_sensor": STATUS})
    house = House(hass, freezer, car, breaker_a=25, observe_only=is_observed)
    car.plug_in(16)
    sensors = Sensors(hass, house)
    sensors.write()
    await house.async_set_up(house_a)
    return house, sensors


async def test_nothing_is_sent_and_all_is_shown(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """An oven takes the site over its breaker for ten minutes: one sees what would be sent."""
    house, sensors = await async_observed(hass, freezer)
    await sensors.async_run(120)
    assert (house.state(SET), house.state(WHY)) == ("16", "charger_maximum")
    assert (house.state(AVOIDED), house.state(OVER)) == ("0", "0")

    await sensors.async_run(600, house_a=14)
    assert (house.state(SET), house.state(WHY)) == ("11", "headroom")
    assert house.state("sensor.car_last_command") == "none"
    assert house.state(AVOIDED) == "1"
    assert 570 <= int(house.state(OVER)) <= 590

    await sensors.async_run(120, house_a=5)
    assert house.state(SET) == "16"
    assert house.state(AVOIDED) == "1"
    assert house.charger.calls == []
    assert house.charger.drawn_a == 16
    assert house.event_types() == []


async def test_stop_that_did_not_happen_is_no_event(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Nobody is told that a charger was stopped; a lost meter is a lost meter."""
    house, sensors = await async_observed(hass, freezer)
    await sensors.async_run(60)
    await sensors.async_run(60, house_a=22)
    assert house.state("sensor.car_balancer_state") == "stopped"
    house.lose_meter()
    await sensors.async_run(30)
    house.mend_meter()
    await sensors.async_run(30)
    assert house.event_types() == ["meter_unavailable", "meter_recovered"]
    assert house.charger.calls == []


async def test_charger_with_a_number_is_observed_by_it(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Its own number says what it may draw; nobody writes to it, and a person may."""
    car = EntityCharger("car", max_a=16)
    house = House(hass, freezer, car, breaker_a=25, observe_only=True)
    car.plug_in(16)
    await house.async_set_up(5)
    await house.async_run(60)
    await house.async_run(120, house_a=14)
    assert house.state(SET) == "11"
    assert house.state(AVOIDED) == "1"
    assert car.calls == []

    await car.async_set_by_hand(8)
    await house.async_run(120)
    assert [current_a for _, action, current_a in car.calls if action == "set_current"] == [8]
    assert house.state(SET) == "11"


async def test_site_goes_live_with_a_first_command(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Switched off, the chargers are ones that were never commanded: the first command is sent."""
    house, sensors = await async_observed(hass, freezer, 14)
    await sensors.async_run(120)
    assert (house.state(SET), house.charger.calls) == ("11", [])

    await house.async_switch(OBSERVE, is_on=False)
    await hass.async_block_till_done()
    assert house.state(OBSERVE) == "off"
    await sensors.async_run(60)
    assert house.charger.commands[0][0] in ("start_charging", "stop_charging")
    await sensors.async_run(120)
    assert house.over_s(house.total_a[-60:]) == 0
    assert house.state(AVOIDED) == "1"


async def test_meter_that_reports_only_changes_is_enough(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """It says nothing while the shadow follows, and nothing when the site goes live."""
    house, sensors = await async_observed(hass, freezer)
    await sensors.async_run(60)
    house.meter = on_change(house.in_unit)
    await sensors.async_run(200, house_a=14)
    assert (house.state(SET), house.state(AVOIDED)) == ("11", "1")
    assert house.charger.calls == []

    await house.async_switch(OBSERVE, is_on=False)
    await hass.async_block_till_done()
    await sensors.async_run(PROMISE_S)
    assert house.total_a[-1] <= 25


async def test_observing_begins_with_what_is_under_way(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A cut that is on its way gets through; after that the charger hears nothing."""
    house, sensors = await async_observed(hass, freezer, is_observed=False)
    assert house.state(AVOIDED) == "unknown"
    await sensors.async_run(120)
    house.charger.script_s = 3
    await sensors.async_run(1, house_a=14)
    house.forget_past()
    await house.async_switch(OBSERVE, is_on=True)
    await sensors.async_run(10)
    await hass.async_block_till_done()
    assert house.state(OBSERVE) == "on"
    await sensors.async_run(20)
    assert house.charger.drawn_a == 11
    house.forget_past()

    house.charger.script_s = 0
    await sensors.async_run(300, house_a=2)
    assert house.charger.calls == []
    assert house.charger.drawn_a == 11
    assert house.state(AVOIDED) == "0"


async def test_observing_survives_a_power_cut(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    """The switch, the counts and what the shadow was told are stored with the site's others."""
    house, sensors = await async_observed(hass, freezer, is_observed=False)
    await sensors.async_run(120)
    await house.async_switch(OBSERVE, is_on=True)
    await hass.async_block_till_done()
    house.forget_past()
    await sensors.async_run(60)
    await sensors.async_run(120, house_a=14)
    assert house.state(AVOIDED) == "1"
    await sensors.async_run(60, house_a=9)
    await house.async_kill(hass_storage)
    stored = hass_storage[STORE]["data"]
    assert (stored["observe_only"], stored["is_memory_observed"]) == (True, True)
    assert stored["observed"]["overloads_avoided"] == 1

    await house.async_boot()
    await sensors.async_run(120)
    assert (house.state(OBSERVE), house.state(AVOIDED)) == ("on", "1")
    assert house.state(SET) == "16"
    assert house.charger.calls == []


@pytest.mark.parametrize(("last", "is_set_up_so"), [("on", False), ("off", True)])
async def test_home_assistants_memory_knows_where_our_file_is_lost(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, last: str, *, is_set_up_so: bool
) -> None:
    """Without our file the switch stands as it was last seen; till then nothing is sent."""
    mock_restore_cache(hass, [State(OBSERVE, last)])
    house, sensors = await async_observed(hass, freezer, 14, is_observed=is_set_up_so)
    await hass.async_block_till_done()
    await sensors.async_run(60)
    assert house.state(OBSERVE) == last
    assert bool(house.charger.calls) is (last == "off")


async def test_charger_of_which_nothing_is_known_cannot_be_observed(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The switch names who lacks a measured current and a number, and stays off."""
    garage, drive = Charger("garage"), Charger("drive", settings={"draw_sensor": DRAW})
    house = House(hass, freezer, garage, drive)
    await house.async_set_up(5)
    with pytest.raises(ServiceValidationError) as refused:
        await house.async_switch(OBSERVE, is_on=True)
    assert refused.value.translation_key == "not_observable"
    assert refused.value.translation_placeholders == {"chargers": "Garage"}
    assert house.state(OBSERVE) == "off"


async def test_charger_that_lost_its_sensor_counts_as_house(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """It is left out, not guessed; it hears nothing all the same."""
    house, sensors = await async_observed(hass, freezer)
    await sensors.async_run(30)
    subentry = house.entry.subentries[house.charger.charger_id]
    data = {key: value for key, value in subentry.data.items() if key != "draw_sensor"}
    hass.config_entries.async_update_subentry(house.entry, subentry, data=data)
    await hass.async_block_till_done()
    await sensors.async_run(60, house_a=14)
    assert house.state("sensor.car_balancer_state") == "disabled"
    assert house.charger.calls == []


async def test_tape_holds_what_the_core_was_given(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """What was observed can be decided again, and the diagnostics say that it was."""
    house, sensors = await async_observed(hass, freezer)
    await sensors.async_run(30)
    await sensors.async_run(60, house_a=14)
    told = await async_get_config_entry_diagnostics(hass, house.entry)
    assert told["is_observing"] is True
    assert told["observed"]["overloads_avoided"] == 1
    replayed = list(replay(told["tape"]))
    assert any(each.decision.commands for each in replayed)
    assert [each.differences for each in replayed if each.differences] == []


@pytest.fixture
async def observed(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> AsyncGenerator[tuple[House, Sensors]]:
    """Return a site that is observed; after all that happened it is unloaded in silence."""
    house, sensors = await async_observed(hass, freezer)
    yield house, sensors
    assert await hass.config_entries.async_unload(house.entry.entry_id)
    await house.async_settle()
    assert house.charger.calls == []


HAPPENINGS = st.tuples(
    st.sampled_from(
        ("home", "car", "service", "limit", "lost", "found", "reload", "plugged", "nothing")
    ),
    st.booleans(),
    st.sampled_from((2, 12, 22, 30)),
    st.sampled_from((3, 20, 45)),
)


@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(evening=st.lists(HAPPENINGS, min_size=1, max_size=8))
async def test_whatever_happens_no_charger_is_called(
    observed: tuple[House, Sensors], evening: list[tuple[str, bool, int, int]]
) -> None:
    """Loads, switches, numbers, limits, lost meters, reloads: a site that is observed is silent.

    Each example goes on where the one before has ended.
    """
    house, sensors = observed
    for what, is_so, house_a, seconds in evening:
        await async_happen(house, what, is_so=is_so)
        await sensors.async_run(seconds, house_a=house_a)
    assert house.state(OBSERVE) == "on"
    assert house.charger.calls == []


async def async_happen(house: House, what: str, *, is_so: bool) -> None:
    """Let something happen to a site."""
    match what:
        case "home" | "car":
            await house.async_switch(f"switch.{what}_enabled", is_on=is_so)
        case "service":
            await house.async_set_number("number.home_service_current", 25 if is_so else 15)
        case "limit":
            await house.async_set_limit(house.charger, 8 if is_so else 0, 30)
        case "lost":
            house.lose_meter()
        case "found":
            house.mend_meter()
        case "reload":
            await house.async_reload()
        case "plugged":
            house.charger.plug_in(16 if is_so else 0)
        case _:
            pass
