"""A single ampere that had to be taken back again and again is waited for, ever longer."""

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.last_ampere import (
    FREE_TRIES,
    LASTING_S,
    MOST_TRIES,
    WAIT_S,
    last_ampere_at,
    note_room,
    note_taken_back,
)
from custom_components.ev_lb.balancing.model import (
    ChargerState,
    LastAmpere,
    LimitedBy,
    SetCurrent,
    StartCharging,
)

from .builders import Run, a_charger, a_state, charging, settings
from .plant import Charger, Meter, Plant, steady

AT_ONCE = float("-inf")

FIRST_S = WAIT_S * 2 ** (FREE_TRIES + 1)


def tried(times: int, *, free_since: float | None = None) -> ChargerState:
    """Return a charger at 10 A whose last ampere was taken back so often in a row."""
    return charging(10, last_ampere=LastAmpere(taken_back=times, free_since=free_since))


def a_run(house_a: float = 12, *, taken_back: int = FREE_TRIES + 1) -> Run:
    """Return a car that takes all that the house leaves, and whose last ampere came and went."""
    of = settings()
    known = charging(int(32 - house_a), last_ampere=LastAmpere(taken_back=taken_back))
    return Run(of, a_state(of, house_a=house_a, a=known), now=0)


def test_last_ampere_waits() -> None:
    """It is given when it has stayed free for a while."""
    run = a_run()
    assert run.read(31).commands == ()
    assert run["a"].limited_by is LimitedBy.LAST_AMPERE
    assert run.wake_at == FIRST_S
    assert run.sleep(FIRST_S - 0.1) == []
    assert run.sleep(0.1) == [(FIRST_S, SetCurrent(charger_id="a", current_a=21))]


@pytest.mark.parametrize("taken_back", range(FREE_TRIES + 1))
def test_last_ampere_is_given_at_once_where_it_did_not_flicker(taken_back: int) -> None:
    """Once or twice taken back is chance."""
    run = a_run(taken_back=taken_back)
    assert run.read(31).commands == (SetCurrent(charger_id="a", current_a=21),)


def test_wait_begins_anew_when_the_ampere_was_not_free() -> None:
    """It must be free all the while."""
    run = a_run()
    run.read(31)
    run.now = FIRST_S - 1
    run.read(31.5)
    run.now = FIRST_S
    assert run.read(31).commands == ()
    assert run.wake_at == 2 * FIRST_S


def test_more_than_one_ampere_does_not_wait() -> None:
    """Two are no flicker."""
    assert a_run().read(30).commands == (SetCurrent(charger_id="a", current_a=22),)


def test_second_ampere_ends_the_wait() -> None:
    """Where there is more, all of it is given at once."""
    run = a_run()
    run.read(31)
    run.now = 1
    assert run.read(30).commands == (SetCurrent(charger_id="a", current_a=22),)


def test_start_does_not_wait() -> None:
    """A charger that stands still has no last ampere."""
    of = settings(a_charger(min_a=1))
    run = Run(of, a_state(of, house_a=31), now=0)
    assert run.read(31).commands == (StartCharging(charger_id="a", current_a=1),)


def test_cut_does_not_wait() -> None:
    """An ampere too many is taken back at once."""
    assert a_run().read(33).commands == (SetCurrent(charger_id="a", current_a=19),)


@pytest.mark.parametrize(
    ("times", "wait_s"),
    [
        (0, AT_ONCE),
        (FREE_TRIES, AT_ONCE),
        (FREE_TRIES + 1, 40),
        (FREE_TRIES + 2, 80),
        (MOST_TRIES, 640),
    ],
)
def test_wait_doubles_with_each_time_in_a_row(times: int, wait_s: float) -> None:
    """After the free tries; see the docstring of the rule for how long it gets."""
    assert last_ampere_at(tried(times, free_since=100)) == 100 + wait_s


def test_nothing_is_waited_for_while_there_is_no_room() -> None:
    """The wait is not running then."""
    assert last_ampere_at(tried(MOST_TRIES)) == AT_ONCE


