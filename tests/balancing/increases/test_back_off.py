"""Nothing hunts: a raise that was taken back again and again is waited for, ever longer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.increases.back_off import (
    FREE_TRIES,
    LASTING_S,
    LONGEST_WAIT_S,
    MOVED_A,
    OWN_EXTRA_A,
    OWN_SHARE,
    WAIT_S,
    BackOff,
)
from custom_components.ev_lb.balancing.increases.hold import Hold
from custom_components.ev_lb.balancing.model import LimitedBy, SetCurrent, StartCharging
from tests.balancing.builders import Run, a_charger, a_state, charging, settings
from tests.balancing.plant import Charger, Meter, Plant, steady
from tests.explore import examples

HOUSE_A, READING_A = 12.0, 22.0
AT_ONCE_S = 13.0


def take_back(
    back_off: BackOff,
    at: float,
    *,
    risen_a: float,
    lasting_s: float = 0.0,
    late_s: float = 0.0,
    others_a: int = 0,
) -> None:
    """Cut the charger, the meter so much above what it showed before the raise."""
    raised_a = back_off.recent_raise_a(lasting_s, at) + others_a
    back_off.on_cut(READING_A + risen_a, raised_a, AT_ONCE_S, late_s, at)


def tried(times: int) -> BackOff:
    """Return the back-off of a charger whose raise was taken back so often in a row."""
    back_off = BackOff()
    for number in range(times):
        back_off.on_raise(1, READING_A, HOUSE_A, 100.0 * number)
        take_back(back_off, 100.0 * number + 5, risen_a=1)
    return back_off


@pytest.mark.parametrize(
    ("times", "wait_s"),
    [
        (0, None),
        (FREE_TRIES, None),
        (FREE_TRIES + 1, 2 * WAIT_S),
        (FREE_TRIES + 2, 4 * WAIT_S),
        (FREE_TRIES + 8, LONGEST_WAIT_S),
        (FREE_TRIES + 50, LONGEST_WAIT_S),
    ],
)
def test_wait_doubles_with_each_time_in_a_row(times: int, wait_s: float | None) -> None:
    """After two that may be chance, and to an hour at most."""
    last_cut_at = 100.0 * (times - 1) + 5
    until = None if wait_s is None else last_cut_at + wait_s
    back_off = tried(times)
    assert (back_off.taken_back, back_off.until) == (times, until)


def test_wait_is_longer_at_a_slow_meter() -> None:
    """What takes a minute and a half to show is not tried again after 40 s."""
    back_off = tried(FREE_TRIES)
    back_off.on_raise(1, READING_A, HOUSE_A, 1000)
    take_back(back_off, 1100, risen_a=1, lasting_s=90, late_s=45)
    assert back_off.until == 1100 + 2 * 45


def test_increase_waits_until_the_back_off_is_over() -> None:
    """Compared with the clock alone."""
    back_off = tried(FREE_TRIES + 1)
    assert back_off.until is not None
    assert back_off.is_waiting(back_off.until - 0.1)
    assert not back_off.is_waiting(back_off.until)
    assert not BackOff().is_waiting(0)


@pytest.mark.parametrize(
    ("lasted_s", "risen_a", "times"),
    [
        pytest.param(LASTING_S + 20, 3, 3, id="just given"),
        pytest.param(LASTING_S + 20.1, 1, 0, id="it had lasted"),
        pytest.param(14, 3 * OWN_SHARE + OWN_EXTRA_A, 3, id="no more than the raise itself"),
        pytest.param(14, 3 * OWN_SHARE + OWN_EXTRA_A + 0.1, 0, id="the house has risen too"),
        pytest.param(AT_ONCE_S, 30, 3, id="much more, but at once"),
    ],
)
def test_raise_that_is_taken_back_at_once_counts(
    lasted_s: float, risen_a: float, times: int
) -> None:
    """Any other cut shows that the house has changed, and ends the row; windows count as well."""
    back_off = tried(2)
    back_off.on_raise(3, READING_A, HOUSE_A, 1000)
    take_back(back_off, 1000 + lasted_s, risen_a=risen_a, lasting_s=20.0)
    assert back_off.taken_back == times


def test_raise_in_two_steps_is_one_raise() -> None:
    """What both of them have brought is held against both."""
    back_off = tried(2)
    back_off.on_raise(2, READING_A, HOUSE_A, 1000)
    back_off.on_raise(4, READING_A + 2, HOUSE_A + 4, 1010)
    take_back(back_off, 1030, risen_a=6 * OWN_SHARE + OWN_EXTRA_A)
    assert back_off.taken_back == 3


def test_what_other_chargers_were_raised_by_is_no_house_either() -> None:
    """Two cars that are raised together show more than each of them."""
    back_off = tried(2)
    back_off.on_raise(3, READING_A, HOUSE_A, 1000)
    take_back(back_off, 1014, risen_a=9, others_a=6)
    assert back_off.taken_back == 3


def test_second_cut_of_the_same_overload_does_not_count() -> None:
    """A raise can be taken back only once."""
    back_off = tried(2)
    take_back(back_off, 110, risen_a=1, others_a=1)
    assert back_off == tried(2)


@pytest.mark.parametrize(
    ("house_a", "times"),
    [
        pytest.param(HOUSE_A - MOVED_A - 0.1, 0, id="another house"),
        pytest.param(HOUSE_A - MOVED_A, 3, id="the same house"),
        pytest.param(HOUSE_A + 10, 3, id="a house that draws more"),
    ],
)
def test_house_that_has_fallen_ends_the_wait(house_a: float, times: int) -> None:
    """What did not fit may fit now."""
    back_off = tried(3)
    back_off.on_house(house_a, 100.0)
    assert back_off.taken_back == times
    assert (back_off.until is not None) == (times > FREE_TRIES)


def test_user_ends_the_wait() -> None:
    """Who has changed something wants to see it tried."""
    back_off = tried(5)
    back_off.on_user()
    assert (back_off.taken_back, back_off.until, back_off.house_a) == (0, None, None)


# Within a decision


def backing_off(current_a: int = 20, until: float = 100.0) -> Run:
    """Return a car that takes all that the house leaves, and must wait with its next increase."""
    of = settings(a_charger(min_a=1))
    waiting = BackOff(taken_back=3, until=until, house_a=32.0 - current_a)
    known = charging(current_a, back_off=waiting)
    return Run(of, a_state(of, house_a=32 - current_a, a=known), now=0)


def test_back_off_keeps_the_car_low_and_says_so() -> None:
    """Its end is a decision by itself."""
    run = backing_off()
    assert run.listen(90, 31) == []
    assert run["a"].allocation.limited_by is LimitedBy.BACK_OFF
    assert run.sleep(20) == [(100, SetCurrent(charger_id="a", current_a=21))]


def test_room_that_a_moved_house_leaves_is_given_at_once() -> None:
    """Three amperes are another house."""
    assert backing_off().listen(2, 29) == [(2, SetCurrent(charger_id="a", current_a=23))]


def test_start_does_not_back_off() -> None:
    """A charger that stands still has its start budget."""
    assert backing_off(0).listen(2, 31) == [(2, StartCharging(charger_id="a", current_a=1))]


def test_cut_does_not_wait_for_a_back_off() -> None:
    """An ampere too many is taken back at once."""
    run = backing_off()
    assert run.read(33).commands == (SetCurrent(charger_id="a", current_a=19),)


def test_raise_that_the_house_takes_back_is_counted() -> None:
    """What the meter shows of the raise itself, three times in a row, makes the next one wait."""
    of = settings()
    known = charging(20, back_off=BackOff(taken_back=2, house_a=12.0))
    run = Run(of, a_state(of, house_a=12, a=known), now=0)
    assert run.listen(1, 31) == [(1, SetCurrent(charger_id="a", current_a=21))]
    run.listen(14, 32)
    assert run.read(32.4).commands == (SetCurrent(charger_id="a", current_a=20),)
    assert run["a"].back_off.taken_back == 3
    assert run["a"].back_off.is_waiting(run.now)


def test_users_cut_is_not_held_against_the_house() -> None:
    """Only what the house has forced counts, and who turns a number starts afresh."""
    of = settings(a_charger(max_a=21, rated_a=32))
    raised = BackOff(taken_back=2, raised_a=1, raised_at=0.0, reading_a=31.0, house_a=11.0)
    run = Run(of, a_state(of, house_a=11, a=charging(21, back_off=raised)), now=1)
    run.change_charger("a", max_charger_current_a=20)
    assert run.targets == {"a": 20}
    assert run["a"].hold == Hold()
    assert run["a"].back_off.taken_back == 0


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
    assert len(plant.commands(since=3600)) <= 6
    assert max(second.total_a[0] for second in plant.log) <= 25 + 100 / 230


@given(
    tries=st.lists(
        st.tuples(st.integers(1, 16), st.floats(1, LASTING_S - 1)), min_size=1, max_size=20
    ),
)
@examples(100)
def test_raises_that_always_fail_take_ever_longer(tries: list[tuple[int, float]]) -> None:
    """Whatever their size: from the third on each next one waits at least as long as the last."""
    back_off, now, waits_s = BackOff(), 0.0, list[float]()
    for by_a, lasted_s in tries:
        back_off.on_raise(by_a, READING_A, HOUSE_A, now)
        now += lasted_s
        take_back(back_off, now, risen_a=by_a)
        waits_s.append(0.0 if back_off.until is None else round(back_off.until - now, 3))
        now += waits_s[-1]
    assert waits_s == sorted(waits_s)
    assert max(waits_s) <= LONGEST_WAIT_S
    assert (waits_s[-1] > 0) == (len(tries) > FREE_TRIES)


@given(house_a=st.floats(2, 25), step_a=st.sampled_from((0.0, 0.1, 100 / 230)))
@examples(60)
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
