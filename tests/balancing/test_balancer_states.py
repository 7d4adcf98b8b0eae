"""Every arrow of the balancer-state diagram."""

from collections.abc import Callable

import pytest

from custom_components.ev_lb.balancing.estimate.setpoints import Setpoints
from custom_components.ev_lb.balancing.increases.hold import Hold
from custom_components.ev_lb.balancing.model import BalancerState, LimitedBy, MeterStatus
from custom_components.ev_lb.balancing.state import ChargerState
from custom_components.ev_lb.balancing.supervise.evidence import Evidence

from .builders import Run, a_charger, a_state, charging, settings

STOPPED, ACTIVE, ADJUSTING, RAMP_UP_HOLD, DISABLED = BalancerState

OF = settings()
HOLD_ENDS = 100.0


def run_from(charger: ChargerState, house_a: float = 12) -> Run:
    """Return a run that goes on with a charger, its commands still to be delivered."""
    return Run(OF, a_state(OF, house_a=house_a, a=charger), now=10, is_delivering=False)


def stopped() -> Run:
    """Return a charger without room for its minimum."""
    run = run_from(charging(0), house_a=30)
    run.read(30)
    return run


def adjusting() -> Run:
    """Return a charger that has just been cut from 20 A to 15 A."""
    run = run_from(charging(20))
    run.read(37)
    return run


def active() -> Run:
    """Return a charger that has had its 20 A for long."""
    run = run_from(charging(20))
    run.read(32)
    return run


def active_after_a_cut() -> Run:
    """Return a charger that goes on with what it was cut to, its hold still running."""
    run = run_from(charging(20, hold=Hold(until=HOLD_ENDS)))
    run.read(32)
    return run


def ramp_up_hold() -> Run:
    """Return a charger that could have more but for its hold."""
    run = run_from(charging(10, hold=Hold(until=HOLD_ENDS)))
    run.read(22)
    return run


def disabled() -> Run:
    """Return a charger whose switch is off."""
    run = active()
    run.change_charger("a", is_enabled=False)
    return run


def nothing_changes(run: Run) -> None:
    """Let the next reading say the same."""
    assert run.state.meter.reading is not None
    run.read(*run.state.meter.reading.current_a)


def house_draws_less(run: Run) -> None:
    """Let the house leave 25 A, in two readings: one alone raises nobody by much."""
    run.read(7 + run["a"].target_a)
    if run["a"].allocation.limited_by is LimitedBy.CONFIRMATION:
        run.now += 1
        run.read(7 + run["a"].target_a)


def house_draws_more(run: Run) -> None:
    """Let the house leave less than the car has, but its minimum."""
    run.read(37)


def overload(run: Run) -> None:
    """Let the house leave nothing."""
    run.read(60)


def hold_ends(run: Run) -> None:
    """Let the ramp-up time pass without a word from the meter."""
    run.now = HOLD_ENDS
    run.decide()


def switch_off(run: Run) -> None:
    """Let the user switch the charger off."""
    run.change_charger("a", is_enabled=False)


def switch_on(run: Run) -> None:
    """Let the user switch the charger on."""
    run.change_charger("a", is_enabled=True)


def switch_on_without_headroom(run: Run) -> None:
    """Let the user switch the charger on while the house needs all."""
    run.read(60)
    run.change_charger("a", is_enabled=True)


@pytest.mark.parametrize(
    ("begin", "source", "event", "target"),
    [
        (stopped, STOPPED, house_draws_less, ADJUSTING),
        (adjusting, ADJUSTING, nothing_changes, ACTIVE),
        (adjusting, ADJUSTING, house_draws_less, RAMP_UP_HOLD),
        (active_after_a_cut, ACTIVE, house_draws_less, RAMP_UP_HOLD),
        (ramp_up_hold, RAMP_UP_HOLD, hold_ends, ADJUSTING),
        (active, ACTIVE, house_draws_less, ADJUSTING),
        (active, ACTIVE, house_draws_more, ADJUSTING),
        (adjusting, ADJUSTING, overload, STOPPED),
        (active, ACTIVE, overload, STOPPED),
        (ramp_up_hold, RAMP_UP_HOLD, overload, STOPPED),
        (stopped, STOPPED, switch_off, DISABLED),
        (adjusting, ADJUSTING, switch_off, DISABLED),
        (active, ACTIVE, switch_off, DISABLED),
        (ramp_up_hold, RAMP_UP_HOLD, switch_off, DISABLED),
        (disabled, DISABLED, switch_on_without_headroom, STOPPED),
        (disabled, DISABLED, switch_on, ADJUSTING),
        # Where it stays
        (stopped, STOPPED, nothing_changes, STOPPED),
        (active, ACTIVE, nothing_changes, ACTIVE),
        (ramp_up_hold, RAMP_UP_HOLD, nothing_changes, RAMP_UP_HOLD),
        (disabled, DISABLED, overload, DISABLED),
    ],
    ids=lambda part: part.__name__ if callable(part) else str(part),
)
def test_arrow(
    begin: Callable[[], Run],
    source: BalancerState,
    event: Callable[[Run], None],
    target: BalancerState,
) -> None:
    """Each arrow of the diagram in the docs leads where it says."""
    run = begin()
    assert run["a"].allocation.balancer_state is source
    event(run)
    assert run["a"].allocation.balancer_state is target


def test_start_is_stopped() -> None:
    """Before the first reading a charger shows as stopped, and one that is off as disabled."""
    run = Run(settings(a_charger("a"), a_charger("b", is_enabled=False)))
    run.decide()
    assert run.state.meter.status is MeterStatus.AWAITED
    assert run["a"].allocation.balancer_state is STOPPED
    assert run["b"].allocation.balancer_state is DISABLED


def test_first_command_shows_as_adjusting() -> None:
    """The first decision is sent even if it changes nothing, and shows so."""
    run = run_from(charging(20, setpoints=Setpoints.known((20,), 20, resume_a=20)))
    run.read(32)
    assert run["a"].allocation.balancer_state is ADJUSTING


@pytest.mark.parametrize(
    ("interval_s", "readings", "limited_by"),
    [
        pytest.param(60.0, 2, LimitedBy.COMMAND_INTERVAL, id="command interval"),
        pytest.param(0.0, 1, LimitedBy.CONFIRMATION, id="a second reading"),
    ],
)
def test_other_waits_show_as_active(
    interval_s: float, readings: int, limited_by: LimitedBy
) -> None:
    """Only the ramp-up time is a hold; a car that waits for something else is active."""
    of = settings(a_charger(command_interval_s=interval_s))
    known = charging(10, evidence=Evidence(raised_at=5.0))
    run = Run(of, a_state(of, house_a=22, a=known), now=10)
    run.read(32)
    for _ in range(readings):
        run.now += 1
        run.read(25)
    allocation = run["a"].allocation
    assert (allocation.balancer_state, allocation.limited_by) == (ACTIVE, limited_by)
    assert run.targets == {"a": 10}
