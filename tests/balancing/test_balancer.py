"""The whole decision: what must hold however strange what comes in is, and in whatever order."""

from collections.abc import Mapping
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.balancer import decide
from custom_components.ev_lb.balancing.intervals import in_force
from custom_components.ev_lb.balancing.model import (
    ChargerState,
    Delivered,
    Limit,
    MeterStatus,
    NewsType,
    Reading,
    SetCurrent,
)
from custom_components.ev_lb.balancing.settings import ChargerSettings, UnavailableBehavior

from .builders import Run, a_charger, a_state, charging, settings
from .strategies import Journey, Step

TOLERANCE_A = 1e-3
any_journey = st.builds(Journey, st.data())
many = examples(max_examples=100, deadline=None)


def told_a(step: Step, charger: ChargerSettings, known: ChargerState) -> int:
    """Return the highest of our own commands that may be in force for a charger."""
    offers = in_force(known.offers, step.now, step.in_force.window_s(charger))
    return max((offer.current_a for offer in offers if not offer.is_assumed), default=0)


def room_a(step: Step) -> tuple[float, ...]:
    """Return what the house leaves of the service current, never more than all of it."""
    limit_a = step.settings.site.service_current_a
    if step.after.meter_status is not MeterStatus.AVAILABLE or step.after.background_a is None:
        return (limit_a,) * step.settings.site.phase_count
    return tuple(limit_a - max(house_a, 0.0) for house_a in step.after.background_a)


def together_a(step: Step, currents_a: Mapping[str, float]) -> list[float]:
    """Return the sum of our chargers' currents, per phase."""
    sums_a = [0.0] * step.settings.site.phase_count
    for charger in step.ours():
        for phase in charger.phases:
            sums_a[phase] += currents_a[charger.charger_id]
    return sums_a


@given(journey=any_journey)
@many
def test_what_is_given_fits_beside_the_house(journey: Journey) -> None:
    """At every decision, what the cars are to have fits beside the house, and so does the rest."""
    for step in journey:
        if step.after.meter_status is MeterStatus.AWAITED:
            continue
        targets_a = {key: known.target_a for key, known in step.after.chargers.items()}
        for given_a, free_a in zip(together_a(step, targets_a), room_a(step), strict=True):
            assert given_a == 0 or given_a <= free_a + TOLERANCE_A


@given(journey=any_journey)
@many
def test_raise_only_when_all_may_take_their_most(journey: Journey) -> None:
    """More is granted only if it fits though every charger still takes the most it was told.

    A cut that is under way cannot be undone; but nobody is given what another has not let go.
    """
    for step in journey:
        known = step.after.chargers
        highest_a = {
            charger.charger_id: told_a(step, charger, known[charger.charger_id])
            for charger in step.ours()
        }
        together = together_a(step, highest_a)
        for charger in step.ours():
            latest = known[charger.charger_id].offers[-1]
            earlier = known[charger.charger_id].offers[:-1]
            before_a = max((item.current_a for item in earlier if not item.is_assumed), default=0)
            if latest.sent_at == step.now and latest.current_a > before_a:
                for phase in charger.phases:
                    assert together[phase] <= room_a(step)[phase] + TOLERANCE_A


@given(journey=any_journey)
@many
def test_current_is_none_or_from_minimum_to_maximum(journey: Journey) -> None:
    """A charger is never left between 0 A and its minimum, nor above its maximum or limit."""
    for step in journey:
        if step.after.meter_status is MeterStatus.AWAITED:
            continue
        for charger in step.ours():
            known = step.after.chargers[charger.charger_id]
            most_a = min(charger.max_charger_current_a, charger.rated_current_a)
            if known.limit is not None:
                most_a = min(most_a, known.limit.current_a)
            assert known.target_a == 0 or charger.min_ev_current_a <= known.target_a <= most_a


@given(journey=any_journey)
@many
def test_change_is_sent_in_the_decision_that_makes_it(journey: Journey) -> None:
    """No reduction is ever put off, and each charger gets one command at most, and only ours."""
    for step in journey:
        sent = {command.charger_id: command.current_a for command in step.decision.commands}
        assert len(sent) == len(step.decision.commands)
        assert sent.keys() <= {charger.charger_id for charger in step.ours()}
        for charger in step.ours():
            if step.was_ours(charger):
                was = step.before.chargers[charger.charger_id]
                now = step.after.chargers[charger.charger_id]
                if now.target_a != was.target_a:
                    assert sent[charger.charger_id] == now.target_a


