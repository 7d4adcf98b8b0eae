"""What the house draws without the chargers, though the meter shows both and the cars lag."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.background import drawn, take_reading
from custom_components.ev_lb.balancing.intervals import Offer
from custom_components.ev_lb.balancing.model import (
    Measurement,
    Probe,
    Reading,
    SetCurrent,
    StartCharging,
    State,
    StopCharging,
    Unshown,
)
from custom_components.ev_lb.balancing.settings import Settings

from .builders import Run, a_charger, a_state, an_offer, charging, settings
from .strategies import all_settings, states


def test_fast_meter_does_not_cut_twice() -> None:
    """One overload is one cut, though the meter reports before the car follows (accident 7)."""
    of = settings()
    run = Run(of, a_state(of, house_a=2, a=30), now=1)
    commands = [run.read(42).commands]
    for _ in range(9):
        run.now += 1
        commands.append(run.read(42).commands)
    assert commands == [(SetCurrent(charger_id="a", current_a=20),)] + [()] * 9


def test_slow_follower_is_not_mistaken_for_the_house() -> None:
    """A car that takes its time to go down is not taken for a house that draws more."""
    of = settings()
    run = Run(of, a_state(of, house_a=2, a=30), now=1)
    run.read(42)
    run.now = 12
    assert run.read(42).state.background_a == (12,)
    run.now = 13
    assert run.read(32).state.background_a == (12,)


def test_reading_reported_again_is_not_subtracted_again() -> None:
    """The same value once more means the same house."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    assert run.listen(300, 32) == []
    assert run.state.background_a == (12,)


def test_decision_without_a_reading_uses_the_stored_background() -> None:
    """A changed number does not read the meter's old value a second time."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    run.read(26)
    before = run.state.background_a
    run.change(ramp_up_time_s=31.0)
    assert run.state.background_a == before


def test_late_reading_is_ignored() -> None:
    """A reading older than the last one says nothing new."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20, read_at=10), now=11)
    assert run.read(60, at=9).commands == ()
    assert run.state.background_a == (12,)


def test_late_reading_is_read_with_the_commands_of_its_time() -> None:
    """What a reading shows was drawn under the commands that were in force then."""
    of = settings()
    known = charging(10, offers=(an_offer(20), an_offer(10, sent_at=100)))
    state = a_state(of, house_a=12, read_at=90, a=known)
    assert take_reading(of, state, Reading(current_a=(32,), at=99)).background_a == (12,)
    assert take_reading(of, state, Reading(current_a=(36,), at=99)).background_a == (16,)
    assert take_reading(of, state, Reading(current_a=(36,), at=101)).background_a == (16,)
    assert take_reading(of, state, Reading(current_a=(36,), at=112)).background_a == (26,)


