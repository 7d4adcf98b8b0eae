"""What a new run must know of the last one."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.intervals import Offer, in_force, is_unknown
from custom_components.ev_lb.balancing.memory import (
    ChargerMemory,
    Memory,
    MeterMemory,
    WatchMemory,
    aged,
    has_news_for_memory,
    recall,
    recall_meter,
    remember,
)
from custom_components.ev_lb.balancing.meter_timing import IRREGULAR_S, is_regular
from custom_components.ev_lb.balancing.model import (
    CarReading,
    ChargerState,
    Limit,
    LimitedBy,
    MeterStatus,
    MeterTiming,
    News,
    NewsType,
    Probe,
    Reading,
    SetCurrent,
    StartCharging,
    StartWait,
    State,
    StopCharging,
    Unshown,
    WatchStep,
)
from custom_components.ev_lb.balancing.settings import DEFAULT_METER_DELAY_S, Settings

from .builders import Run, a_charger, a_state, a_watch, an_offer, charging, settings
from .strategies import all_settings, states


def restarted(of: Settings, state: State, *, at: float = 50.0, now: float = 0.0) -> Run:
    """Return a new run after one that ended with this state; its clock begins anew."""
    return Run(of, recall(of, remember(of, state, at), now), now=now)


DEAF_A = 42
"""A house of 12 A, and a car that draws 30 A whatever it is told."""


def a_meter(**others: Any) -> MeterTiming:
    """Return a meter that has reported every 10 s for long."""
    return MeterTiming(**{"period_s": 10.0, "gaps_s": (10.0,) * 9, "heard_since": -1000.0} | others)


def a_memory(**others: Any) -> ChargerMemory:
    """Return the memory of a charger at 10 A."""
    return ChargerMemory(
        **{"is_known": True, "offered_a": (10,), "commanded_a": 10, "target_a": 10} | others
    )


def test_first_command_after_a_restart_is_sent_and_raises_nothing() -> None:
    """A restart in mid-charge tells the charger what it has, and raises later (accident 2)."""
    of = settings()
    run = restarted(of, a_state(of, house_a=12, a=16))
    assert run.read(28).commands == (StartCharging(charger_id="a", current_a=16),)
    assert run.sleep(40) == [(12, SetCurrent(charger_id="a", current_a=20))]


def test_restart_in_an_overload_cuts_with_the_first_command() -> None:
    """40 A on a 32 A breaker with the car at 20 A: the first command is the cut (accident 2)."""
    of = settings()
    run = restarted(of, a_state(of, house_a=12, a=20))
    assert run.read(40).commands == (StartCharging(charger_id="a", current_a=12),)


def test_restart_while_stopped_confirms_the_stop() -> None:
    """Nobody assumes that a charger stood still while we were away."""
    of = settings()
    run = restarted(of, a_state(of, house_a=12, a=0))
    assert run.read(12).commands == (StopCharging(charger_id="a"),)
    assert run.sleep(40) == [(12, StartCharging(charger_id="a", current_a=20))]


def test_nothing_is_sent_before_the_first_reading() -> None:
    """What the house draws now is unknown until the meter has said so."""
    of = settings()
    run = restarted(of, a_state(of, house_a=12, a=16))
    assert run.decide().commands == ()
    assert run["a"].limited_by is LimitedBy.WAITING_FOR_METER


@pytest.mark.parametrize(
    ("commanded_a", "target_a"),
    [pytest.param(10, 16, id="a raise under way"), pytest.param(16, 10, id="a cut under way")],
)
def test_lower_of_two_currents_is_resumed(commanded_a: int, target_a: int) -> None:
    """Where a change was under way, the run goes on with the lower, and both may be in force."""
    of = settings()
    offers = (an_offer(commanded_a), an_offer(target_a, sent_at=49, delivered=False))
    known = charging(target_a, commanded_a=commanded_a, offers=offers)
    state = recall(of, remember(of, a_state(of, a=known), 50), 0)
    assert state.chargers["a"].resume_a == 10
    assert {offer.current_a for offer in state.chargers["a"].offers} == {10, 16}


def test_reduced_current_is_not_taken_for_the_users_ceiling() -> None:
    """A car that was low when Home Assistant stopped gets more again (accident 14)."""
    of = settings()
    run = restarted(of, a_state(of, house_a=26, a=6))
    run.read(10)
    run.sleep(40)
    assert run.targets == {"a": 28}


def test_hold_goes_on_after_a_restart() -> None:
    """The seconds that were left are waited for on the new clock."""
    of = settings()
    run = restarted(of, a_state(of, house_a=2, a=charging(10, hold_until=75.0)), at=50)
    run.read(12)
    assert run.sleep(50) == [(25, SetCurrent(charger_id="a", current_a=30))]


def test_hold_is_no_longer_than_the_ramp_up_time() -> None:
    """A clock that jumped, or a time that was lowered meanwhile, holds nobody for hours."""
    of = settings(ramp_up_time_s=30.0)
    state = a_state(of, house_a=2, a=charging(10, hold_until=9999.0))
    assert recall(of, remember(of, state, 50), 0).chargers["a"].hold_until == 30


def test_hold_that_is_over_is_none() -> None:
    """Nothing is left to wait for."""
    of = settings()
    state = a_state(of, house_a=2, a=charging(10, hold_until=20.0))
    assert recall(of, remember(of, state, 50), 0).chargers["a"].hold_until is None


def test_limit_survives_a_restart() -> None:
    """A temporary limit ends when it would have."""
    of = settings()
    known = charging(10, limit=Limit(current_a=10, until=650.0))
    state = recall(of, remember(of, a_state(of, a=known), 50), 7)
    assert state.chargers["a"].limit == Limit(current_a=10, until=607)


def test_limit_that_ended_meanwhile_is_gone() -> None:
    """The store counts the time that Home Assistant was away."""
    of = settings()
    memory = Memory(chargers={"a": a_memory(limit_a=10, limit_s=60.0)})
    assert recall(of, aged(memory, 59), 0).chargers["a"].limit == Limit(current_a=10, until=1)
    assert recall(of, aged(memory, 60), 0).chargers["a"].limit is None


def test_time_away_counts_for_the_start_wait_and_not_for_a_hold() -> None:
    """What the house did while nobody looked is unknown."""
    memory = Memory(chargers={"a": a_memory(hold_s=20.0, since_overload_stop_s=100.0)})
    assert aged(memory, 60).chargers["a"] == a_memory(
        hold_s=20.0, since_overload_stop_s=160.0, limit_s=-60.0
    )


@pytest.mark.parametrize("raised_at", [None, 20.0])
def test_command_interval_survives_a_restart(raised_at: float | None) -> None:
    """A restart is no way round it: the time since the last raise counts on."""
    of = settings()
    memory = remember(of, a_state(of, a=charging(10, raised_at=raised_at)), 50)
    after = recall(of, aged(memory, 5), 7).chargers["a"]
    assert after.raised_at == (None if raised_at is None else 7 - 35)


def test_start_wait_survives_a_restart() -> None:
    """Overload stops count on, so that a restart is no way round the wait."""
    of = settings()
    known = charging(0, start_wait=StartWait(stops=3, last_stop_at=40.0, free_since=45.0))
    after = recall(of, remember(of, a_state(of, a=known), 50), 7).chargers["a"]
    assert after.start_wait == StartWait(stops=3, last_stop_at=-3, free_since=None)


def test_charger_stopped_by_an_overload_is_told_as_resumed_after_the_restart() -> None:
    """Its next start is news."""
    of = settings()
    known = charging(0, is_stopped_by_loss=True)
    assert recall(of, remember(of, a_state(of, a=known), 50), 7).chargers["a"].is_stopped_by_loss


def test_unshown_raise_is_still_unshown_after_a_restart() -> None:
    """A car that had not begun to charge is not taken for one that does."""
    of = settings()
    known = charging(16, unshown=Unshown(low_a=0, reading_a=(4.0,), since=40.0))
    after = recall(of, remember(of, a_state(of, a=known), 50), 7).chargers["a"]
    assert after.unshown == Unshown(low_a=0, reading_a=None, since=7)


def test_step_of_the_ladder_is_remembered() -> None:
    """How far a charger was taken, and how often it was told; not what the meter showed then."""
    of = settings()
    known = charging(0, watch=a_watch(WatchStep.STOP, cut_a=10, repeats=2), is_unresponsive=True)
    memory = remember(of, a_state(of, a=known), 50)
    assert memory.chargers["a"].watch == WatchMemory(
        step=WatchStep.STOP, cut_a=10, has_drawn=True, repeats=2
    )
    watch = recall(of, memory, 7).chargers["a"].watch
    assert watch == replace(a_watch(WatchStep.STOP, cut_a=10, repeats=2), sent_at=7, highest_a=())


def test_settled_commands_are_not_remembered() -> None:
    """Only what may still be in force matters to the next run."""
    of = settings()
    known = charging(10, offers=(an_offer(30), an_offer(10, sent_at=20)))
    assert remember(of, a_state(of, a=known), 50).chargers["a"].offered_a == (10,)


def test_charger_without_a_memory_is_unknown() -> None:
    """Where nothing was stored, the charger may draw anything up to its rating."""
    of = settings(a_charger("a", max_a=16))
    known = recall(of, Memory(), 0).chargers["a"]
    assert known == ChargerState(
        offers=(Offer(current_a=0, is_assumed=True), Offer(current_a=16, is_assumed=True)),
        resume_a=16,
    )


def test_unknown_charger_stays_unknown_but_keeps_its_waits() -> None:
    """A restart before the first command has settled knows no more than before."""
    of = settings(a_charger("a", max_a=16))
    memory = a_memory(
        is_known=False, offered_a=(0, 16, 8), commanded_a=0, hold_s=20.0, limit_a=6, limit_s=60.0
    )
    known = recall(of, Memory(chargers={"a": memory}), 0).chargers["a"]
    assert is_unknown(known.offers)
    assert (known.resume_a, known.hold_until) == (16, 20)
    assert known.limit == Limit(current_a=6, until=60)


def test_only_chargers_of_the_site_are_remembered() -> None:
    """A removed charger leaves nothing behind; one that was added has nothing yet."""
    of = settings(a_charger("a"), a_charger("b"))
    state = replace(a_state(of, a=10), chargers={"a": charging(10), "gone": charging(6)})
    assert remember(of, state, 0).chargers.keys() == {"a"}


def test_charger_that_went_on_after_a_stop_is_told_again_after_a_restart() -> None:
    """The stop is sent first, and again and again; it was reported already (accident 23)."""
    of = settings()
    known = charging(0, watch=a_watch(WatchStep.STOP, cut_a=10, repeats=3), is_unresponsive=True)
    run = restarted(of, a_state(of, house_a=DEAF_A, a=known))
    assert run["a"].is_unresponsive
    assert run.read(DEAF_A).commands == (StopCharging(charger_id="a"),)
    sent = run.listen(160, DEAF_A)
    assert sent == [(at, StopCharging(charger_id="a")) for at in (12, 24, 84, 144)]
    assert run["a"].is_unresponsive
    assert run.news == []


def test_ladder_goes_on_after_a_restart_where_it_was() -> None:
    """A charger that did not obey its minimum is stopped next, not cut anew."""
    of = settings()
    known = charging(6, watch=a_watch(WatchStep.MINIMUM, cut_a=10))
    run = restarted(of, a_state(of, house_a=DEAF_A - 6, a=known))
    run.read(DEAF_A)
    assert run["a"].watch is not None
    assert run["a"].watch.step is WatchStep.MINIMUM
    assert run.listen(30, DEAF_A) == [(at, StopCharging(charger_id="a")) for at in (12, 24)]
    assert run["a"].is_unresponsive


def test_charger_that_obeys_after_a_restart_is_free_again() -> None:
    """It is told as recovered at the first step that is obeyed, and charges again."""
    of = settings()
    known = charging(0, watch=a_watch(WatchStep.STOP, cut_a=10), is_unresponsive=True)
    run = restarted(of, a_state(of, house_a=DEAF_A, a=known))
    run.read(DEAF_A)
    run.now = 3
    run.read(12)
    assert run.news == [News(type=NewsType.CHARGER_RECOVERED, charger_id="a")]
    assert (run["a"].watch, run["a"].is_unresponsive) == (None, False)
    assert run.listen(30, 12)[0][1] == StartCharging(charger_id="a", current_a=20)


def test_charger_that_obeyed_while_nobody_looked_is_free_when_the_first_command_is_judged() -> None:
    """The meter need not fall once more where all is within the limit."""
    of = settings()
    known = charging(0, watch=a_watch(WatchStep.STOP, cut_a=10), is_unresponsive=True)
    run = restarted(of, a_state(of, house_a=DEAF_A, a=known))
    assert run.read(12).commands == (StopCharging(charger_id="a"),)
    run.listen(11, 12)
    assert run["a"].is_unresponsive
    run.listen(1, 12)
    assert not run["a"].is_unresponsive


def test_first_cut_that_was_still_to_be_judged_is_not_held_against_the_charger() -> None:
    """It may be obeyed while nobody looks: a house that rises again is cut for as if anew."""
    of = settings()
    cut = charging(18, watch=a_watch(cut_a=12), commanded_a=18)
    run = restarted(of, a_state(of, house_a=14, a=cut))
    assert run.read(34).commands == (StartCharging(charger_id="a", current_a=16),)
    run.now = 3
    run.read(34 - 2)
    assert run["a"].watch is None


def test_charger_that_its_own_sensor_accused_is_withdrawn_by_it_after_a_restart() -> None:
    """A cut that the car's sensor saw ignored is still under watch, and then seen obeyed."""
    of = settings()
    known = charging(10, watch=a_watch(cut_a=10), is_unresponsive=True)
    run = restarted(of, a_state(of, house_a=12, a=known))
    run.decide(
        reading=Reading(current_a=(28.0,), at=0.0), cars={"a": CarReading(at=0.0, current_a=16.0)}
    )
    assert run["a"].is_unresponsive
    run.now = 4
    run.decide(
        reading=Reading(current_a=(22.0,), at=4.0), cars={"a": CarReading(at=4.0, current_a=10.0)}
    )
    assert run.news == [News(type=NewsType.CHARGER_RECOVERED, charger_id="a")]
    assert not run["a"].is_unresponsive


