"""What a charger may have been told: every command counts until a later one has settled."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.estimate.setpoints import (
    Interval,
    Setpoint,
    Setpoints,
    hull,
    is_from_before,
    since_confirmed,
)
from tests.balancing.builders import WINDOW_S, a_setpoint
from tests.explore import examples


def before() -> Setpoint:
    """Return what the charger was told before this run."""
    return Setpoint(current_a=16)


def a_cut(**others: bool) -> Setpoint:
    """Return a cut to 10 A that got through a second after it was sent."""
    return Setpoint(current_a=10, sent_at=100.0, delivered_at=101.0, **others)


def a_raise() -> Setpoint:
    """Return a raise to 20 A, sent later, of which nothing is known yet."""
    return Setpoint(current_a=20, sent_at=105.0)


def told(*items: Setpoint, current_a: int = 0) -> Setpoints:
    """Return a charger that was told so."""
    return Setpoints(items=list(items), current_a=current_a)


def possible(setpoints: Setpoints, at: float) -> Interval:
    """Return the least and the most that the charger may be following at a moment."""
    return hull([item.current_a for item in setpoints.in_force(at, WINDOW_S)])


# In force


@pytest.mark.parametrize(
    ("at", "low_a", "high_a"),
    [
        pytest.param(99, 16, 16, id="before it was sent"),
        pytest.param(100, 10, 16, id="it may act at once"),
        pytest.param(112.9, 10, 16, id="or as late as its window ends"),
        pytest.param(113, 10, 10, id="settled"),
    ],
)
def test_both_commands_count_until_the_later_one_has_settled(
    at: float, low_a: float, high_a: float
) -> None:
    """A charger may follow a command at once, or as late as it is allowed to."""
    assert possible(told(before(), a_cut()), at) == Interval(low_a=low_a, high_a=high_a)


def test_undelivered_command_never_replaces_one() -> None:
    """A command that failed may have arrived all the same, or not: both count, for ever."""
    assert possible(told(a_cut(), a_raise()), 1e6) == Interval(low_a=10, high_a=20)


def test_undelivered_command_leaves_when_a_later_one_has_settled() -> None:
    """What came through last wins over all that was sent before it."""
    latest = Setpoint(current_a=8, sent_at=110.0, delivered_at=111.0)
    assert possible(told(a_cut(), a_raise(), latest), 123) == Interval(low_a=8, high_a=8)


def test_nothing_told_is_nothing_drawn() -> None:
    """A charger that was never told anything counts as 0 A."""
    assert hull([]) == Interval(low_a=0, high_a=0)
    assert Setpoints().in_force(0, WINDOW_S) == []


def test_late_reading_sees_the_commands_of_its_own_time() -> None:
    """A reading from before a command knows nothing of it, though it comes after it."""
    setpoints = told(before(), a_cut(), a_raise())
    assert possible(setpoints, 104) == Interval(low_a=10, high_a=16)
    setpoints.on_reading(104, WINDOW_S)
    assert setpoints.items == [before(), a_cut(), a_raise()]


def test_what_has_settled_is_forgotten_what_comes_later_is_kept() -> None:
    """Only what may still be in force is remembered."""
    later = Setpoint(current_a=6, sent_at=120.0)
    setpoints = told(before(), a_cut(), a_raise(), later)
    setpoints.on_reading(113, WINDOW_S)
    assert setpoints.items == [a_cut(), a_raise(), later]


def test_last_command_is_never_forgotten() -> None:
    """What the charger has now is known however long ago it was told."""
    setpoints = told(a_cut())
    setpoints.on_reading(50, WINDOW_S)
    assert setpoints.items == [a_cut()]


def test_command_settles_a_window_after_its_delivery() -> None:
    """From then on the charger follows it, and the meter shows so."""
    assert told(before(), a_cut()).settles_at(WINDOW_S) == 113
    assert told(before(), a_cut(), a_raise()).settles_at(WINDOW_S) == 113
    assert told(a_cut(), a_raise()).settles_at(WINDOW_S) is None
    assert told(a_cut()).settles_at(WINDOW_S) is None


# What becomes of a command


def test_command_is_in_force_from_when_it_is_sent() -> None:
    """It may act before the call returns."""
    setpoints = Setpoints(items=[before()], current_a=16, resume_a=16)
    setpoints.on_sent(10, 100.0)
    assert setpoints == Setpoints(
        items=[before(), Setpoint(current_a=10, sent_at=100.0)], current_a=16
    )


def test_delivery_is_noted_once_for_the_command_it_belongs_to() -> None:
    """A second report of the same delivery does not make the command younger."""
    setpoints = told(a_cut(), a_raise(), current_a=10)
    setpoints.on_delivered(105.0, 106.0)
    setpoints.on_delivered(105.0, 200.0)
    delivered = Setpoint(current_a=20, sent_at=105.0, delivered_at=106.0)
    assert setpoints == Setpoints(items=[a_cut(), delivered], current_a=20, newest_since=106.0)


def test_second_report_of_an_older_delivery_changes_nothing() -> None:
    """The setpoint shown is what got through last."""
    setpoints = told(a_cut(), a_setpoint(20, sent_at=105), current_a=20)
    setpoints.on_delivered(100.0, 200.0)
    assert setpoints == told(a_cut(), a_setpoint(20, sent_at=105), current_a=20)


def test_delivery_leaves_a_confirmed_command_confirmed() -> None:
    """A call may return later than the meter shows what it did."""
    setpoints = told(before(), Setpoint(current_a=10, sent_at=100.0, is_confirmed=True))
    setpoints.on_delivered(100.0, 101.0)
    assert setpoints.items == [before(), a_cut(is_confirmed=True)]


def test_failed_calls_are_counted_for_their_command() -> None:
    """Each failure makes it likelier that the charger has not heard of it."""
    setpoints = told(a_cut(), a_raise(), current_a=10)
    setpoints.on_failed(105.0, 107.0)
    setpoints.on_failed(105.0, 109.0)
    failed = Setpoint(
        current_a=20, sent_at=105.0, first_failed_at=107.0, failed_at=109.0, failures=2
    )
    assert setpoints == told(a_cut(), failed, current_a=10)


def failed(current_a: int, *, sent_at: float, at: float) -> Setpoint:
    """Return a command whose call failed."""
    return Setpoint(current_a=current_a, sent_at=sent_at, failed_at=at, failures=1)


@pytest.mark.parametrize(
    ("item", "at", "is_kept"),
    [
        pytest.param(failed(20, sent_at=105, at=107), 118.9, True, id="it may act still"),
        pytest.param(failed(20, sent_at=105, at=107), 119, False, id="its window is over"),
        pytest.param(a_raise(), 1e6, True, id="its call has not returned"),
        pytest.param(a_setpoint(20, sent_at=105), 1e6, True, id="it got through"),
        pytest.param(
            Setpoint(current_a=20, sent_at=105.0, delivered_at=109.0, failed_at=107.0, failures=1),
            1e6,
            True,
            id="it got through in the end",
        ),
    ],
)
def test_what_only_failed_and_was_replaced_counts_no_more(
    item: Setpoint, at: float, *, is_kept: bool
) -> None:
    """A raise that never arrived does not keep others from their share for ever."""
    newest = failed(8, sent_at=106, at=108)
    setpoints = told(a_cut(), deepcopy(item), newest)
    setpoints.on_without_effect(at, WINDOW_S)
    assert setpoints.items == [a_cut(), *([item] if is_kept else []), newest]


@pytest.mark.parametrize(
    ("first_failed_at", "at", "is_kept"),
    [
        pytest.param(None, 1e6, True, id="its call has not returned"),
        pytest.param(107.0, 118.9, True, id="it may act still"),
        pytest.param(107.0, 119.0, False, id="out of reach"),
    ],
)
def test_charger_that_cannot_be_told_anything_is_the_houses(
    first_failed_at: float | None, at: float, *, is_kept: bool
) -> None:
    """What it may be doing is in the reading: it does not keep others from their share for ever."""
    newest = Setpoint(
        current_a=10, sent_at=105.0, first_failed_at=first_failed_at, failed_at=first_failed_at
    )
    setpoints = told(*Setpoints.unknown(32).items, deepcopy(newest))
    setpoints.on_without_effect(at, WINDOW_S)
    assert setpoints.items == [*(Setpoints.unknown(32).items if is_kept else []), newest]


def test_newest_command_counts_though_it_failed() -> None:
    """It is still tried, and may get through each moment."""
    setpoints = told(failed(8, sent_at=106, at=108))
    setpoints.on_without_effect(1e6, WINDOW_S)
    assert setpoints.items == [failed(8, sent_at=106, at=108)]
    nothing = Setpoints()
    nothing.on_without_effect(1e6, WINDOW_S)
    assert nothing == Setpoints()


def test_commands_before_a_confirmed_one_do_not_count() -> None:
    """What the meter has shown the charger to have come down to is where it is."""
    confirmed = a_cut(is_confirmed=True)
    assert since_confirmed([before(), a_cut(), a_raise()]) == [before(), a_cut(), a_raise()]
    assert since_confirmed([before(), confirmed, a_raise()]) == [confirmed, a_raise()]
    assert since_confirmed([before(), confirmed]) == [confirmed]
    assert since_confirmed([confirmed]) == [confirmed]
    earlier = Setpoint(current_a=16, is_confirmed=True)
    assert since_confirmed([earlier, confirmed, a_raise()]) == [confirmed, a_raise()]
    assert since_confirmed([]) == []


def test_it_is_the_newest_command_that_is_confirmed() -> None:
    """A fall shows what the charger was told last."""
    setpoints = told(before(), a_cut())
    setpoints.on_confirmed()
    assert setpoints.items == [before(), a_cut(is_confirmed=True)]
    nothing = Setpoints()
    nothing.on_confirmed()
    assert nothing == Setpoints()


# What is known from before


def test_charger_that_was_never_commanded_may_do_anything() -> None:
    """What a charger does that we never told anything is not ours to guess, up to its rating."""
    setpoints = Setpoints.unknown(32)
    assert possible(setpoints, 0) == Interval(low_a=0, high_a=32)
    assert setpoints.is_unknown
    assert (setpoints.current_a, setpoints.resume_a) == (0, 32)


def test_charger_is_unknown_until_a_command_of_ours_has_settled() -> None:
    """From then on it has what we told it."""
    setpoints = Setpoints.unknown(32)
    setpoints.on_sent(10, 100.0)
    setpoints.on_delivered(100.0, 101.0)
    setpoints.on_reading(112.9, WINDOW_S)
    assert setpoints.is_unknown
    setpoints.on_reading(113, WINDOW_S)
    assert not setpoints.is_unknown
    assert setpoints.items == [a_cut()]


def test_restored_charger_may_follow_any_of_what_it_was_told() -> None:
    """What was in force before the restart is so after it; the first command is no raise."""
    setpoints = Setpoints.known((16, 10), 16, 10)
    assert possible(setpoints, 0) == Interval(low_a=10, high_a=16)
    assert not setpoints.is_unknown
    assert (setpoints.current_a, setpoints.resume_a) == (16, 10)


def test_run_has_settled_when_its_first_command_has() -> None:
    """Until then a charger goes on with what it had before the restart."""
    assert is_from_before([])
    assert is_from_before([before(), a_cut()])
    assert not is_from_before([a_cut()])


def test_charger_that_is_switched_on_has_what_it_was_last_told() -> None:
    """Nothing was commanded meanwhile, so nothing else can be in force."""
    setpoints = told(before(), a_cut(), a_raise(), current_a=10)
    setpoints.on_switched_on()
    assert setpoints == Setpoints(items=[Setpoint(current_a=10)], current_a=10, resume_a=10)


def test_switching_on_before_the_first_command_changes_nothing() -> None:
    """What was restored, or is unknown, stays so."""
    setpoints = Setpoints.unknown(32)
    setpoints.on_switched_on()
    assert setpoints == Setpoints.unknown(32)


# What is asked of it


@pytest.mark.parametrize(
    ("sent", "since"),
    [
        pytest.param((), None, id="nothing told"),
        pytest.param(((10, None),), None, id="it did not get through"),
        pytest.param(((10, 101),), 101, id="delivered"),
        pytest.param(((10, 101), (10, 121)), 101, id="said again"),
        pytest.param(((10, None), (10, 121)), 121, id="said again, failing before"),
        pytest.param(((10, 101), (10, None)), 101, id="said again, failing"),
        pytest.param(((16, 101),), 101, id="what it had before this run"),
        pytest.param(((10, 101), (20, None)), None, id="another on its way"),
        pytest.param(((10, 101), (20, None), (20, None)), None, id="another, failing again"),
        pytest.param(((10, 101), (20, 121)), 121, id="another delivered"),
        pytest.param(((10, 101), (6, None), (10, None)), None, id="another between, none of it"),
        pytest.param(((10, 101), (6, 111), (10, 121)), 121, id="another between"),
    ],
)
def test_current_is_told_since_it_got_through_first(
    sent: tuple[tuple[int, float | None], ...], since: float | None
) -> None:
    """Said again it is not younger: the charger has had its time to follow."""
    setpoints = told(before())
    for index, (current_a, at) in enumerate(sent):
        setpoints.on_sent(current_a, index)
        if at is not None:
            setpoints.on_delivered(index, at)
    assert setpoints.newest_since == since


def test_delivery_of_what_was_replaced_is_no_beginning() -> None:
    """A call that returns late says nothing of the current that was sent since."""
    setpoints = told(before())
    setpoints.on_sent(10, 100)
    setpoints.on_sent(20, 101)
    setpoints.on_delivered(100, 102)
    assert (setpoints.current_a, setpoints.newest_since) == (10, None)
    setpoints.on_delivered(101, 103)
    assert (setpoints.current_a, setpoints.newest_since) == (20, 103)


def test_current_is_told_since_its_first_delivery_though_a_repeat_is_on_its_way() -> None:
    """It is the current that the charger must follow, not the call."""
    setpoints = told(before())
    setpoints.on_sent(10, 100)
    setpoints.on_sent(10, 110)
    setpoints.on_delivered(100, 111)
    setpoints.on_delivered(110, 112)
    assert setpoints.newest_since == 111


def test_forgotten_commands_leave_since_when_the_newest_has_been_told() -> None:
    """A repeat that has settled makes the current no younger."""
    setpoints = told(before())
    for at in (100, 140):
        setpoints.on_sent(10, at)
        setpoints.on_delivered(at, at)
    setpoints.on_reading(140 + WINDOW_S, WINDOW_S)
    assert setpoints.items == [a_setpoint(10, sent_at=140)]
    assert setpoints.newest_since == 100


def test_what_was_told_before_this_run_has_no_beginning() -> None:
    """When it got through is not known any more."""
    assert Setpoints.known((16,), 16, 16).newest_since is None


def test_charger_that_is_switched_on_must_be_told_anew() -> None:
    """Meanwhile it was another's: it is blamed for nothing that it was told before."""
    setpoints = told(before())
    setpoints.on_sent(10, 100)
    setpoints.on_delivered(100, 101)
    setpoints.on_switched_on()
    assert setpoints.newest_since is None
    setpoints.on_sent(10, 200)
    assert setpoints.newest_since is None
    setpoints.on_delivered(200, 201)
    assert setpoints.newest_since == 201


