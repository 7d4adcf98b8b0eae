"""A charger's own sensors: what reaches the decision, and when."""

from collections.abc import Iterator, Mapping

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import CoreState, HomeAssistant, State

from custom_components.ev_lb import coordinator
from custom_components.ev_lb.balancing.balancer import decide
from custom_components.ev_lb.balancing.model import CarReading, CarStatus, Decision, Inputs
from custom_components.ev_lb.balancing.model import State as CoreMemory
from custom_components.ev_lb.balancing.settings import Settings
from custom_components.ev_lb.car import drawn_a

from .scenarios.house import Charger, House

DRAW, STATUS, VOLTS = "sensor.car_draw", "sensor.car_status", "sensor.house_volts"
SENSORS = {"draw_sensor": DRAW, "status_sensor": STATUS}


@pytest.mark.parametrize(
    ("text", "unit", "voltage_v", "current_a"),
    [
        pytest.param("10.5", "A", 230, 10.5, id="A"),
        pytest.param("10500", "mA", 230, 10.5, id="mA"),
        pytest.param("2300", "W", 230, 10, id="W"),
        pytest.param("2.3", "kW", 230, 10, id="kW"),
        pytest.param("0.0023", "MW", 230, 10, id="MW"),
        pytest.param("6.9", "kW", 3 * 230, 10, id="three phases"),
        pytest.param("10", "A", 3 * 230, 10, id="current is per phase"),
        pytest.param("0", "A", 230, 0, id="nothing"),
        pytest.param("-0.04", "kW", 230, 0, id="a little below zero"),
        pytest.param("-3.7", "kW", 230, None, id="far below zero"),
        pytest.param("-0.6", "A", 230, None, id="amperes below zero"),
        pytest.param("nan", "A", 230, None, id="not a number"),
        pytest.param("inf", "A", 230, None, id="infinite"),
        pytest.param("high", "A", 230, None, id="word"),
        pytest.param("7", "kWh", 230, None, id="energy"),
        pytest.param("7", None, 230, None, id="no unit"),
        pytest.param(STATE_UNAVAILABLE, "A", 230, None, id="unavailable"),
        pytest.param(STATE_UNKNOWN, "A", 230, None, id="unknown"),
    ],
)
def test_draw_is_a_current_per_phase(
    text: str, unit: str | None, voltage_v: float, current_a: float | None
) -> None:
    """Current and power mean the same draw; what cannot be means none."""
    state = State(DRAW, text, {"unit_of_measurement": unit} if unit else {})
    expected = None if current_a is None else pytest.approx(current_a)
    assert drawn_a(state, voltage_v) == expected


def test_a_missing_draw_sensor_means_nothing() -> None:
    """No state is no draw."""
    assert drawn_a(None, 230) is None


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, CarReading]]:
    """Return what each decision is told of the cars, if anything."""
    heard: list[Mapping[str, CarReading]] = []

    def listening(settings: Settings, state: CoreMemory, inputs: Inputs, now: float) -> Decision:
        if inputs.cars:
            heard.append(inputs.cars)
        return decide(settings, state, inputs, now)

    monkeypatch.setattr(coordinator, "decide", listening)
    return heard


def say(hass: HomeAssistant, entity_id: str, text: str, unit: str | None = None) -> None:
    """Let a sensor say something."""
    hass.states.async_set(entity_id, text, {"unit_of_measurement": unit} if unit else {})


def a_house(hass: HomeAssistant, freezer: FrozenDateTimeFactory, **settings: object) -> House:
    """Return a house whose charger has sensors of its own."""
    return House(hass, freezer, Charger("car", settings={**SENSORS, **settings}))


async def test_both_sensors_and_the_meter_of_one_turn_are_one_decision(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, heard: list[Mapping[str, CarReading]]
) -> None:
    """What a charger writes in one turn arrives together, with the time it was said."""
    house = a_house(hass, freezer)
    await house.async_set_up(2)
    await house.async_run(5)
    heard.clear()

    say(hass, STATUS, "SuspendedEV")
    house.report(3)
    say(hass, DRAW, "1150", "W")
    await house.async_settle()

    now = hass.loop.time()
    reading = CarReading(at=now, current_a=5.0, status=CarStatus.IDLE)
    assert heard == [{"ID_CAR": reading}]


async def test_the_same_again_is_news(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, heard: list[Mapping[str, CarReading]]
) -> None:
    """A sensor that repeats its value is alive; the other one goes on meaning what it said."""
    house = a_house(hass, freezer)
    say(hass, STATUS, "Charging")
    await house.async_set_up(2)
    say(hass, DRAW, "10", "A")
    await house.async_run(5)
    heard.clear()

    say(hass, DRAW, "10", "A")
    await house.async_settle()
    reading = CarReading(at=hass.loop.time(), current_a=10.0, status=CarStatus.CHARGING)
    assert heard == [{"ID_CAR": reading}]