def test_lost_meter_does_not_end_the_watch_of_an_unresponsive_charger() -> None:
    """A meter that comes late after a restart shows at once that the charger still draws."""
    of = settings()
    known = charging(0, watch=a_watch(WatchStep.STOP, cut_a=10), is_unresponsive=True)
    run = restarted(of, a_state(of, house_a=DEAF_A, a=known))
    run.decide()
    assert run.sleep(100) == [(60, StopCharging(charger_id="a"))]
    assert run.read(DEAF_A).commands == (StopCharging(charger_id="a"),)


def test_question_that_was_under_way_does_not_keep_a_charger_down() -> None:
    """A small cut to make the meter speak ends with the run that made it (accident 14)."""
    of = settings()
    asked = charging(17, probe=Probe(ceiling_a=17, asked_at=45.0, wait_s=30.0))
    run = restarted(of, a_state(of, house_a=12, a=asked))
    assert run.read(29).commands == (StartCharging(charger_id="a", current_a=17),)
    run.listen(12, 29)
    assert run.targets == {"a": 20}


def test_rhythm_of_the_meter_is_known_after_a_restart() -> None:
    """A meter that freezes after the start is lost after three periods and 5 s (accident 9)."""
    of = settings()
    run = restarted(of, replace(a_state(of, house_a=12, a=20), meter_timing=a_meter()))
    run.read(32)
    run.sleep(34)
    assert run.state.meter_status is MeterStatus.AVAILABLE
    run.sleep(1)
    assert run.state.meter_status is MeterStatus.UNAVAILABLE


