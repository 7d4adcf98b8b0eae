"""Probes: asking the meter by a small cut, where waiting for its word would take too long."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.estimate.charger_sensor import ChargerSensor, Sample
from custom_components.ev_lb.balancing.estimate.setpoints import Setpoints
from custom_components.ev_lb.balancing.meter.lowest import Lowest
from custom_components.ev_lb.balancing.meter.timing import (
    LATEST_S,
    ON_CHANGE_TIMEOUT_S,
    MeterTiming,
)
from custom_components.ev_lb.balancing.model import (
    BalancerEvent,
    CarStatus,
    EventType,
    LimitedBy,
    MeterFault,
    MeterStatus,
    Reading,
    SetCurrent,
    StartCharging,
    StopCharging,
)
from custom_components.ev_lb.balancing.settings import Settings, UnavailableBehavior
from custom_components.ev_lb.balancing.state import State
from custom_components.ev_lb.balancing.supervise.evidence import Cut, Evidence, Raise
from custom_components.ev_lb.balancing.supervise.probes import (
    ANSWER_S,
    BEFORE_TIMEOUT_S,
    BLIND_S,
    CUT_A,
    ESCALATED_S,
    FIRST_WAIT_S,
    LONGEST_STUCK_WAIT_S,
    LONGEST_WAIT_S,
    STUCK_WAIT_S,
    Probe,
    next_probe_at,
    probe,
    silence_asked,
)

from ...explore import examples
from ..builders import LONG_AGO, Run, a_charger, a_setpoint, a_state, charging, settings

OF = settings()


def regular() -> MeterTiming:
    """Return what is known of a meter that has reported each second for long, and answered."""
    return MeterTiming(period_s=1.0, heard_since=LONG_AGO, answers_s=[2.0])


def on_change() -> MeterTiming:
    """Return what is known of a meter that reports what changes, and has answered."""
    return MeterTiming(answers_s=[2.0])


def beside(house_a: float) -> Run:
    """Return a stopped charger beside a house, and a meter that was known to answer soon."""
    state = a_state(OF, house_a=house_a)
    state.timing = on_change()
    return Run(OF, state, now=0)


def set_a(current_a: int) -> SetCurrent:
    """Return the command to change the car's current."""
    return SetCurrent(charger_id="a", current_a=current_a)


def start_a(current_a: int) -> StartCharging:
    """Return the command to start the car with this current."""
    return StartCharging(charger_id="a", current_a=current_a)


# A raise that stays unseen


def unseen(
    target_a: int = 20,
    low_a: int = 0,
    *,
    timing: MeterTiming | None = None,
    of: Settings = OF,
    is_delivered: bool = True,
    **records: Any,
) -> State:
    """Return a car raised to a current of which the meter has shown nothing, delivered at once."""
    raise_ = Raise(low_a=low_a, sent_at=0.0, base=Lowest(now_a=[12.0 + low_a]))
    items = [a_setpoint(low_a), a_setpoint(target_a, sent_at=0.0, delivered=is_delivered)]
    known = charging(
        target_a,
        **{
            "setpoints": Setpoints(items=items, current_a=target_a),
            "evidence": Evidence(raise_=raise_),
        }
        | records,
    )
    state = a_state(of, house_a=12 + low_a - target_a, read_at=30, a=known)
    state.house.load_a, state.house.calm_a, state.house.highest_a = [12.0], [12.0], [12.0]
    state.timing = timing or regular()
    return state


def due_at(state: State) -> float | None:
    """Return when the meter is to be asked about the first charger."""
    return next_probe_at(state, state.balanced[0], silence_asked(state))


def asked(state: State, now: float) -> Probe:
    """Return the probe of the first charger after it was looked at."""
    probe(state, now)
    return state.balanced[0].probe


def test_start_that_stays_unseen_is_asked_about() -> None:
    """After half a minute the charger is cut by a little: a car that charges shows it."""
    run = beside(20)
    run.read(20)
    assert run.listen(int(FIRST_WAIT_S), 20) == [(FIRST_WAIT_S, set_a(12 - CUT_A))]
    assert run["a"].allocation.limited_by is LimitedBy.PROBE


