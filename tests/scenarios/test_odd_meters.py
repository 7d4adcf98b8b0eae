"""Meters as public reports describe them: stale, frozen, rebooting, late, or plainly wrong."""

import random

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .house import METER, Charger, House
from .odd_chargers import DRAW, Sensors, now_and_then, on_change, over, starts


@pytest.mark.parametrize(("period_s", "unit"), [(10, "W"), (5, "kW"), (30, "A")])
async def test_a_retained_value_is_not_charged_on_for_long(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, period_s: int, unit: str
) -> None:
    """A broker that is back says the last value once (mr-manuel/venus-os_dbus-mqtt-grid#48)."""
    car = Charger("car", max_a=16, car_a=0)
    house = House(hass, freezer, car, breaker_a=25, period_s=period_s, unit=unit)
    await house.async_settle_in(3)
    await house.async_run(900)
    stale = house.in_unit(3)
    house.lose_meter()
    await house.async_run(120, 20)
    car.car_a = 32
    house.forget_past()

    house.freeze_meter()
    house.write_meter(stale)
    await house.async_run(900)

    assert house.over_s() <= 3 * period_s + 5 + 5


@pytest.mark.parametrize(
    ("period_s", "frozen_a"),
    [(10, 22.13), (5, 22.13), (10, 18.0)],
    ids=["10 s", "5 s", "low"],
)
async def test_a_frozen_meter_that_says_its_value_again_is_found_out(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, period_s: int, frozen_a: float
) -> None:
    """Frozen, and still reported (Koenkk/zigbee2mqtt#30107, home-assistant/core#139839)."""
    car = Charger("car", max_a=16)
    house = House(hass, freezer, car, breaker_a=25, period_s=period_s)
    noise = random.Random(1)
    house.meter = lambda current_a: house.in_unit(current_a + noise.uniform(-0.2, 0.2))
    await house.async_set_up(6)
    await house.async_run(700)
    house.forget_past()

    frozen = house.in_unit(frozen_a)
    house.meter = lambda _current_a: frozen
    await house.async_run(600)
    await house.async_run(1200, 20)

    assert house.over_s() <= 60
    assert "meter_unavailable" in house.event_types()


@pytest.mark.parametrize(("every_s", "gone_s"), [(150, 8), (60, 3), (300, 20)])
async def test_a_meter_that_reboots_does_not_wear_out_the_charger(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, every_s: int, gone_s: int
) -> None:
    """Gone for 8 s each 150 s: 4 starts an hour are enough (home-assistant/core#170327)."""
    house = House(hass, freezer, Charger("car", max_a=16), breaker_a=25)
    await house.async_settle_in(6)
    await house.async_run(400)
    house.forget_past()

    house.meter = lambda current_a: (
        STATE_UNAVAILABLE if house.second % every_s < gone_s else house.in_unit(current_a)
    )
    await house.async_run(3600)

    assert len(house.charger.calls) <= 20
    assert starts(house.charger) <= 6


@pytest.mark.parametrize(
    ("period_s", "heard_s", "every", "is_on_change"),
    [
        (30, 1500, 2000, False),
        (10, 60, 2000, False),
        (30, 1500, 2, False),
        (5, 300, 3, False),
        (5, 300, 7, True),
        (1, 100, 30, True),
    ],
    ids=["once", "once, just set up", "each second", "each third", "on change", "on change, 1 s"],
)
async def test_a_zero_between_good_samples_raises_nobody(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    period_s: int,
    heard_s: int,
    every: int,
    is_on_change: bool,
) -> None:
    """0 W now and then (home-assistant/core#100023, traktore-org/sem-community#947)."""
    house = House(hass, freezer, breaker_a=32, period_s=period_s)
    if is_on_change:
        house.meter = on_change(house.meter)
    await house.async_settle_in(22)
    await house.async_run(heard_s)
    house.forget_past()

    house.meter = now_and_then(house, every, "0.0", first=1)
    if is_on_change:
        house.meter = on_change(house.meter)
    await house.async_run(900)

    assert over(house) == []


@pytest.mark.parametrize("unit", ["VA", "kVA"])
async def test_apparent_power_is_understood(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, unit: str
) -> None:
    """A meter of VA only (schmurtzm/Teleinfo-TIC-with-ESPhome#8, hekmon/linkytic#8)."""
    car = Charger("car", max_a=16)
    house = House(hass, freezer, car, breaker_a=25, period_s=10, unit=unit)
    attributes = {"unit_of_measurement": unit, "device_class": "apparent_power"}
    house.write_meter = lambda text: hass.states.async_set(METER, text, attributes)

    await house.async_set_up(12)
    await house.async_run(120)

    assert house.charger.commands == [("start_charging", 13), ("set_current", 13)]


