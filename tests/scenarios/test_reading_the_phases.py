"""A site with several phases: every form of meter, sensors one after another, and lost ones."""

from collections.abc import Callable, Iterable, Mapping

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from ..conftest import circuit_subentry
from .house import METER, PROMISE_S, VOLTAGE_V, Charger
from .phases import PER_PHASE, Form, PhaseHouse, Written, power_meter

KILO = 1e-3


def each(key: str, name: str) -> dict[str, str]:
    """Return the sensors of each phase that the dialog keeps under a key."""
    return {f"{key}_l{phase}": f"sensor.{name}_l{phase}" for phase in (1, 2, 3)}


def in_unit(unit: str, factor: float) -> Form:
    """Return a meter that shows each phase signed, in a unit."""

    def form(phase_a: list[float]) -> Iterable[Written]:
        for index, current_a in enumerate(phase_a):
            yield power_meter(index), current_a * factor, unit

    return form


def pairs(phase_a: list[float]) -> Iterable[Written]:
    """Show import and export in kW with three decimals, as DSMR does."""
    for phase, current_a in enumerate(phase_a, 1):
        power_kw = current_a * VOLTAGE_V * KILO
        yield f"sensor.power_l{phase}", round(max(power_kw, 0), 3), "kW"
        yield f"sensor.export_l{phase}", round(max(-power_kw, 0), 3), "kW"


def with_current(phase_a: list[float]) -> Iterable[Written]:
    """Show signed power with a power factor of 0.95, and currents without a sign."""
    for phase, current_a in enumerate(phase_a, 1):
        yield f"sensor.power_l{phase}", current_a * VOLTAGE_V * 0.95, "W"
        yield f"sensor.current_l{phase}", abs(current_a), "A"


def pairs_with_current(phase_a: list[float]) -> Iterable[Written]:
    """Show import, export, and currents in whole amperes."""
    yield from pairs(phase_a)
    for phase, current_a in enumerate(phase_a, 1):
        yield f"sensor.current_l{phase}", round(abs(current_a)), "A"


def with_volts(phase_a: list[float]) -> Iterable[Written]:
    """Show power and the volts of each phase: 240, 230 and 220 V."""
    for phase, current_a in enumerate(phase_a, 1):
        voltage_v = 250 - 10 * phase
        yield f"sensor.power_l{phase}", current_a * voltage_v, "W"
        yield f"sensor.volts_l{phase}", voltage_v, "V"


PAIRS = PER_PHASE | each("export_meter", "export")
CURRENTS = each("current_meter", "current")
FORMS: Mapping[str, tuple[Form, Mapping[str, str]]] = {
    "W": (in_unit("W", VOLTAGE_V), PER_PHASE),
    "kW": (in_unit("kW", VOLTAGE_V * KILO), PER_PHASE),
    "MW": (in_unit("MW", VOLTAGE_V * KILO * KILO), PER_PHASE),
    "VA": (in_unit("VA", VOLTAGE_V), PER_PHASE),
    "kVA": (in_unit("kVA", VOLTAGE_V * KILO), PER_PHASE),
    "A": (in_unit("A", 1), PER_PHASE),
    "mA": (in_unit("mA", 1 / KILO), PER_PHASE),
    "pairs": (pairs, PAIRS),
    "power and current": (with_current, PER_PHASE | CURRENTS),
    "pairs and whole amperes": (pairs_with_current, PAIRS | CURRENTS),
    "power and volts": (with_volts, PER_PHASE | each("voltage_sensor", "volts")),
}