def test_house_is_seen_at_once_when_nothing_is_under_way() -> None:
    """With all cars steady, every change of the reading is the house's."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    assert run.read(27).state.background_a == (7,)
    assert run.read(20 - 30).state.background_a == (-30,)


def test_start_does_not_count_as_drawn_before_the_meter_shows_it() -> None:
    """A car that has not begun to charge must not look like a house that draws less.

    Otherwise every slow contactor overshoots: 20 A of house, and 44 A on 32 A.
    """
    of = settings()
    run = Run(of, a_state(of, house_a=20), now=0)
    assert run.read(20).commands == (StartCharging(charger_id="a", current_a=12),)
    assert run.listen(28, 20) == []
    assert run.state.background_a == (20,)
    assert run.listen(60, 32) == []
    assert run.state.background_a == (20,)


@pytest.mark.parametrize(
    ("risen_a", "background_a"), [(5.9, 20), (6, 14)], ids=["less than half", "half"]
)
def test_raise_is_shown_when_the_meter_has_risen_by_half(
    risen_a: float, background_a: float
) -> None:
    """From half of the raise on, the car counts as charging with all of it."""
    of = settings()
    run = Run(of, a_state(of, house_a=20), now=0)
    assert run.read(20).commands == (StartCharging(charger_id="a", current_a=12),)
    run.now = 20
    assert run.read(20 + risen_a).state.background_a == (pytest.approx(background_a),)


def test_raise_is_not_shown_before_the_response_time_is_over() -> None:
    """What rises before the charger can have answered is the house."""
    of = settings()
    run = Run(of, a_state(of, house_a=20), now=0)
    run.read(20)
    run.now = 9
    run.read(29)
    assert run["a"].unshown is not None


def test_raise_is_not_shown_before_it_was_delivered() -> None:
    """A command that has not got through explains no rise."""
    of = settings()
    run = Run(of, a_state(of, house_a=20), now=0, is_delivering=False)
    run.read(20)
    run.now = 60
    run.read(32)
    assert run["a"].unshown is not None


def test_raise_taken_back_need_not_be_shown() -> None:
    """A car that is back at what it drew before has nothing left to prove."""
    of = settings(a_charger(max_a=10))
    known = charging(10, unshown=Unshown(low_a=10, reading_a=(20.0,), since=0.0))
    run = Run(of, a_state(of, house_a=22, a=known), now=1)
    run.read(32)
    assert run["a"].unshown is None


def test_raise_decided_without_a_reading_is_measured_from_the_next() -> None:
    """After a restart the meter's first word is what a car's start is measured from."""
    of = settings(a_charger(max_a=16))
    known = charging(16, unshown=Unshown(low_a=0, reading_a=None, since=0.0))
    run = Run(of, a_state(of, house_a=4, a=known), now=1)
    run.read(4)
    assert run["a"].unshown == Unshown(low_a=0, reading_a=(4,), since=0.0)
    run.now = 2
    run.read(20)
    assert run["a"].unshown is None


@pytest.mark.parametrize(
    ("risen_a", "wait_s"),
    [
        pytest.param(9.5, 480, id="it may be a car that takes no more"),
        pytest.param(9.7, 0, id="it takes all"),
    ],
)
def test_car_that_takes_but_a_part_of_its_raise_is_asked_no_sooner(
    risen_a: float, wait_s: float
) -> None:
    """Half of a raise counts as drawn; whether the car is limited is known from most of it."""
    of = settings(a_charger(max_a=12))
    known = charging(
        12,
        offers=(an_offer(0), an_offer(12, sent_at=0)),
        unshown=Unshown(low_a=0, reading_a=(20.0,), since=0),
        probe=Probe(asked_at=-200, wait_s=480),
    )
    run = Run(of, a_state(of, house_a=20, a=known), now=12)
    run.read(20 + risen_a)
    assert run["a"].unshown is None
    assert run["a"].probe.wait_s == wait_s


def test_raise_that_is_shown_may_be_asked_about_soon_the_next_time() -> None:
    """The waits between questions grow only while the car never answers."""
    of = settings()
    known = charging(
        12,
        offers=(an_offer(0), an_offer(12, sent_at=0)),
        unshown=Unshown(low_a=0, reading_a=(20.0,), since=0),
        probe=Probe(asked_at=-200, wait_s=480),
    )
    run = Run(of, a_state(of, house_a=20, a=known), now=11)
    run.read(20)
    assert run["a"].probe.wait_s == 480
    run.now = 12
    run.read(32)
    assert run["a"].probe.wait_s == 0


def test_cut_that_the_meter_has_seen_is_what_the_car_draws() -> None:
    """Whatever the meter shows next is the house, though the response time is not over yet."""
    of = settings()
    followed = replace(an_offer(10, sent_at=100), is_seen=True)
    known = charging(10, offers=(an_offer(20), followed))
    state = a_state(of, house_a=12, read_at=103, a=known)
    assert take_reading(of, state, Reading(current_a=(30,), at=104)).background_a == (20,)
    unseen = a_state(of, house_a=12, read_at=103, a=charging(10, offers=known.offers[:1]))
    assert take_reading(of, unseen, Reading(current_a=(30,), at=104)).background_a == (10,)


def test_background_before_is_kept() -> None:
    """An increase is measured by the last two readings."""
    of = settings()
    state = take_reading(of, a_state(of, house_a=12, a=20), Reading(current_a=(27,), at=1))
    assert (state.background_before_a, state.background_a) == ((12,), (7,))


@pytest.mark.parametrize(
    ("at", "draw_a", "is_shown"),
    [
        pytest.param(3, 6, True, id="half, though the response time is not over"),
        pytest.param(3, 5.9, False, id="less than half"),
        pytest.param(-1, 12, False, id="what it showed before the raise"),
        pytest.param(3, None, False, id="nothing, so the meter decides"),
    ],
)
def test_cars_own_sensor_shows_its_raise(
    at: float, draw_a: float | None, *, is_shown: bool
) -> None:
    """The meter need not be waited for, and cannot be mistaken."""
    of = settings(a_charger(max_a=12))
    known = charging(
        12,
        offers=(an_offer(0), an_offer(12, sent_at=0)),
        unshown=Unshown(low_a=0, reading_a=(20.0,), since=0),
        measurements=(
            Measurement(at=-100, current_a=0),
            Measurement(at=at, current_a=draw_a),
        ),
    )
    run = Run(of, a_state(of, house_a=20, a=known), now=4)
    run.read(20)
    assert (run["a"].unshown is None) is is_shown


def test_house_that_rises_is_not_the_raise_that_a_sensor_denies() -> None:
    """However far the meter rises, and however long that was ago."""
    of = settings()
    known = charging(
        12,
        offers=(an_offer(0), an_offer(12, sent_at=0)),
        unshown=Unshown(low_a=0, reading_a=(12.0,), since=0),
        measurements=(Measurement(at=-100, current_a=0),),
    )
    run = Run(of, a_state(of, house_a=12, a=known), now=200)
    run.read(24)
    assert run["a"].unshown is not None
    assert run.state.background_a == (24,)


def two_started(*, b_phases: tuple[int, ...] = (0,)) -> Run:
    """Return a site whose two cars were started together 20 s ago, with 12 A and 6 A."""
    of = settings(
        a_charger("a", max_a=12),
        a_charger("b", max_a=6, phases=b_phases),
        phase_count=2,
    )
    run = Run(of, a_state(of, house_a=(10, 0)), now=0)
    run.read(10, 0)
    assert run.targets == {"a": 12, "b": 6}
    run.now = 20
    return run


@pytest.mark.parametrize(
    ("risen_a", "shown"),
    [
        pytest.param(5.9, {"b"}, id="one car at most"),
        pytest.param(12, {"a"}, id="the first car alone"),
        pytest.param(14.9, {"a"}, id="not half of the second"),
        pytest.param(15, {"a", "b"}, id="half of the second too"),
    ],
)
def test_one_rise_shows_one_of_two_that_were_raised_together(
    risen_a: float, shown: set[str]
) -> None:
    """The car that has begun does not make one with a slow contactor look as if it had too."""
    run = two_started()
    run.read(10 + risen_a, 0)
    assert {key for key in "ab" if run[key].unshown is None} == shown
    run.now = 21
    run.read(10 + risen_a, 0)
    assert {key for key in "ab" if run[key].unshown is None} == shown


def test_rise_of_another_phase_shows_what_loads_that_phase() -> None:
    """Cars on different phases do not stand in each other's light."""
    run = two_started(b_phases=(1,))
    run.read(22, 6)
    assert run["a"].unshown is None
    assert run["b"].unshown is None


