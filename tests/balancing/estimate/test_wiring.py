"""Which phases a car uses of those that its charger is wired to."""

from collections.abc import Sequence

import pytest

from custom_components.ev_lb.balancing.estimate.wiring import (
    FORGOTTEN_S,
    follow_rises,
    follow_sensor,
    is_proven,
    moments,
    on_used_phases,
    shown_phases,
)
from custom_components.ev_lb.balancing.model import CarReading, CarStatus, Reading
from custom_components.ev_lb.balancing.settings import Load
from tests.balancing.builders import a_charger, a_state, a_wiring, settings

THREE = a_charger(phases=(0, 1, 2))
OF = settings(THREE, phase_count=3)


def loads(*indices: int) -> tuple[Load, ...]:
    """Return loads of one ampere for each of the charger's."""
    return tuple(Load(index=index) for index in indices)


def test_charger_loads_what_it_is_wired_to() -> None:
    """Until its car is known, it may use all of it, in the order of its own wires."""
    wiring = a_wiring(2, 0, phase_count=3)
    assert (wiring.phases, wiring.loads, wiring.witnesses) == ((2, 0), loads(2, 0), loads(2, 0))


def test_charger_loads_what_its_car_uses() -> None:
    """A one-phase car on a three-phase charger binds its phase alone."""
    wiring = a_wiring(0, 1, 2, used=(1,))
    assert (wiring.phases, wiring.loads, wiring.witnesses) == ((1,), loads(1), loads(1))
    assert wiring.wired == loads(0, 1, 2)


def test_total_counts_each_phase_that_is_used() -> None:
    """Of a limit on all phases together a three-phase car takes three times its current."""
    wiring = a_wiring(0, 1, 2, total_a=40)
    assert wiring.loads == (*loads(0, 1, 2), Load(index=3, weight=3))
    assert wiring.witnesses == loads(0, 1, 2)
    wiring.on_measured((0,))
    assert wiring.loads == (*loads(0), Load(index=3, weight=1))


def test_total_is_all_that_a_meter_of_the_total_shows() -> None:
    """Its phases are divided from it: they show nothing by themselves."""
    wiring = a_wiring(0, 1, phase_count=3, is_metered_in_total=True)
    assert wiring.loads == (*loads(0, 1), Load(index=3, weight=2))
    assert wiring.witnesses == (Load(index=3, weight=2),)


# What commands show


def test_command_tells_which_phases_a_car_uses() -> None:
    """While the other phases show less than any car draws, it cannot be there."""
    wiring = a_wiring(0, 1, 2)
    wiring.on_shown((0,), 0.0, 0.0, is_proven=True)
    assert wiring.used == (0,)


def test_phases_that_may_hide_the_car_must_be_told_three_times() -> None:
    """The house may have fallen there by as much as the car rose: each command counts once."""
    wiring = a_wiring(0, 1, 2)
    for told_at, used in ((0.0, None), (0.0, None), (60.0, None), (60.0, None), (120.0, (0,))):
        wiring.on_shown((0,), 150.0, told_at, is_proven=False)
        assert wiring.used == used


def test_contradiction_is_believed_at_once() -> None:
    """A phase that is used after all must not be overloaded until the next command tells."""
    wiring = a_wiring(0, 1, 2, used=(0,))
    wiring.on_shown((0, 1), 0.0, 0.0, is_proven=False)
    assert wiring.used is None
    assert wiring.loads == loads(0, 1, 2)


def test_car_that_shows_on_all_phases_uses_all() -> None:
    """Nothing is left that it could not use: it is known."""
    wiring = a_wiring(0, 1, 2)
    wiring.on_shown((0, 1, 2), 0.0, 0.0, is_proven=False)
    assert wiring.used == (0, 1, 2)


@pytest.mark.parametrize(
    ("reading_a", "has_exported", "is_sure"),
    [
        pytest.param((20, 4, 3), False, True, id="no car draws so little"),
        pytest.param((20, 8, 3), False, False, id="a car might"),
        pytest.param((20, 4, 3), True, False, id="the sun may hide it"),
    ],
)
def test_low_phases_prove_that_no_car_is_there(
    reading_a: tuple[float, ...], has_exported: bool, is_sure: bool
) -> None:
    """It would show."""
    state = a_state(OF)
    state.house.has_exported = has_exported
    reading = Reading(current_a=reading_a, at=0)
    assert is_proven(state, state.chargers["a"], (0,), reading) is is_sure