@pytest.fixture(params=FORMS.values(), ids=[*FORMS])
def house(
    request: pytest.FixtureRequest, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> PhaseHouse:
    """Return a house of 3 x 25 A with each form of meter, and a car on three phases."""
    form, sources = request.param
    return PhaseHouse(hass, freezer, form=form, sources=sources, breaker_a=25)


async def test_a_car_gets_what_the_fullest_phase_leaves(house: PhaseHouse) -> None:
    """Whatever the meter's form, each phase is known, and an overload of one is answered."""
    house.loads = [3, 9, 5]
    await house.async_settle_in()
    assert house.charger.drawn_a == 16
    assert float(house.state("sensor.home_available_current")) == pytest.approx(0, abs=0.6)

    house.loads = [3, 9, 15]
    totals = await house.async_run(60)
    assert house.charger.drawn_a == 10
    assert house.over_s(totals) <= PROMISE_S
    assert max(totals[-30:]) <= 25.6


async def test_a_phase_that_feeds_in_is_not_one_that_draws(house: PhaseHouse) -> None:
    """Sun on one phase leaves the others as they are; its own export is no overload."""
    if house.form is FORMS["VA"][0] or house.form is FORMS["kVA"][0]:
        pytest.skip("apparent power has no direction")
    house.loads = [-20, 9, 5]
    await house.async_settle_in()
    assert house.charger.drawn_a == 16
    assert house.event_types() == []


async def test_a_one_phase_car_is_none_of_l3s_business(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """An overload on L3 does not touch a charger on L1.

    Accident 20.
    """
    house = PhaseHouse(hass, freezer, Charger("car", settings={"wiring": "l1"}), breaker_a=25)
    house.loads = [5, 5, 5]
    await house.async_settle_in()
    assert house.charger.drawn_a == 20

    house.loads = [5, 5, 30]
    await house.async_run(60)
    assert house.charger.commands == []
    assert house.charger.drawn_a == 20


async def test_a_rotated_charger_is_cut_on_the_phase_that_it_loads(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A one-phase charger on L2 is bound by L2 alone."""
    house = PhaseHouse(hass, freezer, Charger("car", settings={"wiring": "l2"}), breaker_a=25)
    house.loads = [20, 5, 20]
    await house.async_settle_in()
    assert house.charger.drawn_a == 20

    await house.async_run(1)
    house.loads = [0, 15, 0]
    await house.async_run(40)
    assert house.charger.drawn_a == 10


async def test_phases_with_different_breakers(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A smaller breaker on one phase is shown to the core; the number lowers all of them."""
    house = PhaseHouse(hass, freezer, breaker_a=25, service_current_l2_a=16)
    await house.async_settle_in(2)
    site = house.entry.runtime_data.data.settings.site
    assert site.phase_rated_a == (25, 16, 25)


# One after another


async def async_say_in_steps(house: PhaseHouse, freezer: FrozenDateTimeFactory) -> None:
    """Let the sensors of a telegram report one after another, in turns of their own."""
    for entity_id, value, unit in list(house.form(house.phase_a())):
        house.write(entity_id, value, unit)
        await house.async_settle()
        freezer.tick(0.05)
        await house.async_settle()


async def test_one_telegram_leads_to_two_decisions_at_most(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three phases over their limit, one after another: the first is answered at once.

    Accident 5.
    """
    house = PhaseHouse(hass, freezer, breaker_a=25)
    house.loads = [5, 5, 5]
    await house.async_settle_in()
    readings: list[tuple[float, ...]] = []
    take = house.entry.runtime_data.journal.keep
    monkeypatch.setattr(
        house.entry.runtime_data.journal,
        "keep",
        lambda inputs, decision: (
            readings.append(inputs.reading.current_a) if inputs.reading else None,
            take(inputs, decision),
        ),
    )

    house.loads = [11, 12, 13]
    await async_say_in_steps(house, freezer)

    assert [len(reading) for reading in readings] == [3, 3]
    assert [round(current_a) for current_a in readings[0]] == [31, 25, 25]
    assert [round(current_a) for current_a in readings[1]] == [31, 32, 33]
    await house.async_run(20)
    assert house.charger.commands[-1] == ("set_current", 12)
    assert house.charger.drawn_a == 12


async def test_a_cut_does_not_wait_for_a_missing_phase(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A phase that is over is cut in its own turn, though the others say nothing."""
    house = PhaseHouse(hass, freezer, breaker_a=25)
    house.loads = [5, 5, 5]
    await house.async_settle_in()

    house.silent = {power_meter(0), power_meter(2)}
    house.loads = [5, 12, 5]
    house.report()
    await house.async_settle()
    assert house.charger.commands == [("set_current", 13)]


async def test_phases_that_report_when_they_like(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Three meters of their own, seconds apart: the car still gets what there is, in the end."""
    house = PhaseHouse(hass, freezer, breaker_a=25)
    house.loads = [5, 5, 5]

    def one_by_one(phase_a: list[float]) -> Iterable[Written]:
        index = house.second % 3
        yield power_meter(index), phase_a[index] * VOLTAGE_V, "W"

    await house.async_set_up()
    house.form = one_by_one
    await house.async_run(60)
    assert house.charger.drawn_a == 20

    house.loads = [5, 5, 12]
    totals = await house.async_run(60)
    assert house.charger.drawn_a == 13
    assert house.over_s(totals) <= PROMISE_S + 3


# Lost


def lose(house: PhaseHouse) -> None:
    """Make one phase unavailable."""
    house.lost = {power_meter(1)}


def remove(house: PhaseHouse) -> None:
    """Remove the sensor of one phase."""
    house.silent = {power_meter(1)}
    house.hass.states.async_remove(power_meter(1))


@pytest.mark.parametrize("lost", [lose, remove])
async def test_one_lost_phase_stops_the_car(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, lost: Callable[[PhaseHouse], None]
) -> None:
    """A phase that is not known is not one that draws nothing; the event says which it is."""
    house = PhaseHouse(hass, freezer, breaker_a=25)
    house.loads = [5, 5, 5]
    await house.async_settle_in()

    lost(house)
    await house.async_run(2)
    assert house.charger.commands == [("stop_charging", 0)]
    assert house.event_types() == ["meter_unavailable"]
    assert house.events[0].data["entity_id"] == power_meter(1)
    assert house.state("binary_sensor.home_meter_status") == "off"

    house.lost, house.silent = set(), set()
    await house.async_run(40)
    assert house.event_types()[1:] == ["meter_recovered", "charging_resumed"]
    assert house.charger.drawn_a == 20


async def test_a_stale_export_is_no_headroom(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The sun goes, the import rises, and the export sensor stands at its last value."""
    house = PhaseHouse(hass, freezer, form=pairs, sources=PAIRS, breaker_a=25)
    house.loads = [-15, 5, 5]
    await house.async_settle_in()
    assert house.charger.drawn_a == 20

    house.silent = {"sensor.export_l1"}
    house.loads = [10, 5, 5]
    totals = await house.async_run(40)
    assert house.charger.drawn_a == 15
    assert house.over_s(totals) <= PROMISE_S


async def test_a_house_with_two_legs(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Split phase: a 240 V charger loads both legs, and the fuller one binds it."""
    house = PhaseHouse(
        hass,
        freezer,
        phase_count=2,
        sources={f"power_meter_l{phase}": f"sensor.power_l{phase}" for phase in (1, 2)},
        breaker_a=100,
    )
    house.loads = [20, 85]
    await house.async_settle_in()
    assert house.charger.drawn_a == 15


# One total


def total_power(phase_a: list[float]) -> Iterable[Written]:
    """Show one sensor of all phases."""
    yield METER, sum(phase_a) * VOLTAGE_V, "W"


def total_pair(phase_a: list[float]) -> Iterable[Written]:
    """Show import and export of all phases together."""
    total_kw = sum(phase_a) * VOLTAGE_V * KILO
    yield METER, max(total_kw, 0), "kW"
    yield "sensor.export", max(-total_kw, 0), "kW"


def total_current(phase_a: list[float]) -> Iterable[Written]:
    """Show the sum of the currents."""
    yield METER, sum(phase_a), "A"


TOTAL = {"power_meter": METER}


@pytest.mark.parametrize(
    ("form", "sources"),
    [
        pytest.param(total_power, TOTAL, id="power"),
        pytest.param(total_pair, TOTAL | {"export_meter": "sensor.export"}, id="pair"),
        pytest.param(total_current, TOTAL, id="current"),
    ],
)
async def test_a_total_is_divided_without_the_cars(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, form: Form, sources: dict[str, str]
) -> None:
    """A one-phase car fills the rest of its own phase, not a third of what all have left."""
    one_phase = Charger("car", settings={"wiring": "l1"})
    house = PhaseHouse(hass, freezer, one_phase, form=form, sources=sources, breaker_a=25)
    house.loads = [10, 10, 10]
    await house.async_settle_in()
    assert house.charger.drawn_a == 15

    house.loads = [14, 14, 14]
    totals = await house.async_run(60)
    assert house.charger.drawn_a == 11
    assert house.over_s(totals) <= PROMISE_S


# Circuits


async def test_a_circuit_without_a_meter_bounds_its_chargers(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Two cars in a garage of 3 x 20 A share its breaker, though the main one leaves more."""
    garage = circuit_subentry(wiring="l1_l2_l3")
    behind = {"circuit": "ID_CIRCUIT"}
    house = PhaseHouse(
        hass,
        freezer,
        Charger("a", settings=behind),
        Charger("b", settings=behind),
        breaker_a=50,
        circuits=[garage],
    )
    await house.async_settle_in()
    await house.async_run(60)
    assert [charger.drawn_a for charger in house.chargers] == [10, 10]
    state = hass.states.get("sensor.a_limited_by")
    assert state is not None
    assert state.attributes["limit"].startswith("Garage L")


async def test_a_circuit_with_a_meter_counts_what_else_is_there(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A heater in the garage takes from the car behind the same breaker, and from no other."""
    heater_a = 0.0

    def with_garage(phase_a: list[float]) -> Iterable[Written]:
        yield from in_unit("W", VOLTAGE_V)(phase_a)
        yield "sensor.garage", (heater_a + house.charger.drawn_a) * VOLTAGE_V, "W"

    garage = circuit_subentry(wiring="l1", power_meter_l1="sensor.garage")
    behind = {"circuit": "ID_CIRCUIT", "wiring": "l1"}
    house = PhaseHouse(
        hass,
        freezer,
        Charger("a", settings=behind),
        Charger("b", settings={"wiring": "l2"}),
        form=with_garage,
        breaker_a=32,
        circuits=[garage],
    )
    await house.async_settle_in()
    assert [charger.drawn_a for charger in house.chargers] == [20, 32]

    heater_a = 8.0
    house.loads = [8, 0, 0]
    await house.async_run(60)
    assert [charger.drawn_a for charger in house.chargers] == [12, 32]


async def test_a_sum_limit_holds_beside_the_phases(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """3 x 25 A and 40 A in all: a three-phase car gets a third of what the sum leaves."""
    house = PhaseHouse(hass, freezer, breaker_a=25, total_current_a=40)
    house.loads = [1, 2, 1]
    await house.async_settle_in()
    assert house.charger.drawn_a == 12
    state = hass.states.get("sensor.car_limited_by")
    assert state is not None
    assert state.attributes["limit"] == "total"


# Signs of life


async def test_a_heartbeat_keeps_a_still_meter_alive(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Sensors that report only changes are fresh while the meter is heard; then they are lost."""
    house = PhaseHouse(hass, freezer, breaker_a=25, heartbeat="sensor.uptime", meter_timeout_s=30)
    house.loads = [5, 5, 5]
    form = house.form
    await house.async_set_up()
    await house.async_run(30)
    before: dict[str, float] = {}
    is_dead = False

    def changes(phase_a: list[float]) -> Iterable[Written]:
        if is_dead:
            return
        for entity_id, value, unit in form(phase_a):
            if before.get(entity_id) != value:
                before[entity_id] = value
                yield entity_id, value, unit
        yield "sensor.uptime", house.second, "s"

    house.form = changes
    await house.async_reload()
    await house.async_run(60)
    house.forget_past()
    await house.async_run(120)
    assert house.event_types() == []
    assert house.charger.drawn_a == 20

    is_dead = True
    await house.async_run(40)
    assert house.event_types() == ["meter_unavailable"]
    assert house.events[0].data["reason"] == "silent"
