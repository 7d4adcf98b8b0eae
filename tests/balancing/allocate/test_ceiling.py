"""The most a charger may be given: its maximum, a temporary limit, and its minimum below."""

import pytest

from custom_components.ev_lb.balancing.allocate.ceiling import (
    Ceiling,
    UserLimit,
    lowest_ceiling,
)
from custom_components.ev_lb.balancing.increases.hold import Hold
from custom_components.ev_lb.balancing.model import (
    LimitedBy,
    SetCurrent,
    StartCharging,
    StopCharging,
    TemporaryLimit,
)
from tests.balancing.builders import Run, a_charger, a_state, charging, settings


@pytest.mark.parametrize(
    ("others", "lowest"),
    [
        pytest.param(
            [], Ceiling(current_a=16, limited_by=LimitedBy.CHARGER_MAXIMUM), id="its maximum alone"
        ),
        pytest.param(
            [None, Ceiling(current_a=10, limited_by=LimitedBy.PROBE), None],
            Ceiling(current_a=10, limited_by=LimitedBy.PROBE),
            id="a lower one",
        ),
        pytest.param(
            [Ceiling(current_a=20, limited_by=LimitedBy.PROBE)],
            Ceiling(current_a=16, limited_by=LimitedBy.CHARGER_MAXIMUM),
            id="a higher one",
        ),
        pytest.param(
            [
                Ceiling(current_a=8, limited_by=LimitedBy.LIMIT),
                Ceiling(current_a=7, limited_by=LimitedBy.OVERLOAD),
                Ceiling(current_a=7, limited_by=LimitedBy.PROBE),
            ],
            Ceiling(current_a=7, limited_by=LimitedBy.OVERLOAD),
            id="the first of the lowest",
        ),
        pytest.param(
            [Ceiling(current_a=5, limited_by=LimitedBy.LIMIT)],
            Ceiling(current_a=0, limited_by=LimitedBy.BELOW_MINIMUM),
            id="the user's below the minimum",
        ),
        pytest.param(
            [Ceiling(current_a=5, limited_by=LimitedBy.CONFIRMATION)],
            Ceiling(current_a=0, limited_by=LimitedBy.CONFIRMATION),
            id="another below the minimum",
        ),
    ],
)
def test_lowest_ceiling_counts_with_its_reason(
    others: list[Ceiling | None], lowest: Ceiling
) -> None:
    """A charger is given no more than any rule allows, and shows which one it was."""
    assert lowest_ceiling(a_charger(max_a=16, min_a=6), others) == lowest


def test_number_cannot_raise_above_the_rating() -> None:
    """The number only lowers what the dialog says."""
    of = settings(a_charger(max_a=16))
    run = Run(of, a_state(of, a=16), now=1)
    assert run.change_charger("a", max_charger_current_a=32).commands == ()


@pytest.mark.parametrize(
    ("maximum_a", "command"),
    [
        pytest.param(10, SetCurrent(charger_id="a", current_a=10), id="lower"),
        pytest.param(6, SetCurrent(charger_id="a", current_a=6), id="the minimum"),
        pytest.param(5, StopCharging(charger_id="a"), id="below the minimum"),
        pytest.param(0, StopCharging(charger_id="a"), id="none"),
    ],
)
def test_lowered_maximum_acts_at_once(maximum_a: int, command: SetCurrent | StopCharging) -> None:
    """The number cuts or stops in the same turn; below the minimum it means stopped."""
    of = settings(a_charger(min_a=6))
    run = Run(of, a_state(of, a=32), now=1)
    assert run.change_charger("a", max_charger_current_a=maximum_a).commands == (command,)


def test_minimum_raised_above_the_current_stops() -> None:
    """A car that no longer gets its minimum is stopped at once."""
    of = settings()
    run = Run(of, a_state(of, house_a=20, a=12), now=1)
    assert run.change_charger("a", min_ev_current_a=13).commands == (StopCharging(charger_id="a"),)


def test_odd_settings_mean_stopped() -> None:
    """A maximum below the minimum is accepted, and the charger stands still."""
    of = settings(a_charger(max_a=10, min_a=16))
    run = Run(of, now=0)
    assert run.read(0).commands == (StopCharging(charger_id="a"),)
    assert run["a"].allocation.limited_by is LimitedBy.BELOW_MINIMUM


# A temporary limit


