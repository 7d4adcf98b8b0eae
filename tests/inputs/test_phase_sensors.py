"""The sensors of one phase: units, pairs, and a current beside the power."""

from datetime import UTC, datetime, timedelta

import pytest
from homeassistant.core import State

from custom_components.ev_lb.inputs.phase_sensors import (
    Measured,
    PhaseSensors,
    Unread,
    Unusable,
    measured,
)

NOW = datetime(2026, 11, 28, 18, 0, tzinfo=UTC)
POWER, EXPORT, CURRENT = "sensor.power", "sensor.export", "sensor.current"


def said(
    entity_id: str,
    text: str | float,
    unit: str | None = "W",
    changed_s: float = 0.0,
    reported_s: float | None = None,
) -> State:
    """Return what a sensor shows: changed so many seconds ago, and said again so many ago."""
    changed = NOW - timedelta(seconds=changed_s)
    reported = changed if reported_s is None else NOW - timedelta(seconds=reported_s)
    return State(
        entity_id,
        str(text),
        {"unit_of_measurement": unit} if unit else {},
        last_changed=changed,
        last_updated=changed,
        last_reported=reported,
    )


def read(*states: State, voltage_v: float = 230.0) -> Measured | Unread:
    """Return what sensors mean that show these; each kind is picked if it shows anything."""
    by_id = {state.entity_id: state for state in states}
    sensors = PhaseSensors(
        power=POWER,
        export=EXPORT if EXPORT in by_id else None,
        current=CURRENT if CURRENT in by_id else None,
        phase=0,
    )
    return measured(sensors, by_id.get, voltage_v)


def current_a(*states: State, voltage_v: float = 230.0) -> float:
    """Return the current that these sensors mean."""
    now = read(*states, voltage_v=voltage_v)
    assert isinstance(now, Measured)
    return now.current_a


@pytest.mark.parametrize(
    ("text", "unit", "voltage_v", "expected_a"),
    [
        pytest.param("2300", "W", 230, 10, id="W"),
        pytest.param("2.3", "kW", 230, 10, id="kW"),
        pytest.param("0.0023", "MW", 230, 10, id="MW"),
        pytest.param("2300", "VA", 230, 10, id="VA"),
        pytest.param("2.3", "kVA", 230, 10, id="kVA"),
        pytest.param("10", "A", 230, 10, id="A"),
        pytest.param("10000", "mA", 230, 10, id="mA"),
        pytest.param("-2300", "W", 230, -10, id="feeds in"),
        pytest.param("2400", "W", 240, 10, id="measured volts"),
        pytest.param("10", "A", 250, 10, id="amperes need no volts"),
    ],
)
def test_signed_sensor_is_read_in_its_unit(
    text: str, unit: str, voltage_v: float, expected_a: float
) -> None:
    """One signed sensor is enough for a phase, whatever its unit."""
    assert current_a(said(POWER, text, unit), voltage_v=voltage_v) == pytest.approx(expected_a)


@pytest.mark.parametrize(
    ("text", "unit", "why"),
    [
        pytest.param("unavailable", "W", Unusable.UNAVAILABLE, id="unavailable"),
        pytest.param("unknown", "W", Unusable.UNKNOWN, id="unknown"),
        pytest.param("high", "W", Unusable.NOT_A_NUMBER, id="word"),
        pytest.param("7", "kWh", Unusable.UNIT, id="energy"),
        pytest.param("7", None, Unusable.UNIT, id="no unit"),
    ],
)
def test_what_is_no_reading_says_which_sensor_and_why(
    text: str, unit: str | None, why: Unusable
) -> None:
    """A phase that cannot be read is not taken for one that draws nothing."""
    assert read(said(POWER, text, unit)) == Unread(entity_id=POWER, why=why)


def test_a_removed_sensor_is_no_reading() -> None:
    """No state at all is no reading, whatever the other half of the pair says."""
    assert read(said(EXPORT, 2300)) == Unread(entity_id=POWER, why=Unusable.REMOVED)