def test_answer_is_not_waited_for_any_longer_than_it_takes() -> None:
    """The current comes back as soon as the meter has shown the cut, without a hold."""
    run = beside(18)
    run.read(18)
    run.listen(29, 20)
    assert run.listen(1, 20) == [(30, set_a(11))]
    run.listen(2, 20)
    ((at, command),) = run.listen(1, 17)
    assert at == 33
    assert command.current_a >= 13
    assert run["a"].hold.until is None


def test_car_that_does_not_charge_is_given_its_current_back() -> None:
    """The answer is no: it is said again when a raise may come again, and no higher."""
    run = beside(20)
    run.read(20)
    sent = run.listen(119, 20)
    assert sent[0] == (30, set_a(9))
    assert sent[1][1].current_a == 12
    assert run.state.house.load_a == [20]


def test_probes_of_a_car_that_never_answers_become_rare() -> None:
    """An idle car costs a few commands an hour, not one a minute, and one cut at a time."""
    run = beside(20)
    run.read(20)
    run.listen(2 * 3600, 20, every_s=5)
    told_a = [command.current_a for _, command in run.sent]
    asked_at = [at for at, command in run.sent if command.current_a == 9]
    gaps_s = [later - before for before, later in pairwise(asked_at)]
    assert set(told_a) == {9, 12}
    assert gaps_s == sorted(gaps_s)
    assert gaps_s[-1] == pytest.approx(LONGEST_WAIT_S, abs=100)
    assert len(run.sent) <= 36


def test_first_probe_after_an_answer_comes_soon_again() -> None:
    """A car that did not charge for hours and then does is known at the next raise."""
    run = beside(20)
    run.read(20)
    run.listen(3600, 20, every_s=5)
    assert run["a"].probe.wait_s > FIRST_WAIT_S
    run.listen(1200, 32, every_s=5)
    assert run["a"].evidence.raise_ is None
    assert run["a"].probe.wait_s == 0


@pytest.mark.parametrize(
    ("low_a", "timing", "due_s"),
    [
        pytest.param(0, regular(), FIRST_WAIT_S, id="a start: cars need their time"),
        pytest.param(6, regular(), 12, id="a car that charges follows within the window"),
        pytest.param(6, MeterTiming(), LATEST_S, id="never answered: it may be late"),
    ],
)
def test_probe_comes_when_the_raise_should_have_shown(
    low_a: int, timing: MeterTiming, due_s: float
) -> None:
    """The earlier the better for the car, but not before it can be known."""
    assert due_at(unseen(20, low_a, timing=timing)) == due_s


def test_probe_waits_for_a_car_that_still_climbs() -> None:
    """What rises still will show by itself."""
    state = unseen()
    raise_ = state.balanced[0].evidence.raise_
    assert raise_ is not None
    raise_.top_at = 28.0
    assert due_at(state) == 36


@pytest.mark.parametrize(
    ("asked_at", "wait_s", "due_s"),
    [
        pytest.param(-10, 60, 50, id="the wait after the last probe"),
        pytest.param(-100, 30, 30, id="which is over"),
        pytest.param(20, 0, None, id="this raise was asked about already"),
    ],
)
def test_next_probe_waits(asked_at: float, wait_s: float, due_s: float | None) -> None:
    """One probe comes after another no faster than its wait allows."""
    assert due_at(unseen(probe=Probe(asked_at=asked_at, wait_s=wait_s))) == due_s


def lost() -> State:
    """Return a state without a meter."""
    state = unseen()
    state.meter.status = MeterStatus.UNAVAILABLE
    return state


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(unseen(7), id="it has no ampere to spare"),
        pytest.param(unseen(evidence=Evidence()), id="all is shown"),
        pytest.param(unseen(12, 10), id="so little is not worth the commands"),
        pytest.param(
            unseen(20, 6, probe=Probe(asked_from_a=20)), id="it is what a probe gave back"
        ),
        pytest.param(
            unseen(sensor=ChargerSensor(samples=[Sample(at=0, drawn_a=0.0)])),
            id="its own sensor tells",
        ),
        pytest.param(unseen(is_delivered=False), id="it was not delivered"),
        pytest.param(
            unseen(evidence=Evidence(cut=Cut(cut_a=3, sent_at=0, has_drawn=True))),
            id="a cut is under way",
        ),
        pytest.param(lost(), id="there is no meter"),
    ],
)
def test_nothing_is_asked_where_there_is_no_need_or_no_way(state: State) -> None:
    """A cut that can tell nothing is not made."""
    assert due_at(state) is None