def test_newest_command_is_the_last_sent() -> None:
    """Whatever became of it."""
    assert told(a_cut(), a_raise()).newest == a_raise()
    assert told(a_cut(), a_raise()).sent_at == 105
    assert told(before()).sent_at is None
    assert (Setpoints().newest, Setpoints().sent_at) == (None, None)


@pytest.mark.parametrize(
    ("setpoints", "is_so"),
    [
        pytest.param(told(a_setpoint(0), a_raise()), True, id="start on its way"),
        pytest.param(told(a_setpoint(0), a_setpoint(20), current_a=20), False, id="started"),
        pytest.param(told(a_cut(), a_raise(), current_a=10), False, id="a raise is no start"),
        pytest.param(told(a_setpoint(0)), False, id="nothing sent"),
        pytest.param(told(before()), False, id="told before this run"),
        pytest.param(
            told(a_raise(), Setpoint(current_a=0, sent_at=110.0)), False, id="stopped again"
        ),
    ],
)
def test_start_that_did_not_get_through_is_known(setpoints: Setpoints, *, is_so: bool) -> None:
    """A later current alone would not start the charger."""
    assert setpoints.is_start_undelivered is is_so


# Whatever was sent


@st.composite
def histories(draw: st.DrawFn) -> Setpoints:
    """Return commands one after the other, some delivered, in the order they were sent."""
    moments = sorted(draw(st.lists(st.floats(0, 100), min_size=1, max_size=5)))
    return told(
        *(
            Setpoint(
                current_a=draw(st.integers(0, 32)),
                sent_at=at,
                delivered_at=draw(st.one_of(st.none(), st.floats(at, at + 20))),
            )
            for at in moments
        )
    )