def test_value_of_a_meter_that_froze_before_a_reload_is_no_reading() -> None:
    """What stands for longer than the meter is ever silent says nothing of now (accident 9)."""
    of = settings()
    run = restarted(of, replace(a_state(of, house_a=12, a=20), meter_timing=a_meter()))
    run.read(32, at=-36.0)
    assert run.state.meter_status is MeterStatus.AWAITED
    run.read(32, at=-34.0)
    assert run.state.meter_status is MeterStatus.AVAILABLE


def test_period_stands_until_enough_reports_of_the_new_run_are_heard() -> None:
    """A meter that was set to another period meanwhile is followed."""
    of = settings()
    run = restarted(of, replace(a_state(of, house_a=12, a=20), meter_timing=a_meter()))
    run.read(32)
    run.listen(20, 32, every_s=5)
    assert run.state.meter_timing.period_s == 10
    run.listen(5, 32, every_s=5)
    assert run.state.meter_timing.period_s == 5
    assert is_regular(run.state.meter_timing, run.now)


def test_meter_that_was_lost_must_prove_itself_anew() -> None:
    """Only the first report of a run takes up the last one's rhythm, not one after a loss."""
    of = settings()
    run = restarted(of, replace(a_state(of, house_a=12, a=20), meter_timing=a_meter()))
    run.read(32)
    run.now = 10
    run.lose_meter()
    run.now = 20
    run.read(32)
    assert not is_regular(run.state.meter_timing, run.now)


