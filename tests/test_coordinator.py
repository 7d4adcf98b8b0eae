"""The coordinator: what comes in one turn is decided once, and time is counted from the source."""

from dataclasses import replace
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, HomeAssistant

from custom_components.ev_lb.balancing.model import CarStatus, MeterStatus, View
from custom_components.ev_lb.snapshot import lasting

from .scenarios.house import Charger, House
from .site_snapshots import shown


@pytest.fixture(autouse=True)
def expected_lingering_timers() -> bool:
    """Allow the device registry's timer, which only a real stop ends."""
    return True


async def test_a_number_and_a_reading_of_one_turn_are_one_decision(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Two reasons to cut that come together lead to one command with the lower current."""
    house = House(hass, freezer)
    await house.async_settle_in(2)

    house.report(16)
    await hass.services.async_call(
        "number", "set_value", {"entity_id": "number.car_max_charger_current", "value": 20}
    )
    await house.async_settle()

    assert house.charger.commands == [("set_current", 16)]


async def test_a_reduction_leaves_in_the_turn_of_its_reading(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """No timer stands between an overload and the call of the script."""
    house = House(hass, freezer)
    await house.async_settle_in(2)

    house.report(12)
    await house.async_settle()

    # Not a second has passed.
    assert house.charger.calls == [(house.second, "set_current", 20)]


async def test_silence_counts_from_the_last_report_also_over_a_reload(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A reload does not give a silent meter its whole timeout again."""
    house = House(hass, freezer, meter_timeout_s=30)
    await house.async_settle_in(10)
    house.freeze_meter()
    await house.async_run(20)
    await house.async_reload()
    house.forget_past()

    await house.async_run(9)
    assert house.charger.commands == []
    await house.async_run(1)
    assert house.charger.commands == [("stop_charging", 0)]


async def test_whatever_is_due_next_needs_no_meter(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Two limits end, and a share is handed on, while the meter says nothing."""
    house = House(hass, freezer, Charger("a"), Charger("b"))
    await house.async_settle_in(2)
    await house.async_run(20)
    await house.async_set_limit(house.chargers[0], 8, 15)
    await house.async_set_limit(house.chargers[1], 10, 20)
    house.freeze_meter()
    await house.async_run(50)

    assert [item.commands[-1] for item in house.chargers] == [("set_current", 15)] * 2
    assert max(house.total_a) <= 32


@pytest.mark.parametrize("state", [CoreState.stopping, CoreState.final_write])
async def test_nothing_is_decided_while_home_assistant_stops(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, state: CoreState
) -> None:
    """Sensors that vanish during a stop are no reason to stop a car."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await house.async_settle()
    hass.set_state(state)
    house.report(40)
    house.lose_meter()
    await house.async_run(3)

    assert house.charger.commands == []
    assert house.events == []
    hass.set_state(CoreState.running)


@pytest.mark.parametrize(
    ("later", "is_same"),
    [
        pytest.param({"meter_period_s": 1.03}, True, id="jitter"),
        pytest.param({"meter_period_s": 1.3}, False, id="another period"),
        pytest.param({"meter_period_s": None}, False, id="no period any more"),
        pytest.param({"meter_delay_s": 2.02}, True, id="hardly another delay"),
        pytest.param({"meter_delay_s": 3.0}, False, id="another delay"),
        pytest.param({"available_a": (4.0,), "house_load_a": (9.0,)}, True, id="another reading"),
        pytest.param({"meter_status": MeterStatus.UNAVAILABLE}, False, id="a lost meter"),
        pytest.param({"over_since": (3.0,), "meter_lost_at": 2.0}, True, id="since when"),
        pytest.param(
            {"chargers": {"a": shown(until=9.0, drawn_a=7.9, unconstrained_a=12)}},
            True,
            id="another draw, and another wait",
        ),
        pytest.param({"chargers": {"a": shown(car=CarStatus.ABSENT)}}, False, id="no car"),
    ],
)
def test_a_meter_that_is_some_ms_late_changes_nothing_that_is_shown(
    later: dict[str, Any], is_same: bool
) -> None:
    """No entity is looked at for a difference that none of them shows."""
    before = View(meter_period_s=1.0, meter_delay_s=2.0, chargers={"a": shown()})
    assert (lasting(replace(before, **later)) == lasting(before)) is is_same
