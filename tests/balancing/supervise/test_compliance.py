"""Does a charger follow? Judged by its own evidence alone."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.allocate.ceiling import Ceiling
from custom_components.ev_lb.balancing.estimate.charger_sensor import ChargerSensor, Sample
from custom_components.ev_lb.balancing.estimate.setpoints import Setpoints
from custom_components.ev_lb.balancing.model import (
    BalancerEvent,
    CarStatus,
    EventType,
    LimitedBy,
    SetCurrent,
    StopCharging,
)
from custom_components.ev_lb.balancing.supervise.compliance import (
    AT_MINIMUM_S,
    CONFUSED_A,
    Compliance,
    surely_deaf,
)

from ...explore import examples
from ..builders import Run, a_charger, a_setpoint, a_state, charging, settings

STOP = StopCharging(charger_id="a")
UNRESPONSIVE = BalancerEvent(type=EventType.CHARGER_UNRESPONSIVE, charger_id="a")
RECOVERED = BalancerEvent(type=EventType.CHARGER_RECOVERED, charger_id="a")


def set_a(current_a: int) -> SetCurrent:
    """Return the command to change the car's current."""
    return SetCurrent(charger_id="a", current_a=current_a)


def kinds(run: Run) -> list[EventType]:
    """Return what was told."""
    return [event.type for event in run.events]


# By the meter


def deaf_run(over_a: float = 20) -> Run:
    """Return a site whose car, at 20 A beside 12 A, has just been told to stop, and goes on."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=0)
    assert run.read(32 + over_a).commands == (STOP,)
    return run


def test_charger_that_goes_on_after_a_stop_is_called_unresponsive() -> None:
    """Its draw had been seen, and the meter did not fall by it; it is told once."""
    run = deaf_run()
    run.listen(300, 52)
    assert run["a"].compliance.is_unresponsive
    assert kinds(run) == [EventType.OVERLOAD_STOP, EventType.CHARGER_UNRESPONSIVE]


def test_nobody_is_blamed_before_the_stop_should_have_shown() -> None:
    """Twice the time that is known of: the meter may be later than was ever seen."""
    run = deaf_run()
    run.listen(25, 52)
    assert not run["a"].compliance.is_unresponsive


@pytest.mark.parametrize(
    ("fallen_a", "is_blamed"),
    [
        pytest.param(10, False, id="by half: a car may draw less than it was told"),
        pytest.param(8, True, id="by less: the house"),
    ],
)
def test_fall_by_half_of_the_draw_is_a_stop(fallen_a: float, *, is_blamed: bool) -> None:
    """A house over its limit is nobody's fault."""
    run = deaf_run()
    run.now = 3
    run.read(52 - fallen_a)
    run.listen(300, 52 - fallen_a)
    assert run["a"].compliance.is_unresponsive is is_blamed


def test_car_whose_draw_was_never_seen_is_not_blamed() -> None:
    """A stop of a car that had not begun to charge makes no meter fall."""
    of = settings()
    run = Run(of, a_state(of, house_a=20), now=0)
    run.read(20)
    run.now = 5
    assert run.read(40).commands == (STOP,)
    run.listen(300, 40)
    assert kinds(run) == [EventType.OVERLOAD_STOP]