@pytest.mark.parametrize(
    ("timing", "status", "at", "is_expected"),
    [
        pytest.param(a_meter(), "available", 50, True, id="in a rhythm"),
        pytest.param(a_meter(), "unavailable", 50, False, id="lost"),
        pytest.param(a_meter(heard_since=0.0), "available", 299, False, id="heard for too short"),
        pytest.param(a_meter(heard_since=0.0), "available", 300, True, id="heard for long"),
        pytest.param(a_meter(irregular_at=40.0), "available", 50, False, id="irregular lately"),
        pytest.param(a_meter(period_s=301.0), "available", 50, False, id="too rare"),
        pytest.param(MeterTiming(), "awaited", 50, False, id="never heard"),
    ],
)
def test_meter_is_regular_after_a_restart_if_it_was_before(
    timing: MeterTiming, status: str, at: float, *, is_expected: bool
) -> None:
    """A restart makes no meter regular, and takes it from none."""
    of = settings()
    state = replace(a_state(of), meter_status=MeterStatus(status), meter_timing=timing)
    assert is_regular(recall(of, remember(of, state, at), 7).meter_timing, 7) is is_expected


def test_irregular_meter_is_irregular_for_the_time_that_was_left() -> None:
    """A restart is no way to be called regular sooner."""
    of = settings()
    state = replace(a_state(of), meter_timing=a_meter(irregular_at=50.0))
    timing = recall(of, remember(of, state, 650.0), 7.0).meter_timing
    assert not is_regular(timing, 7 + IRREGULAR_S - 601)
    assert is_regular(timing, 7 + IRREGULAR_S - 600)