def test_limit_ends_by_its_time() -> None:
    """It bounds the charger until its last moment, and not a moment longer."""
    limit = UserLimit()
    assert limit.ceiling() is None
    limit.on_set(TemporaryLimit(current_a=10, until=60))
    limit.on_time(59.9)
    assert limit.ceiling() == Ceiling(current_a=10, limited_by=LimitedBy.LIMIT, until=60)
    limit.on_time(60)
    assert limit.ceiling() is None


def test_limit_cuts_at_once() -> None:
    """`ev_lb.set_limit` acts in the same turn."""
    of = settings()
    run = Run(of, a_state(of, a=32), now=1)
    assert run.limit("a", 10, 600).commands == (SetCurrent(charger_id="a", current_a=10),)
    assert run["a"].allocation.limited_by is LimitedBy.LIMIT


def test_limit_never_raises() -> None:
    """A limit above what a car has changes nothing."""
    of = settings()
    run = Run(of, a_state(of, house_a=20, a=12), now=1)
    assert run.limit("a", 32, 600).commands == ()
    assert run.targets == {"a": 12}


def test_limit_does_not_break_a_hold() -> None:
    """Neither its beginning nor its end gives a car more before the ramp-up time is over."""
    of = settings()
    run = Run(of, a_state(of, house_a=2, a=charging(20, hold=Hold(until=100.0))), now=1)
    assert run.limit("a", 30, 600).commands == ()
    assert run.decide(limits={"a": None}).commands == ()
    run.limit("a", 10, 20)
    assert run.targets == {"a": 10}
    assert run.sleep(100) == [(100, SetCurrent(charger_id="a", current_a=30))]


def test_limit_below_the_minimum_is_a_stop() -> None:
    """Too little to charge with means not at all."""
    of = settings(a_charger(min_a=6))
    run = Run(of, a_state(of, a=32), now=1)
    assert run.limit("a", 5, 600).commands == (StopCharging(charger_id="a"),)
    assert run["a"].allocation.limited_by is LimitedBy.BELOW_MINIMUM


def test_end_of_a_limit_is_a_decision() -> None:
    """The car gets its current back by itself, without a word from the meter."""
    of = settings()
    run = Run(of, a_state(of, a=32), now=1)
    run.limit("a", 10, 60)
    assert run.listen(20, 10) == []
    assert run.sleep(40) == [(61, SetCurrent(charger_id="a", current_a=32))]
    assert run["a"].limit.in_force is None


def test_second_limit_replaces_the_first() -> None:
    """The last call counts, with its own end."""
    of = settings()
    run = Run(of, a_state(of, a=32), now=1)
    run.limit("a", 10, 60)
    run.listen(19, 10)
    assert run.limit("a", 16, 60).commands == (SetCurrent(charger_id="a", current_a=16),)
    run.listen(20, 16)
    assert run.sleep(60) == [(80, SetCurrent(charger_id="a", current_a=32))]


def test_cleared_limit_ends_at_once() -> None:
    """`ev_lb.clear_limit` gives the current back."""
    of = settings()
    run = Run(of, a_state(of, a=32), now=1)
    run.limit("a", 0, 3600)
    run.listen(59, 0)
    assert run.decide(limits={"a": None}).commands == (StartCharging(charger_id="a", current_a=32),)


def test_limit_that_is_over_already_does_nothing() -> None:
    """A limit without a duration left is none."""
    of = settings()
    run = Run(of, a_state(of, a=32), now=1)
    assert run.limit("a", 10, 0).commands == ()
    assert run["a"].limit.in_force is None


def test_limit_of_an_unknown_charger_is_ignored() -> None:
    """A charger that was just removed does no harm."""
    of = settings()
    run = Run(of, a_state(of, a=32), now=1)
    assert run.limit("gone", 10, 60).commands == ()


def test_limit_set_before_the_first_reading_acts_afterwards() -> None:
    """It is accepted while nothing is sent yet."""
    of = settings()
    run = Run(of, now=0)
    assert run.limit("a", 8, 600).commands == ()
    assert run.listen(2, 4) == [(2, StartCharging(charger_id="a", current_a=8))]


def test_limit_set_while_switched_off_acts_afterwards() -> None:
    """It is accepted while the charger is not ours."""
    of = settings()
    run = Run(of, a_state(of, a=32), now=1)
    run.change_charger("a", is_enabled=False)
    assert run.limit("a", 8, 600).commands == ()
    assert run.change_charger("a", is_enabled=True).commands == (
        StartCharging(charger_id="a", current_a=8),
    )