def test_command_that_did_not_get_through_is_not_disobeyed() -> None:
    """What was never heard cannot be followed; the shell repeats it."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=0, is_delivering=False)
    run.read(52)
    run.listen(300, 52)
    assert not run["a"].compliance.is_unresponsive


def test_fall_while_no_command_gets_through_is_the_houses() -> None:
    """It was called obedient in the very seconds in which its script failed."""
    run = deaf_run()
    run.listen(200, 52)
    run.is_delivering = False
    sent_at = run["a"].setpoints.sent_at
    while run["a"].setpoints.sent_at == sent_at:  # until its stop is told again
        run.listen(1, 52)
    sent_at = run["a"].setpoints.sent_at
    assert sent_at is not None
    run.fail(STOP, sent_at=sent_at)
    run.events.clear()
    run.listen(5, 38)
    assert run.events == []
    assert run["a"].compliance.is_unresponsive


def test_it_is_withdrawn_at_the_first_stop_that_is_seen_followed() -> None:
    """And the car may charge again."""
    run = deaf_run()
    run.listen(200, 52)
    run.events.clear()
    run.listen(2, 32)
    assert run.events == [RECOVERED]
    assert run["a"].compliance == Compliance()
    run.listen(60, 12)
    assert run.targets["a"] > 0


def test_overload_of_another_phase_blames_nobody() -> None:
    """A car on L1 that keeps still has nothing to do with L3 (accident 20)."""
    of = settings(a_charger("a", phases=(0,)), phase_count=3)
    run = Run(of, a_state(of, house_a=(10, 0, 0), a=12), now=0)
    assert run.read(52, 0, 50).commands == (STOP,)
    run.now = 3
    run.read(40, 0, 50)
    run.listen(300, 30, 0, 50)
    assert not run["a"].compliance.is_unresponsive


def test_nobody_is_judged_by_what_nobody_saw() -> None:
    """What was cut before or during a loss of the meter is not held against the charger."""
    run = deaf_run()
    run.now = 5
    run.lose_meter()
    run.now = 100
    run.read(40)
    run.listen(300, 40)
    assert not run["a"].compliance.is_unresponsive


def two_stopped(fallen_a: float) -> Run:
    """Return two cars told to stop from 16 A and 10 A, after which the meter fell by so much."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, house_a=6, a=16, b=10), now=0)
    run.read(66)
    assert run.targets == {"a": 0, "b": 0}
    run.now = 3
    run.read(66 - fallen_a)
    run.listen(200, 66 - fallen_a)
    return run


@pytest.mark.parametrize(
    ("fallen_a", "deaf"),
    [
        pytest.param(26, [], id="both fell"),
        pytest.param(16, ["b"], id="the larger one fell"),
        pytest.param(10, ["a"], id="the smaller one fell"),
        pytest.param(0, ["a", "b"], id="neither fell"),
        pytest.param(13, [], id="it cannot be told which"),
    ],
)
def test_of_two_that_were_stopped_the_fall_tells_who_goes_on(
    fallen_a: float, deaf: list[str]
) -> None:
    """Nobody is blamed for what may be another's (accident 23)."""
    run = two_stopped(fallen_a)
    assert [key for key in "ab" if run[key].compliance.is_unresponsive] == deaf


cuts = st.dictionaries(st.sampled_from("abcdef"), st.integers(6, 32).map(float), min_size=1)


@given(cuts=cuts, heard=st.sets(st.sampled_from("abcdef")), noise_a=st.floats(-0.9, 0.9))
@examples(200)
def test_who_has_fallen_is_never_blamed(
    cuts: dict[str, float], heard: set[str], noise_a: float
) -> None:
    """Whoever of several follows, and though the house moves by an ampere."""
    fallen_a = sum(cut_a for key, cut_a in cuts.items() if key in heard) + noise_a
    assert surely_deaf(cuts, fallen_a, frozenset(), {}).isdisjoint(heard)


@given(cuts=cuts, spoken=st.sets(st.sampled_from("abcdef")), fallen_a=st.floats(0, 100))
@examples(100)
def test_who_is_seen_to_stand_by_its_own_sensor_is_never_blamed(
    cuts: dict[str, float], spoken: set[str], fallen_a: float
) -> None:
    """Whatever the meter shows: the house may have risen as far as the car fell."""
    assert surely_deaf(cuts, fallen_a, frozenset(spoken), {}).isdisjoint(spoken)


@given(cuts=cuts, heard=st.sets(st.sampled_from("abcdef")))
@examples(200)
def test_who_surely_goes_on_is_blamed(cuts: dict[str, float], heard: set[str]) -> None:
    """Where no other explanation is near, those that did not fall are named, and all of them."""
    fallen_a = sum(cut_a for key, cut_a in cuts.items() if key in heard)
    others = [
        set(cuts) - set(fell)
        for size in range(len(cuts) + 1)
        for fell in combinations(cuts, size)
        if abs(sum(cuts[key] for key in fell) - fallen_a) <= CONFUSED_A
    ]
    assert surely_deaf(cuts, fallen_a, frozenset(), {}) == set.intersection(*others)


# By its own sensor


def sensed(current_a: int, draw_a: float, *, house_a: float = 0.0, told_at: float = -500.0) -> Run:
    """Return a charger that was told a current, and whose sensor has shown another for long."""
    of = settings(a_charger(max_a=current_a, rated_a=32))
    known = charging(
        current_a,
        setpoints=Setpoints(
            items=[a_setpoint(current_a, sent_at=told_at)],
            current_a=current_a,
            newest_since=told_at,
        ),
        sensor=ChargerSensor(
            samples=[Sample(at=told_at - 100, drawn_a=draw_a, sensed_a=draw_a)], heard_at=-1
        ),
    )
    return Run(of, a_state(of, house_a=house_a, a=known), now=0)


