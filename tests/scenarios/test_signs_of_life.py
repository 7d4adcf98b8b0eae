"""Signs of life beside a slow meter: they keep it alive, and say nothing of what flows."""

from collections.abc import Iterable
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from ..conftest import circuit_subentry
from .house import VOLTAGE_V, Charger
from .phases import PhaseHouse, Written, power_meter, signed_power

UPTIME = "sensor.uptime"


class SlowHouse(PhaseHouse):
    """A house of 3 x 25 A whose meter is slow, beside a heartbeat each second."""

    def __init__(
        self, hass: HomeAssistant, freezer: FrozenDateTimeFactory, every_s: int, has_heartbeat: bool
    ) -> None:
        site: dict[str, Any] = {"heartbeat": UPTIME} if has_heartbeat else {}
        super().__init__(hass, freezer, form=self._slow, breaker_a=25, **site)
        self.every_s, self.has_heartbeat = every_s, has_heartbeat
        self.bad_at, self.bad_a = -1, 0.0
        """When the meter shows something that does not flow, and what."""

    def _slow(self, phase_a: list[float]) -> Iterable[Written]:
        if self.second % self.every_s == 0:
            wobble_a = self.second * 7919 % 101 / 1000
            for index, current_a in enumerate(phase_a):
                shown_a = self.bad_a if self.second == self.bad_at else current_a + wobble_a
                yield power_meter(index), shown_a * VOLTAGE_V, "W"
        if self.has_heartbeat:
            yield UPTIME, self.second, "s"


@pytest.fixture(params=[False, True], ids=["alone", "beside a heartbeat"])
def has_heartbeat(request: pytest.FixtureRequest) -> bool:
    """Tell whether there is a heartbeat."""
    return request.param


async def test_one_bad_sample_is_not_confirmed_by_a_heartbeat(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, *, has_heartbeat: bool
) -> None:
    """An increase needs a second reading: the first one does not become it by being alive."""
    house = SlowHouse(hass, freezer, 5, has_heartbeat)
    house.loads = [17, 17, 17]
    await house.async_set_up()
    await house.async_run(400)
    assert house.charger.drawn_a == 7
    house.forget_past()
    house.bad_at, house.bad_a = house.second + 10, 0.5
    totals = await house.async_run(60)
    assert (house.charger.commands, max(totals)) == ([], 24)


async def test_one_overload_is_cut_once(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, *, has_heartbeat: bool
) -> None:
    """A reading from before the cut does not come again after it."""
    house = SlowHouse(hass, freezer, 30, has_heartbeat)
    house.loads = [5, 5, 5]
    await house.async_set_up()
    await house.async_run(629)
    house.forget_past()
    house.loads = [11, 5, 5]
    await house.async_run(100)
    assert house.charger.commands == [("set_current", 13)]


async def test_slow_meter_is_not_made_quick_by_a_heartbeat(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """The period is that of the meter, and too slow for a breaker."""
    house = SlowHouse(hass, freezer, 60, has_heartbeat=True)
    await house.async_set_up()
    await house.async_run(600)
    assert house.state("sensor.home_meter_period") == "60.0"
    assert issue_registry.async_get_issue("ev_lb", "meter_slow_ID_SITE") is not None


async def test_dead_circuit_is_not_kept_alive(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The garage's meter dies while the site's heartbeat is heard: its breaker is not forgotten."""
    heater_a, is_dead = 0.0, False

    def with_garage(phase_a: list[float]) -> Iterable[Written]:
        wobble_w = house.second * 7919 % 101 / 5
        for entity_id, power_w, unit in signed_power(phase_a):
            yield entity_id, power_w + wobble_w, unit
        if not is_dead:
            garage_a = heater_a + house.charger.drawn_a
            yield "sensor.garage", garage_a * VOLTAGE_V + wobble_w, "W"
        yield UPTIME, house.second, "s"

    house = PhaseHouse(
        hass,
        freezer,
        Charger("a", settings={"circuit": "ID_CIRCUIT", "wiring": "l1"}),
        form=with_garage,
        breaker_a=63,
        circuits=[circuit_subentry(wiring="l1", power_meter_l1="sensor.garage")],
        heartbeat=UPTIME,
    )
    await house.async_settle_in()
    await house.async_run(400)
    assert house.charger.drawn_a == 19
    house.forget_past()
    is_dead, heater_a, house.loads = True, 10.0, [10, 0, 0]
    await house.async_run(30)
    assert house.event_types()[0] == "meter_unavailable"
    assert house.charger.commands[0] == ("stop_charging", 0)