def test_delay_of_the_meter_is_known_after_a_restart() -> None:
    """What was learned of it is not learned anew, and one quick answer does not undo it."""
    of = settings()
    timing = a_meter(answers_s=(1.0, 8.0, 9.0, 8.0), delay_s=8.0)
    memory = remember(of, replace(a_state(of), meter_timing=timing), 50)
    assert memory.meter.answers_s == (1.0, 8.0, 9.0, 8.0)
    after = recall(of, memory, 7).meter_timing
    assert (after.answers_s, after.delay_s) == ((1.0, 8.0, 9.0, 8.0), 8.0)


def test_nothing_is_known_of_a_meter_without_a_memory() -> None:
    """A new meter is learned from the beginning."""
    assert recall_meter(MeterMemory(), 7) == MeterTiming()
    assert MeterTiming().delay_s == DEFAULT_METER_DELAY_S


@pytest.mark.parametrize(
    ("change", "is_news"),
    [
        pytest.param({}, False, id="nothing"),
        pytest.param({"raised_at": 5.0}, False, id="the last raise's moment"),
        pytest.param({"target_a": 12}, True, id="another target"),
        pytest.param({"commanded_a": 12}, True, id="another current got through"),
        pytest.param({"offers": (an_offer(10), an_offer(12))}, True, id="a command under way"),
        pytest.param({"hold_until": 30.0}, True, id="a hold"),
        pytest.param({"limit": Limit(current_a=9, until=60.0)}, True, id="a limit"),
        pytest.param(
            {"unshown": Unshown(low_a=0, reading_a=None, since=0.0)}, True, id="an unshown raise"
        ),
        pytest.param({"start_wait": StartWait(stops=1)}, True, id="an overload stop"),
        pytest.param({"is_stopped_by_loss": True}, True, id="stopped by a loss"),
        pytest.param({"watch": a_watch(cut_a=10)}, False, id="a cut still to be judged"),
        pytest.param(
            {"watch": a_watch(WatchStep.MINIMUM, cut_a=10)}, True, id="a step of the ladder"
        ),
        pytest.param({"is_unresponsive": True}, True, id="unresponsive"),
        pytest.param({"probe": Probe(asked_at=5.0, wait_s=30.0)}, False, id="a question"),
    ],
)
def test_only_what_a_new_run_must_know_is_worth_saving(
    change: dict[str, Any], *, is_news: bool
) -> None:
    """The store is not written for every reading."""
    of = settings()
    before = a_state(of, a=10)
    after = replace(before, chargers={"a": replace(before.chargers["a"], **change)})
    assert has_news_for_memory(before, after) is is_news
    assert not has_news_for_memory(before, before)