@pytest.mark.parametrize(
    ("had_a", "wish_a", "free_since"),
    [
        pytest.param(10, 11, 50.0, id="room for more"),
        pytest.param(10, 10, None, id="just what it has"),
        pytest.param(10, 6, None, id="less"),
        pytest.param(0, 10, None, id="stopped"),
    ],
)
def test_room_is_noted_while_the_car_charges(
    had_a: int, wish_a: int, free_since: float | None
) -> None:
    """Since when there is room for more than it has."""
    assert note_room(charging(had_a), wish_a, 50).last_ampere.free_since == free_since
    noted = note_room(charging(had_a), wish_a, 50)
    assert note_room(noted, wish_a, 60) is noted


def test_room_that_is_gone_is_forgotten() -> None:
    """But not how often the ampere was taken back."""
    known = note_room(tried(3, free_since=10), 10, 50)
    assert known.last_ampere == LastAmpere(taken_back=3)


@pytest.mark.parametrize(
    ("lasted_s", "cut_a", "period_s", "times"),
    [
        pytest.param(LASTING_S, 1, None, 3, id="just given"),
        pytest.param(LASTING_S + 1, 1, None, 0, id="it had lasted"),
        pytest.param(LASTING_S + 2 * 60, 1, 60, 3, id="a slow meter shows it late"),
        pytest.param(LASTING_S + 2 * 60 + 1, 1, 60, 0, id="it had lasted on a slow meter"),
        pytest.param(1, 2, None, 0, id="more than an ampere"),
        pytest.param(None, 1, None, 0, id="never given"),
    ],
)
def test_ampere_that_is_taken_back_at_once_counts(
    lasted_s: float | None, cut_a: int, period_s: float | None, times: int
) -> None:
    """Any other cut shows that the house has changed, and ends the row."""
    raised_at = None if lasted_s is None else 1000 - lasted_s
    known = charging(10, raised_at=raised_at, last_ampere=LastAmpere(taken_back=2, free_since=5))
    assert note_taken_back(known, cut_a, period_s, 1000) == LastAmpere(taken_back=times)


def test_row_is_not_counted_without_end() -> None:
    """The wait does not grow for ever."""
    known = charging(10, raised_at=99, last_ampere=LastAmpere(taken_back=MOST_TRIES))
    assert note_taken_back(known, 1, None, 100) == LastAmpere(taken_back=MOST_TRIES)


@pytest.mark.parametrize("period_s", [1, 10, 30, 60])
def test_rounded_meter_in_a_steady_house_goes_silent(period_s: int) -> None:
    """Where rounding shows an ampere that is none, it is tried ever more rarely."""
    plant = Plant(
        settings=settings(rated_a=25),
        house=steady(11.1),
        chargers=[Charger()],
        meter=Meter(period_s=period_s, step_a=100 / 230),
    )
    plant.run(7200)
    assert len(plant.commands(since=3600)) <= 24
    assert max(second.total_a[0] for second in plant.log) <= 25 + 100 / 230


def test_users_cut_by_an_ampere_is_not_held_against_the_house() -> None:
    """Only what the house has forced counts."""
    of = settings(a_charger(max_a=21, rated_a=32))
    known = charging(21, raised_at=0.0, last_ampere=LastAmpere(taken_back=2))
    run = Run(of, a_state(of, house_a=11, a=known), now=1)
    run.change_charger("a", max_charger_current_a=20)
    assert run.targets == {"a": 20}
    assert run["a"].last_ampere.taken_back == 2


@given(house_a=st.floats(2, 25), step_a=st.sampled_from((0.0, 0.1, 100 / 230)))
@examples(max_examples=100, deadline=None)
def test_what_is_free_for_good_is_given_in_the_end(house_a: float, step_a: float) -> None:
    """The wait loses a car no energy in a steady house: within a minute it has all there is."""
    of = settings()
    run = Run(of, a_state(of, house_a=30, a=0), now=0)
    run.read(30)
    for _ in range(60):
        run.sleep(1)
        total_a = house_a + run["a"].target_a
        run.read(round(total_a / step_a) * step_a if step_a else total_a)
    assert int(32 - house_a - step_a) <= run["a"].target_a <= 32 - house_a + step_a