@pytest.mark.parametrize(
    ("reading_a", "used"),
    [
        pytest.param((20, 22, 21), None, id="a car that is late, or a heat pump"),
        pytest.param((20, 22, 4), (0,), id="an oven on two phases"),
    ],
)
def test_phases_that_rise_together_untold_forget_the_car(
    reading_a: tuple[float, ...], used: tuple[int, ...] | None
) -> None:
    """What showed at the start may have been the house, and this the car."""
    state = a_state(OF, a=16)
    state.chargers["a"].wiring.on_shown((0,), 0.0, 0.0, is_proven=True)
    state.house.recent.on_reading(Reading(current_a=(4, 4, 4), at=0))
    follow_rises(state, Reading(current_a=reading_a, at=10))
    assert state.chargers["a"].wiring.used == used


def test_phases_that_rise_with_another_car_forget_nothing() -> None:
    """It was told to: the rise is its own."""
    of = settings(THREE, a_charger("b", phases=(0, 1, 2)), phase_count=3)
    state = a_state(of, a=16, b=16)
    state.chargers["a"].wiring.on_shown((0,), 0.0, 0.0, is_proven=True)
    state.chargers["b"].evidence.raised_at = 5.0
    state.house.recent.on_reading(Reading(current_a=(4, 4, 4), at=0))
    follow_rises(state, Reading(current_a=(20, 20, 20), at=10))
    assert state.chargers["a"].wiring.used == (0,)


@pytest.mark.parametrize(
    ("changes_a", "told_a", "phases"),
    [
        pytest.param((6, 0, 0), 6, (0,), id="one phase"),
        pytest.param((6, 6, 6), 6, (0, 1, 2), id="three"),
        pytest.param((0, 5, 6), 6, (1, 2), id="two"),
        pytest.param((6, 2, 0), 6, None, id="the house moved on another"),
        pytest.param((6, -7, 0), 6, None, id="the house fell on another: it may hide it"),
        pytest.param((0, 0, 0), 6, None, id="nothing shows"),
        pytest.param((2, 0, 0), 2, None, id="too small a command"),
        pytest.param((13, 3, -3), 16, (0,), id="what a house does beside a large one"),
    ],
)
def test_command_shows_on_phases(
    changes_a: Sequence[float], told_a: float, phases: tuple[int, ...] | None
) -> None:
    """A phase shows it by half or more, the others stand still."""
    charger = a_state(OF).chargers["a"]
    assert shown_phases(charger, changes_a, told_a) == phases


def test_rotated_charger_shows_on_the_sites_phases() -> None:
    """Its L1 is the site's L3: what is learned is said of the site."""
    charger = a_state(settings(a_charger(phases=(2, 0, 1)), phase_count=3)).chargers["a"]
    assert shown_phases(charger, (6, 0, 0), 6) == (2,)


@pytest.mark.parametrize(
    ("changes_a", "common_a"),
    [
        pytest.param((6, 0, 0), 6, id="one phase alone"),
        pytest.param((6, 6, 5), 5, id="three together"),
        pytest.param((6, 2, 0), 0, id="the house rises on another"),
        pytest.param((-3, -3, -3), -3, id="they fall"),
    ],
)
def test_car_of_unknown_phases_moves_what_moves_alone(
    changes_a: Sequence[float], common_a: float
) -> None:
    """A one-phase car shows though nothing moves on the others."""
    assert a_wiring(0, 1, 2).common_a(changes_a) == common_a


def test_car_of_known_phases_moves_all_of_them() -> None:
    """A kettle on one phase is not a car on three."""
    assert a_wiring(0, 1, 2, used=(0, 1, 2)).common_a((6, 0, 0)) == 0


# What its own sensors show


def test_own_currents_tell_at_once() -> None:
    """They know which phases the car draws from."""
    charger = a_state(OF).chargers["a"]
    follow_sensor(charger, CarReading(at=0, current_a=16, phase_current_a=(0.1, 16, 0)))
    assert charger.wiring.used == (1,)


def test_meter_has_no_say_beside_own_currents() -> None:
    """What it shows on the other phases is another car's doing."""
    state = a_state(OF, a=16)
    wiring = state.chargers["a"].wiring
    follow_sensor(state.chargers["a"], CarReading(at=0, current_a=16, phase_current_a=(16, 0, 0)))
    state.house.recent.on_reading(Reading(current_a=(4, 4, 4), at=0))
    follow_rises(state, Reading(current_a=(20, 20, 20), at=10))
    wiring.on_shown((0, 1, 2), 0.0, 0.0, is_proven=True)
    assert wiring.used == (0,)


