"""Every command is an experiment: what it should show, and what did show."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from custom_components.ev_lb.balancing.estimate.charger_sensor import ChargerSensor, Sample
from custom_components.ev_lb.balancing.estimate.setpoints import Setpoints
from custom_components.ev_lb.balancing.meter.lowest import Lowest
from custom_components.ev_lb.balancing.meter.timing import LATEST_S, MeterTiming
from custom_components.ev_lb.balancing.model import Reading, SetCurrent, StartCharging
from custom_components.ev_lb.balancing.state import ChargerState
from custom_components.ev_lb.balancing.supervise.compliance import Compliance
from custom_components.ev_lb.balancing.supervise.evidence import (
    UNDER_WAY_S,
    Cut,
    Evidence,
    Raise,
    is_calm,
    on_reading,
)

from ..builders import (
    LONG_AGO,
    Run,
    a_charger,
    a_setpoint,
    a_state,
    a_wiring,
    charging,
    settings,
)

OF = settings()
READING = Reading(current_a=(20.0,), at=9.0)


def sent(evidence: Evidence, before_a: int, after_a: int, now: float = 10.0) -> Evidence:
    """Return what is to be seen after one more command."""
    evidence.on_sent(
        before_a=before_a, after_a=after_a, was_unknown=False, reading=READING, now=now
    )
    return evidence


# What a command should show


def test_raise_must_be_shown_before_it_counts() -> None:
    """What the car was counted as drawing, and what the meter must rise from, is remembered."""
    evidence = sent(Evidence(), 8, 12)
    assert evidence.raise_ == Raise(
        low_a=8, sent_at=10.0, expected_a=4, base=Lowest(now_a=[20.0], since=9.0)
    )
    assert (evidence.raised_at, evidence.sighting, evidence.cut) == (10.0, None, None)


def test_second_raise_before_the_first_has_shown_counts_from_where_the_first_did() -> None:
    """A start of which nothing was seen stays one."""
    evidence = sent(sent(Evidence(), 0, 8), 8, 16, now=20.0)
    assert (evidence.low_a, evidence.raised_at) == (0, 20.0)


def test_raise_of_a_charger_of_which_nothing_is_known_counts_from_nothing() -> None:
    """It may have drawn anything, or nothing."""
    evidence = Evidence()
    evidence.on_sent(before_a=8, after_a=12, was_unknown=True, reading=None, now=10.0)
    assert evidence.unconfirmed_low_a == 0


def test_cuts_that_follow_each_other_are_one_fall() -> None:
    """A house that creeps up gives nobody time without end: it counts from the first."""
    evidence = sent(sent(Evidence(), 20, 15), 15, 10, now=12.0)
    assert evidence.cut == Cut(
        cut_a=10,
        sent_at=10.0,
        has_drawn=True,
        most_a=10,
        must_show=True,
        commands=2,
        earlier_a=5,
        highest_a=[20.0],
    )


def test_cut_of_a_car_that_was_never_seen_has_nothing_to_show() -> None:
    """It is not held against it."""
    evidence = sent(sent(Evidence(), 0, 20), 20, 10)
    assert evidence.cut is not None
    assert not evidence.cut.has_drawn


def test_cut_below_what_the_car_was_counted_as_drawing_ends_the_raise() -> None:
    """There is nothing more to be shown of it."""
    assert sent(sent(Evidence(), 8, 20), 20, 8).raise_ is None
    assert sent(sent(Evidence(), 8, 20), 20, 9).raise_ is not None


def test_raise_ends_the_cut_before() -> None:
    """What has not fallen by then never will."""
    assert sent(sent(Evidence(), 20, 10), 10, 12).cut is None


def test_repeat_shows_nothing_new() -> None:
    """A command that is said again is no other experiment."""
    before = sent(Evidence(), 20, 10)
    assert sent(before, 10, 10, now=30.0).cut == Cut(
        cut_a=10, sent_at=10.0, has_drawn=True, most_a=10, must_show=True, highest_a=[20.0]
    )


def test_cut_without_a_meter_is_seen_by_nobody() -> None:
    """What became of it will never be known."""
    evidence = sent(Evidence(), 20, 10)
    evidence.on_sent(before_a=10, after_a=6, was_unknown=False, reading=None, now=12.0)
    assert evidence.cut is None


# A raise at the meter


def raised(*, low_a: int = 0, to_a: int = 16, **records: Any) -> Run:
    """Return a car that was just raised, beside a house of 4 A; the meter reports each 2 s."""
    items = [a_setpoint(low_a), a_setpoint(to_a, sent_at=0)]
    raise_ = Raise(low_a=low_a, sent_at=0.0, base=Lowest(now_a=[4.0 + low_a], since=0.0))
    known = charging(
        to_a,
        **{
            "setpoints": Setpoints(items=items, current_a=to_a, newest_since=0.0),
            "evidence": Evidence(raise_=raise_, sighting=None if low_a else raise_),
        }
        | records,
    )
    state = a_state(settings(a_charger(max_a=to_a)), house_a=4, a=known)
    state.meter.reading = Reading(current_a=(4.0 + low_a,), at=0.0)
    state.timing = MeterTiming(period_s=2.0)
    return Run(settings(a_charger(max_a=to_a)), state, now=0)


def is_confirmed(run: Run) -> bool:
    """Return whether the last raise counts as drawn."""
    return run["a"].evidence.raise_ is None


@pytest.mark.parametrize(
    ("risen_a", "confirmed_at"),
    [
        pytest.param(4.9, None, id="less than what nearly any car draws"),
        pytest.param(5.1, 14, id="so much, when it has stopped climbing"),
        pytest.param(15.5, 10, id="all but half an ampere, at once"),
    ],
)
def test_start_counts_when_the_meter_has_risen_enough_and_climbs_no_more(
    risen_a: float, confirmed_at: int | None
) -> None:
    """Houses hide some of it; and a car that still climbs will take more."""
    run, moments = raised(), list[int]()
    for second in range(2, 40, 2):
        run.now = second
        run.read(4 + risen_a * min(second / 6, 1))
        if is_confirmed(run):
            moments.append(second)
    assert moments[:1] == ([] if confirmed_at is None else [confirmed_at])


def test_rise_before_the_response_time_is_the_houses() -> None:
    """A charger that has not followed yet has shown nothing."""
    run = raised()
    run.now = 2
    run.read(20)
    assert not is_confirmed(run)


def test_raise_that_did_not_get_through_cannot_show() -> None:
    """What was never delivered was never drawn."""
    items = [a_setpoint(0), a_setpoint(16, sent_at=0, delivered=False)]
    run = raised(setpoints=Setpoints(items=items))
    run.listen(60, 20, every_s=2)
    assert not is_confirmed(run)


@pytest.mark.parametrize(
    ("low_a", "taught_s"), [(8, 14), (14, 20)], ids=["a large one", "too little to see it climb"]
)
def test_climb_of_a_raise_teaches_how_long_the_meter_averages(low_a: int, taught_s: float) -> None:
    """An ampere that a probe gave back made it forget, and a car was asked again and again."""
    run = raised(low_a=low_a)
    run.state.timing.climb_s = 20.0
    for second in range(2, 40, 2):
        run.now = second
        run.read(4 + low_a + (16 - low_a) * min(second / 16, 1))
    assert is_confirmed(run)
    assert run.state.timing.climb_s == taught_s


def test_car_that_takes_less_is_known_to_take_less() -> None:
    """A car at 10 A under a command of 16 A leaves the rest to be counted as the house's room."""
    run = raised()
    run.listen(40, 14, every_s=2)
    assert is_confirmed(run)
    assert run["a"].evidence.least_a == 10