def test_several_chargers_are_asked_late_about_what_goes_to_and_fro() -> None:
    """What one hands to another is not worth a cut before it has stood for long; a start is."""
    of = settings(a_charger("a"), a_charger("b"))
    assert due_at(unseen(20, 10, of=of)) == LONGEST_WAIT_S
    assert due_at(unseen(20, 0, of=of)) == FIRST_WAIT_S


@pytest.mark.parametrize(
    ("target_a", "ceiling_a"), [(20, 17), (9, 6), (8, 6)], ids=["by 3 A", "by 3", "by 2"]
)
def test_cut_goes_no_lower_than_the_minimum(target_a: int, ceiling_a: int) -> None:
    """Nobody is stopped to ask something."""
    expected = Probe(
        ceiling_a=ceiling_a,
        asked_at=40,
        asked_from_a=target_a,
        wait_s=FIRST_WAIT_S,
        owed_a=target_a,
    )
    assert asked(unseen(target_a), 40) == expected


def test_charger_that_may_not_be_told_often_is_asked_rarely() -> None:
    """Its command interval counts four times: the cut, the current again, and as much again."""
    of = settings(a_charger(command_interval_s=600.0))
    assert asked(unseen(of=of), 40).wait_s == 2400


@pytest.mark.parametrize(
    ("before_s", "after_s"), [(0, 30), (30, 60), (600, LONGEST_WAIT_S), (900, LONGEST_WAIT_S)]
)
def test_wait_doubles_up_to_a_quarter_of_an_hour(before_s: float, after_s: float) -> None:
    """Each probe that had no answer makes the next one rarer."""
    state = unseen(probe=Probe(asked_at=LONG_AGO, wait_s=before_s))
    assert asked(state, 40).wait_s == after_s


def test_probe_ends_when_the_house_forces_a_deeper_cut() -> None:
    """What the meter then shows is another matter."""
    run = beside(20)
    run.read(20)
    run.listen(30, 20)
    run.now += 1
    assert run.read(37.5).commands == (set_a(6),)
    run.now += 1
    run.read(37.5)
    assert run["a"].probe.ceiling_a is None


def under_way(*, read_at: float, is_delivered: bool) -> State:
    """Return a car that was cut from 20 A to 17 A at 10 s to ask something."""
    items = [a_setpoint(20, sent_at=-30), a_setpoint(17, sent_at=10, delivered=is_delivered)]
    known = charging(
        17,
        setpoints=Setpoints(items=items, current_a=20),
        probe=Probe(ceiling_a=17, asked_at=10, wait_s=30),
        evidence=Evidence(
            raise_=Raise(low_a=0, sent_at=-30), cut=Cut(cut_a=3, sent_at=10, has_drawn=True)
        ),
    )
    state = a_state(OF, house_a=12, a=known, read_at=read_at)
    state.timing = regular()
    return state


def test_probe_without_an_answer_is_given_up() -> None:
    """A command that does not get through does not keep a car low for ever."""
    state = under_way(read_at=60, is_delivered=False)
    assert asked(state, 10 + ANSWER_S - 1).ceiling_a == 17
    assert asked(state, 10 + ANSWER_S).ceiling_a is None


@pytest.mark.parametrize(("read_at", "is_asked"), [(21.9, True), (22, False)])
def test_probe_is_over_when_the_meter_must_have_shown_the_cut(
    read_at: float, *, is_asked: bool
) -> None:
    """The answer is no then: the car may have its current back."""
    state = under_way(read_at=read_at, is_delivered=True)
    assert (asked(state, read_at).ceiling_a is not None) is is_asked


probes = st.builds(
    Probe, ceiling_a=st.none(), asked_at=st.floats(-2000, 0), wait_s=st.floats(0, 2000)
)