@pytest.mark.parametrize(
    ("timing", "is_news"),
    [
        pytest.param(a_meter(), False, id="the same"),
        pytest.param(a_meter(period_s=10.003), False, id="a period that moves by some ms"),
        pytest.param(a_meter(irregular_at=90.0), True, id="out of its rhythm"),
        pytest.param(a_meter(answers_s=(8.0,), delay_s=8.0), True, id="another delay"),
        pytest.param(a_meter(answers_s=(2.1,), delay_s=2.1), False, id="nearly the same delay"),
    ],
)
def test_meter_is_worth_saving_only_for_its_rhythm_or_delay(
    timing: MeterTiming, *, is_news: bool
) -> None:
    """A meter that reports every second does not wear out the disk."""
    of = settings()
    before = replace(a_state(of, a=10), meter_timing=a_meter())
    reading = Reading(current_a=(10.0,), at=100.0)
    after = replace(before, meter_timing=timing, reading=reading)
    assert has_news_for_memory(before, after) is is_news


def test_meter_that_has_been_heard_for_long_enough_is_worth_saving() -> None:
    """Time alone makes a meter regular: a perfect one changes nothing else."""
    of = settings()
    before = replace(a_state(of, a=10, read_at=290.0), meter_timing=a_meter(heard_since=0.0))
    after = replace(before, reading=Reading(current_a=(10.0,), at=300.0))
    assert has_news_for_memory(before, after)


def test_charger_that_was_added_is_worth_saving() -> None:
    """A new charger is known to the next run."""
    of = settings()
    before = a_state(of, a=10)
    assert has_news_for_memory(before, a_state(settings(a_charger("a"), a_charger("b")), a=10))


@given(data=st.data(), of=all_settings())
@examples(max_examples=200, deadline=None)
def test_restart_forgets_no_command_and_no_wait(data: st.DataObject, of: Settings) -> None:
    """What may be in force stays so, nothing is resumed higher than it was, holds go on."""
    now = 1000.0
    before = data.draw(states(of, now))
    after = recall(of, remember(of, before, now), 7.0)
    assert after.chargers.keys() == {charger.charger_id for charger in of.chargers}
    for charger in of.chargers:
        was, known = before.chargers.get(charger.charger_id), after.chargers[charger.charger_id]
        assert known.resume_a is not None
        if was is None or is_unknown(was.offers):
            continue
        offers = in_force(was.offers, now, of.window_s(charger))
        assert {offer.current_a for offer in offers} == {offer.current_a for offer in known.offers}
        assert known.resume_a <= min(was.commanded_a, was.target_a)
        if was.hold_until is not None and was.hold_until > now:
            left_s = min(was.hold_until - now, of.site.ramp_up_time_s)
            assert known.hold_until == pytest.approx(7 + left_s) or left_s == 0