def test_charger_above_its_command_is_told_again_though_nothing_is_over() -> None:
    """A charger that has rebooted to its full current is noticed before anything is over."""
    run = sensed(9, 20)
    decision = run.read(20)
    assert (decision.commands, decision.events) == ((set_a(9),), (UNRESPONSIVE,))
    assert decision.view.chargers["a"].is_unresponsive


def test_charger_above_its_command_is_told_five_times_soon_then_once_a_minute() -> None:
    """Most deafness is over within a minute."""
    run = sensed(9, 20)
    run.read(20)
    sent = [at for at, _ in run.listen(240, 20)]
    assert sent == [12, 24, 36, 48, 108, 168, 228]
    assert {command for _, command in run.sent} == {set_a(9)}


@pytest.mark.parametrize(
    ("told_at", "is_blamed"),
    [pytest.param(-89, False, id="it may be slow"), pytest.param(-91, True, id="not so slow")],
)
def test_sensor_that_has_said_nothing_since_the_command_may_be_slow(
    told_at: float, *, is_blamed: bool
) -> None:
    """The slowest poll takes a minute and a half."""
    run = sensed(9, 20, told_at=told_at)
    run["a"].sensor.heard_at = told_at - 1
    run.read(20)
    assert run["a"].compliance.is_unresponsive is is_blamed


def test_sensor_that_has_spoken_since_is_believed_sooner() -> None:
    """What it says half a minute after the command is no late word on the one before."""
    run = sensed(9, 20, told_at=-40)
    run.read(20)
    assert run["a"].compliance.is_unresponsive


def test_sensor_within_a_tenth_and_an_ampere_blames_nobody() -> None:
    """Sensors are not exact."""
    run = sensed(20, 23)
    run.listen(300, 23)
    assert run.events == []


def test_sensor_that_the_meter_contradicts_blames_nobody() -> None:
    """It may have been right: the charger is told again, once and then rarely."""
    run = sensed(9, 20)
    run["a"].sensor.is_contradicted = True
    sent = run.listen(1800, 9)
    assert run.events == []
    assert 2 <= len(sent) <= 3
    assert {command.current_a for _, command in sent} == {run["a"].target_a}


def test_sensor_that_stands_still_after_a_cut_that_the_meter_has_shown_blames_nobody() -> None:
    """The meter knows better than a frozen sensor, and it costs no commands."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=0)
    run.see("a", 20, at=-900)
    assert run.read(42).commands == (set_a(10),)
    assert run.listen(600, 32) == []
    assert run.events == []


def test_charger_that_keeps_to_its_command_again_is_told() -> None:
    """The sensor withdraws what it has said, when the meter can show it as well."""
    run = sensed(9, 20)
    run.read(20)
    run.events.clear()
    run.now = 3
    run.see("a", 9)
    assert run.events == []
    run.listen(2, 9)
    assert run.events == [RECOVERED]
    assert run["a"].compliance == Compliance()


def test_status_alone_does_not_clear_a_charger_while_its_phase_is_over() -> None:
    """Many say "paused" as soon as they have heard of the stop, and go on charging."""
    run = deaf_run()
    run.listen(200, 52)
    run.see("a", None, CarStatus.IDLE)
    run.listen(60, 52)
    assert run["a"].compliance.is_unresponsive


@pytest.mark.parametrize(
    ("current_a", "status"),
    [(0.0, CarStatus.IDLE), (None, CarStatus.ABSENT)],
    ids=["a sensor that has come down", "no car there"],
)
def test_proof_clears_a_charger_though_its_phase_is_over(
    current_a: float | None, status: CarStatus
) -> None:
    """What remains over is the house's: it may rise as far as the car falls."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=0)
    run.see("a", 20, CarStatus.CHARGING, at=-900)
    run.read(52)
    run.listen(9, 52)
    run.see("a", current_a, status)
    run.listen(300, 52)
    assert (kinds(run), run["a"].compliance.is_unresponsive) == ([EventType.OVERLOAD_STOP], False)


def test_status_alone_clears_a_charger_within_the_limit() -> None:
    """Where nothing is over there is nothing to doubt."""
    of = settings()
    known = charging(0, compliance=Compliance(is_unresponsive=True))
    run = Run(of, a_state(of, house_a=20, a=known), now=0)
    run.see("a", None, CarStatus.IDLE)
    run.listen(5, 20)
    assert run.events == [RECOVERED]