def test_car_that_takes_all_leaves_nothing_open() -> None:
    """And the meter is known to see it."""
    run = raised()
    run.listen(40, 20, every_s=2)
    assert run["a"].evidence == Evidence()


def test_rise_shows_one_charger_only() -> None:
    """Of two that wait, one rise of one of them is not both."""
    of = settings(a_charger("a", max_a=10), a_charger("b", max_a=10))
    run = Run(of, a_state(of, house_a=4), now=0)
    run.listen(2, 4)
    assert run.targets == {"a": 10, "b": 10}
    run.listen(50, 14)
    waiting = [key for key in "ab" if run[key].evidence.raise_ is not None]
    assert len(waiting) >= 1


@pytest.mark.parametrize(
    ("from_a", "reading_a", "is_shown"),
    [(23, 24, True), (20, 23, False)],
    ids=["when it had shown", "with it"],
)
def test_rise_that_had_shown_before_a_raise_is_not_taken_off_it(
    from_a: float, reading_a: float, *, is_shown: bool
) -> None:
    """One ampere stayed unseen for ever, and a third car without the ten that were free."""

    def raised_from(low_a: int, base_a: float) -> ChargerState:
        raise_ = Raise(low_a=low_a, sent_at=0.0, base=Lowest(now_a=[base_a], since=0.0))
        setpoints = Setpoints(items=[a_setpoint(11, sent_at=0)], current_a=11)
        return charging(11, evidence=Evidence(raise_=raise_), setpoints=setpoints)

    of = settings(a_charger("a", max_a=11), a_charger("b", max_a=11))
    a, b = raised_from(8, 20), raised_from(10, from_a)
    run = Run(of, a_state(of, house_a=2, a=a, b=b), now=0)
    run.listen(30, reading_a)
    assert a.evidence.raise_ is None
    assert (b.evidence.raise_ is None) is is_shown


