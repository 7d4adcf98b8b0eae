"""A charger is started again when its minimum has stayed free, and while it has starts left."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.increases.start_budget import (
    BUCKET,
    HOUR_S,
    StartBudget,
)
from custom_components.ev_lb.balancing.model import (
    LimitedBy,
    StartCharging,
    StopCharging,
    TemporaryLimit,
)
from tests.balancing.builders import Run, a_charger, a_state, charging, settings
from tests.explore import examples

AT_ONCE = float("-inf")
RAMP_UP_S, PER_HOUR = 30.0, 4


def stopped(
    left: float = BUCKET, *, at: float = 0.0, free_since: float | None = None
) -> StartBudget:
    """Return the budget of a charger that an overload has stopped, with so many starts left."""
    return StartBudget(left=left, counted_at=at, is_stopped=True, free_since=free_since)


def due_at(budget: StartBudget, now: float) -> float | None:
    """Return when a start may come at the usual ramp-up time and refill."""
    return budget.due_at(RAMP_UP_S, PER_HOUR, now)


def test_first_start_does_not_wait() -> None:
    """Without a stop by house or meter there is nothing to wait for."""
    assert due_at(StartBudget(left=0.0), 5) == AT_ONCE


def test_no_start_is_due_while_the_minimum_is_not_free() -> None:
    """The wait begins only when the car could charge."""
    assert due_at(stopped(), 100) is None


def test_start_waits_for_the_ramp_up_time_alone_while_there_is_budget() -> None:
    """Many stops in a row do not make the waits grow."""
    assert due_at(stopped(1.0, free_since=100), 100) == 100 + RAMP_UP_S


@pytest.mark.parametrize(
    ("per_hour", "wait_s"), [(1, 3600), (4, 900), (20, 180)], ids=["least", "usual", "most"]
)
def test_start_without_budget_waits_for_the_next_one(per_hour: int, wait_s: float) -> None:
    """An empty bucket fills again by so many starts in an hour."""
    budget = stopped(0.0, at=1000, free_since=100)
    assert budget.due_at(RAMP_UP_S, per_hour, 1000) == 1000 + wait_s


def test_wait_begins_anew_when_the_minimum_was_not_free() -> None:
    """The minimum must be free during the whole wait."""
    budget = stopped()
    budget.on_room(110, is_free=True)
    budget.on_room(120, is_free=True)
    assert due_at(budget, 120) == 110 + RAMP_UP_S
    budget.on_room(130, is_free=False)
    budget.on_room(135, is_free=True)
    assert due_at(budget, 135) == 135 + RAMP_UP_S


def test_what_was_free_before_the_stop_counts_for_nothing() -> None:
    """The wait begins after the stop."""
    budget = StartBudget(free_since=10)
    budget.on_stop(PER_HOUR, 100, is_by_loss=False)
    assert budget == stopped(at=100)


@pytest.mark.parametrize(
    ("is_by_loss", "left"),
    [
        pytest.param(False, BUCKET - 1, id="overload"),
        pytest.param(True, BUCKET - 2, id="lost meter"),
    ],
)
def test_stop_and_start_cost_the_budget(is_by_loss: bool, left: float) -> None:
    """A start spends one, and a stop by a lost meter one more."""
    budget = StartBudget()
    budget.on_stop(PER_HOUR, 100, is_by_loss=is_by_loss)
    budget.on_start(PER_HOUR, 100)
    assert (budget.left, budget.counted_at, budget.is_stopped) == (left, 100, False)


def test_users_own_start_costs_nothing() -> None:
    """Who turns a number or a switch neither waits nor spends."""
    budget = stopped(3.0)
    budget.on_user()
    assert due_at(budget, 0) == AT_ONCE
    budget.on_start(PER_HOUR, 0)
    assert budget.left == 3.0


def test_bucket_fills_no_further_than_its_size() -> None:
    """A night without a stop saves nothing up for the morning."""
    budget = stopped(BUCKET)
    budget.on_start(PER_HOUR, 10 * HOUR_S)
    assert budget.left == BUCKET - 1


def test_bucket_is_never_emptier_than_empty() -> None:
    """However often the meter goes, a start is due after a quarter of an hour."""
    budget = stopped(0.0)
    for _ in range(5):
        budget.on_stop(PER_HOUR, 0, is_by_loss=True)
    budget.on_room(0, is_free=True)
    assert due_at(budget, 0) == HOUR_S / PER_HOUR


@given(
    waits_s=st.lists(st.floats(0, 2000), min_size=1, max_size=60),
    per_hour=st.integers(1, 20),
    is_by_loss=st.booleans(),
)
@examples(200)
def test_starts_are_no_more_than_the_bucket_and_its_refill(
    waits_s: list[float],
    per_hour: int,
    is_by_loss: bool,
) -> None:
    """However the house behaves: in no stretch of time more than 6, and so many in each hour."""
    budget, now, starts = StartBudget(), 0.0, list[float]()
    for wait_s in waits_s:
        now += wait_s
        budget.on_stop(per_hour, now, is_by_loss=is_by_loss)
        budget.on_room(now, is_free=True)
        now = max(now, budget.due_at(RAMP_UP_S, per_hour, now) or now)
        budget.on_start(per_hour, now)
        starts.append(now)
    for first, begin in enumerate(starts):
        for last in range(first, len(starts)):
            most = BUCKET + (starts[last] - begin) * per_hour / HOUR_S
            assert last - first + 1 <= most + 1e-6
    # After a lost meter the hold is what is waited for.
    least_s = 0.0 if is_by_loss else RAMP_UP_S
    assert all(later >= earlier + least_s - 1e-6 for earlier, later in pairwise(starts))


# Within a decision


def test_charger_starts_again_after_the_wait() -> None:
    """A car that an overload stopped starts again once its minimum was free for the wait."""
    of = settings(ramp_up_time_s=30.0)
    run = Run(of, a_state(of, house_a=20, a=12), now=0)
    assert run.read(40).commands == (StopCharging(charger_id="a"),)
    run.now = 20
    assert run.read(20).commands == ()
    assert run.sleep(50) == [(50, StartCharging(charger_id="a", current_a=12))]
    assert run["a"].budget.left == BUCKET - 1


def test_car_without_budget_shows_that_it_waits_for_it() -> None:
    """The reason is named, and the end of the wait is a decision by itself."""
    of = settings(a_charger(max_starts_per_hour=4))
    waiting = charging(0, budget=stopped(0.5, at=0, free_since=-100))
    run = Run(of, a_state(of, house_a=12, a=waiting), now=0)
    assert run.read(12).commands == ()
    assert run["a"].allocation.limited_by is LimitedBy.START_WAIT
    assert run.listen(449, 12) == []
    assert run.listen(1, 12) == [(450, StartCharging(charger_id="a", current_a=20))]


def test_cycling_load_starts_the_car_no_more_often_than_the_budget_allows() -> None:
    """A plate that comes for 20 s each minute: 6 starts, then 4 an hour, not 60."""
    of = settings(ramp_up_time_s=30.0)
    run = Run(of, a_state(of, house_a=20, a=12), now=0)
    for minute in range(60):
        run.now = minute * 60.0
        run.read(40 + run["a"].setpoints.current_a)
        for second in range(20, 60, 2):
            run.sleep(minute * 60 + second - run.now)
            run.read(20 + run["a"].setpoints.current_a)
    starts = [at for at, command in run.sent if isinstance(command, StartCharging)]
    assert BUCKET <= len(starts) <= BUCKET + 4


def test_start_budget_is_spent_by_a_meter_that_comes_and_goes() -> None:
    """Each loss stops the car and spends a start, each start another."""
    of = settings(ramp_up_time_s=30.0)
    run = Run(of, a_state(of, house_a=12, a=20), now=0)
    run.lose_meter()
    assert run["a"].budget.left == BUCKET - 1
    run.now = 5
    run.read(12)
    run.listen(40, 12)
    assert run.targets == {"a": 20}
    assert run["a"].budget.left == pytest.approx(BUCKET - 2, abs=0.1)


def test_users_number_skips_the_wait() -> None:
    """Who turns a number wants to see the car charge."""
    waiting = charging(0, budget=stopped(0.0, at=60, free_since=0))
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=waiting), now=60)
    assert run.read(12).commands == ()
    assert run["a"].allocation.limited_by is LimitedBy.START_WAIT
    assert run.change_charger("a", max_charger_current_a=16).commands == (
        StartCharging(charger_id="a", current_a=16),
    )
    assert run["a"].budget.left == 0


def test_users_switch_skips_the_wait() -> None:
    """Off and on again starts the car without the wait, after its first command has settled."""
    waiting = charging(0, budget=stopped(0.0, at=60, free_since=0))
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=waiting), now=60)
    run.change_charger("a", is_enabled=False)
    run.change_charger("a", is_enabled=True)
    assert run.sent == [(60, StopCharging(charger_id="a"))]
    assert run.sleep(30) == [(72, StartCharging(charger_id="a", current_a=20))]


def test_users_own_stop_costs_no_wait() -> None:
    """A car that the user stopped starts at once when the user lets it."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    limit = TemporaryLimit(current_a=0, until=1000)
    assert run.decide(limits={"a": limit}).commands == (StopCharging(charger_id="a"),)
    run.listen(60, 12)
    assert run.decide(limits={"a": None}).commands == (StartCharging(charger_id="a", current_a=20),)
    assert run["a"].budget.left == BUCKET