def test_switch_ends_the_blame() -> None:
    """A charger that is the user's own is not judged."""
    run = sensed(9, 20)
    run.read(20)
    run.change_charger("a", is_enabled=False)
    assert run["a"].compliance == Compliance()


# At its start


def started(*, exceeded: int, draw_a: float) -> Run:
    """Return a car that was just started with 8 A, and whose sensor shows this draw."""
    of = settings(meter_timeout_s=0.0)
    known = charging(0, compliance=Compliance(exceeded_starts=exceeded))
    run = Run(of, a_state(of, house_a=24, a=known), now=0)
    run.see("a", 0)
    run.read(24)
    assert run.targets == {"a": 8}
    run.now = 5
    run.see("a", draw_a)
    return run


def test_first_start_above_the_command_is_counted() -> None:
    """Once may be chance: nobody is told."""
    run = started(exceeded=0, draw_a=16)
    assert run["a"].compliance.exceeded_starts == 1
    assert (run.events, run["a"].compliance.minimum_until) == ([], None)


def test_second_start_above_the_command_is_told_and_kept_at_the_minimum() -> None:
    """The car goes on with its minimum for an hour, and the user knows why."""
    run = started(exceeded=1, draw_a=16)
    assert run.events == [UNRESPONSIVE]
    assert run["a"].compliance.minimum_until == 5 + AT_MINIMUM_S
    assert (run.targets, run["a"].allocation.limited_by) == (
        {"a": 6},
        LimitedBy.EXCEEDS_COMMAND,
    )


def test_charger_that_exceeds_its_starts_is_called_so_for_the_hour() -> None:
    """Its stop is seen followed each time: it was reported and recovered in turns."""
    run = started(exceeded=1, draw_a=16)
    run.listen(20, 31)
    run.see("a", 6)
    run.listen(60, 30)
    assert run.events == [UNRESPONSIVE]
    assert run["a"].compliance.is_unresponsive


def test_start_within_the_command_forgets_the_earlier_ones() -> None:
    """After a minute its sensor has shown what came of it."""
    run = started(exceeded=1, draw_a=8)
    run.listen(54, 32)
    assert run["a"].compliance.exceeded_starts == 1
    run.listen(2, 32)
    assert run["a"].compliance.exceeded_starts == 0


@pytest.mark.parametrize(
    ("readings_a", "exceeded"),
    [
        pytest.param((24, 48, 48, 24), 2, id="all of it in one go"),
        pytest.param((24, 32, 48, 24), 0, id="what it was told, then the house"),
        pytest.param((24, 48, 44, 24), 2, id="not what it was told"),
        pytest.param((24, 48, 32, 24), 2, id="it had come down to it before the stop"),
    ],
)
def test_start_that_rises_by_what_was_told_was_followed(
    readings_a: tuple[float, ...], exceeded: int
) -> None:
    """A house that rose beside two starts and fell beside their stops kept a car at its minimum."""
    of = settings(a_charger(max_a=8))
    known = charging(0, compliance=Compliance(exceeded_starts=1))
    run = Run(of, a_state(of, house_a=24, a=known), now=0)
    run.read(24)
    assert run.targets == {"a": 8}
    for reading_a in readings_a:
        run.listen(2, reading_a)
    run.listen(20, readings_a[-1])
    assert run["a"].compliance.exceeded_starts == exceeded


def test_after_an_hour_it_may_have_more_and_one_such_start_is_enough() -> None:
    """A charger that was mended is found out, one that was not is soon back."""
    compliance = Compliance(exceeded_starts=2, minimum_until=3600.0)
    charger = a_charger(min_a=6)
    compliance.on_time(3599)
    limit = Ceiling(current_a=6, limited_by=LimitedBy.EXCEEDS_COMMAND, until=3600.0)
    assert compliance.ceiling(charger) == limit
    compliance.on_time(3600)
    assert (compliance.ceiling(charger), compliance.exceeded_starts) == (None, 1)
    compliance.on_start(10, 3700)
    compliance.on_start_exceeded(3710)
    assert compliance.ceiling(charger) == replace(limit, until=3710 + 3600.0)


def test_quiet_start_during_the_hour_at_the_minimum_proves_nothing() -> None:
    """It is told so little there that it cannot exceed it by much."""
    compliance = Compliance(exceeded_starts=2, minimum_until=3600.0, started_at=100.0)
    compliance.on_start_followed()
    assert compliance.exceeded_starts == 2