def test_first_reading_counts_all_that_a_charger_may_not_draw_as_house() -> None:
    """Before there is an estimate, the house may draw all that the meter shows."""
    of = settings()
    state = State(settings=of, chargers={"a": charging(16)})
    assert take_reading(of, state, Reading(current_a=(20,), at=1)).background_a == (4,)


def test_unknown_charger_is_part_of_the_house_at_first() -> None:
    """A charger that was never told anything may draw what it likes: the reading is the house.

    So after a fresh install it gets what is free beside its own draw, not less.
    """
    of = settings()
    run = Run(of, now=0)
    assert run.read(20).commands == (StartCharging(charger_id="a", current_a=12),)
    assert run.state.background_a == (20,)


def test_unknown_charger_draws_what_it_was_told_at_most_the_rest_is_the_house() -> None:
    """What an unknown charger may draw beyond our commands is not taken off the reading."""
    of = settings()
    run = Run(of, now=0)
    run.read(20)
    run.now = 4
    assert run.read(20).state.background_a == (20,)
    run.now = 5
    assert run.read(40).commands == (StopCharging(charger_id="a"),)
    assert run.state.background_a == (40 - 12,)


def test_each_phase_has_its_own_background() -> None:
    """A car on one phase is taken off that phase alone."""
    of = settings(a_charger("a", phases=(1,)), phase_count=3)
    run = Run(of, a_state(of, house_a=(5, 6, 7), a=10), now=1)
    assert run.read(8, 18, 9).state.background_a == (8, 8, 9)


@given(data=st.data(), of=all_settings())
@examples(max_examples=200, deadline=None)
def test_background_is_within_what_the_reading_allows_and_moves_no_further(
    data: st.DataObject, of: Settings
) -> None:
    """The estimate is what the reading leaves beside the cars' least and most, whatever comes.

    Taking the same reading in again changes nothing.
    """
    now = 1000.0
    before = data.draw(states(of, now))
    for charger in of.chargers:
        unknown = charging(0, offers=(Offer(current_a=0), Offer(current_a=32)))
        before = State(
            meter_status=before.meter_status,
            background_a=before.background_a,
            chargers={charger.charger_id: unknown, **before.chargers},
        )
    readings_a = st.floats(-40, 80)
    current_a = tuple(data.draw(readings_a) for _ in range(of.site.phase_count))
    reading = Reading(current_a=current_a, at=now)
    after = take_reading(of, before, reading)
    assert after.background_a is not None
    for phase, background_a in enumerate(after.background_a):
        intervals = [
            drawn(of, charger, after.chargers[charger.charger_id], now)
            for charger in of.balanced
            if phase in charger.phases
        ]
        low_a = current_a[phase] - sum(interval.high_a for interval in intervals)
        high_a = current_a[phase] - sum(interval.low_a for interval in intervals)
        assert low_a - 1e-6 <= background_a <= high_a + 1e-6
        if before.background_a is not None and low_a <= before.background_a[phase] <= high_a:
            assert background_a == before.background_a[phase]
    assert take_reading(of, after, reading).background_a == pytest.approx(after.background_a)
