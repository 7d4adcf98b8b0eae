"""What a charger has given: energy, and the session of the car that is there."""

from collections.abc import Mapping
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.ev_lb.balancing.memory import known_of
from custom_components.ev_lb.balancing.model import CarReading
from custom_components.ev_lb.charger_energy import ChargerEnergy
from custom_components.ev_lb.inputs.price import Price
from custom_components.ev_lb.observe.tally import Observed

from .scenarios.house import STORE, Charger, House

DRAW, STATUS, PRICE = "sensor.car_draw", "sensor.car_status", "sensor.price"
COST = "sensor.car_session_cost"
SENSORS = {"draw_sensor": DRAW, "status_sensor": STATUS}
SHOWN = ("energy", "session_energy", "session_duration", "session_limited")


def shown(house: House) -> Mapping[str, str]:
    """Return what the charger's sensors show."""
    return {key: house.state(f"sensor.car_{key}") for key in SHOWN}


async def async_charge(house: House, seconds: int, status: str = "charging") -> None:
    """Let the car charge, as its own sensors tell each second."""
    for _ in range(seconds):
        house.hass.states.async_set(STATUS, status)
        house.hass.states.async_set(
            DRAW, str(house.charger.drawn_a), {"unit_of_measurement": "A"}, force_update=True
        )
        await house.async_run(1)


