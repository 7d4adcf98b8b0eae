"""A share goes to another charger only after the first has let go of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.estimate.setpoints import Setpoint, Setpoints
from custom_components.ev_lb.balancing.increases.gates import Blocker
from custom_components.ev_lb.balancing.increases.handover import granted_raises
from custom_components.ev_lb.balancing.model import (
    LimitedBy,
    Reading,
    SetCurrent,
    StartCharging,
    StopCharging,
)
from custom_components.ev_lb.balancing.state import ChargerState
from tests.balancing.builders import (
    LONG_AGO,
    WINDOW_S,
    Run,
    a_charger,
    a_setpoint,
    a_state,
    charging,
    settings,
)
from tests.explore import examples

TWO = settings(a_charger("a"), a_charger("b"))


def told(*currents_a: int, at: float = -1.0, delivered: bool = True) -> ChargerState:
    """Return a charger that had the first current for long, and was told the others just now."""
    first, *later = currents_a
    items = [a_setpoint(first), *(a_setpoint(a, sent_at=at, delivered=delivered) for a in later)]
    return charging(currents_a[-1], setpoints=Setpoints(items=items, current_a=first))


def waiting(until: float | None) -> Blocker:
    """Return what keeps a charger waiting for another."""
    return Blocker(limited_by=LimitedBy.OTHER_CHARGER, until=until)


def test_share_is_handed_on_only_after_the_other_has_let_go() -> None:
    """The second car starts when the first one's cut has settled, not when it was sent."""
    run = Run(TWO, a_state(TWO, a=32), now=0)
    assert run.read(32).commands == (SetCurrent(charger_id="a", current_a=16),)
    assert run["b"].allocation.limited_by is LimitedBy.OTHER_CHARGER
    assert run.listen(20, 16) == [(12, StartCharging(charger_id="b", current_a=16))]


def test_share_is_not_handed_on_while_the_cut_has_not_got_through() -> None:
    """As long as the first car may go on with all it had, the second one waits."""
    run = Run(TWO, a_state(TWO, a=32), now=0, is_delivering=False)
    (cut,) = run.read(32).commands
    assert run.listen(100, 32) == []
    run.deliver(cut, sent_at=0)
    assert run.listen(10, 32) == []
    assert run.listen(2, 16) == [(112, StartCharging(charger_id="b", current_a=16))]


def test_share_that_nobody_has_is_granted_at_once() -> None:
    """Room that no command may be using needs no wait."""
    state = a_state(TWO, a=10, b=6)
    assert granted_raises(state, (32.0,), {"a": 16, "b": 16}, 0) == ({"a": 16, "b": 16}, {})


def test_raise_within_the_highest_setpoints_still_needs_the_room() -> None:
    """A cut that the house forces is not softened while another charger has not let go."""
    state = a_state(TWO, a=told(30, 10), b=6)
    shares, blockers = granted_raises(state, (32.0,), {"a": 10, "b": 22}, 0)
    assert shares == {"a": 10, "b": 6}
    assert blockers == {"b": waiting(-1 + WINDOW_S)}


def test_raise_to_what_the_charger_may_still_be_following_takes_nothing_more() -> None:
    """A car that has just been cut from 16 A may have them back: they are counted already."""
    state = a_state(TWO, a=told(16, 10), b=16)
    assert granted_raises(state, (32.0,), {"a": 16, "b": 16}, 0) == ({"a": 16, "b": 16}, {})


def test_first_of_two_raises_takes_the_room() -> None:
    """What one was granted the other cannot have as well."""
    three = settings(*map(a_charger, "abc"))
    wanted = {"a": 6, "b": 15, "c": 15}
    state = a_state(three, house_a=-4, a=told(20, 6), b=6, c=6)
    shares, blockers = granted_raises(state, (36.0,), wanted, 0)
    assert shares == {"a": 6, "b": 6, "c": 6}
    assert blockers == {"b": waiting(-1 + WINDOW_S), "c": waiting(-1 + WINDOW_S)}
    state = a_state(three, house_a=-9, a=told(20, 6), b=6, c=6)
    assert granted_raises(state, (41.0,), wanted, 0)[0] == {"a": 6, "b": 15, "c": 6}


def test_raise_must_fit_beside_what_the_last_reading_shows() -> None:
    """Two cars were cut while the house rose by 2 A, and the third was given all they had left.

    The estimate of the house had kept its 0 A: until the cuts have settled it may be either.
    """
    three = settings(*map(a_charger, "abc"))
    state = a_state(three, a=told(16, 11, at=-50), b=told(16, 11, at=-50), read_at=-20)
    wanted = {"a": 11, "b": 11, "c": 10}
    state.meter.reading = Reading(current_a=(22.0,), at=-20)
    assert granted_raises(state, (32.0,), wanted, 0)[0] == wanted
    state.meter.reading = Reading(current_a=(24.0,), at=-20)
    assert granted_raises(state, (32.0,), wanted, 0)[0] == {"a": 11, "b": 11, "c": 0}


