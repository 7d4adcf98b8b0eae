"""The whole decision: what must hold however strange what comes in is, and in whatever order."""

from collections.abc import Mapping
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.allocate.ceiling import UserLimit
from custom_components.ev_lb.balancing.balancer import decide
from custom_components.ev_lb.balancing.increases.hold import Hold
from custom_components.ev_lb.balancing.increases.overload import deadband_a
from custom_components.ev_lb.balancing.model import (
    BalancerEvent,
    BalancerState,
    ChargerView,
    Delivered,
    EventType,
    LimitedBy,
    MeterFault,
    MeterStatus,
    Reading,
    SetCurrent,
    TemporaryLimit,
    View,
)
from custom_components.ev_lb.balancing.settings import ChargerSettings, UnavailableBehavior
from custom_components.ev_lb.balancing.state import ChargerState

from ..explore import examples
from .builders import Run, a_charger, a_state, charging, settings
from .strategies import Journey, Step

TOLERANCE_A = 1e-3


def told_a(step: Step, charger: ChargerState) -> int:
    """Return the highest of our own commands that may be in force for a charger."""
    items = charger.setpoints.in_force(step.now, step.after.window_s(charger))
    return max((item.current_a for item in items if not item.is_assumed), default=0)


def room_a(step: Step, *, with_deadband: bool = False) -> tuple[float, ...]:
    """Return what the house leaves of each limit, never more than all of it."""
    limits, load_a = step.settings.limits, step.after.house.load_a
    if step.after.meter.status is not MeterStatus.AVAILABLE or load_a is None:
        return tuple(limit.in_force_a for limit in limits)
    return tuple(
        limit.in_force_a - max(house_a, 0.0) + (deadband_a(limit) if with_deadband else 0.0)
        for limit, house_a in zip(limits, load_a, strict=True)
    )


def together_a(step: Step, currents_a: Mapping[str, float]) -> list[float]:
    """Return the sum of our chargers' currents, per phase that their cars may be on."""
    sums_a = [0.0] * step.settings.site.phase_count
    for charger in step.ours():
        for phase in step.after.chargers[charger.charger_id].phases:
            sums_a[phase] += currents_a[charger.charger_id]
    return sums_a


def check_same_input_same_decision(step: Step) -> None:
    """The decision depends on what it is given alone."""
    again = decide(step.settings, deepcopy(step.before), step.inputs, step.now)
    assert again == step.decision


def check_wake_is_later(step: Step) -> None:
    """The core never asks to be called again at once: that would be an endless loop."""
    assert step.decision.wake_at is None or step.decision.wake_at > step.now


def is_found_charging(known: ChargerState) -> bool:
    """Return whether a charger that we know nothing of keeps the minimum that it draws already.

    Its draw is the house's in the reading: to keep it there is no raise.
    """
    is_minimum = known.target_a == known.settings.min_ev_current_a
    return known.setpoints.is_unknown and known.sensor.is_charging and is_minimum


def check_what_is_given_fits(step: Step) -> None:
    """What the cars are to have fits beside the house, but for the meter's own error."""
    targets_a = {
        key: 0 if is_found_charging(known) else known.target_a
        for key, known in step.after.chargers.items()
    }
    free_a = room_a(step, with_deadband=True)
    for given_a, most_a in zip(together_a(step, targets_a), free_a, strict=True):
        assert given_a == 0 or given_a <= most_a + TOLERANCE_A


def check_raise_fits_beside_the_most(step: Step) -> None:
    """More is granted only if it fits though every charger still takes the most it was told.

    A cut that is under way cannot be undone; but nobody is given what another has not let go.
    """
    ours = [step.after.chargers[charger.charger_id] for charger in step.ours()]
    together = together_a(step, {each.charger_id: told_a(step, each) for each in ours})
    for charger in ours:
        latest, earlier = charger.setpoints.items[-1], charger.setpoints.items[:-1]
        before_a = max((item.current_a for item in earlier if not item.is_assumed), default=0)
        is_raised = latest.sent_at == step.now and latest.current_a > before_a
        if is_raised and not is_found_charging(charger):
            for phase in charger.phases:
                assert together[phase] <= room_a(step)[phase] + TOLERANCE_A