@pytest.fixture
async def house(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> House:
    """Return a house whose charger measures its current."""
    house = House(hass, freezer, Charger("car", max_a=16, settings=SENSORS))
    hass.states.async_set(STATUS, "charging")
    hass.states.async_set(DRAW, "0", {"unit_of_measurement": "A"})
    await house.async_settle_in(20)  # 12 A are left
    return house


async def test_energy_is_what_the_charger_has_measured(house: House) -> None:
    """12 A at 230 V for ten minutes are 0.46 kWh; less than its 16 A all the time."""
    before_kwh = float(shown(house)["energy"])
    await async_charge(house, 600)
    after = shown(house)
    assert float(after["energy"]) - before_kwh == pytest.approx(0.46, abs=0.02)
    assert after["session_energy"] == after["energy"]
    assert int(after["session_duration"]) == pytest.approx(10, abs=1)
    assert after["session_limited"] == after["session_duration"]


async def test_session_begins_anew_with_the_next_car(house: House) -> None:
    """What the last car got stays in the charger's energy alone."""
    await async_charge(house, 300)
    total_kwh = float(shown(house)["energy"])
    assert total_kwh > 0.2
    house.charger.car_a = 0.0
    await async_charge(house, 10, status="available")
    assert shown(house) == {
        "energy": shown(house)["energy"],
        "session_energy": "0.0",
        "session_duration": "0",
        "session_limited": "0",
    }
    assert float(shown(house)["energy"]) >= total_kwh


async def test_energy_survives_a_restart(house: House, hass_storage: dict[str, Any]) -> None:
    """Also of a session that goes on."""
    await async_charge(house, 300)
    before = shown(house)
    await house.async_reload()
    await async_charge(house, 2)
    after = shown(house)
    assert float(after["energy"]) == pytest.approx(float(before["energy"]), abs=0.02)
    assert float(after["session_energy"]) == pytest.approx(
        float(before["session_energy"]), abs=0.02
    )


async def test_charger_that_measures_nothing_has_no_energy(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, entity_registry: er.EntityRegistry
) -> None:
    """What was told is not what was drawn."""
    house = House(hass, freezer, Charger("car"))
    await house.async_settle_in(10)
    assert [key for key in SHOWN if entity_registry.async_get(f"sensor.car_{key}")] == []


async def test_energy_goes_when_nothing_is_measured_any_more(
    house: House, entity_registry: er.EntityRegistry
) -> None:
    """The dialog was changed: a total that stands still would look like a car that is full."""
    assert entity_registry.async_get("sensor.car_energy") is not None
    entry = house.entry
    car = entry.subentries[house.charger.charger_id]
    data = {key: value for key, value in car.data.items() if key != "draw_sensor"}
    house.hass.config_entries.async_update_subentry(entry, car, data=data)
    await house.hass.async_block_till_done()
    assert entity_registry.async_get("sensor.car_energy") is None


@pytest.mark.parametrize(
    ("car", "used", "power_w"),
    [
        pytest.param(CarReading(at=0, current_a=10), (0, 1, 2), 6900.0, id="all phases"),
        pytest.param(CarReading(at=0, current_a=10), (1,), 2300.0, id="one phase"),
        pytest.param(
            CarReading(at=0, current_a=5, is_divided=True), (1,), 3450.0, id="measured together"
        ),
        pytest.param(
            CarReading(at=0, current_a=10, phase_current_a=(10, 10, 0)),
            (0, 1, 2),
            4600.0,
            id="each phase",
        ),
    ],
)
def test_power_is_that_of_the_phases_in_use(
    car: CarReading, used: tuple[int, ...], power_w: float
) -> None:
    """A one-phase car on a three-phase charger is not counted three times."""
    energy = ChargerEnergy()
    energy.on_reading(car, (0, 1, 2), used, lambda _phase: 230.0)
    assert energy.power_w == power_w


def test_what_is_not_known_is_not_added_up() -> None:
    """A sensor that is gone for an hour gives nothing, and takes nothing back."""
    energy = ChargerEnergy()
    energy.on_time(0.0, is_limited=False)
    energy.on_reading(CarReading(at=0, current_a=10), (0,), (0,), lambda _phase: 230.0)
    energy.on_time(3600.0, is_limited=False)
    energy.on_reading(CarReading(at=0), (0,), (0,), lambda _phase: 230.0)
    energy.on_time(7200.0, is_limited=False)
    assert energy.energy_kwh == pytest.approx(2.3)


def test_counter_of_the_charger_goes_first() -> None:
    """It is more exact than what was added up; one that begins anew with each car counts on."""
    energy = ChargerEnergy()
    energy.on_reading(CarReading(at=0, current_a=10), (0,), (0,), lambda _phase: 230.0)
    for at, counter_kwh in enumerate((100.0, 101.5, 0.0, 2.0)):
        energy.on_time(3600.0 * at, is_limited=False)
        energy.on_counter(counter_kwh)
    assert energy.energy_kwh == pytest.approx(3.5)
    assert energy.charging_s == pytest.approx(3 * 3600)


async def test_counter_in_watt_hours_is_understood(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A charger that has nothing but a counter is enough."""
    counter = "sensor.car_energy_total"
    house = House(hass, freezer, Charger("car", settings={"energy_sensor": counter}))
    hass.states.async_set(counter, "5000", {"unit_of_measurement": "Wh"})
    await house.async_settle_in(10)
    before_kwh = float(shown(house)["energy"])
    hass.states.async_set(counter, "7500", {"unit_of_measurement": "Wh"})
    await house.async_run(2)
    assert float(shown(house)["energy"]) - before_kwh == pytest.approx(2.5)


def test_counter_that_is_back_at_once_has_not_begun_anew() -> None:
    """One 0 between good samples does not add a lifetime's energy again."""
    energy = ChargerEnergy()
    for counter_kwh in (12000.0, 0.0, 0.0, 12000.5, 12001.0):
        energy.on_counter(counter_kwh)
    assert energy.energy_kwh == pytest.approx(1.0)


# Cost


def set_price(hass: HomeAssistant, price: str, unit: str = "EUR/kWh") -> None:
    """Let energy cost something else."""
    hass.states.async_set(PRICE, price, {"unit_of_measurement": unit})


@pytest.fixture
async def priced(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> House:
    """Return a house that knows a price, and whose charger measures its current."""
    house = House(hass, freezer, Charger("car", max_a=16, settings=SENSORS), price_sensor=PRICE)
    hass.states.async_set(STATUS, "available")
    hass.states.async_set(DRAW, "0", {"unit_of_measurement": "A"})
    set_price(hass, "0.5")
    house.charger.car_a = 0.0
    await house.async_settle_in(20)
    house.charger.car_a = 32.0
    return house


async def test_session_costs_its_energy_at_the_price_of_the_moment(
    hass: HomeAssistant, priced: House
) -> None:
    """12 A at 230 V for ten minutes are 0.46 kWh: half of it at 0.50, half at 2.00."""
    await async_charge(priced, 300)
    assert float(priced.state(COST)) == pytest.approx(0.115, abs=0.01)
    set_price(hass, "2000", "EUR/MWh")
    await async_charge(priced, 300)
    state = hass.states.get(COST)
    assert state is not None
    assert float(state.state) == pytest.approx(0.115 + 0.46, abs=0.03)
    assert state.attributes["unit_of_measurement"] == "EUR"
    assert state.attributes["device_class"] == "monetary"
    assert state.attributes["state_class"] == "total"


async def test_cost_begins_anew_with_the_session(hass: HomeAssistant, priced: House) -> None:
    """The next car pays for itself, and statistics see where it began."""

    def began() -> str:
        state = hass.states.get(COST)
        assert state is not None
        return state.attributes["last_reset"]

    await async_charge(priced, 300)
    first = began()
    priced.charger.car_a = 0.0
    await async_charge(priced, 10, status="available")
    assert priced.state(COST) == "0.0"
    second = began()
    assert second > first
    await async_charge(priced, 10, status="available")
    assert began() == second


async def test_cost_survives_a_restart(hass: HomeAssistant, priced: House) -> None:
    """Of a session that goes on, also where the price comes later than the charger's sensors."""
    await async_charge(priced, 300)
    before = hass.states.get(COST)
    assert before is not None
    set_price(hass, "unavailable")
    await priced.async_reload()
    await async_charge(priced, 5)
    after = hass.states.get(COST)
    assert after is not None
    assert float(after.state) == pytest.approx(float(before.state), abs=0.01)
    assert after.attributes["last_reset"] == before.attributes["last_reset"]


async def test_site_without_a_price_has_no_cost(
    house: House, entity_registry: er.EntityRegistry
) -> None:
    """And one whose price is taken away loses it."""
    assert entity_registry.async_get(COST) is None
    set_price(house.hass, "0.5")
    await house.async_change_site(price_sensor=PRICE)
    await house.hass.async_block_till_done()
    assert entity_registry.async_get(COST) is not None
    data = {key: value for key, value in house.entry.data.items() if key != "price_sensor"}
    house.hass.config_entries.async_update_entry(house.entry, data=data)
    await house.hass.async_block_till_done()
    assert entity_registry.async_get(COST) is None


async def test_charger_that_measures_nothing_has_no_cost(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, entity_registry: er.EntityRegistry
) -> None:
    """What was told is not what was paid for."""
    house = House(hass, freezer, Charger("car"), price_sensor=PRICE)
    set_price(hass, "0.5")
    await house.async_settle_in(10)
    assert entity_registry.async_get(COST) is None


def test_what_was_kept_before_there_were_prices_is_taken_up() -> None:
    """A file of before has no cost: the session that goes on is counted at the first price."""
    kept: dict[str, Any] = {"energy_kwh": 9.0, "session_kwh": 3.0, "charging_s": 60.0}
    energy = ChargerEnergy(**kept)
    energy.on_price(Price(currency="EUR", per_kwh=0.5))
    assert (energy.cost, energy.energy_kwh) == (1.5, 9.0)
    kept_now: dict[str, Any] = energy.to_json()
    assert ChargerEnergy(**kept_now).cost == 1.5


def test_energy_without_a_price_counts_at_the_next() -> None:
    """A sensor that is gone for an hour gives nothing away, and what costs below zero pays."""
    energy = ChargerEnergy()
    energy.on_counter(100.0)
    energy.on_counter(102.0)
    assert (energy.cost, energy.currency) == (0.0, None)
    energy.on_price(Price(currency="EUR", per_kwh=0.5))
    assert (energy.cost, energy.currency) == (1.0, "EUR")
    energy.on_price(None)
    energy.on_counter(103.0)
    assert energy.cost == 1.0
    energy.on_price(Price(currency="EUR", per_kwh=-0.5))
    assert energy.cost == 0.5


def test_other_currency_counts_the_session_anew() -> None:
    """Crowns are not added to euros."""
    energy = ChargerEnergy()
    energy.on_price(Price(currency="EUR", per_kwh=0.5))
    energy.on_counter(100.0)
    energy.on_counter(102.0)
    energy.on_price(Price(currency="SEK", per_kwh=2.0))
    assert (energy.cost, energy.currency) == (4.0, "SEK")


async def test_energy_is_in_the_file_when_home_assistant_ends(
    house: House, hass_storage: dict[str, Any]
) -> None:
    """A steady car changes nothing else that is saved: each update took hours of energy back."""
    hass = house.hass
    await async_charge(house, 200)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    hass.set_state(CoreState.stopping)
    await house.async_settle()
    hass.set_state(CoreState.final_write)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await house.async_settle()
    hass.set_state(CoreState.running)
    kept = hass_storage[STORE]["data"]["energies"]["ID_CAR"]
    assert kept["energy_kwh"] == pytest.approx(float(shown(house)["energy"]), abs=0.01)


async def test_energy_is_in_the_file_some_minutes_later(
    house: House, hass_storage: dict[str, Any]
) -> None:
    """Home Assistant may crash, too."""
    await async_charge(house, 1500)
    kept = hass_storage[STORE]["data"]["energies"]["ID_CAR"]
    five_minutes_kwh = 12 * 230 * 300 / 3.6e6
    assert kept["energy_kwh"] >= float(shown(house)["energy"]) - five_minutes_kwh - 0.02


def test_what_a_newer_version_kept_is_read() -> None:
    """After a step back to this version the site loads, without what it does not know."""
    assert known_of(ChargerEnergy, {"energy_kwh": 2.0, "new": 1}) == {"energy_kwh": 2.0}
    assert known_of(Observed, {"seconds_over": 3.0, "new": 1}) == {"seconds_over": 3.0}