# A raise at the charger's own sensor


def seen(current_a: float, at: float = 11.0) -> ChargerSensor:
    """Return a sensor that has shown nothing for long, and then this."""
    samples = [
        Sample(at=LONG_AGO, drawn_a=0.0, sensed_a=0.0),
        Sample(at=at, drawn_a=current_a, sensed_a=current_a),
    ]
    return ChargerSensor(samples=samples, heard_at=at)


@pytest.mark.parametrize(
    ("sensed_a", "risen_a", "confirmed"),
    [
        pytest.param(16, 16, True, id="both show it"),
        pytest.param(16, 8, True, id="the meter shows half"),
        pytest.param(16, 7, False, id="a late meter shows the house without it"),
        pytest.param(7, 16, False, id="the sensor does not"),
    ],
)
def test_sensor_that_shows_the_raise_is_believed_when_the_meter_does_too(
    sensed_a: float, risen_a: float, *, confirmed: bool
) -> None:
    """Else the house would seem to draw less for as long as the meter is late."""
    run = raised()
    run["a"].sensor = seen(sensed_a)
    run.now = 12
    run.read(4 + risen_a)
    assert is_confirmed(run) is confirmed


def test_sensor_is_believed_alone_when_the_latest_meter_would_have_shown_it() -> None:
    """The house has fallen by as much meanwhile."""
    run = raised(low_a=6)
    run["a"].sensor = seen(16)
    run.listen(int(LATEST_S) - 1, 10)
    assert not is_confirmed(run)
    run.listen(1, 10)
    assert is_confirmed(run)


def test_draw_that_still_rises_is_waited_for() -> None:
    """A slow car will take more."""
    run = raised()
    run["a"].sensor = seen(10)
    run.now = 12
    run.read(16)
    assert not is_confirmed(run)
    run.listen(10, 16)
    assert is_confirmed(run)


def test_climb_that_the_meter_still_shows_is_waited_for() -> None:
    """A meter some seconds behind the sensor made the house look smaller: 20.3 A on 20 A."""
    run = raised()
    for second in range(10):
        run.see("a", 10 + 0.5 * second)
        run.read(4 + 0.5 * second)
        run.now += 1
    run.see("a", 16)
    run.read(15)
    run.now += 1
    assert not is_confirmed(run)
    run.listen(10, 20)
    assert is_confirmed(run)


