"""A charger's own sensors: what reaches the decision, and when."""

from collections.abc import Iterator

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import CoreState, HomeAssistant, State

from custom_components.ev_lb.diagnostics import async_get_config_entry_diagnostics
from custom_components.ev_lb.inputs.charger_sensors import Car, drawn_a

from ..scenarios.house import Charger, House

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
        pytest.param("2300", "VA", 230, 10, id="VA"),
        pytest.param("6.9", "kVA", 3 * 230, 10, id="kVA of three phases"),
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


type Measured = tuple[float, float | None]


async def async_seen(house: House, charger_id: str = "ID_CAR") -> tuple[str | None, list[Measured]]:
    """Return what the diagnostics say of a car: its status, and when what was measured."""
    told = await async_get_config_entry_diagnostics(house.hass, house.entry)
    sensor = told["state"]["chargers"][charger_id]["sensor"]
    return sensor["status"], [(item["at"], item["drawn_a"]) for item in sensor["samples"]]


def say(hass: HomeAssistant, entity_id: str, text: str, unit: str | None = None) -> None:
    """Let a sensor say something."""
    hass.states.async_set(entity_id, text, {"unit_of_measurement": unit} if unit else {})


def a_house(hass: HomeAssistant, freezer: FrozenDateTimeFactory, **settings: object) -> House:
    """Return a house whose charger has sensors of its own."""
    return House(hass, freezer, Charger("car", settings={**SENSORS, **settings}))


