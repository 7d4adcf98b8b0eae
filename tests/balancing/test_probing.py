"""Asking the meter by a small cut: whether a car draws its raise, and whether the meter lives."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.meter_timing import ON_CHANGE_TIMEOUT_S
from custom_components.ev_lb.balancing.model import (
    ChargerState,
    LimitedBy,
    Measurement,
    MeterStatus,
    MeterTiming,
    NewsType,
    Probe,
    Reading,
    SetCurrent,
    StartCharging,
    State,
    StopCharging,
    Unshown,
)
from custom_components.ev_lb.balancing.probing import (
    ANSWER_S,
    BEFORE_TIMEOUT_S,
    CUT_A,
    FIRST_WAIT_S,
    LONGEST_WAIT_S,
    ask_meter,
    next_probe_at,
)
from custom_components.ev_lb.balancing.rise import SHOWING_S
from custom_components.ev_lb.balancing.settings import Settings, UnavailableBehavior

from .builders import LONG_AGO, Run, a_charger, a_state, a_watch, an_offer, charging, settings
from .plant import FOREVER, NEVER, Charger, Meter, Plant, Span, steady, steps

OF = settings()
REGULAR = MeterTiming(period_s=1.0, heard_since=LONG_AGO)


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
    since: float = 0.0,
    timing: MeterTiming = REGULAR,
    of: Settings = OF,
    **others: object,
) -> State:
    """Return a car raised to a current of which the meter has shown nothing, delivered at once."""
    known = charging(
        target_a,
        **{
            "offers": (an_offer(low_a), an_offer(target_a, sent_at=since)),
            "unshown": Unshown(low_a=low_a, reading_a=(12.0 + low_a,), since=since),
        }
        | others,
    )
    state = a_state(of, house_a=12 + low_a - target_a, read_at=30, a=known)
    return replace(state, background_a=(12.0,), meter_timing=timing)


def test_start_that_stays_unseen_is_asked_about() -> None:
    """After half a minute the charger is cut by a little: a car that charges shows it."""
    run = Run(OF, a_state(OF, house_a=20), now=0)
    run.read(20)
    assert run.listen(int(FIRST_WAIT_S), 20) == [(FIRST_WAIT_S, set_a(12 - CUT_A))]
    assert run["a"].limited_by is LimitedBy.PROBE


def test_raise_hidden_by_a_falling_house_is_found() -> None:
    """The car gets all that is left though the meter never rose (14 A for ever, otherwise)."""
    run = Run(OF, a_state(OF, house_a=18), now=0)
    assert run.read(18).commands == (start_a(14),)
    assert run.listen(20, 6 + 14, every_s=20) == []
    assert run.listen(20, 6 + 11, every_s=20) == [(30, set_a(11)), (40, set_a(26))]
    assert run.state.background_a == (6,)
    assert run.listen(300, 6 + 26, every_s=20) == []


def test_answer_is_not_waited_for_any_longer_than_it_takes() -> None:
    """The current comes back as soon as the meter has shown the cut, without a hold."""
    run = Run(OF, a_state(OF, house_a=18), now=0)
    run.read(18)
    run.listen(28, 20)
    assert run.listen(4, 20) == [(30, set_a(11))]
    ((at, command),) = run.listen(1, 17)
    assert at == 33
    assert command.current_a > 14
    assert run["a"].hold_until is None


def test_car_that_does_not_charge_is_given_its_offer_back() -> None:
    """The answer is no: the offer is said again when a raise may come again, and no higher."""
    run = Run(OF, a_state(OF, house_a=20), now=0)
    run.read(20)
    assert run.listen(119, 20) == [(30, set_a(9)), (90, start_a(12))]
    assert run.state.background_a == (20,)


def test_question_costs_no_more_than_one_cut_at_a_time() -> None:
    """Before the offer has come back nothing more is asked."""
    run = Run(OF, a_state(OF, house_a=20), now=0)
    run.read(20)
    run.listen(3600, 20)
    for (_, before), (_, after) in pairwise(run.sent):
        assert {before.current_a, after.current_a} == {9, 12}


def test_questions_about_a_car_that_never_answers_become_rare() -> None:
    """An idle car costs a few commands an hour, not one a minute."""
    run = Run(OF, a_state(OF, house_a=20), now=0)
    run.read(20)
    run.listen(2 * 3600, 20, every_s=5)
    asked_at = [at for at, command in run.sent if command == set_a(9)]
    gaps_s = [later - before for before, later in pairwise(asked_at)]
    assert gaps_s == sorted(gaps_s)
    assert gaps_s[-1] == pytest.approx(LONGEST_WAIT_S, abs=30)
    assert len(run.sent) <= 30


def test_first_question_after_an_answer_comes_soon_again() -> None:
    """A car that did not charge for hours and then does is known at the next raise."""
    run = Run(OF, a_state(OF, house_a=20), now=0)
    run.read(20)
    run.listen(3600, 20, every_s=5)
    assert run["a"].probe.wait_s > FIRST_WAIT_S
    run.listen(1200, 32, every_s=5)
    assert run["a"].unshown is None
    assert run["a"].probe.wait_s == 0


@pytest.mark.parametrize(
    ("low_a", "timing", "due_s"),
    [
        pytest.param(0, REGULAR, FIRST_WAIT_S, id="a start: cars need their time"),
        pytest.param(6, REGULAR, 12, id="a car that charges follows within the window"),
        pytest.param(6, MeterTiming(), FIRST_WAIT_S, id="on change: it need not have reported"),
    ],
)
def test_question_comes_when_the_raise_should_have_shown(
    low_a: int, timing: MeterTiming, due_s: float
) -> None:
    """The earlier the better for the car, but not before it can be known."""
    state = unseen(20, low_a, timing=timing)
    assert next_probe_at(OF, OF.chargers[0], state) == due_s


@pytest.mark.parametrize(
    ("asked_at", "wait_s", "due_s"),
    [
        pytest.param(-10, 60, 50, id="the wait after the last question"),
        pytest.param(-100, 30, 30, id="which is over"),
        pytest.param(20, 0, None, id="this raise was asked about already"),
    ],
)
def test_next_question_waits(asked_at: float, wait_s: float, due_s: float | None) -> None:
    """One question after another is asked no faster than its wait allows."""
    state = unseen(probe=Probe(asked_at=asked_at, wait_s=wait_s))
    assert next_probe_at(OF, OF.chargers[0], state) == due_s


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(unseen(7), id="it has no ampere to spare"),
        pytest.param(unseen(unshown=None), id="all is shown"),
        pytest.param(
            unseen(measurements=(Measurement(at=0, current_a=0),)), id="its own sensor tells"
        ),
        pytest.param(
            unseen(offers=(an_offer(0), an_offer(20, sent_at=0, delivered=False))),
            id="it was not delivered",
        ),
        pytest.param(unseen(watch=a_watch(cut_a=3)), id="a cut is under way"),
        pytest.param(
            replace(unseen(), meter_status=MeterStatus.UNAVAILABLE), id="there is no meter"
        ),
        pytest.param(replace(unseen(), reading=None), id="there was no reading"),
    ],
)
def test_nothing_is_asked_where_there_is_no_need_or_no_way(state: State) -> None:
    """A cut that can tell nothing is not made."""
    assert next_probe_at(OF, OF.chargers[0], state) is None


@pytest.mark.parametrize(
    ("target_a", "ceiling_a"), [(20, 17), (9, 6), (8, 6)], ids=["by 3 A", "by 3", "by 2"]
)
def test_cut_goes_no_lower_than_the_minimum(target_a: int, ceiling_a: int) -> None:
    """Nobody is stopped to ask a question."""
    probe = ask_meter(OF, unseen(target_a), 40).chargers["a"].probe
    assert probe == Probe(ceiling_a=ceiling_a, asked_at=40, wait_s=FIRST_WAIT_S)


def test_charger_that_may_not_be_told_often_is_asked_rarely() -> None:
    """Its command interval counts four times: the cut, the offer again, and as much once more."""
    of = settings(a_charger(command_interval_s=600.0))
    probe = ask_meter(of, unseen(of=of), 40).chargers["a"].probe
    assert probe.wait_s == 2400


@pytest.mark.parametrize(
    ("before_s", "after_s"), [(0, 30), (30, 60), (600, LONGEST_WAIT_S), (900, LONGEST_WAIT_S)]
)
def test_wait_doubles_up_to_a_quarter_of_an_hour(before_s: float, after_s: float) -> None:
    """Each question that had no answer makes the next one rarer."""
    state = unseen(probe=Probe(asked_at=LONG_AGO, wait_s=before_s))
    assert ask_meter(OF, state, 40).chargers["a"].probe.wait_s == after_s


def test_question_ends_when_the_house_forces_a_deeper_cut() -> None:
    """What the meter then shows is another matter."""
    run = Run(OF, a_state(OF, house_a=20), now=0)
    run.read(20)
    run.listen(30, 20)
    run.now += 1
    assert run.read(37.5).commands == (set_a(6),)
    run.now += 1
    run.read(37.5)
    assert run["a"].probe.ceiling_a is None


def test_question_without_an_answer_is_given_up() -> None:
    """A command that does not get through does not keep a car low for ever."""
    probe = Probe(ceiling_a=20, asked_at=10, wait_s=30)
    offers = (an_offer(23), an_offer(20, sent_at=10, delivered=False))
    known = charging(20, probe=probe, offers=offers, watch=a_watch(cut_a=3))
    state = replace(a_state(OF, house_a=12, a=known, read_at=60), meter_timing=REGULAR)
    assert ask_meter(OF, state, 10 + ANSWER_S - 1).chargers["a"].probe == probe
    assert ask_meter(OF, state, 10 + ANSWER_S).chargers["a"].probe.ceiling_a is None


@pytest.mark.parametrize(("read_at", "is_asked"), [(21.9, True), (22, False)])
def test_question_is_over_when_the_meter_must_have_shown_the_cut(
    read_at: float, *, is_asked: bool
) -> None:
    """The answer is no then: the car may have its offer back."""
    known = charging(
        17,
        offers=(an_offer(20, sent_at=-30), an_offer(17, sent_at=10)),
        probe=Probe(ceiling_a=17, asked_at=10, wait_s=30),
        unshown=Unshown(low_a=0, reading_a=(12.0,), since=-30),
        watch=a_watch(cut_a=3),
    )
    state = a_state(OF, house_a=12, a=known, read_at=read_at)
    after = ask_meter(OF, state, read_at)
    assert (after.chargers["a"].probe.ceiling_a is not None) is is_asked


def test_several_chargers_are_not_asked_about_what_goes_to_and_fro() -> None:
    """A single ampere that one hands to another is not worth a cut."""
    of = settings(a_charger("a"), a_charger("b"))
    assert next_probe_at(of, of.chargers[0], unseen(12, 10, of=of)) is None
    assert next_probe_at(of, of.chargers[0], unseen(13, 10, of=of)) is not None


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
    assert run["a"].limited_by is LimitedBy.PROBE


def test_meter_that_answers_is_believed_for_another_quarter_of_an_hour() -> None:
    """No car is stopped in a quiet house, and it has its current back at once."""
    run = quiet()
    run.sleep(ASKED_AT + 3)
    assert run.read(29).commands == (set_a(20),)
    assert run["a"].hold_until is None
    run.now += 3
    run.read(32)
    assert run.sleep(ASKED_AT - 1) == []
    assert run.sleep(1)[0][1] == set_a(17)
    assert run.news == []


def test_meter_that_does_not_answer_is_gone() -> None:
    """A frozen meter is noticed when its timeout is over, no later than without a question."""
    run = quiet()
    sent = run.sleep(2 * ON_CHANGE_TIMEOUT_S)
    assert sent[0] == (ASKED_AT, set_a(17))
    assert sent[-1] == (ON_CHANGE_TIMEOUT_S, StopCharging(charger_id="a"))
    assert [news.type for news in run.news] == [NewsType.METER_UNAVAILABLE]


def test_lost_meter_that_is_ignored_does_not_leave_the_car_its_minimum() -> None:
    """Where chargers keep what they have, no deeper question comes before the timeout."""
    run = quiet()
    run.change(unavailable_behavior=UnavailableBehavior.IGNORE)
    run.sleep(2 * ON_CHANGE_TIMEOUT_S)
    assert run.state.meter_status is MeterStatus.UNAVAILABLE
    assert run.targets == {"a": 17}


def test_each_silence_is_asked_about_once() -> None:
    """A word of the meter's begins a new silence."""
    asked = charging(20, probe=Probe(asked_at=ASKED_AT, wait_s=30))
    state = a_state(OF, house_a=12, a=asked, read_at=0)
    assert next_probe_at(OF, OF.chargers[0], state) is None
    later = replace(state, reading=Reading(current_a=(29.0,), at=ASKED_AT + 1))
    assert next_probe_at(OF, OF.chargers[0], later) == ASKED_AT + 1 + ASKED_AT