def check_current_is_none_or_from_minimum_to_maximum(
    step: Step, charger: ChargerSettings, known: ChargerState
) -> None:
    """A charger is never left between 0 A and its minimum, nor above its maximum or limit."""
    most_a = min(charger.max_charger_current_a, charger.rated_current_a)
    if (limit := step.decision.view.chargers[charger.charger_id].limit) is not None:
        most_a = min(most_a, limit.current_a)
    assert known.target_a == 0 or charger.min_ev_current_a <= known.target_a <= most_a


def check_change_is_sent(step: Step, sent: Mapping[str, int], known: ChargerState) -> None:
    """No reduction is ever put off, nor is a raise once it is decided."""
    if known.target_a != step.before.chargers[known.charger_id].target_a:
        assert sent[known.charger_id] == known.target_a


def check_waits_are_kept(step: Step, charger: ChargerSettings, known: ChargerState) -> None:
    """No charger gets more while its hold or its command interval runs, whoever else waits."""
    was = step.before.chargers[charger.charger_id]
    raised_at = was.evidence.raised_at
    is_too_soon = raised_at is not None and step.now < raised_at + charger.command_interval_s
    if was.hold.is_running(step.now) or is_too_soon:
        assert known.target_a <= was.target_a


def check_first_command(step: Step, sent: Mapping[str, int], known: ChargerState) -> None:
    """A restart raises nothing, and is told, but where a second reading may allow to go on."""
    was = step.before.chargers.get(known.charger_id)
    if was is None or was.setpoints.resume_a is None:
        return
    is_waiting = known.allocation.limited_by is LimitedBy.CONFIRMATION
    assert known.charger_id in sent or (is_waiting and known.target_a == 0)
    assert sent.get(known.charger_id, 0) <= was.setpoints.resume_a


def check_commands(step: Step) -> None:
    """Each charger gets one command at most, and only ours do; nobody before the first reading."""
    sent = [command.charger_id for command in step.decision.commands]
    assert len(sent) == len(set(sent))
    assert set(sent) <= {charger.charger_id for charger in step.ours()}
    if step.after.meter.status is MeterStatus.AWAITED:
        assert sent == []


def check_stop_mode(step: Step) -> None:
    """With `stop`, no car charges while nobody knows what the house draws."""
    is_stop = step.settings.site.unavailable_behavior is UnavailableBehavior.STOP
    if is_stop and step.after.meter.status is MeterStatus.UNAVAILABLE:
        assert {step.after.chargers[each.charger_id].target_a for each in step.ours()} <= {0}


@given(journey=st.builds(Journey, st.data()))
@examples(200)
def test_whatever_happens_every_decision_keeps_its_promises(journey: Journey) -> None:
    """However strange what comes is: nothing is overloaded, put off, repeated or left between."""
    for step in journey:
        check_same_input_same_decision(step)
        check_wake_is_later(step)
        check_commands(step)
        if step.after.meter.status is MeterStatus.AWAITED:
            continue
        check_what_is_given_fits(step)
        check_raise_fits_beside_the_most(step)
        check_stop_mode(step)
        sent = {command.charger_id: command.current_a for command in step.decision.commands}
        for charger in step.ours():
            known = step.after.chargers[charger.charger_id]
            check_current_is_none_or_from_minimum_to_maximum(step, charger, known)
            check_first_command(step, sent, known)
            if step.was_ours(charger):
                check_change_is_sent(step, sent, known)
                check_waits_are_kept(step, charger, known)