@given(setpoints=histories(), at=st.floats(100, 200), later_s=st.floats(0, 50))
@examples(300)
def test_forgetting_changes_nothing_that_is_asked_later(
    setpoints: Setpoints, at: float, later_s: float
) -> None:
    """What is dropped at one moment would not have counted at any later one."""
    kept = deepcopy(setpoints)
    kept.on_reading(at, WINDOW_S)
    later = at + later_s
    assert possible(kept, later) == possible(setpoints, later)


@given(setpoints=histories(), at=st.floats(0, 200))
@examples(300)
def test_last_command_is_always_among_those_in_force(setpoints: Setpoints, at: float) -> None:
    """What was sent last by a moment may act at it, whatever became of it."""
    sent = [item for item in setpoints.items if item.sent_at is not None and item.sent_at <= at]
    assert setpoints.in_force(at, WINDOW_S)[-1:] == sent[-1:]


@given(setpoints=histories(), at=st.floats(0, 200), shorter_s=st.floats(0, WINDOW_S))
@examples(300)
def test_longer_window_never_forgets_sooner(
    setpoints: Setpoints, at: float, shorter_s: float
) -> None:
    """A slower meter leaves all in force that a quicker one does."""
    longer, shorter = (setpoints.in_force(at, window_s) for window_s in (WINDOW_S, shorter_s))
    assert longer[len(longer) - len(shorter) :] == shorter