@pytest.mark.parametrize(
    ("phase_current_a", "is_contradicted"),
    [
        pytest.param((), False, id="they are gone"),
        pytest.param((16, 0, 0), True, id="the meter has shown what they did not"),
    ],
)
def test_meter_has_its_say_when_own_currents_do_not_count(
    phase_current_a: tuple[float, ...], is_contradicted: bool
) -> None:
    """A sensor that is stuck must not keep a car off a phase that it draws from."""
    charger = a_state(OF, a=16).chargers["a"]
    follow_sensor(charger, CarReading(at=0, current_a=16, phase_current_a=(16, 0, 0)))
    charger.sensor.is_contradicted = is_contradicted
    follow_sensor(charger, CarReading(at=1, current_a=16, phase_current_a=phase_current_a))
    charger.wiring.on_shown((0, 1, 2), 0.0, 0.0, is_proven=False)
    assert charger.wiring.used is None


def test_own_currents_of_a_car_that_hardly_draws_tell_nothing() -> None:
    """Its electronics are on any phase."""
    charger = a_state(OF).chargers["a"]
    follow_sensor(charger, CarReading(at=0, current_a=2, phase_current_a=(2, 0, 0)))
    assert charger.wiring.used is None


@pytest.mark.parametrize(
    ("used", "is_divided", "current_a"),
    [
        pytest.param((0,), True, 15, id="all of it is on one phase"),
        pytest.param(None, True, 5, id="not known yet"),
        pytest.param((0,), False, 5, id="the current of a phase"),
    ],
)
def test_power_of_all_phases_is_that_of_the_phases_in_use(
    used: tuple[int, ...] | None, is_divided: bool, current_a: float
) -> None:
    """A one-phase car at 15 A is no three-phase car at 5 A."""
    charger = a_state(OF).chargers["a"]
    if used is not None:
        charger.wiring.on_measured(used)
    said = CarReading(at=0, current_a=5, is_divided=is_divided)
    assert on_used_phases(charger, said).current_a == current_a


# The car leaves


def test_car_that_has_left_is_forgotten() -> None:
    """The next one may use all phases."""
    wiring = a_wiring(0, 1, 2, used=(0,))
    wiring.on_time(is_stopped=True, status=CarStatus.ABSENT, now=10)
    assert wiring.used is None


def test_car_is_forgotten_after_a_long_stop() -> None:
    """Without a status another one may have come unseen."""
    wiring = a_wiring(0, 1, 2, used=(0,))
    for now, used in ((0, (0,)), (FORGOTTEN_S - 1, (0,)), (FORGOTTEN_S, None)):
        wiring.on_time(is_stopped=True, status=None, now=now)
        assert wiring.used == used


def test_short_stop_forgets_nothing() -> None:
    """An overload that stops the car for a while does not make it another."""
    wiring = a_wiring(0, 1, 2, used=(0,))
    for now, is_stopped in ((0, True), (500, False), (501, True), (1000, True)):
        wiring.on_time(is_stopped=is_stopped, status=None, now=now)
    assert wiring.used == (0,)


def test_core_asks_to_forget_in_time() -> None:
    """The other cars need not wait for a reading that comes by chance."""
    state = a_state(OF)
    state.chargers["a"].wiring.on_measured((0,))
    state.chargers["a"].wiring.on_time(is_stopped=True, status=None, now=7)
    assert list(moments(state)) == [7 + FORGOTTEN_S]


def test_other_wires_are_learned_anew() -> None:
    """What was seen of a car is no longer true when the user says that it is wired otherwise."""
    wiring = a_wiring(0, 1, 2, used=(0,))
    wiring.on_layout(OF, a_charger(phases=(1, 2)))
    assert wiring.phases == (1, 2)


def test_status_that_says_charging_forgets_nothing() -> None:
    """Only an absent car has left."""
    state = a_state(OF, a=10)
    state.chargers["a"].wiring.on_measured((0,))
    state.chargers["a"].sensor.on_report(CarReading(at=0, status=CarStatus.IDLE), 0)
    assert state.chargers["a"].wiring.used == (0,)