@pytest.mark.parametrize(
    ("text", "period_s"), [("0", 10), ("0", 1), ("460", 30)], ids=["10 s", "1 s", "460 W"]
)
async def test_a_meter_that_does_not_see_the_car_is_found_out(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, text: str, period_s: int
) -> None:
    """Always 0, while the car's sensor shows 16 A (fairecasoimeme/Zlinky_TIC#208)."""
    car = Charger("car", max_a=16, settings={"draw_sensor": DRAW})
    house = House(hass, freezer, car, breaker_a=25, period_s=period_s)
    house.meter = lambda _current_a: text
    sensors = Sensors(hass, house)
    sensors.write()

    await house.async_set_up(6)
    await sensors.async_run(300)
    await sensors.async_run(1500, 20)

    assert house.over_s() <= 120
    assert "meter_unavailable" in house.event_types()


@pytest.mark.parametrize(("mean_s", "period_s"), [(30, 5), (60, 10), (10, 1)])
async def test_an_averaging_meter_is_not_answered_by_many_cuts(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, mean_s: int, period_s: int
) -> None:
    """The mean of 30 s, each 5 s; 8 A more in the house, once (ngardiner/TWCManager PR#75)."""
    house = House(hass, freezer, breaker_a=25, period_s=period_s)

    def mean(current_a: float) -> str:
        last = [*house.total_a[1 - mean_s :], current_a]
        return house.in_unit(sum(last) / len(last))

    house.meter = mean
    await house.async_set_up(6)
    await house.async_run(1200)
    house.charger.calls.clear()

    await house.async_run(600, 14)

    assert len(house.charger.calls) <= 6
    assert house.total_a[-1] <= 25


@pytest.mark.parametrize(("late_s", "period_s"), [(60, 10), (30, 5), (20, 1)])
async def test_a_late_meter_and_a_steady_house_cost_no_commands(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, late_s: int, period_s: int
) -> None:
    """60 s late, and nothing happens in the house for an hour (evcc-io/evcc#17184)."""
    house = House(hass, freezer, breaker_a=25, period_s=period_s)
    past: list[float] = []
    house.meter = lambda _current_a: house.in_unit(past[-late_s] if len(past) >= late_s else 6.0)
    await house.async_set_up(6)
    for second in range(4800):
        await house.async_run(1)
        past.append(house.total_a[-1])
        if second == 1200:
            house.forget_past()

    assert over(house) == []
    assert len(house.charger.calls) <= 12


@pytest.mark.parametrize(
    ("text", "unit", "period_s"),
    [("64120", "W", 5), ("-64120", "W", 5), ("64.12", "kW", 1)],
    ids=["import", "export", "kW each 2 min"],
)
async def test_a_spike_is_no_overload(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, text: str, unit: str, period_s: int
) -> None:
    """64 kW for one sample each 10 min: no wait must grow (davidrapan/ha-solarman#581)."""
    car = Charger("car", max_a=16)
    house = House(hass, freezer, car, breaker_a=25, period_s=period_s, unit=unit)
    await house.async_settle_in(12)
    await house.async_run(700)
    house.forget_past()

    house.meter = now_and_then(house, 120, text)
    await house.async_run(3600)

    assert sum(total < 13 for total in house.total_a) == 0
    assert house.event_types() == []


async def test_a_clamp_the_wrong_way_round_is_found_out_by_the_first_car(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """Every overload would look like room: the owner is told what to turn round, and where."""
    house = House(hass, freezer, Charger("car"), breaker_a=25)
    house.meter = lambda current_a: house.in_unit(-current_a)
    await house.async_set_up(10)
    await house.async_run(120)

    assert house.over_s() <= 30
    assert house.charger.drawn_a == 0
    issue = issue_registry.async_get_issue("ev_lb", f"meter_reversed_{house.entry.entry_id}")
    assert issue is not None
    assert issue.is_fixable
    assert (issue.translation_placeholders or {})["entity_id"] == METER

    await house.async_change_site(reversed=True)
    await house.async_run(120)
    assert issue_registry.async_get_issue("ev_lb", issue.issue_id) is None
    assert house.charger.drawn_a == 15


async def test_a_meter_said_to_count_the_other_way_round_is_read_so(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """What is drawn shows as negative (WillCodeForCats/solaredge-modbus-multi#928)."""
    house = House(hass, freezer, Charger("car"), breaker_a=25, reversed=True)
    house.meter = lambda current_a: house.in_unit(-current_a)
    await house.async_settle_in(10)
    assert house.charger.drawn_a == 15
    await house.async_run(60, 18)
    assert house.charger.drawn_a == 7
    assert house.event_types() == []
