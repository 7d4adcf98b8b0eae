"""What a new run must know of the last one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.allocate.ceiling import UserLimit
from custom_components.ev_lb.balancing.commanding import Allocation
from custom_components.ev_lb.balancing.estimate.setpoints import Setpoint, Setpoints
from custom_components.ev_lb.balancing.increases.hold import Hold
from custom_components.ev_lb.balancing.increases.start_budget import BUCKET, StartBudget
from custom_components.ev_lb.balancing.memory import (
    ChargerMemory,
    Memory,
    MeterMemory,
    aged,
    recall,
    recall_meter,
    remember,
    shifted,
)
from custom_components.ev_lb.balancing.meter.availability import Meter
from custom_components.ev_lb.balancing.meter.timing import IRREGULAR_S, MeterTiming
from custom_components.ev_lb.balancing.model import (
    BalancerEvent,
    EventType,
    LimitedBy,
    MeterStatus,
    Reading,
    SetCurrent,
    StartCharging,
    StopCharging,
    TemporaryLimit,
)
from custom_components.ev_lb.balancing.settings import Settings
from custom_components.ev_lb.balancing.state import ChargerState, State
from custom_components.ev_lb.balancing.supervise.compliance import Compliance
from custom_components.ev_lb.balancing.supervise.evidence import Cut, Evidence, Raise
from custom_components.ev_lb.balancing.supervise.probes import Probe

from ..explore import examples
from .builders import Run, a_charger, a_setpoint, a_state, charging, settings
from .strategies import all_settings, states


def recalled(of: Settings, state: State, *, at: float = 50.0, now: float = 0.0) -> State:
    """Return what a new run begins with after one that ended at a moment of its own clock."""
    return recall(of, shifted(remember(of, state), -at), now)


def recalled_charger(known: ChargerState, *, at: float = 50.0, now: float = 7.0) -> ChargerState:
    """Return what is known of the one charger of a new run."""
    of = settings()
    return recalled(of, a_state(of, a=known), at=at, now=now).chargers["a"]


def restarted(of: Settings, state: State, *, at: float = 50.0) -> Run:
    """Return a new run after one that ended with this state; its clock begins anew."""
    return Run(of, recalled(of, state, at=at), now=0.0)


DEAF_A = 42
"""A house of 12 A, and a car that draws 30 A whatever it is told."""


def a_meter(**others: Any) -> MeterTiming:
    """Return a meter that has reported every 10 s for long."""
    return MeterTiming(**{"period_s": 10.0, "gaps_s": [10.0] * 9, "heard_since": -1000.0} | others)


def a_memory(**others: Any) -> ChargerMemory:
    """Return the memory of a charger at 10 A."""
    return ChargerMemory(
        **{"is_known": True, "told_a": (10,), "current_a": 10, "target_a": 10} | others
    )


def deaf() -> ChargerState:
    """Return a charger that went on after its stop, and was called unresponsive for it."""
    return charging(
        0,
        evidence=Evidence(cut=Cut(cut_a=10, sent_at=0.0, has_drawn=True, highest_a=[42.0])),
        compliance=Compliance(is_unresponsive=True),
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
    assert run["a"].allocation.limited_by is LimitedBy.WAITING_FOR_METER


@pytest.mark.parametrize(
    ("commanded_a", "target_a"),
    [pytest.param(10, 16, id="a raise under way"), pytest.param(16, 10, id="a cut under way")],
)
def test_lower_of_two_currents_is_resumed(commanded_a: int, target_a: int) -> None:
    """Where a change was under way, the run goes on with the lower, and both may be in force."""
    items = [a_setpoint(commanded_a), a_setpoint(target_a, sent_at=49, delivered=False)]
    known = charging(target_a, setpoints=Setpoints(items=items, current_a=commanded_a))
    after = recalled_charger(known)
    assert after.setpoints == Setpoints.known((commanded_a, target_a), commanded_a, resume_a=10)
    assert after.target_a == 10


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
    state = a_state(of, house_a=2, a=charging(10, hold=Hold(until=75.0)))
    run = restarted(of, state, at=50)
    run.read(12)
    run.read(12)
    assert run.sleep(50) == [(25, SetCurrent(charger_id="a", current_a=30))]


@pytest.mark.parametrize(
    ("held_until", "after"),
    [
        pytest.param(60.0, Hold(until=17.0), id="what was left"),
        pytest.param(9999.0, Hold(until=37.0), id="no longer than the ramp-up time"),
        pytest.param(20.0, Hold(), id="over"),
        pytest.param(None, Hold(), id="none"),
    ],
)
def test_hold_is_what_was_left_of_it(held_until: float | None, after: Hold) -> None:
    """A clock that jumped, or a time that was lowered meanwhile, holds nobody for hours."""
    assert recalled_charger(charging(10, hold=Hold(until=held_until))).hold == after


def test_limit_survives_a_restart() -> None:
    """A temporary limit ends when it would have."""
    limit = UserLimit(in_force=TemporaryLimit(current_a=10, until=650.0))
    assert recalled_charger(charging(10, limit=limit)).limit == UserLimit(
        in_force=TemporaryLimit(current_a=10, until=607.0)
    )


@pytest.mark.parametrize(("away_s", "is_in_force"), [(59, True), (60, False)])
def test_limit_that_ended_meanwhile_is_gone(away_s: float, *, is_in_force: bool) -> None:
    """The store counts the time that Home Assistant was away."""
    of = settings()
    memory = Memory(chargers={"a": a_memory(limit_a=10, limited_until=60.0)})
    after = recall(of, aged(memory, away_s), 0).chargers["a"].limit
    expected = TemporaryLimit(current_a=10, until=1.0) if is_in_force else None
    assert after == UserLimit(in_force=expected)


def test_time_away_counts_for_every_wait_but_a_hold() -> None:
    """What the house did while nobody looked is unknown."""
    memory = Memory(
        chargers={
            "a": a_memory(
                held_until=20.0,
                raised_at=-100.0,
                limited_until=50.0,
                starts_counted_at=-10.0,
                minimum_until=90.0,
            )
        },
        meter=MeterMemory(irregular_at=-5.0),
    )
    assert aged(memory, 60) == Memory(
        chargers={
            "a": a_memory(
                held_until=20.0,
                raised_at=-160.0,
                limited_until=-10.0,
                starts_counted_at=-70.0,
                minimum_until=30.0,
            )
        },
        meter=MeterMemory(irregular_at=-65.0),
    )


@pytest.mark.parametrize("raised_at", [None, 20.0])
def test_command_interval_survives_a_restart(raised_at: float | None) -> None:
    """A restart is no way round it: the time since the last raise counts on."""
    after = recalled_charger(charging(10, evidence=Evidence(raised_at=raised_at)))
    assert after.evidence.raised_at == (None if raised_at is None else 7 - 30)


def test_start_budget_survives_a_restart() -> None:
    """A restart is no way to more starts."""
    known = charging(0, budget=StartBudget(left=1.5, counted_at=40.0, is_stopped=True))
    after = recalled_charger(known)
    assert after.budget == StartBudget(left=1.5, counted_at=-3.0, is_stopped=True)


def test_charger_stopped_by_an_overload_is_told_as_resumed_after_the_restart() -> None:
    """Its next start is news."""
    known = charging(0, allocation=Allocation(is_start_told=True))
    assert recalled_charger(known).allocation == Allocation(is_start_told=True)


def test_unconfirmed_raise_is_still_unconfirmed_after_a_restart() -> None:
    """A car that had not begun to charge is not taken for one that does."""
    known = charging(16, evidence=Evidence(raise_=Raise(low_a=0, sent_at=40.0)))
    assert recalled_charger(known).evidence == Evidence(raise_=Raise(low_a=0, sent_at=7.0))


@pytest.mark.parametrize(
    ("has_a", "has_drawn", "is_open"),
    [
        pytest.param(0, True, True, id="a stop"),
        pytest.param(0, False, False, id="a stop of a car that was never seen"),
        pytest.param(10, True, False, id="a cut: it may be followed while nobody looks"),
    ],
)
def test_stop_that_the_meter_has_not_shown_is_remembered(
    has_a: int, *, has_drawn: bool, is_open: bool
) -> None:
    """What was to be judged, by how much the meter must fall, and from what."""
    cut = Cut(cut_a=12, sent_at=40.0, has_drawn=has_drawn, highest_a=[42.0])
    expected = Cut(cut_a=12, sent_at=7.0, has_drawn=True, highest_a=[42.0]) if is_open else None
    assert recalled_charger(charging(has_a, evidence=Evidence(cut=cut))).evidence.cut == expected


def test_who_did_not_follow_is_known_after_a_restart() -> None:
    """And how it starts."""
    compliance = Compliance(is_unresponsive=True, exceeded_starts=2, minimum_until=650.0)
    assert recalled_charger(charging(0, compliance=compliance)).compliance == Compliance(
        is_unresponsive=True, exceeded_starts=2, minimum_until=607.0
    )


def test_charger_without_a_memory_is_unknown() -> None:
    """Where nothing was stored, the charger may draw anything up to its rating."""
    of = settings(a_charger("a", max_a=16))
    known = recall(of, Memory(), 0).chargers["a"]
    assert known == ChargerState(settings=of.chargers[0], setpoints=Setpoints.unknown(16))


def test_unknown_charger_stays_unknown_but_keeps_its_waits() -> None:
    """A restart before the first command has settled knows no more than before."""
    of = settings(a_charger("a", max_a=16))
    memory = a_memory(
        is_known=False, told_a=(8,), current_a=0, held_until=20.0, limit_a=6, limited_until=60.0
    )
    known = recall(of, Memory(chargers={"a": memory}), 0).chargers["a"]
    assert known.setpoints == Setpoints.unknown(16)
    assert (known.hold, known.limit.in_force) == (
        Hold(until=20.0),
        TemporaryLimit(current_a=6, until=60.0),
    )


def test_what_a_charger_may_be_doing_is_not_taken_for_a_command() -> None:
    """Only what we told it is remembered as told."""
    known = charging(0, setpoints=Setpoints.unknown(16))
    known.setpoints.on_sent(8, 40.0)
    memory = remember(settings(), a_state(settings(), a=known)).chargers["a"]
    assert (memory.is_known, memory.told_a) == (False, (8,))


def test_only_chargers_of_the_site_are_remembered() -> None:
    """A removed charger leaves nothing behind; one that was added has nothing yet."""
    of = settings(a_charger("a"), a_charger("b"))
    state = a_state(of, a=10)
    state.chargers = {"a": charging(10), "gone": charging(6)}
    assert remember(of, state).chargers.keys() == {"a"}


def test_charger_that_went_on_after_a_stop_is_told_again_after_a_restart() -> None:
    """The stop is sent first, and again and again; it was reported already (accident 23)."""
    of = settings()
    run = restarted(of, a_state(of, house_a=DEAF_A, a=deaf()))
    assert run["a"].compliance.is_unresponsive
    assert run.read(DEAF_A).commands == (StopCharging(charger_id="a"),)
    sent = run.listen(160, DEAF_A)
    assert [at for at, _ in sent] == [12, 24, 36, 48, 108]
    assert run["a"].compliance.is_unresponsive
    assert run.events == []


def test_charger_that_follows_after_a_restart_is_free_again() -> None:
    """It is told as recovered at the first stop that is seen followed, and charges again."""
    of = settings()
    run = restarted(of, a_state(of, house_a=DEAF_A, a=deaf()))
    run.read(DEAF_A)
    run.now = 3
    run.read(12)
    assert run.events == [BalancerEvent(type=EventType.CHARGER_RECOVERED, charger_id="a")]
    assert (run["a"].evidence.cut, run["a"].compliance) == (None, Compliance())
    run.listen(60, 12)
    assert run.targets["a"] > 0


def test_probe_that_was_under_way_does_not_keep_a_charger_down() -> None:
    """A small cut to make the meter speak ends with the run that made it (accident 14)."""
    of = settings()
    asked = charging(17, probe=Probe(ceiling_a=17, asked_at=45.0, wait_s=30.0))
    run = restarted(of, a_state(of, house_a=12, a=asked))
    assert run.read(29).commands == (StartCharging(charger_id="a", current_a=17),)
    run.listen(12, 29)
    assert run.targets == {"a": 20}


def heard(**others: Any) -> State:
    """Return a site whose meter has reported for long."""
    state = a_state(settings(), house_a=12, a=20)
    state.timing = a_meter(**others)
    return state


def test_rhythm_of_the_meter_is_known_after_a_restart() -> None:
    """A meter that freezes after the start is lost after three periods and 5 s (accident 9)."""
    run = restarted(settings(), heard())
    run.read(32)
    run.sleep(32)
    assert run.state.meter.status is MeterStatus.AVAILABLE
    run.sleep(8)  # the period is kept in steps of a quarter, rounded up
    assert run.state.meter.status is MeterStatus.UNAVAILABLE


def test_value_of_a_meter_that_froze_before_a_reload_is_no_reading() -> None:
    """What stands for longer than the meter is ever silent says nothing of now (accident 9)."""
    run = restarted(settings(), heard())
    run.read(32, at=-40.0)
    assert run.state.meter.status is MeterStatus.AWAITED
    run.read(32, at=-39.0)
    assert run.state.meter.status is MeterStatus.AVAILABLE


def test_period_stands_until_enough_reports_of_the_new_run_are_heard() -> None:
    """A meter that was set to another period meanwhile is followed."""
    run = restarted(settings(), heard())
    run.read(32)
    run.listen(20, 32, every_s=5)
    assert run.state.timing.period_s == pytest.approx(11.25, abs=1.25)
    run.listen(5, 32, every_s=5)
    assert run.state.timing.period_s == 5
    assert run.state.timing.is_regular(run.now)


@pytest.mark.parametrize(
    ("timing", "status", "read_at", "is_expected"),
    [
        pytest.param(a_meter(), "available", 50, True, id="in a rhythm"),
        pytest.param(a_meter(), "unavailable", 50, False, id="lost"),
        pytest.param(a_meter(heard_since=0.0), "available", 299, False, id="heard for too short"),
        pytest.param(a_meter(heard_since=0.0), "available", 300, True, id="heard for long"),
        pytest.param(a_meter(irregular_at=40.0), "available", 50, False, id="irregular lately"),
        pytest.param(a_meter(period_s=400.0), "available", 50, False, id="too rare"),
        pytest.param(MeterTiming(), "awaited", 50, False, id="never heard"),
    ],
)
def test_meter_is_regular_after_a_restart_if_it_was_before(
    timing: MeterTiming, status: str, read_at: float, *, is_expected: bool
) -> None:
    """A restart makes no meter regular, and takes it from none."""
    state = State(
        meter=Meter(status=MeterStatus(status), reading=Reading(current_a=(20.0,), at=read_at)),
        timing=timing,
    )
    assert recalled(settings(), state, at=read_at, now=7).timing.is_regular(7) is is_expected


def test_irregular_meter_is_irregular_for_the_time_that_was_left() -> None:
    """A restart is no way to be called regular sooner."""
    timing = recalled(settings(), heard(irregular_at=50.0), at=650.0, now=7.0).timing
    assert not timing.is_regular(7 + IRREGULAR_S - 601)
    assert timing.is_regular(7 + IRREGULAR_S - 600)


def test_meter_that_was_irregular_long_ago_is_forgiven() -> None:
    """What is older than an hour is not kept."""
    assert recall_meter(MeterMemory(irregular_at=-IRREGULAR_S), 0.0).irregular_at is None


def test_delay_of_the_meter_is_known_after_a_restart() -> None:
    """What was learned of it is not learned anew, and one quick answer does not undo it."""
    before = heard(answers_s=[1.0, 8.0, 9.0, 8.0])
    after = recalled(settings(), before, now=7)
    assert after.timing.answers_s == [1, 8, 9, 8]
    assert after.delay_s == before.timing.delay_s(None) == 8


def test_open_stop_outlives_a_site_of_more_phases() -> None:
    """The user says that there are three phases: what the stop must fall from is read anew."""
    before = settings(a_charger(max_a=16))
    cut = Cut(cut_a=16, sent_at=0, has_drawn=True, highest_a=[30.0])
    memory = remember(before, a_state(before, a=charging(0, evidence=Evidence(cut=cut))))
    after = settings(a_charger(max_a=16, phases=(0, 1, 2)), phase_count=3)
    run = Run(after, recall(after, memory, 0.0), now=0.0)
    run.read(20, 20, 20)
    assert run["a"].evidence.cut is not None


def test_phases_that_a_car_uses_are_remembered() -> None:
    """After a restart an overload on L3 still does not touch a car on L1."""
    of = settings(a_charger(phases=(0, 1, 2)), phase_count=3)
    state = a_state(of, a=10)
    state.chargers["a"].wiring.on_measured((0,))
    run = restarted(of, state)
    run.read(14, 4, 4)
    assert run["a"].phases == (0,)


def test_phases_of_a_car_that_was_stopped_for_long_are_not() -> None:
    """Another one may have come meanwhile."""
    of = settings(a_charger(phases=(0, 1, 2)), phase_count=3)
    state = a_state(of)
    state.chargers["a"].wiring.on_measured((0,))
    state.chargers["a"].wiring.on_time(is_stopped=True, status=None, now=40.0)
    memory = Memory.from_json(remember(of, state).to_json())
    run = Run(of, recall(of, aged(shifted(memory, -50.0), 700.0), 0.0), now=0.0)
    run.read(4, 4, 4)
    assert run["a"].phases == (0, 1, 2)


def test_nothing_is_known_of_a_meter_without_a_memory() -> None:
    """A new meter is learned from the beginning."""
    assert recall_meter(MeterMemory(), 7) == MeterTiming()


# What is worth writing down: a memory is compared with the one before


def changed(**records: Any) -> bool:
    """Return whether a charger at 10 A is remembered otherwise with these records."""
    of = settings()
    return remember(of, a_state(of, a=10)) != remember(of, a_state(of, a=charging(10, **records)))


@pytest.mark.parametrize(
    ("records", "is_new"),
    [
        pytest.param({}, False, id="nothing"),
        pytest.param({"probe": Probe(asked_at=5.0, wait_s=30.0)}, False, id="a probe"),
        pytest.param(
            {"evidence": Evidence(cut=Cut(cut_a=5, sent_at=0.0, has_drawn=True))},
            False,
            id="a cut still to be judged",
        ),
        pytest.param({"compliance": Compliance(repeats=3)}, False, id="repeats"),
        pytest.param({"evidence": Evidence(raised_at=5.0)}, True, id="a raise"),
        pytest.param(
            {"evidence": Evidence(raise_=Raise(low_a=0, sent_at=0.0))},
            True,
            id="an unconfirmed raise",
        ),
        pytest.param({"allocation": Allocation(target_a=12)}, True, id="another target"),
        pytest.param(
            {"setpoints": Setpoints(items=[a_setpoint(10)], current_a=12)},
            True,
            id="another current got through",
        ),
        pytest.param(
            {"setpoints": Setpoints(items=[a_setpoint(10), Setpoint(current_a=12)], current_a=10)},
            True,
            id="a command under way",
        ),
        pytest.param({"hold": Hold(until=30.0)}, True, id="a hold"),
        pytest.param(
            {"limit": UserLimit(in_force=TemporaryLimit(current_a=9, until=60.0))},
            True,
            id="a limit",
        ),
        pytest.param({"budget": StartBudget(is_stopped=True)}, True, id="an overload stop"),
        pytest.param({"budget": StartBudget(left=BUCKET - 1)}, True, id="a start"),
        pytest.param({"compliance": Compliance(is_unresponsive=True)}, True, id="unresponsive"),
    ],
)
def test_only_what_a_new_run_must_know_is_worth_saving(
    records: dict[str, Any], *, is_new: bool
) -> None:
    """The store is not written for every reading."""
    assert changed(**records) is is_new


@pytest.mark.parametrize(
    ("timing", "is_new"),
    [
        pytest.param(a_meter(), False, id="the same"),
        pytest.param(a_meter(period_s=10.003), False, id="a period that moves by some ms"),
        pytest.param(a_meter(period_s=20.0), True, id="another period"),
        pytest.param(a_meter(irregular_at=90.0), True, id="out of its rhythm"),
        pytest.param(a_meter(answers_s=[8.0]), True, id="an answer"),
    ],
)
def test_meter_is_worth_saving_only_for_its_rhythm_or_delay(
    timing: MeterTiming, *, is_new: bool
) -> None:
    """A meter that reports every second does not wear out the disk."""
    before, after = heard(), heard()
    after.timing = timing
    after.meter.reading = Reading(current_a=(10.0,), at=100.0)
    assert (remember(settings(), before) != remember(settings(), after)) is is_new


def test_stop_said_again_is_not_worth_saving() -> None:
    """An overload that stands for an hour does not write the disk each minute."""
    of = settings(meter_timeout_s=0.0)
    run = Run(of, a_state(of, house_a=40), now=0)
    run.read(40)
    run.sleep(100)
    before = remember(of, run.state)
    assert len(run.sleep(600)) > 5
    assert remember(of, run.state) == before


def test_memory_is_written_and_read_as_json() -> None:
    """What is read back is what was written."""
    of = settings(a_charger("a"), a_charger("b"))
    state = a_state(of, a=charging(10, hold=Hold(until=30.0)), b=deaf())
    state.timing = a_meter(answers_s=[3.0], irregular_at=5.0)
    memory = remember(of, state)
    assert Memory.from_json(json.loads(json.dumps(memory.to_json()))) == memory


def test_memory_of_an_older_version_is_read_as_far_as_it_goes() -> None:
    """What it lacks has its default; a charger of which it knows too little is unknown."""
    data = {
        "chargers": {
            "a": {"is_known": True, "told_a": [6], "current_a": 6, "target_a": 6},
            "b": {"is_known": True, "current_a": 6},
        }
    }
    expected = ChargerMemory(is_known=True, told_a=(6,), current_a=6, target_a=6)
    assert Memory.from_json(data) == Memory(chargers={"a": expected})
    assert Memory.from_json({}) == Memory()


def test_memory_of_a_newer_version_is_read_without_what_is_not_known() -> None:
    """A step back of the version loses nothing of what both know."""
    data = Memory(chargers={"a": a_memory()}, meter=MeterMemory(period_s=10.0)).to_json()
    data["chargers"]["a"]["new"] = data["meter"]["new"] = data["new"] = 1
    assert Memory.from_json(data) == Memory(
        chargers={"a": a_memory()}, meter=MeterMemory(period_s=10.0)
    )


@given(data=st.data(), of=all_settings())
@examples(200)
def test_restart_forgets_no_command_and_no_wait(data: st.DataObject, of: Settings) -> None:
    """What may be in force stays so, nothing is resumed higher than it was, holds go on."""
    now = 1000.0
    before = data.draw(states(of, now))
    after = recalled(of, before, at=now, now=7.0)
    assert after.chargers.keys() == {charger.charger_id for charger in of.chargers}
    for charger_id, was in before.chargers.items():
        known = after.chargers[charger_id]
        assert {item.current_a for item in was.setpoints.items} == {
            item.current_a for item in known.setpoints.items
        }
        assert known.setpoints.resume_a == min(was.setpoints.current_a, was.target_a)
        assert known.budget.left == was.budget.left
        if was.hold.is_running(now) and was.hold.until is not None:
            left_s = min(was.hold.until - now, of.site.ramp_up_time_s)
            assert known.hold.until == pytest.approx(7 + left_s)
