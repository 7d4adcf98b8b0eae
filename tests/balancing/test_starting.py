"""After an overload stop the minimum must stay free for a while before the next start."""

import pytest

from custom_components.ev_lb.balancing.model import (
    ChargerState,
    LimitedBy,
    StartCharging,
    StartWait,
    StopCharging,
)
from custom_components.ev_lb.balancing.starting import (
    LONGEST_WAIT_S,
    MEMORY_S,
    note_free_minimum,
    note_overload_stop,
    start_due,
)

from .builders import Run, a_site, a_state, charging, settings

AT_ONCE = float("-inf")


def stopped(*moments: float) -> ChargerState:
    """Return a charger that was stopped by overloads at these moments."""
    state = ChargerState()
    for now in moments:
        state = note_overload_stop(state, now)
    return state


@pytest.mark.parametrize(
    ("stops", "wait_s"),
    [(1, 30), (2, 45), (3, 67.5), (4, 101.25), (10, LONGEST_WAIT_S), (60, LONGEST_WAIT_S)],
)
def test_wait_grows_by_half_with_each_overload_stop(stops: int, wait_s: float) -> None:
    """A hob that cycles does not start the car at every turn: the wait grows to 15 min."""
    state = stopped(*range(1000, 1000 + stops))
    state = note_free_minimum(state, is_free=True, now=1100)
    assert start_due(a_site(ramp_up_time_s=30.0), state) == 1100 + wait_s


def test_wait_falls_back_half_an_hour_after_the_last_stop() -> None:
    """Half an hour without an overload stop makes the next one the first again."""
    state = stopped(0, 100, 200)
    assert note_overload_stop(state, 200 + MEMORY_S - 1).start_wait.stops == 4
    assert note_overload_stop(state, 200 + MEMORY_S).start_wait.stops == 1


def test_long_wait_ends_when_the_stops_are_forgotten() -> None:
    """Who has stood still for half an hour waits for the ramp-up time, not for a quarter hour."""
    site = a_site(ramp_up_time_s=30.0)
    state = stopped(0, 100, 200, 300, 400, 500)
    early = note_free_minimum(state, is_free=True, now=500 + MEMORY_S - 100)
    assert start_due(site, early) == 500 + MEMORY_S
    late = note_free_minimum(state, is_free=True, now=500 + MEMORY_S + 1000)
    assert start_due(site, late) == 500 + MEMORY_S + 1000 + 30


def test_first_start_does_not_wait() -> None:
    """Without an overload stop there is nothing to wait for."""
    assert start_due(a_site(), ChargerState()) == AT_ONCE


def test_no_start_is_due_while_the_minimum_is_not_free() -> None:
    """The wait begins only when the car could charge."""
    assert start_due(a_site(), stopped(100)) is None


def test_wait_begins_anew_when_the_minimum_was_not_free() -> None:
    """The minimum must be free during the whole wait."""
    state = note_free_minimum(stopped(100), is_free=True, now=110)
    state = note_free_minimum(state, is_free=True, now=120)
    assert start_due(a_site(ramp_up_time_s=30.0), state) == 140
    state = note_free_minimum(state, is_free=False, now=130)
    state = note_free_minimum(state, is_free=True, now=135)
    assert start_due(a_site(ramp_up_time_s=30.0), state) == 165


def test_charger_starts_again_after_the_wait() -> None:
    """A car that an overload stopped starts again once its minimum was free for the wait."""
    of = settings(ramp_up_time_s=30.0)
    run = Run(of, a_state(of, house_a=20, a=12), now=0)
    assert run.read(40).commands == (StopCharging(charger_id="a"),)
    run.now = 20
    assert run.read(20).commands == ()
    assert run.sleep(50) == [(50, StartCharging(charger_id="a", current_a=12))]
    assert run.listen(60, 32) == []


def test_cycling_load_starts_the_car_ever_more_rarely() -> None:
    """A plate that comes for 20 s each minute starts the car 4 times an hour at most, not 60."""
    of = settings(ramp_up_time_s=30.0)
    run = Run(of, a_state(of, house_a=20, a=12), now=0)
    for minute in range(60):
        run.now = minute * 60.0
        run.read(40 + run["a"].commanded_a)
        for second in range(20, 60, 2):
            run.sleep(minute * 60 + second - run.now)
            run.read(20 + run["a"].commanded_a)
    starts = [at for at, command in run.sent if isinstance(command, StartCharging)]
    assert len(starts) <= 4


def test_users_number_skips_the_wait() -> None:
    """Who turns a number wants to see the car charge."""
    waiting = charging(0, start_wait=StartWait(stops=4, last_stop_at=0.0, free_since=0.0))
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=waiting), now=60)
    assert run.read(12).commands == ()
    assert run["a"].limited_by is LimitedBy.START_WAIT
    assert run.change_charger("a", max_charger_current_a=16).commands == (
        StartCharging(charger_id="a", current_a=16),
    )


def test_users_switch_skips_the_wait() -> None:
    """Off and on again starts the car without the wait, after its first command has settled."""
    waiting = charging(0, start_wait=StartWait(stops=4, last_stop_at=0.0, free_since=0.0))
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=waiting), now=60)
    run.change_charger("a", is_enabled=False)
    run.change_charger("a", is_enabled=True)
    assert run.sent == [(60, StopCharging(charger_id="a"))]
    assert run.sleep(30) == [(72, StartCharging(charger_id="a", current_a=20))]


def test_users_own_stop_costs_no_wait() -> None:
    """A car that the user stopped starts at once when the user lets it."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    assert run.change_charger("a", max_charger_current_a=0).commands == (
        StopCharging(charger_id="a"),
    )
    run.now = 60
    run.read(12)
    assert run.change_charger("a", max_charger_current_a=32).commands == (
        StartCharging(charger_id="a", current_a=20),
    )