@given(known=probes, target_a=st.integers(0, 32), now=st.floats(0, 2000))
@examples(200)
def test_probe_is_a_cut_of_3_a_at_most(known: Probe, target_a: int, now: float) -> None:
    """Whatever has been asked before: never a raise, never below the minimum."""
    after = asked(unseen(target_a, probe=known), now)
    if after.ceiling_a is not None:
        assert max(6, target_a - CUT_A) <= after.ceiling_a <= target_a - 2
        assert after.wait_s >= FIRST_WAIT_S


# A meter that reports only what changes


def quiet(current_a: int = 20, **site: object) -> Run:
    """Return a house that has not changed since 0 s, with a meter that says nothing then."""
    of = settings(**site)
    run = Run(of, a_state(of, house_a=32 - current_a, a=current_a), now=0)
    run.read(32)
    return run


ASKED_AT = ON_CHANGE_TIMEOUT_S - BEFORE_TIMEOUT_S


def test_silent_meter_is_asked_before_it_counts_as_gone() -> None:
    """A minute before its timeout a charger is cut by a little, which a live meter reports."""
    run = quiet()
    assert run.sleep(ASKED_AT) == [(ASKED_AT, set_a(17))]
    assert run["a"].allocation.limited_by is LimitedBy.PROBE


def test_silent_meter_is_asked_by_one_charger_and_by_all_where_it_does_not_answer() -> None:
    """Two that asked together hid each other's answers: 12 commands an hour in a steady house."""
    of = settings(a_charger("a", max_a=10), a_charger("b", max_a=16), a_charger("c", max_a=6))
    run = Run(of, a_state(of, a=10, b=16, c=6), now=0)
    run.read(32)
    run.sleep(ASKED_AT + 1)
    assert run.targets == {"a": 10, "b": 13, "c": 6}
    run.sleep(ESCALATED_S + 2)
    assert run.targets == {"a": 6, "b": 6, "c": 6}


def test_what_a_probe_took_is_not_anothers() -> None:
    """One that rounds down made room for the other: an ampere up and down after each probe."""
    of = settings(a_charger("a"), a_charger("b"), rated_a=20)
    run = Run(of, a_state(of, house_a=0.1, a=10, b=9), now=0)
    run.read(19.1)
    run.sleep(ASKED_AT + 1)
    assert run.targets == {"a": 7, "b": 9}
    run.read(15.1)
    assert run.targets["b"] == 9
    run.listen(30, 19.1)
    assert run["a"].probe.owed_a is None
    assert run.targets == {"a": 10, "b": 9}


def test_silent_meter_is_asked_by_a_car_that_takes_so_little_that_it_cannot_be() -> None:
    """It may not answer; without a cut nobody asks, and the meter is lost."""
    known = charging(20, evidence=Evidence(least_a=7.0), probe=Probe(asked_at=100.0))
    of = settings(a_charger(max_a=20))
    run = Run(of, a_state(of, house_a=-1, a=known), now=0)
    run.read(19)
    assert run.sleep(ASKED_AT) == [(ASKED_AT, set_a(6))]


def test_silent_meter_is_asked_by_an_ampere_where_there_is_no_more() -> None:
    """A car at 7 A behind a meter of changes was stopped each quarter of an hour."""
    of = settings(a_charger("a", max_a=7))
    run = Run(of, a_state(of, house_a=12, a=7), now=0)
    run.read(19)
    assert run.sleep(ASKED_AT) == [(ASKED_AT, set_a(6))]
    run.now += 3
    run.read(18)
    assert run.targets == {"a": 7}


def test_fall_by_an_ampere_proves_no_draw() -> None:
    """A fridge that went off passed for a car that was not there yet: 31 A on 25 A."""
    of = settings(a_charger("a", max_a=7))
    unseen = Evidence(raise_=Raise(low_a=0, sent_at=-100.0))
    run = Run(of, a_state(of, house_a=19, a=charging(7, evidence=unseen)), now=0)
    run.read(19)
    run.sleep(ASKED_AT)
    run.now += 3
    run.read(18)
    assert run["a"].evidence.unconfirmed_low_a == 0