@pytest.mark.parametrize(
    ("timeout_s", "timing", "asked_at"),
    [
        pytest.param(None, MeterTiming(), ASKED_AT, id="on change"),
        pytest.param(None, REGULAR, None, id="regular: it is missed soon anyway"),
        pytest.param(600.0, MeterTiming(), 540, id="the user's own timeout"),
        pytest.param(120.0, MeterTiming(), None, id="too short for a question"),
        pytest.param(121.0, MeterTiming(), 61, id="just long enough"),
        pytest.param(0.0, MeterTiming(), None, id="it is never missed"),
    ],
)
def test_when_a_silent_meter_is_asked(
    timeout_s: float | None, timing: MeterTiming, asked_at: float | None
) -> None:
    """Only one that may be silent without a fault, and whose timeout is long."""
    of = settings(meter_timeout_s=timeout_s)
    state = replace(a_state(of, house_a=12, a=20, read_at=0), meter_timing=timing)
    assert next_probe_at(of, of.chargers[0], state) == asked_at


def test_stopped_car_asks_nothing() -> None:
    """There is nothing to cut; a meter that is lost then stops nobody."""
    of = settings()
    run = Run(of, a_state(of, house_a=30), now=0)
    run.read(30)
    assert run.sleep(3600) == []


# In a whole house


