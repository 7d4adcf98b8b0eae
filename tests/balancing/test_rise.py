"""When an increase must wait, and for what."""

from dataclasses import replace

import pytest

from custom_components.ev_lb.balancing.intervals import Offer
from custom_components.ev_lb.balancing.model import (
    LastAmpere,
    LimitedBy,
    MeterStatus,
    MeterTiming,
    SetCurrent,
    StartCharging,
    State,
    StopCharging,
    Unshown,
)
from custom_components.ev_lb.balancing.rise import SHOWING_S, TWICE_PERIOD_S, calm_room_a

from .builders import LONG_AGO, Run, a_charger, a_state, an_offer, charging, settings

TWO = settings(a_charger("a"), a_charger("b"))


def test_share_is_handed_on_only_after_the_other_has_let_go() -> None:
    """The second car starts when the first one's cut has settled, not when it was sent."""
    run = Run(TWO, a_state(TWO, a=32), now=0)
    assert run.read(32).commands == (SetCurrent(charger_id="a", current_a=16),)
    assert run["b"].limited_by is LimitedBy.OTHER_CHARGER
    assert run.wake_at == 12
    assert run.listen(20, 16) == [(12, StartCharging(charger_id="b", current_a=16))]
    assert run.listen(60, 32) == []


def test_share_is_not_handed_on_while_the_cut_has_not_got_through() -> None:
    """As long as the first car may go on with all it had, the second one waits."""
    run = Run(TWO, a_state(TWO, a=32), now=0, is_delivering=False)
    (cut,) = run.read(32).commands
    assert run.sleep(200) == []
    assert run.listen(100, 32) == []
    run.deliver(cut, sent_at=0)
    assert run.listen(11, 32) == []
    assert run.listen(1, 16) == [(312, StartCharging(charger_id="b", current_a=16))]


def test_raise_within_what_may_be_in_force_still_needs_the_room() -> None:
    """A cut that the house forces is not softened while another charger has not let go."""
    other = charging(10, offers=(an_offer(30), an_offer(10, sent_at=-1)))
    run = Run(TWO, a_state(TWO, a=other, b=6), now=0)
    assert run.read(16).commands == ()
    assert run["b"].limited_by is LimitedBy.OTHER_CHARGER


def test_raised_minimum_stops_a_charger_that_has_to_wait() -> None:
    """A charger below its new minimum does not run on at too little until there is more."""
    run = Run(TWO, a_state(TWO, a=16, b=16), now=1)
    assert run.change_charger("a", min_ev_current_a=20).commands == (
        StopCharging(charger_id="a"),
        SetCurrent(charger_id="b", current_a=12),
    )
    assert run.sleep(60) == [(13, StartCharging(charger_id="a", current_a=20))]


def test_added_charger_is_not_started_before_the_others_have_let_go() -> None:
    """A second charger that is set up beside one at full current does not overload the house."""
    first = settings(a_charger("a"))
    state = a_state(first, house_a=2, a=30)
    run = Run(TWO, state, now=0)
    assert run.read(32).commands == (
        SetCurrent(charger_id="a", current_a=15),
        StopCharging(charger_id="b"),
    )
    assert run.listen(20, 17) == [(12, StartCharging(charger_id="b", current_a=15))]
    assert run.listen(60, 32) == []


def test_two_unknown_chargers_start_together() -> None:
    """After a fresh install both get their share: what they draw is in the reading."""
    run = Run(TWO, now=0)
    assert run.read(8).commands == (
        StartCharging(charger_id="a", current_a=12),
        StartCharging(charger_id="b", current_a=12),
    )


def test_nothing_is_raised_while_a_charger_is_unknown() -> None:
    """Until an unknown charger's first command has settled, it may take anything."""
    anything = charging(6, offers=(Offer(current_a=32, is_assumed=True), an_offer(6, sent_at=0)))
    run = Run(TWO, a_state(TWO, a=6, b=anything), now=1)
    assert run.read(12).commands == ()
    assert run["a"].limited_by is LimitedBy.OTHER_CHARGER
    assert run.sleep(10.9) == []


def test_increase_after_a_restart_waits_for_the_first_command_to_settle() -> None:
    """What a charger had before the restart is confirmed first, raised after."""
    of = settings()
    known = charging(10, offers=(Offer(current_a=10),), resume_a=10)
    run = Run(of, State(chargers={"a": known}), now=0)
    assert run.read(14).commands == (StartCharging(charger_id="a", current_a=10),)
    assert run["a"].limited_by is LimitedBy.CONFIRMATION
    assert run.sleep(30) == [(12, SetCurrent(charger_id="a", current_a=28))]
    assert run.listen(60, 32) == []


def test_raise_waits_until_the_meter_has_shown_the_one_before() -> None:
    """A car that has not begun to charge is given no more meanwhile."""
    of = settings()
    run = Run(of, a_state(of, house_a=25), now=0)
    run.read(25)
    run.now = 20
    assert run.read(10).commands == ()
    assert run["a"].limited_by is LimitedBy.UNSHOWN_DRAW
    assert run.wake_at == SHOWING_S


def test_raise_waits_for_the_meter_no_longer_than_90_s() -> None:
    """The slowest car has started by then."""
    of = settings()
    run = Run(of, a_state(of, house_a=25), now=0)
    run.read(25)
    run.now = 20
    run.read(10)
    assert run.sleep(99) == [(SHOWING_S, StartCharging(charger_id="a", current_a=22))]