@given(journey=any_journey)
@many
def test_nothing_rises_while_it_must_wait(journey: Journey) -> None:
    """No charger gets more while its hold or its command interval runs, whoever else waits."""
    for step in journey:
        for charger in step.ours():
            if not step.was_ours(charger):
                continue
            was = step.before.chargers[charger.charger_id]
            is_held = was.hold_until is not None and step.now < was.hold_until
            is_too_soon = (
                was.raised_at is not None and step.now < was.raised_at + charger.command_interval_s
            )
            if is_held or is_too_soon:
                assert step.after.chargers[charger.charger_id].target_a <= was.target_a


@given(journey=any_journey)
@many
def test_first_command_after_a_restart_is_what_it_had_or_less(journey: Journey) -> None:
    """A restart raises nothing, and the first decision is sent: the real state is unknown."""
    for step in journey:
        if step.after.meter_status is MeterStatus.AWAITED:
            assert step.decision.commands == ()
            continue
        sent = {command.charger_id: command.current_a for command in step.decision.commands}
        for charger in step.ours():
            was = step.before.chargers.get(charger.charger_id)
            if was is not None and was.resume_a is not None:
                assert sent[charger.charger_id] <= was.resume_a


@given(journey=any_journey)
@many
def test_wake_is_always_later_than_now(journey: Journey) -> None:
    """The core never asks to be called again at once: that would be an endless loop."""
    for step in journey:
        assert step.decision.wake_at is None or step.decision.wake_at > step.now


@given(journey=any_journey)
@many
def test_same_input_same_decision(journey: Journey) -> None:
    """The decision depends on what it is given alone, and changes none of it."""
    for step in journey:
        given_before = deepcopy((step.settings, step.before, step.inputs))
        again = decide(step.settings, step.before, step.inputs, step.now)
        assert again == step.decision
        assert (step.settings, step.before, step.inputs) == given_before


@given(journey=any_journey)
@many
def test_stop_mode_leaves_no_charger_running_without_a_meter(journey: Journey) -> None:
    """With `stop`, no car charges while nobody knows what the house draws."""
    for step in journey:
        is_stop = step.settings.site.unavailable_behavior == "stop"
        if is_stop and step.after.meter_status is MeterStatus.UNAVAILABLE:
            for charger in step.ours():
                assert step.after.chargers[charger.charger_id].target_a == 0


def test_commanded_current_is_what_got_through() -> None:
    """`current_set` shows what the charger was told with success, not what we want."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=1, is_delivering=False)
    (cut,) = run.read(42).commands
    assert (run["a"].target_a, run["a"].commanded_a) == (10, 20)
    run.now = 3
    run.deliver(cut, sent_at=1)
    assert (run["a"].target_a, run["a"].commanded_a) == (10, 10)


def test_deliveries_that_belong_to_nothing_change_nothing() -> None:
    """A delivery of a removed charger, or of a command long forgotten, does no harm."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    before = run.state
    run.decide(
        delivered=(
            Delivered(charger_id="gone", sent_at=0.5, at=1.0),
            Delivered(charger_id="a", sent_at=0.5, at=1.0),
        )
    )
    assert run.state.chargers == before.chargers


@pytest.mark.parametrize(
    ("had_a", "hold_s", "limit_s", "wake_at"),
    [
        pytest.param(6, 20, 50, 20, id="a hold"),
        pytest.param(6, 50, 20, 20, id="a limit"),
        pytest.param(8, 990, 980, 900 - 60, id="a question to the meter"),
        pytest.param(6, 990, 980, 900, id="the meter's timeout"),
    ],
)
def test_core_asks_for_the_first_moment_that_matters(
    had_a: int, hold_s: float, limit_s: float, wake_at: float
) -> None:
    """One timer is enough: it is set to what ends first."""
    of = settings()
    known = charging(had_a, hold_until=hold_s, limit=Limit(current_a=10, until=limit_s))
    run = Run(of, a_state(of, house_a=12, a=known))
    assert run.read(12 + had_a).wake_at == wake_at


def test_all_that_comes_in_one_turn_is_decided_once() -> None:
    """A delivery, a limit and a reading of one turn make one decision (accident 5)."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=1, is_delivering=False)
    (cut,) = run.read(37).commands
    run.now = 5
    decision = run.decide(
        reading=Reading(current_a=(40.0,), at=5.0),
        delivered=(Delivered(charger_id=cut.charger_id, sent_at=1.0, at=1.0),),
        limits={"a": Limit(current_a=8, until=60.0)},
    )
    assert decision.commands == (SetCurrent(charger_id="a", current_a=8),)
    assert (decision.state.background_a, run["a"].commanded_a) == ((20,), 15)


def test_meter_is_told_before_what_it_means_for_the_chargers() -> None:
    """The events come in the order in which one understands them."""
    of = settings(a_charger(fallback_a=8), unavailable_behavior=UnavailableBehavior.SET_CURRENT)
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    assert [news.type for news in run.lose_meter().news] == [
        NewsType.METER_UNAVAILABLE,
        NewsType.FALLBACK_ACTIVATED,
    ]