def on_change(frozen: Span = NEVER) -> Meter:
    """Return a meter that reports what changes, in steps of 0.1 kW."""
    return Meter(is_on_change=True, step_a=100 / 230, frozen=frozen)


def test_quiet_house_does_not_stop_the_car() -> None:
    """A house in which nothing changes for two hours costs a few commands, and no stop."""
    plant = Plant(settings=OF, house=steady(12), chargers=[Charger()], meter=on_change())
    plant.run(7200)
    assert plant.news == []
    assert plant.drawn_a()[0] >= 19
    assert len(plant.sent) <= 50
    assert StopCharging(charger_id="a") not in plant.commands()


def test_frozen_on_change_meter_still_stops_the_car() -> None:
    """A question does not put off what the timeout is for."""
    house = steps(*((60 * minute, 2 + minute % 3) for minute in range(30)), (1800, 30))
    meter = on_change(frozen=Span(begins=1790))
    plant = Plant(settings=OF, house=house, chargers=[Charger()], meter=meter)
    plant.run(3600)
    assert plant.drawn_a() == (0,)
    assert max(plant.seconds_over()) <= 1790 + ON_CHANGE_TIMEOUT_S + 3


@given(
    cap_a=st.sampled_from((0.0, 5.0, 6.0, 7.5, 10.0, 13.0, 16.0)),
    house_a=st.floats(0, 24),
    min_a=st.sampled_from((6, 8, 10)),
    is_on_change=st.booleans(),
)
@examples(max_examples=25, deadline=None)
def test_car_that_takes_less_is_never_asked_below_its_minimum(
    cap_a: float, house_a: float, min_a: int, *, is_on_change: bool
) -> None:
    """A question never stops a car, never makes the house bigger, and is rare."""
    plant = Plant(
        settings=settings(a_charger(min_a=min_a), meter_timeout_s=0.0),
        house=steady(house_a),
        chargers=[Charger(car_a=cap_a)],
        meter=Meter(is_on_change=is_on_change, period_s=5),
    )
    plant.run(3600)
    told_a = [command.current_a for command in plant.commands()]
    if house_a + min_a <= 32:
        assert min(told_a) >= min_a
    assert plant.seconds_over() == []
    assert len(told_a) <= 30


