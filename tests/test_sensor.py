"""Sensors: their values, and what they show before the first decision."""

from datetime import datetime, timedelta

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import CoreState, HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import mock_restore_cache_with_extra_data

from .scenarios.house import Charger, House
from .scenarios.phases import PhaseHouse

PHASES = (1, 2, 3)


def kept(entity_id: str, value: str | float | None) -> tuple[State, dict[str, object]]:
    """Return a sensor as Home Assistant kept it from the last run."""
    return State(entity_id, str(value)), {
        "native_value": value,
        "native_unit_of_measurement": None,
    }


async def test_sensors_show_the_last_values_until_the_first_decision(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """After a restart the dashboard shows what was, and then what is."""
    mock_restore_cache_with_extra_data(
        hass,
        [
            kept("sensor.home_available_current", 7.5),
            kept("sensor.car_current_set", 16),
            kept("sensor.car_power_set", 3680),
            kept("sensor.car_balancer_state", "active"),
            kept("sensor.car_limited_by", "charger_maximum"),
            kept("sensor.car_last_command", "delivered"),
        ],
    )
    hass.set_state(CoreState.starting)
    house = House(hass, freezer)
    await house.async_set_up(10)
    await house.async_run(5)
    before = {
        "sensor.home_available_current": "7.5",
        "sensor.car_current_set": "16",
        "sensor.car_power_set": "3680",
        "sensor.car_balancer_state": "active",
        "sensor.car_limited_by": "charger_maximum",
        "sensor.car_last_command": "delivered",
    }
    assert {entity_id: house.state(entity_id) for entity_id in before} == before

    await house.async_started()
    await house.async_run(3)
    after = {
        "sensor.home_available_current": "22.0",
        "sensor.car_current_set": "22",
        "sensor.car_power_set": "5060",
        "sensor.car_balancer_state": "active",
        "sensor.car_limited_by": "headroom",
        "sensor.car_last_command": "delivered",
    }
    assert {entity_id: house.state(entity_id) for entity_id in after} == after


async def test_sensors_of_a_new_site_show_nothing_wrong(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Without a past, what is not known yet is unknown, and nothing was set."""
    hass.set_state(CoreState.starting)
    house = House(hass, freezer)
    await house.async_set_up(10)

    assert house.state("sensor.home_available_current") == STATE_UNKNOWN
    assert house.state("sensor.car_current_set") == "0"
    assert house.state("sensor.car_balancer_state") == "stopped"
    assert house.state("sensor.car_limited_by") == "waiting_for_meter"
    assert house.state("sensor.car_last_command") == "none"


async def test_a_word_of_an_older_version_is_not_shown(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A restored word that is no state any more does not keep the sensor from working."""
    mock_restore_cache_with_extra_data(hass, [kept("sensor.car_limited_by", "moon_phase")])
    hass.set_state(CoreState.starting)
    house = House(hass, freezer)

    await house.async_set_up(10)

    assert house.state("sensor.car_limited_by") == "waiting_for_meter"


@pytest.mark.parametrize("behavior", ["stop", "ignore", "set_current"])
async def test_the_configured_fallback_is_what_the_dialog_says(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, behavior: str
) -> None:
    """A setting needs no decision to be known: the dialog's, not the one of the last run."""
    mock_restore_cache_with_extra_data(hass, [kept("sensor.home_configured_fallback", "stop")])
    hass.set_state(CoreState.starting)
    house = House(hass, freezer, unavailable_behavior=behavior)

    await house.async_set_up()

    assert house.state("sensor.home_configured_fallback") == behavior


async def test_available_current_is_what_is_free_now(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Service current minus reading, negative in an overload, nothing without a meter."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    await house.async_run(1, 14.26)
    assert house.state("sensor.home_available_current") == "-4.3"

    await house.async_set_number("number.home_service_current", 20)
    assert house.state("sensor.home_available_current") == "-16.3"

    house.lose_meter()
    await house.async_run(1)
    assert house.state("sensor.home_available_current") == STATE_UNAVAILABLE


async def test_what_is_set_is_what_got_through(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Current and power set change when the charger was told, not when that was decided."""
    house = House(hass, freezer, Charger("car", script_s=3))
    await house.async_set_up(10)
    await house.async_run(1)
    assert house.state("sensor.car_current_set") == "0"
    assert house.state("sensor.car_last_command") == "waiting"

    await house.async_run(7)
    assert house.state("sensor.car_current_set") == "22"
    assert house.state("sensor.car_power_set") == str(22 * 230)
    assert house.state("sensor.car_last_command") == "delivered"


async def test_the_state_says_what_the_balancer_does(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Each state of the balancer is shown, with the reason for what the charger has."""
    house = House(hass, freezer)

    def shown() -> tuple[str, str]:
        return house.state("sensor.car_balancer_state"), house.state("sensor.car_limited_by")

    hass.set_state(CoreState.starting)
    await house.async_set_up(10)
    assert shown() == ("stopped", "waiting_for_meter")
    await house.async_started()
    house.charger.script_s = 0.4
    house.report()
    await house.async_settle()
    assert shown() == ("stopped", "confirmation")
    await house.async_run(1)
    assert shown() == ("adjusting", "headroom")
    house.charger.mend()
    await house.async_run(20)
    assert shown() == ("active", "headroom")
    await house.async_run(5, 20)
    await house.async_run(1, 2)
    assert shown() == ("ramp_up_hold", "ramp_up_hold")
    await house.async_run(15)
    await house.async_run(1, 30)
    assert shown() == ("stopped", "headroom")
    await house.async_switch("switch.car_enabled", is_on=False)
    assert shown() == ("disabled", "disabled")


async def test_the_reason_is_told_in_words(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Nobody has to look up a key; before the first decision there is nothing to tell."""
    house = House(hass, freezer)

    def sentence() -> str | None:
        state = hass.states.get("sensor.car_limited_by")
        assert state is not None
        return state.attributes.get("sentence")

    hass.set_state(CoreState.starting)
    await house.async_set_up(10)
    assert sentence() is None
    await house.async_started()
    await house.async_run(20)
    assert sentence() == "22 A: The house leaves no more."
    await house.async_run(5, 20)
    await house.async_run(1, 2)
    assert sentence() == "12 A: Waits after a reduction."
    await house.async_set_limit(house.charger, 8, 600)
    assert sentence() == "8 A: Your temporary limit of 8 A."
    await house.async_switch("switch.home_enabled", is_on=False)
    assert sentence() == "8 A: Balancing is off: it keeps what it was last told."

    state = hass.states.get("sensor.car_limited_by")
    assert state is not None
    assert state.state_info is not None
    assert "sentence" in state.state_info["unrecorded_attributes"]  # the state tells it again


async def test_a_stop_that_fails_is_the_reason(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A car that draws on is not said to have what the house leaves."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    house.charger.fail("stop_charging")
    await house.async_run(5, 28)
    state = hass.states.get("sensor.car_limited_by")
    assert state is not None
    assert state.state == "script_failing"
    assert state.attributes["sentence"] == (
        "0 A: Cannot be reached: its last command failed, so it keeps 22 A."
    )
    house.charger.mend()
    await house.async_run(20)
    assert house.state("sensor.car_limited_by") == "headroom"


@pytest.mark.parametrize("period_s", [1, 5])
async def test_the_meters_period_is_shown_once_learned(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, period_s: int
) -> None:
    """The user sees how often the meter reports, and what delay is assumed of it."""
    house = House(hass, freezer, period_s=period_s)
    await house.async_set_up(10)
    assert house.state("sensor.home_meter_period") == STATE_UNKNOWN
    assert house.state("sensor.home_meter_delay") == "2.0"

    await house.async_run(10 * period_s)
    assert float(house.state("sensor.home_meter_period")) == period_s


async def test_the_meter_delay_is_the_one_in_force(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A number in the dialog is shown, not what would be learned."""
    house = House(hass, freezer, meter_delay_s=10)
    await house.async_set_up(10)
    assert float(house.state("sensor.home_meter_delay")) == 10

    await house.async_change_site(meter_delay_s=4)
    await hass.async_block_till_done()
    assert float(house.state("sensor.home_meter_delay")) == 4


async def test_the_meters_period_is_shown_again_after_a_restart(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Until the first decision the dashboard shows what was learned before."""
    kept_ = [kept("sensor.home_meter_period", 10.0), kept("sensor.home_meter_delay", 4.5)]
    mock_restore_cache_with_extra_data(hass, kept_)
    hass.set_state(CoreState.starting)
    house = House(hass, freezer)
    await house.async_set_up(10)
    assert house.state("sensor.home_meter_period") == "10.0"
    assert house.state("sensor.home_meter_delay") == "4.5"


async def test_time_and_latency_of_the_last_command(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, entity_registry: er.EntityRegistry
) -> None:
    """Who enables them sees when the last command got through and how long it took."""
    for key in ("last_command_time", "last_command_latency"):
        entity_registry.async_get_or_create(
            "sensor", "ev_lb", f"ID_CAR_{key}", suggested_object_id=f"car_{key}", disabled_by=None
        )
    house = House(hass, freezer, Charger("car", script_s=1.5))
    await house.async_set_up(10)
    assert house.state("sensor.car_last_command_time") == STATE_UNKNOWN
    began = dt_util.utcnow()
    await house.async_run(10)

    latency_s = float(house.state("sensor.car_last_command_latency"))
    at = datetime.fromisoformat(house.state("sensor.car_last_command_time"))
    assert latency_s == pytest.approx(3, abs=1)
    assert (at - began).total_seconds() == pytest.approx(latency_s, abs=1)


async def test_a_temporary_limit_is_shown_with_its_end(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Who sets a limit sees how long it lasts; it ends by itself, or is taken back."""
    house = House(hass, freezer)

    def shown() -> tuple[str, str | None]:
        state = hass.states.get("sensor.car_limit")
        assert state is not None
        return state.state, state.attributes.get("until")

    await house.async_settle_in(10)
    assert shown() == (STATE_UNKNOWN, None)
    ends = dt_util.utcnow().replace(microsecond=0) + timedelta(seconds=600)
    await house.async_set_limit(house.charger, 8, 600)
    value, until = shown()
    assert value == "8"
    assert until is not None
    assert abs(datetime.fromisoformat(until) - ends) <= timedelta(seconds=1)
    await house.async_run(100)
    assert shown() == ("8", until)

    await house.async_reload()
    await house.async_run(5)
    assert shown()[0] == "8"
    await house.async_run(500)
    assert shown() == (STATE_UNKNOWN, None)
    await house.async_set_limit(house.charger, 7, 600)
    await house.async_clear_limit(house.charger)
    assert shown() == (STATE_UNKNOWN, None)


# Several phases


async def test_each_phase_is_shown(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """What is free and what the house draws is shown for each phase, and what is free at least."""
    house = PhaseHouse(hass, freezer, Charger("car", max_a=10), breaker_a=25)
    house.loads = [3, 9, 5]
    await house.async_settle_in()

    shown = {
        f"l{phase}": house.state(f"sensor.home_available_current_l{phase}") for phase in PHASES
    }
    assert shown == {"l1": "12.0", "l2": "6.0", "l3": "10.0"}
    assert house.state("sensor.home_available_current") == "6.0"
    shown = {f"l{phase}": house.state(f"sensor.home_house_current_l{phase}") for phase in PHASES}
    assert shown == {"l1": "3.0", "l2": "9.0", "l3": "5.0"}
    assert hass.states.get("sensor.home_house_current") is None

    house.lost = {"sensor.power_l2"}
    await house.async_run(1)
    assert house.state("sensor.home_available_current_l1") == STATE_UNAVAILABLE
    assert house.state("sensor.home_house_current_l3") == STATE_UNAVAILABLE


async def test_the_house_is_shown_without_its_cars(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """On one phase there is one sensor of what the house draws."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    assert house.state("sensor.home_house_current") == "10.0"
    assert hass.states.get("sensor.home_house_current_l1") is None


async def test_the_limit_that_binds_is_named(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Who wonders why the car gets no more sees which phase it is."""
    house = PhaseHouse(hass, freezer, breaker_a=25)
    house.loads = [3, 9, 5]
    await house.async_settle_in()
    state = hass.states.get("sensor.car_limited_by")
    assert state is not None
    assert (state.state, state.attributes["limit"]) == ("headroom", "L2")

    await house.async_run(1)
    house.loads = [3, 9, 15]
    await house.async_run(20)
    state = hass.states.get("sensor.car_limited_by")
    assert state is not None
    assert state.attributes["limit"] == "L3"


async def test_one_phase_needs_no_name(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Where there is one limit, nothing names it."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    state = hass.states.get("sensor.car_limited_by")
    assert state is not None
    assert "limit" not in state.attributes


async def test_the_phases_of_a_car_are_shown(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A car with one phase on a charger with three is seen to use one, by the site's own name."""
    house = PhaseHouse(
        hass,
        freezer,
        Charger("car", settings={"wiring": "l2_l3_l1"}),
        Charger("bike", settings={"wiring": "l1"}, car_a=0),
        breaker_a=25,
        car_phases={"car": 1},
    )
    await house.async_set_up()
    assert house.state("sensor.car_phases_used") == STATE_UNKNOWN
    assert hass.states.get("sensor.bike_phases_used") is None

    await house.async_run(120)
    house.loads = [0, 12, 0]
    await house.async_run(60)
    assert house.state("sensor.car_phases_used") == "L2"


async def test_sensors_of_phases_that_are_gone_are_removed(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, entity_registry: er.EntityRegistry
) -> None:
    """Who goes back to one phase keeps no dead entities."""
    house = PhaseHouse(hass, freezer, breaker_a=25)
    await house.async_settle_in()
    assert entity_registry.async_get("sensor.home_house_current_l2") is not None
    assert entity_registry.async_get("sensor.car_phases_used") is not None

    await house.async_change_site(phases=1, power_meter="sensor.power_l1")
    await hass.async_block_till_done()
    assert entity_registry.async_get("sensor.home_house_current_l2") is None
    assert entity_registry.async_get("sensor.car_phases_used") is None
    assert house.state("sensor.home_house_current") is not None