async def test_what_stands_is_news_after_a_reload(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, heard: list[Mapping[str, CarReading]]
) -> None:
    """A charger that reports only changes need not change to be known; its age is."""
    house = a_house(hass, freezer)
    say(hass, STATUS, "Available")
    said_at = hass.loop.time()
    await house.async_set_up(2)
    assert heard == [{"ID_CAR": CarReading(at=said_at, status=CarStatus.ABSENT)}]

    await house.async_run(20)
    heard.clear()
    await house.async_reload()
    assert heard == [{"ID_CAR": CarReading(at=said_at, status=CarStatus.ABSENT)}]


async def test_what_stands_is_news_when_home_assistant_has_started(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, heard: list[Mapping[str, CarReading]]
) -> None:
    """During the start sensors come one by one: they are heard when all are there."""
    hass.set_state(CoreState.starting)
    house = a_house(hass, freezer)
    await house.async_set_up(2)
    say(hass, STATUS, "charging")
    await house.async_settle()
    assert heard == []

    await house.async_started()
    assert [readings["ID_CAR"].status for readings in heard] == [CarStatus.CHARGING]


@pytest.mark.parametrize("state", [STATE_UNAVAILABLE, STATE_UNKNOWN, None], ids=str)
async def test_lost_sensors_tell_so_and_stop_nothing(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    heard: list[Mapping[str, CarReading]],
    state: str | None,
) -> None:
    """A charger's sensor that is gone takes its knowledge along, and the car goes on."""
    house = a_house(hass, freezer)
    say(hass, STATUS, "charging")
    await house.async_settle_in(2)
    say(hass, DRAW, "30", "A")
    await house.async_settle()
    house.forget_past()
    heard.clear()

    for entity_id in (DRAW, STATUS):
        if state is None:
            hass.states.async_remove(entity_id)
        else:
            say(hass, entity_id, state)
    await house.async_settle()
    (readings,) = heard
    assert (readings["ID_CAR"].current_a, readings["ID_CAR"].status) == (None, None)

    await house.async_run(20)
    assert house.charger.commands == []
    assert house.event_types() == []


async def test_power_is_divided_by_the_measured_volts(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, heard: list[Mapping[str, CarReading]]
) -> None:
    """The car's power and the volts of one turn make its current, in whatever order they come."""
    charger = Charger("car", settings={"draw_sensor": DRAW})
    house = House(hass, freezer, charger, voltage_sensor=VOLTS)
    await house.async_set_up(2)
    await house.async_run(5)
    heard.clear()

    say(hass, DRAW, "2.5", "kW")
    say(hass, VOLTS, "250", "V")
    await house.async_settle()
    assert [readings["ID_CAR"].current_a for readings in heard] == [10.0]


async def test_the_users_words_are_understood(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, heard: list[Mapping[str, CarReading]]
) -> None:
    """What was explained in the dialog counts."""
    words = {"charging_words": ["Laden"], "idle_words": ["Voll"], "absent_words": ["Frei"]}
    house = a_house(hass, freezer, **words)
    await house.async_set_up(2)
    heard.clear()

    for word in ("laden", "VOLL", "Frei", "Fehler"):
        say(hass, STATUS, word)
        await house.async_settle()
    assert [readings["ID_CAR"].status for readings in heard] == [
        CarStatus.CHARGING,
        CarStatus.IDLE,
        CarStatus.ABSENT,
        None,
    ]


async def test_each_charger_has_its_own_sensors(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, heard: list[Mapping[str, CarReading]]
) -> None:
    """One car's news says nothing of another's, and a charger without sensors has none."""
    first = Charger("a", settings={"status_sensor": "sensor.a_status"})
    second = Charger("b", settings={"status_sensor": "sensor.b_status"})
    house = House(hass, freezer, first, second, Charger("c"))
    await house.async_set_up(2)
    heard.clear()

    say(hass, "sensor.b_status", "charging")
    await house.async_settle()
    assert [{key: reading.status for key, reading in cars.items()} for cars in heard] == [
        {"ID_B": CarStatus.CHARGING}
    ]


class Unreadable(list[str]):
    """Options that nobody can look at."""

    def __iter__(self) -> Iterator[str]:
        """Fail as nobody expects it of an attribute."""
        raise RuntimeError


async def test_a_sensor_that_cannot_be_read_costs_no_reading(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """An overload that comes with the oddest of states is answered all the same, and told once."""
    house = a_house(hass, freezer)
    await house.async_settle_in(2)

    for draw in ("30", "29"):
        hass.states.async_set(STATUS, "charging", {"options": Unreadable(["a"])})
        say(hass, DRAW, draw, "A")
        house.report(12)
        await house.async_settle()

    assert house.charger.commands == [("set_current", 20)]
    assert caplog.text.count("cannot be read") == 1