@pytest.mark.parametrize(
    ("read_at", "is_delivered", "is_doubted"),
    [
        pytest.param(58.0, True, True, id="it should have shown"),
        pytest.param(58.0, False, False, id="the cut did not get through"),
        pytest.param(-1.0, True, False, id="the meter has said nothing since"),
    ],
)
def test_car_is_doubted_only_by_a_reading_that_must_show_the_cut(
    read_at: float, *, is_delivered: bool, is_doubted: bool
) -> None:
    """A probe is given up after a minute, answered or not."""
    cut = Cut(cut_a=3, sent_at=0.0, has_drawn=True, must_show=True, highest_a=[32.0])
    items = [a_setpoint(20), a_setpoint(17, sent_at=0.0, delivered=is_delivered)]
    known = charging(
        17,
        evidence=Evidence(cut=cut),
        setpoints=Setpoints(items=items, current_a=17),
        probe=Probe(ceiling_a=17, asked_at=0.0, asked_from_a=20),
    )
    state = a_state(settings(), house_a=12, a=known, read_at=read_at)
    state.meter.reading = Reading(current_a=(32.0,), at=read_at)
    state.timing.answers_s = [2.0]
    probe(state, 60.0)
    assert known.probe.ceiling_a is None
    assert (known.evidence.unconfirmed_low_a == 0) is is_doubted


@pytest.mark.parametrize(
    ("had_a", "to_a"), [(20, 17), (8, 6), (7, None)], ids=["3 A", "2 A", "it cannot be asked"]
)
@pytest.mark.parametrize(
    "timing",
    [regular(), on_change(), MeterTiming()],
    ids=["regular", "on change", "it has never answered"],
)
def test_car_that_leaves_the_house_less_than_nothing_is_asked_and_told_again(
    had_a: int, to_a: int | None, timing: MeterTiming
) -> None:
    """The house had risen with its lost start, and fallen again: 0 A drawn of 20 A, for ever."""
    of = settings(a_charger("a", max_a=had_a))
    state = a_state(of, house_a=1 - had_a, a=had_a)
    state.timing = timing
    run = Run(of, state, now=0)
    run.listen(180, 1)
    first, *others = [command for _, command in run.sent]
    assert first == (start_a(had_a) if to_a is None else set_a(to_a))
    assert any(isinstance(each, StartCharging) for each in (first, *others))


def test_silent_meter_is_asked_once_more_by_a_deeper_cut() -> None:
    """A car that draws less than it was told shows nothing of a small one.

    And one whose start got lost nothing at all: it is told it again, with no more than its minimum.
    """
    run = quiet()
    run.sleep(ASKED_AT)
    (at, command), (told_at, told) = run.sleep(ANSWER_S - 1)
    assert command == set_a(6)
    assert at >= ASKED_AT + ESCALATED_S
    assert told == StartCharging(charger_id="a", current_a=6)
    assert told_at >= at + run.state.window_s(run["a"])


def test_meter_that_answers_is_believed_for_another_quarter_of_an_hour() -> None:
    """No car is stopped in a quiet house, and it has its current back at once."""
    run = quiet()
    run.sleep(ASKED_AT + 3)
    run.read(29)
    run.read(29)
    assert run.targets == {"a": 20}
    assert run["a"].hold.until is None
    run.now += 3
    run.read(32)
    assert run.sleep(ASKED_AT - 1) == []
    assert run.sleep(1)[0][1] == set_a(17)
    assert run.events == []


def test_meter_that_does_not_answer_is_gone() -> None:
    """A frozen meter is noticed when its timeout is over, no later than without a probe."""
    run = quiet()
    sent = run.sleep(2 * ON_CHANGE_TIMEOUT_S)
    assert sent[0] == (ASKED_AT, set_a(17))
    assert sent[-1] == (ON_CHANGE_TIMEOUT_S, StopCharging(charger_id="a"))
    assert [event.type for event in run.events] == [EventType.METER_UNAVAILABLE]


def test_lost_meter_that_is_ignored_does_not_leave_the_car_its_minimum() -> None:
    """Where chargers keep what they have, no deeper cut comes before the timeout."""
    run = quiet()
    run.change(unavailable_behavior=UnavailableBehavior.IGNORE)
    run.sleep(2 * ON_CHANGE_TIMEOUT_S)
    assert run.state.meter.status is MeterStatus.UNAVAILABLE
    assert run.targets == {"a": 17}


