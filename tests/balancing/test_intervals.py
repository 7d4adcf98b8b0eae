"""What a charger may have been told: every command counts until a later one has settled."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.intervals import (
    Interval,
    Offer,
    hull,
    in_force,
    is_from_before,
    is_unknown,
    mark_delivered,
    offered,
    out_of_date_dropped,
    settles_at,
    since_seen,
)

from .builders import WINDOW_S

BEFORE = Offer(current_a=16)
CUT = Offer(current_a=10, sent_at=100.0, delivered_at=101.0)
RAISE = Offer(current_a=20, sent_at=105.0)


@pytest.mark.parametrize(
    ("at", "interval"),
    [
        pytest.param(99, Interval(low_a=16, high_a=16), id="before it was sent"),
        pytest.param(100, Interval(low_a=10, high_a=16), id="it may act at once"),
        pytest.param(112, Interval(low_a=10, high_a=16), id="or as late as its window ends"),
        pytest.param(113, Interval(low_a=10, high_a=10), id="settled"),
    ],
)
def test_both_commands_count_until_the_later_one_has_settled(at: float, interval: Interval) -> None:
    """A charger may follow a command at once, or as late as it is allowed to."""
    assert offered((BEFORE, CUT), at, WINDOW_S) == interval


def test_undelivered_command_never_replaces_one() -> None:
    """A command that failed may have arrived all the same, or not: both count, for ever."""
    assert offered((CUT, RAISE), 1e6, WINDOW_S) == Interval(low_a=10, high_a=20)


def test_undelivered_command_leaves_when_a_later_one_has_settled() -> None:
    """What came through last wins over all that was sent before it."""
    latest = Offer(current_a=8, sent_at=110.0, delivered_at=111.0)
    assert offered((CUT, RAISE, latest), 123, WINDOW_S) == Interval(low_a=8, high_a=8)


def test_nothing_told_is_nothing_drawn() -> None:
    """A charger that was never told anything counts as 0 A."""
    assert hull(()) == Interval(low_a=0, high_a=0)
    assert in_force((), 0, WINDOW_S) == ()


def test_late_reading_sees_the_commands_of_its_own_time() -> None:
    """A reading from before a command knows nothing of it, though it comes after it."""
    assert offered((BEFORE, CUT, RAISE), 104, WINDOW_S) == Interval(low_a=10, high_a=16)
    assert out_of_date_dropped((BEFORE, CUT, RAISE), 104, WINDOW_S) == (BEFORE, CUT, RAISE)


def test_what_has_settled_is_forgotten_what_comes_later_is_kept() -> None:
    """Only what may still be in force is remembered."""
    assert out_of_date_dropped((BEFORE, CUT, RAISE), 113, WINDOW_S) == (CUT, RAISE)


def test_command_settles_a_window_after_its_delivery() -> None:
    """From then on the charger follows it, and the meter shows so."""
    assert settles_at((BEFORE, CUT), WINDOW_S) == 113
    assert settles_at((CUT, RAISE), WINDOW_S) is None
    assert settles_at((CUT,), WINDOW_S) is None


def test_delivery_is_noted_once_for_the_command_it_belongs_to() -> None:
    """A second report of the same delivery does not make the command younger."""
    delivered = mark_delivered((CUT, RAISE), 105.0, 106.0)
    assert delivered == (CUT, Offer(current_a=20, sent_at=105.0, delivered_at=106.0))
    assert mark_delivered(delivered, 105.0, 200.0) == delivered


def test_charger_is_unknown_until_a_command_of_ours_has_settled() -> None:
    """What a charger does that we never told anything is not ours to guess."""
    anything = Offer(current_a=32, is_assumed=True)
    assert is_unknown((anything, CUT))
    assert not is_unknown((CUT,))


def test_commands_before_one_that_the_meter_has_seen_followed_do_not_count() -> None:
    """What the meter has shown the charger to have come down to is where it is."""
    seen = replace(CUT, is_seen=True)
    assert since_seen((BEFORE, CUT, RAISE)) == (BEFORE, CUT, RAISE)
    assert since_seen((BEFORE, seen, RAISE)) == (seen, RAISE)
    assert since_seen((BEFORE, seen)) == (seen,)
    assert since_seen((seen,)) == (seen,)
    assert since_seen((replace(BEFORE, is_seen=True), seen, RAISE)) == (seen, RAISE)
    assert since_seen(()) == ()


def test_delivery_leaves_a_seen_command_seen() -> None:
    """A call may return later than the meter shows what it did."""
    early = Offer(current_a=10, sent_at=100.0, is_seen=True)
    assert mark_delivered((BEFORE, early), 100.0, 101.0) == (BEFORE, replace(CUT, is_seen=True))


def test_run_has_settled_when_its_first_command_has() -> None:
    """Until then a charger goes on with what it had before the restart."""
    assert is_from_before(())
    assert is_from_before((BEFORE, CUT))
    assert not is_from_before((CUT,))


@st.composite
def histories(draw: st.DrawFn) -> tuple[Offer, ...]:
    """Return commands one after the other, some delivered, in the order they were sent."""
    moments = sorted(draw(st.lists(st.floats(0, 100), min_size=1, max_size=5)))
    return tuple(
        Offer(
            current_a=draw(st.integers(0, 32)),
            sent_at=at,
            delivered_at=draw(st.one_of(st.none(), st.floats(at, at + 20))),
        )
        for at in moments
    )


@given(offers=histories(), at=st.floats(100, 200), later_s=st.floats(0, 50))
@examples(max_examples=300, deadline=None)
def test_forgetting_changes_nothing_that_is_asked_later(
    offers: tuple[Offer, ...], at: float, later_s: float
) -> None:
    """What is dropped at one moment would not have counted at any later one."""
    kept = out_of_date_dropped(offers, at, WINDOW_S)
    later = at + later_s
    assert offered(kept, later, WINDOW_S) == offered(offers, later, WINDOW_S)


@given(offers=histories(), at=st.floats(0, 200))
@examples(max_examples=300, deadline=None)
def test_last_command_is_always_among_those_in_force(offers: tuple[Offer, ...], at: float) -> None:
    """What was sent last by a moment may act at it, whatever became of it."""
    sent = [offer for offer in offers if offer.sent_at is not None and offer.sent_at <= at]
    assert in_force(offers, at, WINDOW_S)[-1:] == tuple(sent[-1:])