async def test_both_sensors_and_the_meter_of_one_turn_are_one_decision(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """What a charger writes in one turn arrives together, with the time it was said."""
    house = a_house(hass, freezer)
    await house.async_settle_in(2)

    say(hass, STATUS, "Charging")
    house.report(12)
    say(hass, DRAW, "6900", "W")
    await house.async_settle()

    assert await async_seen(house) == ("charging", [(hass.loop.time(), 30.0)])
    assert house.charger.commands == [("set_current", 20)]


async def test_a_draw_keeps_its_own_moment(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A status that is told each second makes no draw younger than its last poll."""
    house = a_house(hass, freezer)
    say(hass, STATUS, "charging")
    say(hass, DRAW, "10", "A")
    polled_at = hass.loop.time()
    freezer.tick(20)
    say(hass, STATUS, "charging")
    await house.async_set_up(2)

    assert await async_seen(house) == ("charging", [(polled_at, 10.0)])


async def test_a_draw_of_before_the_car_began_is_not_known(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """What a poll showed while nothing flowed says nothing of a car that charges since.

    It does when it is told again, also when it is the same.
    """
    house = a_house(hass, freezer)
    say(hass, STATUS, "SuspendedEV")
    await house.async_set_up(2)
    say(hass, DRAW, "0", "A")
    await house.async_run(5)

    say(hass, STATUS, STATE_UNAVAILABLE)
    await house.async_settle()
    left_at = hass.loop.time()
    await house.async_run(5)
    say(hass, STATUS, "Charging")
    await house.async_settle()
    status, measured = await async_seen(house)
    assert (status, measured[-1:]) == ("charging", [(left_at, None)])

    await house.async_run(5)
    say(hass, DRAW, "0", "A")
    await house.async_settle()
    assert (await async_seen(house))[1][-1:] == [(hass.loop.time(), 0.0)]


async def test_a_draw_told_just_before_the_status_is_as_new(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A charger that writes its draw first and its status then has told both."""
    house = a_house(hass, freezer)
    say(hass, STATUS, "SuspendedEV")
    await house.async_set_up(2)
    await house.async_run(5)

    say(hass, DRAW, "9", "A")
    told_at = hass.loop.time()
    freezer.tick(0.001)
    say(hass, STATUS, "Charging")
    await house.async_settle()

    status, measured = await async_seen(house)
    assert (status, measured[-1]) == ("charging", (pytest.approx(told_at, rel=0, abs=1e-4), 9.0))


@pytest.mark.parametrize("is_charging", [False, True], ids=["idle", "charging"])
async def test_after_a_reload_a_draw_may_be_from_before(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, is_charging: bool
) -> None:
    """Nobody saw what the status was before: a draw that is older than it is not known."""
    say(hass, DRAW, "0", "A")
    freezer.tick(5)
    house = a_house(hass, freezer)
    say(hass, STATUS, "Charging" if is_charging else "Idle")
    said_at = hass.loop.time()
    await house.async_set_up(2)
    await house.async_reload()

    assert (await async_seen(house))[1] == ([] if is_charging else [(said_at, 0.0)])


async def test_what_stands_is_news_after_a_reload(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A charger that reports only changes need not change to be known; its age is."""
    house = a_house(hass, freezer)
    say(hass, STATUS, "Available")
    said_at = hass.loop.time()
    await house.async_set_up(2)
    assert await async_seen(house) == ("absent", [(said_at, 0.0)])

    await house.async_run(20)
    await house.async_reload()
    assert await async_seen(house) == ("absent", [(said_at, 0.0)])


async def test_what_stands_is_news_when_home_assistant_has_started(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """During the start sensors come one by one: they are heard when all are there."""
    hass.set_state(CoreState.starting)
    house = a_house(hass, freezer)
    await house.async_set_up(2)
    say(hass, STATUS, "charging")
    await house.async_settle()
    assert await async_seen(house) == (None, [])

    await house.async_started()
    assert await async_seen(house) == ("charging", [])


@pytest.mark.parametrize("state", [STATE_UNAVAILABLE, STATE_UNKNOWN, None], ids=str)
async def test_lost_sensors_tell_so_and_stop_nothing(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, state: str | None
) -> None:
    """A charger's sensor that is gone takes its knowledge along, and the car goes on."""
    house = a_house(hass, freezer)
    say(hass, STATUS, "charging")
    await house.async_settle_in(2)
    say(hass, DRAW, "30", "A")
    await house.async_run(5)
    house.forget_past()

    for entity_id in (DRAW, STATUS):
        if state is None:
            hass.states.async_remove(entity_id)
        else:
            say(hass, entity_id, state)
    await house.async_settle()
    status, measured = await async_seen(house)
    assert (status, measured[-1]) == (None, (hass.loop.time(), None))

    await house.async_run(20)
    assert house.charger.commands == []
    assert house.event_types() == []


async def test_power_is_divided_by_the_measured_volts(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The car's power and the volts of one turn make its current, in whatever order they come."""
    charger = Charger("car", settings={"draw_sensor": DRAW})
    house = House(hass, freezer, charger, voltage_sensor=VOLTS)
    await house.async_set_up(2)
    await house.async_run(5)

    say(hass, DRAW, "2.5", "kW")
    say(hass, VOLTS, "250", "V")
    await house.async_settle()
    assert await async_seen(house) == (None, [(hass.loop.time(), 10.0)])


async def test_the_users_words_are_understood(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """What was explained in the dialog counts."""
    words = {"charging_words": ["Laden"], "idle_words": ["Voll"], "absent_words": ["Frei"]}
    house = a_house(hass, freezer, **words)
    await house.async_set_up(2)

    understood = list[str | None]()
    for word in ("laden", "VOLL", "Frei", "Fehler"):
        say(hass, STATUS, word)
        await house.async_settle()
        understood.append((await async_seen(house))[0])
    assert understood == ["charging", "idle", "absent", None]


async def test_each_charger_has_its_own_sensors(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """One car's news says nothing of another's, and a charger without sensors has none."""
    first = Charger("a", settings={"status_sensor": "sensor.a_status"})
    second = Charger("b", settings={"status_sensor": "sensor.b_status"})
    house = House(hass, freezer, first, second, Charger("c"))
    await house.async_set_up(2)

    say(hass, "sensor.b_status", "charging")
    await house.async_settle()
    seen = [(await async_seen(house, item.charger_id))[0] for item in house.chargers]
    assert seen == [None, "charging", None]


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


# Several phases

DRAWS = ("sensor.draw_l1", "sensor.draw_l2", "sensor.draw_l3")
VOLTS_OF = {0: 240.0, 1: 230.0, 2: 220.0}


def car_on(hass: HomeAssistant, *draws: str, phases: tuple[int, ...] = (0, 1, 2)) -> Car:
    """Return what listens to these draw sensors of a charger that is wired so."""
    return Car(
        hass, name="car", draw_sensors=draws, status_sensor=None, user_words={}, phases=phases
    )


def set_draws(hass: HomeAssistant, unit: str, *texts: str) -> None:
    """Let the charger's sensors say something, its L1 first."""
    for entity_id, text in zip(DRAWS, texts, strict=False):
        hass.states.async_set(entity_id, text, {"unit_of_measurement": unit})


async def test_each_phase_of_a_charger_is_measured(hass: HomeAssistant) -> None:
    """A sensor for each phase tells what flows there; the most of them is what the car draws."""
    set_draws(hass, "A", "9.5", "0", "0.1")
    reading = car_on(hass, *DRAWS).take_reading(VOLTS_OF.__getitem__)
    assert (reading.current_a, reading.phase_current_a) == (9.5, (9.5, 0, 0.1))
    assert not reading.is_divided


async def test_watts_of_each_phase_are_divided_by_its_own_volts(hass: HomeAssistant) -> None:
    """The charger's L1 has the volts of the site's phase that it is wired to."""
    set_draws(hass, "W", "2300", "2200", "2400")
    reading = car_on(hass, *DRAWS, phases=(1, 2, 0)).take_reading(VOLTS_OF.__getitem__)
    assert reading.phase_current_a == pytest.approx((10, 10, 10))


async def test_power_of_all_phases_is_divided(hass: HomeAssistant) -> None:
    """One sensor in watts tells the sum: by phase it is only a mean, and said to be so."""
    set_draws(hass, "kW", "6.9")
    reading = car_on(hass, DRAWS[0]).take_reading(VOLTS_OF.__getitem__)
    assert (reading.current_a, reading.phase_current_a) == (pytest.approx(10), ())
    assert reading.is_divided


async def test_one_current_of_all_phases_is_not_divided(hass: HomeAssistant) -> None:
    """One sensor in amperes tells what each phase carries."""
    set_draws(hass, "A", "10")
    reading = car_on(hass, DRAWS[0]).take_reading(VOLTS_OF.__getitem__)
    assert (reading.current_a, reading.is_divided) == (10, False)


@pytest.mark.parametrize("lost", [STATE_UNAVAILABLE, "-9", "nan"])
async def test_one_phase_that_cannot_be_read_is_no_draw(hass: HomeAssistant, lost: str) -> None:
    """What is not known of one phase must not be taken for nothing."""
    set_draws(hass, "A", "9.5", lost, "9.4")
    reading = car_on(hass, *DRAWS).take_reading(VOLTS_OF.__getitem__)
    assert (reading.current_a, reading.phase_current_a) == (None, ())


async def test_one_phase_that_does_not_exist_is_no_draw(hass: HomeAssistant) -> None:
    """Two of three sensors say nothing of the third."""
    set_draws(hass, "A", "9.5", "9.4")
    reading = car_on(hass, *DRAWS).take_reading(VOLTS_OF.__getitem__)
    assert (reading.current_a, reading.phase_current_a) == (None, ())