def test_car_that_begins_in_the_midst_of_the_questions_is_known() -> None:
    """After an hour without a car the one that comes gets all there is, within 3 min."""
    plant = Plant(
        settings=OF,
        house=steps((0, 20), (3000, 8)),
        chargers=[Charger(car_wants=Span(begins=3600, ends=FOREVER))],
    )
    plant.run(3600 + 180)
    assert plant.drawn_a() == (24,)
    assert plant.seconds_over() == []


probes = st.builds(
    Probe, ceiling_a=st.none(), asked_at=st.floats(-2000, 0), wait_s=st.floats(0, 2000)
)


@given(known=probes, target_a=st.integers(0, 32), now=st.floats(0, 2000))
@examples(max_examples=200, deadline=None)
def test_question_is_a_cut_of_3_a_at_most(known: Probe, target_a: int, now: float) -> None:
    """Whatever has been asked before: never a raise, never below the minimum."""
    state = unseen(target_a, probe=known)
    after: ChargerState = ask_meter(OF, state, now).chargers["a"]
    if after.probe.ceiling_a is not None:
        assert max(6, target_a - CUT_A) <= after.probe.ceiling_a <= target_a - 2
        assert after.probe.wait_s >= FIRST_WAIT_S


def test_showing_outlasts_the_first_question() -> None:
    """Otherwise the offer would come back before the meter was asked."""
    assert FIRST_WAIT_S + 12 < SHOWING_S