def test_sensor_that_saw_nothing_of_a_raise_that_the_meter_shows_counts_for_nothing() -> None:
    """It is stuck; the next word of it is believed again."""
    run = raised(sensor=ChargerSensor(samples=[Sample(at=LONG_AGO, drawn_a=0.0, sensed_a=0.0)]))
    run.listen(30, 20, every_s=2)
    assert is_confirmed(run)
    assert run["a"].sensor.is_contradicted
    run.see("a", 16)
    assert not run["a"].sensor.is_contradicted


# A cut


def cut_run(*, cut_a: float = 10, response_time_s: float = 10.0) -> Run:
    """Return a car that has just been cut to 10 A at 42 A."""
    of = settings(a_charger(response_time_s=response_time_s))
    run = Run(of, a_state(of, house_a=12, a=10 + int(cut_a)), now=0)
    run.read(32 + cut_a)
    assert run.targets == {"a": 10}
    return run


@pytest.mark.parametrize(
    ("cut_a", "fallen_a", "is_shown", "is_where_told"),
    [
        pytest.param(10, 4.9, False, False, id="less than half"),
        pytest.param(10, 5, True, False, id="half: it follows"),
        pytest.param(10, 8.9, True, False, id="it may still be on its way"),
        pytest.param(10, 9, True, True, id="all but an ampere: it is where it was told to be"),
        pytest.param(3, 2.3, True, False, id="a small cut"),
        pytest.param(3, 2.5, True, True, id="four fifths of a small cut"),
    ],
)
def test_fall_by_most_of_the_cut_shows_where_the_charger_is(
    cut_a: int, fallen_a: float, *, is_shown: bool, is_where_told: bool
) -> None:
    """From then on it counts as drawing what it was told, and no more.

    A part of it has shown only when the meter falls no more: one that averages takes its time.
    """
    run = cut_run(cut_a=cut_a)
    run.state.timing.period_s = 1.0
    reading = Reading(current_a=(32 + cut_a - fallen_a,), at=3.0)
    first = on_reading(run.state, reading, 3)
    assert first == ({"a"} if is_where_told else set())
    for at in (4.0, 5.0, 6.0):
        reading = replace(reading, at=at)
        run.state.house.on_reading(reading, [], run.settings.limits, [0.0], is_new=True)
        first |= on_reading(run.state, reading, at)
    assert first == ({"a"} if is_shown else set())
    assert (run["a"].evidence.cut is None) is is_shown
    assert run["a"].setpoints.items[-1].is_confirmed is is_where_told


def test_fall_is_measured_from_the_highest_reading_since() -> None:
    """A house that rises meanwhile does not make a charger that follows a deaf one."""
    cut = Cut(cut_a=10, sent_at=0, has_drawn=True, highest_a=[42.0])
    for current_a in (47.0, 44.0):
        cut.on_reading(Reading(current_a=(current_a,), at=2.0))
    assert cut.fallen_a(Reading(current_a=(37.0,), at=5.0), a_wiring(0)) == 10


def two_cut(
    *, b_phases: tuple[int, ...] = (0,), a_evidence: Evidence | None = None, **b: Any
) -> Run:
    """Return a site whose two cars have just been cut from 16 A to 10 A each, 12 A over."""
    of = settings(
        a_charger("a", max_a=16), a_charger("b", max_a=16, phases=b_phases), phase_count=2
    )
    a = charging(16, evidence=a_evidence or Evidence())
    run = Run(of, a_state(of, a=a, b=charging(16, **b)), now=0)
    run.read(44 if b_phases == (0,) else 38, 38)
    assert run.targets == {"a": 10, "b": 10}
    return run


def open_cuts(run: Run) -> list[str]:
    """Return whose cut has not shown."""
    return [key for key in "ab" if run[key].evidence.cut is not None]


def test_one_chargers_fall_is_not_anothers() -> None:
    """A deaf charger does not hide behind one that follows (accident 23)."""
    run = two_cut()
    run.now = 3
    run.read(38, 0)
    assert open_cuts(run) == ["a", "b"]


def test_both_falls_show_that_both_follow() -> None:
    """Two cars that go down one after the other are both believed."""
    run = two_cut()
    run.now = 3
    run.read(38, 0)
    run.now = 6
    run.read(32, 0)
    assert open_cuts(run) == []