def test_charger_on_another_phase_is_not_waited_for() -> None:
    """A share is handed on within a phase."""
    of = settings(a_charger("a", phases=(0,)), a_charger("b", phases=(1,)), phase_count=2)
    state = a_state(of, a=told(30, 6), b=6)
    shares = {"a": 6, "b": 32}
    assert granted_raises(state, (32.0, 32.0), shares, 0) == (shares, {})


def test_nobody_knows_when_a_cut_settles_that_did_not_get_through() -> None:
    """Then its delivery is what is waited for."""
    state = a_state(TWO, a=told(30, 10, delivered=False), b=6)
    assert granted_raises(state, (32.0,), {"a": 10, "b": 22}, 0)[1] == {"b": waiting(None)}


def test_raised_minimum_stops_a_charger_that_has_to_wait() -> None:
    """A charger below its new minimum does not run on at too little until there is more."""
    run = Run(TWO, a_state(TWO, a=16, b=16), now=1)
    assert run.change_charger("a", min_ev_current_a=20).commands == (
        StopCharging(charger_id="a"),
        SetCurrent(charger_id="b", current_a=12),
    )
    assert run.sleep(60) == [(13, StartCharging(charger_id="a", current_a=20))]


def test_added_charger_is_not_started_before_the_others_have_let_go() -> None:
    """A second charger that is set up beside one at full current does not overload the house."""
    first = settings(a_charger("a"))
    run = Run(TWO, a_state(first, house_a=2, a=30), now=0)
    run.read(32)
    assert run.targets == {"a": 15, "b": 0}
    sent = run.listen(20, 17)
    assert [(at, command) for at, command in sent if command.current_a > 0] == [
        (12, StartCharging(charger_id="b", current_a=15))
    ]


def test_two_unknown_chargers_start_together() -> None:
    """After a fresh install both get their share: what they draw is in the reading."""
    run = Run(TWO, now=0)
    run.listen(2, 8)
    assert run.targets == {"a": 12, "b": 12}


def test_nothing_is_raised_while_a_charger_is_unknown() -> None:
    """Until an unknown charger's first command has settled, it may take anything."""
    items = [Setpoint(current_a=32, is_assumed=True), a_setpoint(6, sent_at=0)]
    anything = charging(6, setpoints=Setpoints(items=items, current_a=6))
    state = a_state(TWO, a=6, b=anything)
    assert granted_raises(state, (32.0,), {"a": 16, "b": 6}, 1) == (
        {"a": 6, "b": 6},
        {"a": waiting(WINDOW_S)},
    )


def test_first_command_waits_for_what_we_told_others_alone() -> None:
    """What an unknown charger beside it may be doing is in the reading already."""
    unknown = charging(0, setpoints=Setpoints.unknown(32))
    new = charging(0, setpoints=Setpoints.unknown(32))
    state = a_state(TWO, a=unknown, b=new)
    shares = {"a": 16, "b": 16}
    assert granted_raises(state, (32.0,), shares, 0) == (shares, {})
    state = a_state(TWO, a=told(20, 16), b=new)
    assert granted_raises(state, (32.0,), shares, 0)[0] == {"a": 16, "b": 0}


@given(
    histories=st.lists(
        st.lists(st.integers(0, 32), min_size=1, max_size=3), min_size=1, max_size=4
    ),
    shares_a=st.lists(st.integers(0, 32), min_size=4, max_size=4),
    room_a=st.floats(0, 64),
    delivered=st.booleans(),
)
@examples(200)
def test_no_raise_takes_the_highest_setpoints_beyond_the_room(
    histories: list[list[int]],
    shares_a: list[int],
    room_a: float,
    delivered: bool,
) -> None:
    """Whoever is raised, all that the chargers may be following together fits."""
    ids = "abcd"[: len(histories)]
    of = settings(*map(a_charger, ids))
    state = a_state(of)
    for key, history in zip(ids, histories, strict=True):
        state.chargers[key] = told(*history, delivered=delivered)
        state.chargers[key].settings = a_charger(key)
    state.balanced = list(state.chargers.values())
    before = {key: history[-1] for key, history in zip(ids, histories, strict=True)}
    shares = dict(zip(ids, shares_a, strict=False))
    granted, blockers = granted_raises(state, (room_a,), shares, 0)
    highest_a = sum(
        max(*history, granted[key]) for key, history in zip(ids, histories, strict=True)
    )
    is_raised = any(granted[key] > before[key] for key in ids)
    assert not is_raised or highest_a <= room_a + 1e-3
    assert all(granted[key] == shares[key] for key in ids if key not in blockers)
    assert all(granted[key] <= before[key] < shares[key] for key in blockers)


@pytest.mark.parametrize("settled_s", [0.0, WINDOW_S - 1])
def test_wait_ends_with_the_window(settled_s: float) -> None:
    """Response time and meter delay after its delivery, the cut is all that counts."""
    state = a_state(TWO, a=told(30, 10, at=LONG_AGO / 2), b=6)
    shares = {"a": 10, "b": 22}
    sent_at = LONG_AGO / 2
    assert granted_raises(state, (32.0,), shares, sent_at + settled_s)[0]["b"] == 6
    assert granted_raises(state, (32.0,), shares, sent_at + WINDOW_S) == (shares, {})