def test_each_silence_is_asked_about_once() -> None:
    """A word of the meter's begins a new silence."""
    known = charging(20, probe=Probe(asked_at=ASKED_AT, wait_s=30))
    state = a_state(OF, house_a=12, a=known, read_at=0)
    assert due_at(state) is None
    state.meter.reading = Reading(current_a=(29.0,), at=ASKED_AT + 1)
    assert due_at(state) == ASKED_AT + 1 + ASKED_AT


@pytest.mark.parametrize(
    ("timeout_s", "timing", "asked_at"),
    [
        pytest.param(None, MeterTiming(), ASKED_AT, id="on change"),
        pytest.param(None, regular(), None, id="regular: it is missed soon anyway"),
        pytest.param(600.0, MeterTiming(), 540, id="the user's own timeout"),
        pytest.param(120.0, MeterTiming(), None, id="too short for a probe"),
        pytest.param(121.0, MeterTiming(), 61, id="just long enough"),
        pytest.param(0.0, MeterTiming(), None, id="it is never missed"),
    ],
)
def test_when_a_silent_meter_is_asked(
    timeout_s: float | None, timing: MeterTiming, asked_at: float | None
) -> None:
    """Only one that may be silent without a fault, and whose timeout is long."""
    of = settings(meter_timeout_s=timeout_s)
    state = a_state(of, house_a=12, a=20, read_at=0)
    state.timing = timing
    assert due_at(state) == asked_at


def test_stopped_car_asks_nothing() -> None:
    """There is nothing to cut; a meter that is lost then stops nobody."""
    run = Run(OF, a_state(OF, house_a=30), now=0)
    run.read(30)
    assert run.sleep(3600) == []


# A meter that repeats itself


def varied(**chargers: int) -> Run:
    """Return a house whose meter has varied each second for long."""
    known = dict(chargers) or {"a": 20}
    of = settings(*(a_charger(key, max_a=has_a) for key, has_a in known.items()))
    house_a = 32 - sum(known.values())
    run = Run(of, a_state(of, house_a=house_a, **known), now=0)
    run.state.timing = regular()
    for second in range(10):
        run.now = second
        run.read(31.9 - 0.1 * (second % 2))
    assert run.sent == []
    return run


def test_meter_that_repeats_itself_is_asked_and_found_frozen() -> None:
    """A frozen meter is lost within minutes: no cut shows, and no start that is told again."""
    run = varied()
    sent = run.listen(300, 31.8)
    assert [command.current_a for _, command in sent] == [17, 6, 6, 0]
    assert run.state.meter.fault is MeterFault.FROZEN
    assert run.events[0] == BalancerEvent(
        type=EventType.METER_UNAVAILABLE, data={"reason": "frozen"}
    )


def test_meter_that_answers_is_left_in_peace_longer_each_time() -> None:
    """A steady house behind a meter that rounds costs a few commands an hour."""
    run = varied()
    asked_at = list[float]()
    while run.now < 4 * 3600:
        reading_a = 12.0 + run["a"].setpoints.current_a
        for at, command in run.listen(1, reading_a):
            if command.current_a == 17:
                asked_at.append(at)
    gaps_s = [later - before for before, later in pairwise(asked_at)]
    assert run.state.meter.status is MeterStatus.AVAILABLE
    assert gaps_s[0] >= STUCK_WAIT_S
    assert gaps_s == sorted(gaps_s)
    assert gaps_s[-1] == pytest.approx(LONGEST_STUCK_WAIT_S, abs=300)


def test_meter_that_varies_is_not_asked() -> None:
    """It says by itself that it lives."""
    run = varied()
    for second in range(600):
        run.sleep(1)
        run.read(31.9 - 0.1 * (second % 2))
    assert run.sent == []


def test_charger_with_most_to_give_is_asked() -> None:
    """One is cut, not all."""
    run = varied(a=8, b=20)
    sent = run.listen(200, 31.8)
    assert {command.charger_id for _, command in sent} == {"b"}
    assert run.state.probe.asked_id == "b"