def test_unshown_raise_does_not_keep_a_car_from_being_cut() -> None:
    """A reduction never waits."""
    of = settings()
    known = charging(20, unshown=Unshown(low_a=0, reading_a=(2.0,), since=0.0))
    run = Run(of, a_state(of, house_a=2, a=known), now=5)
    assert run.read(42).commands == (SetCurrent(charger_id="a", current_a=10),)


def test_steady_charger_has_nothing_to_wait_for() -> None:
    """Nothing is due by itself while all is as it should be, but the meter's timeout."""
    of = settings(meter_timeout_s=0.0)
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    assert run.read(32).wake_at is None


# A reading that stands alone


def heard(period_s: float | None = 1.0, house_a: float = 12.0, current_a: int = 20) -> Run:
    """Return a car that takes all that its house leaves, and a meter with a steady rhythm."""
    of = settings()
    timing = MeterTiming(period_s=period_s, heard_since=LONG_AGO)
    state = replace(a_state(of, house_a=house_a, a=current_a), meter_timing=timing)
    return Run(of, replace(state, background_before_a=state.background_a), now=0)


def test_single_low_reading_raises_nobody() -> None:
    """A gap of one reading in what the house draws is not worth an increase."""
    run = heard()
    assert run.listen(1, 22) == []
    assert run["a"].limited_by is LimitedBy.HEADROOM
    assert run.listen(60, 32) == []


def test_increase_needs_two_readings() -> None:
    """The second one that leaves as much allows it."""
    run = heard()
    assert run.listen(1, 22) == []
    assert run.listen(1, 22) == [(2, SetCurrent(charger_id="a", current_a=30))]


def test_increase_goes_as_far_as_both_readings_allow() -> None:
    """What only the last one leaves must wait for the next one."""
    run = heard()
    run.listen(1, 27)
    assert run.listen(1, 22) == [(2, SetCurrent(charger_id="a", current_a=25))]


def test_ampere_or_two_need_one_reading() -> None:
    """They are not worth the wait; three are."""
    assert heard().listen(1, 30) == [(1, SetCurrent(charger_id="a", current_a=22))]
    assert heard().listen(1, 29) == []


def test_start_with_a_single_ampere_needs_two_readings() -> None:
    """It costs the charger a start."""
    of = settings(a_charger(min_a=1))
    timing = heard().state.meter_timing
    run = Run(of, replace(a_state(of, house_a=32), meter_timing=timing))
    run.read(32)
    assert run.listen(1, 31) == []


def test_cut_needs_one_reading() -> None:
    """A reduction never waits."""
    assert heard().listen(1, 42) == [(1, SetCurrent(charger_id="a", current_a=10))]


@pytest.mark.parametrize("period_s", [TWICE_PERIOD_S + 1, None], ids=["slow", "on change"])
def test_one_reading_of_a_slow_meter_is_enough(period_s: float | None) -> None:
    """The next one would come too late, or never."""
    assert heard(period_s).listen(1, 22) == [(1, SetCurrent(charger_id="a", current_a=30))]


def test_one_reading_of_a_meter_without_a_rhythm_is_enough() -> None:
    """A meter that reports changes may say nothing more for a quarter of an hour."""
    run = heard()
    timing = replace(run.state.meter_timing, irregular_at=-10.0)
    run.state = replace(run.state, meter_timing=timing)
    assert run.listen(1, 22) == [(1, SetCurrent(charger_id="a", current_a=30))]


def test_charger_is_not_cut_for_what_two_readings_leave() -> None:
    """Where one is raised, another keeps what it has, though only the last reading leaves that."""
    known = heard().state.meter_timing
    run = Run(TWO, replace(a_state(TWO, house_a=10, a=6, b=16), meter_timing=known))
    run.now = 1
    run.read(22)
    assert run.targets == {"a": 11, "b": 16}


def test_last_ampere_shows_as_the_reason() -> None:
    """A single ampere that came and went is waited for."""
    run = heard(None)
    known = replace(run["a"], last_ampere=LastAmpere(taken_back=3))
    run.state = replace(run.state, chargers={"a": known})
    assert run.listen(1, 31) == []
    assert run["a"].limited_by is LimitedBy.LAST_AMPERE


def test_start_needs_two_readings_too() -> None:
    """A gap of one reading starts no car."""
    run = heard(house_a=30, current_a=0)
    assert run.listen(1, 12) == []
    assert run.listen(1, 12) == [(2, StartCharging(charger_id="a", current_a=20))]


def test_current_that_is_handed_on_needs_two_readings() -> None:
    """Of several chargers each is raised no higher than both readings allow."""
    run = Run(
        TWO, replace(a_state(TWO, house_a=12, a=10, b=10), meter_timing=heard().state.meter_timing)
    )
    run.read(32)
    run.now = 1
    assert run.read(22).commands == ()
    run.now = 2
    assert run.read(27).commands == (
        SetCurrent(charger_id="a", current_a=13),
        SetCurrent(charger_id="b", current_a=12),
    )


def test_room_that_two_readings_leave() -> None:
    """The higher of the two backgrounds counts, on each phase, within the service current."""
    of = settings(phase_count=3)
    timing = MeterTiming(period_s=TWICE_PERIOD_S, heard_since=LONG_AGO)
    state = replace(
        a_state(of, house_a=(5.0, 20.0, -40.0)),
        background_before_a=(10.0, 15.0, -50.0),
        meter_timing=timing,
    )
    assert calm_room_a(of, state) == (22, 12, 32)
    for other in (
        replace(state, background_before_a=state.background_a),
        replace(state, background_before_a=None),
        replace(state, background_a=None),
        replace(state, reading=None),
        replace(state, meter_status=MeterStatus.UNAVAILABLE),
    ):
        assert calm_room_a(of, other) is None