@pytest.mark.parametrize(
    ("imported", "exported", "expected_a"),
    [
        pytest.param(said(POWER, 2300), said(EXPORT, 0), 10, id="imports"),
        pytest.param(said(POWER, 0), said(EXPORT, 2300), -10, id="exports"),
        pytest.param(said(POWER, 0), said(EXPORT, 2.3, "kW"), -10, id="each in its own unit"),
        pytest.param(said(POWER, 46), said(EXPORT, 2300), -9.8, id="noise of a meter"),
        pytest.param(said(POWER, -2300), said(EXPORT, 2300), -10, id="export counted twice"),
        pytest.param(said(POWER, 0), said(EXPORT, -2300), 0, id="export below zero"),
        pytest.param(
            said(POWER, 2300, changed_s=0), said(EXPORT, 2300, changed_s=5), 10, id="stale export"
        ),
        pytest.param(
            said(POWER, 0, changed_s=0), said(EXPORT, 2300, changed_s=5), 0, id="import fell to 0"
        ),
        pytest.param(
            said(POWER, 92, changed_s=0), said(EXPORT, 2300, changed_s=5), 0.4, id="import rises"
        ),
        pytest.param(
            said(POWER, 0, changed_s=0),
            said(EXPORT, 2300, changed_s=60, reported_s=0.2),
            -10,
            id="export said again in the same telegram",
        ),
        pytest.param(
            said(POWER, 0, changed_s=3600), said(EXPORT, 2300), -10, id="import stands at 0"
        ),
        pytest.param(said(POWER, 2300), said(EXPORT, "unavailable"), 10, id="export unavailable"),
        pytest.param(said(POWER, 2300), said(EXPORT, "nan"), 10, id="export not a number"),
        pytest.param(said(POWER, 2300), said(EXPORT, 7, "kWh"), 10, id="export counts energy"),
    ],
)
def test_pair_never_invents_headroom(imported: State, exported: State, expected_a: float) -> None:
    """What cannot be export is none: a stale or lost half leaves less for the cars, never more."""
    assert current_a(imported, exported) == pytest.approx(expected_a)


def test_pair_that_contradicts_itself_is_told_and_counts_as_import() -> None:
    """What the panels produce is often picked as export: it must not pay for what is drawn."""
    both = read(said(POWER, 2300), said(EXPORT, 3450))
    assert both == Measured(current_a=10, is_contradictory=True)


@pytest.mark.parametrize(
    ("power", "current", "expected_a"),
    [
        pytest.param(said(POWER, 2070), said(CURRENT, 10, "A"), 10, id="power factor"),
        pytest.param(said(POWER, -2070), said(CURRENT, 10, "A"), -10, id="feeds in"),
        pytest.param(said(POWER, -2070), said(CURRENT, -10, "A"), -10, id="signed current"),
        pytest.param(said(POWER, 2070), said(CURRENT, -10, "A"), 10, id="clamp the wrong way"),
        pytest.param(said(POWER, 2070), said(CURRENT, 9700, "mA"), 9.7, id="mA"),
        pytest.param(said(POWER, 2392), said(CURRENT, 10, "A"), 10.4, id="whole amperes"),
        pytest.param(said(POWER, -46), said(CURRENT, 3, "A"), -0.2, id="idle current is no export"),
        pytest.param(said(POWER, 4600), said(CURRENT, 10, "A"), 20, id="current that is too low"),
        pytest.param(said(POWER, 2300), said(CURRENT, "unavailable", "A"), 10, id="no current"),
        pytest.param(said(POWER, 2300), said(CURRENT, "inf", "A"), 10, id="infinite current"),
        pytest.param(
            said(POWER, -2300, changed_s=60), said(CURRENT, 10, "A"), 10, id="frozen direction"
        ),
        pytest.param(
            said(POWER, -2300, changed_s=60, reported_s=1),
            said(CURRENT, 10, "A"),
            -10,
            id="direction said again",
        ),
    ],
)
def test_current_has_the_direction_of_the_power(
    power: State, current: State, expected_a: float
) -> None:
    """A breaker feels the current; only the power knows which way it flows."""
    assert current_a(power, current) == pytest.approx(expected_a)


def test_current_has_the_direction_of_a_pair() -> None:
    """Import and export tell the direction of a current as well as a signed power."""
    current = said(CURRENT, 11, "A")
    assert current_a(said(POWER, 0), said(EXPORT, 2300), current) == -11
    assert current_a(said(POWER, 2300), said(EXPORT, 0), current) == 11


def test_power_that_counts_the_other_way_round() -> None:
    """Then what is drawn shows as negative, and a current beside it has no direction of its own."""
    power = said(POWER, -2300)
    sensors = PhaseSensors(power=POWER, is_reversed=True)
    assert measured(sensors, {POWER: power}.get, 230.0) == Measured(current_a=10.0)
    both = PhaseSensors(power=POWER, current=CURRENT, is_reversed=True)
    states = {POWER: power, CURRENT: said(CURRENT, 10.4, "A")}
    assert measured(both, states.get, 230.0) == Measured(current_a=10.4)
    states[POWER] = said(POWER, 2300)
    assert measured(both, states.get, 230.0) == Measured(current_a=-10.4)