def test_commanded_current_is_what_got_through() -> None:
    """`current_set` shows what the charger was told with success, not what we want."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=1, is_delivering=False)
    decision = run.read(42)
    assert (run["a"].target_a, decision.view.chargers["a"].setpoint_a) == (10, 20)
    run.now = 3
    decision = run.deliver(*decision.commands, sent_at=1)
    assert (run["a"].target_a, decision.view.chargers["a"].setpoint_a) == (10, 10)


def test_all_that_is_shown_of_a_site() -> None:
    """What the entities show is one value: where it stays equal, nothing is written."""
    of = settings(meter_delay_s=4.0)
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    shown = View(
        meter_status=MeterStatus.AVAILABLE,
        meter_fault=None,
        available_a=(-5.0,),
        house_load_a=(17.0,),
        over_since=(1,),
        meter_period_s=None,
        meter_delay_s=4.0,
        chargers={
            "a": ChargerView(
                target_a=15,
                setpoint_a=20,
                balancer_state=BalancerState.ADJUSTING,
                limited_by=LimitedBy.HEADROOM,
                is_unresponsive=False,
                limit=None,
                limit_name="L1",
                has_car_left=False,
            )
        },
    )
    assert run.read(37).view == shown


def test_nothing_is_shown_of_a_house_that_nobody_has_read() -> None:
    """Before the first reading there is no house load, and no free current."""
    run = Run(settings())
    shown = run.decide().view
    assert (shown.meter_status, shown.available_a, shown.house_load_a) == (
        MeterStatus.AWAITED,
        None,
        None,
    )
    assert shown.chargers["a"].limited_by is LimitedBy.WAITING_FOR_METER


def test_deliveries_that_belong_to_nothing_change_nothing() -> None:
    """A delivery of a removed charger, or of a command long forgotten, does no harm."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    run.read(32)
    before = deepcopy(run["a"].setpoints)
    run.decide(
        delivered=(
            Delivered(charger_id="gone", sent_at=0.5, at=1.0),
            Delivered(charger_id="a", sent_at=0.5, at=1.0),
        )
    )
    assert run["a"].setpoints == before


@pytest.mark.parametrize(
    ("had_a", "hold_s", "limit_s", "wake_at"),
    [
        pytest.param(6, 20, 50, 20, id="a hold"),
        pytest.param(6, 50, 20, 20, id="a limit"),
        pytest.param(8, 990, 980, 900 - 60, id="a probe of the meter"),
        pytest.param(6, 990, 980, 900, id="the meter's timeout"),
    ],
)
def test_core_asks_for_the_first_moment_that_matters(
    had_a: int, hold_s: float, limit_s: float, wake_at: float
) -> None:
    """One timer is enough: it is set to what ends first."""
    of = settings()
    limit = UserLimit(in_force=TemporaryLimit(current_a=10, until=limit_s))
    known = charging(had_a, hold=Hold(until=hold_s), limit=limit)
    run = Run(of, a_state(of, house_a=12, a=known))
    decision = run.read(12 + had_a)
    run.now = 10
    assert decision.wake_at == 10  # the reading stands for a second one from then on
    assert run.decide().wake_at == wake_at


def test_all_that_comes_in_one_turn_is_decided_once() -> None:
    """A delivery, a limit and a reading of one turn make one decision (accident 5)."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=1, is_delivering=False)
    (cut,) = run.read(37).commands
    run.now = 5
    decision = run.decide(
        reading=Reading(current_a=(40.0,), at=5.0),
        delivered=(Delivered(charger_id=cut.charger_id, sent_at=1.0, at=1.0),),
        limits={"a": TemporaryLimit(current_a=6, until=60.0)},
    )
    assert decision.commands == (SetCurrent(charger_id="a", current_a=6),)
    assert decision.view.house_load_a == (20,)
    assert decision.view.chargers["a"].setpoint_a == 15


def test_meter_is_told_before_what_it_means_for_the_chargers() -> None:
    """The events come in the order in which one understands them."""
    of = settings(a_charger(fallback_a=8), unavailable_behavior=UnavailableBehavior.SET_CURRENT)
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    lost = BalancerEvent(type=EventType.METER_UNAVAILABLE, data={"reason": str(MeterFault.MISSING)})
    fallback = BalancerEvent(
        type=EventType.FALLBACK_ACTIVATED, charger_id="a", data={"fallback_current_a": 8}
    )
    assert run.lose_meter().events == (lost, fallback)


def test_failed_call_is_noted_for_its_charger_alone() -> None:
    """A failed call is known of its charger, and of no other; one of a removed charger is lost."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, house_a=4, a=14, b=14), now=1, is_delivering=False)
    cuts = run.read(40).commands
    run.now = 2
    run.fail(cuts[1], SetCurrent(charger_id="gone", current_a=6), sent_at=1)
    assert [run[key].setpoints.items[-1].failures for key in "ab"] == [0, 1]