def test_charger_that_is_known_not_to_follow_takes_no_part_of_a_fall() -> None:
    """What fell is the other's."""
    run = two_cut(compliance=Compliance(is_unresponsive=True))
    run.now = 3
    run.read(38, 0)
    assert "a" not in open_cuts(run)


def test_car_that_was_never_seen_to_draw_takes_no_part_of_a_fall() -> None:
    """A charger without a car does not make one that follows look deaf."""
    raise_ = Raise(low_a=0, sent_at=LONG_AGO)
    run = two_cut(evidence=Evidence(raise_=raise_))
    run.now = 3
    run.read(38, 0)
    assert "a" not in open_cuts(run)


def test_fall_of_one_of_two_that_were_never_seen_shows_neither() -> None:
    """Credited to the first, it left a car at 0 A for ever whose start was lost."""
    unseen = Evidence(raise_=Raise(low_a=0, sent_at=LONG_AGO))
    run = two_cut(evidence=deepcopy(unseen), a_evidence=unseen)
    run.now = 3
    run.read(38, 0)
    assert open_cuts(run) == ["a", "b"]


def test_fall_of_another_phase_shows_what_loads_that_phase() -> None:
    """Cars on different phases are judged apart."""
    run = two_cut(b_phases=(1,))
    run.now = 3
    run.read(32, 38)
    assert open_cuts(run) == ["b"]


def test_cut_of_a_car_that_never_drew_is_given_up_after_its_window() -> None:
    """It has nothing to show, and keeps nobody waiting."""
    raise_ = Raise(low_a=0, sent_at=0.0)
    known = charging(20, evidence=Evidence(raise_=raise_))
    run = Run(OF, a_state(OF, house_a=12, a=known), now=0)
    run.read(42)
    run.listen(11, 32)
    assert run["a"].evidence.cut is None or run.now < 12
    run.listen(2, 32)
    assert run["a"].evidence.cut is None


def test_delay_of_the_meter_is_learned_from_a_cut_that_shows_late() -> None:
    """What comes after the charger's response time is the meter's."""
    run = cut_run()
    run.listen(24, 42)
    run.now = 25
    run.read(32)
    assert run.state.timing.answers_s in ([15.0], [])  # only a clean answer counts at once


def test_house_that_goes_on_falling_for_a_cut_that_the_sensor_denies_is_the_house() -> None:
    """A live sensor that still shows the old draw says whose the fall is not."""
    run = cut_run()
    run.now = 11
    run.see("a", 19.9)
    run.now = 13
    run.read(30)
    assert run["a"].evidence.cut is not None


def test_calm_is_when_no_command_of_ours_can_move_the_meter() -> None:
    """Only then a change of the meter is the house's."""
    run = cut_run()
    assert not is_calm(run.state, UNDER_WAY_S + 11)
    assert is_calm(run.state, UNDER_WAY_S + 12)
    run["a"].evidence.raise_ = Raise(low_a=0, sent_at=0)
    assert not is_calm(run.state, UNDER_WAY_S + 12)


def test_core_asks_for_the_moment_when_a_raise_has_stopped_climbing() -> None:
    """A meter that reports only changes says nothing more then."""
    run = raised()
    run.now = 6
    run.read(16)
    run.state.timing.period_s = None
    assert run.sleep(30) == []
    assert is_confirmed(run)


def test_start_of_which_nothing_was_seen_is_started_once_more_when_raised() -> None:
    """It may have been lost, or the charger has started anew meanwhile.

    The house falls by more than the car was to draw: that is no car behind a reversed meter.
    """
    of = settings()
    run = Run(of, a_state(of, house_a=20), now=0)
    run.listen(2, 20)
    run.listen(120, 4, every_s=2)
    assert [type(command) for _, command in run.sent if command.current_a > 12] != []
    assert SetCurrent(charger_id="a", current_a=28) not in [command for _, command in run.sent]
    assert StartCharging(charger_id="a", current_a=28) in [command for _, command in run.sent]