def frozen_on(
    frozen: Sequence[int], *, used: tuple[int, ...] | None = (0, 1, 2), least_a: float = 8.0
) -> list[int]:
    """Return what a three-phase car is told while some phases of the meter repeat themselves.

    Their house load is the least that makes a value of a car.
    """
    of = settings(a_charger(max_a=16, phases=(0, 1, 2)), rated_a=32, phase_count=3)
    run = Run(of, a_state(of, house_a=(8.0, 8.0, least_a), a=16), now=0)
    run.state.timing = regular()
    run["a"].wiring.used = used
    run["a"].wiring.on_layout(of, of.chargers[0])
    stands_a: dict[int, float] = {}
    for second in range(400):
        run.now = second
        car_a = run["a"].setpoints.current_a
        values = [8.0, 8.0, least_a]
        for phase, house_a in enumerate(values):
            values[phase] = house_a + car_a + 0.1 * (second % 2)
            if phase in frozen and second > 20:
                values[phase] = stands_a.setdefault(phase, values[phase])
        run.sleep(0)
        run.read(*values)
    return [command.current_a for _, command in run.sent]


@pytest.mark.parametrize(
    ("frozen", "more", "told_a"),
    [
        pytest.param((2,), {}, [13, 6, 0], id="a phase: the others show the cut"),
        pytest.param((0, 2), {}, [13, 6, 0], id="two phases"),
        pytest.param((0, 1, 2), {}, [13, 6, 6, 0], id="all: a start may be lost"),
        pytest.param((), {}, [], id="none"),
        pytest.param((2,), {"used": None}, [], id="the car may not be there"),
        pytest.param((2,), {"used": (0, 1)}, [], id="the car is not there"),
        pytest.param((2,), {"least_a": -11.2}, [], id="it shows too little for a car"),
    ],
)
def test_phase_that_repeats_itself_is_asked_where_the_car_must_show(
    frozen: Sequence[int], more: dict[str, Any], told_a: list[int]
) -> None:
    """Else the answer would not tell a frozen phase from a car that is not on it."""
    assert frozen_on(frozen, **more) == told_a


def test_found_out_meter_that_says_something_else_is_believed_again() -> None:
    """It lives after all."""
    run = varied()
    run.listen(300, 31.8)
    run.listen(2, 12.4)
    assert run.state.meter.status is MeterStatus.AVAILABLE
    assert run.state.probe.asked_id is None


def test_switched_off_charger_ends_what_was_asked_by_it() -> None:
    """And the meter is not called frozen for what was never cut."""
    run = varied()
    run.listen(190, 31.8)
    assert run.state.probe.asked_id == "a"
    run.change_charger("a", is_enabled=False)
    run.listen(600, 31.8)
    assert run.state.meter.status is MeterStatus.AVAILABLE


# A meter that does not see the chargers


def beside_a_sensor(risen_a: float) -> Run:
    """Return a car that charges by its own sensor, while the meter rose by so much."""
    run = Run(OF, a_state(OF, house_a=12), now=0)
    run.see("a", 0.0)
    run.listen(4, 12)
    run.see("a", 20.0, CarStatus.CHARGING)
    run.listen(200, 12 + risen_a)
    return run


@pytest.mark.parametrize(
    ("risen_a", "fault"),
    [
        pytest.param(0, MeterFault.BLIND, id="nothing: it is another's meter"),
        pytest.param(9.9, MeterFault.BLIND, id="less than half"),
        pytest.param(10, None, id="half: the house has fallen"),
    ],
)
def test_meter_that_never_shows_a_car_that_draws_is_blind(
    risen_a: float, fault: MeterFault | None
) -> None:
    """It cannot protect the breaker from our cars."""
    assert beside_a_sensor(risen_a).state.meter.fault is fault


def test_late_meter_is_not_called_blind() -> None:
    """Public reports know of meters that are two minutes late."""
    run = Run(OF, a_state(OF, house_a=12), now=0)
    run.see("a", 0.0)
    run.listen(4, 12)
    run.see("a", 20.0, CarStatus.CHARGING)
    run.listen(int(BLIND_S) - 5, 12)
    run.listen(200, 32)
    assert run.state.meter.fault is None
