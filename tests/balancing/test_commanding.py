"""A plan becomes a command: the first is always sent, after that only what changes."""

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.commanding import (
    command_for,
    is_users_own,
    note_sent,
    switched_off,
)
from custom_components.ev_lb.balancing.model import (
    BalancerState,
    ChargerState,
    Command,
    LastAmpere,
    Limit,
    LimitedBy,
    News,
    NewsType,
    Reading,
    SetCurrent,
    StartCharging,
    StartWait,
    StopCharging,
    Unshown,
    WatchStep,
)
from custom_components.ev_lb.balancing.planning import Plan

from .builders import Run, a_charger, a_state, a_watch, an_offer, charging, settings

OURS = settings(a_charger(max_a=16))
STOP = StopCharging(charger_id="a")
READING = Reading(current_a=(20.0,), at=9.0)


def a_run(current_a: int = 16, house_a: float = 8) -> Run:
    """Return a car that charges with this current beside the house, on 32 A."""
    return Run(OURS, a_state(OURS, house_a=house_a, a=current_a), now=1.0)


def set_a(current_a: int) -> SetCurrent:
    """Return the command to change the car's current."""
    return SetCurrent(charger_id="a", current_a=current_a)


def start_a(current_a: int) -> StartCharging:
    """Return the command to start the car with this current."""
    return StartCharging(charger_id="a", current_a=current_a)


@pytest.mark.parametrize(
    ("known", "target_a", "command"),
    [
        pytest.param(charging(0), 10, start_a(10), id="stopped, to charge"),
        pytest.param(charging(16), 10, set_a(10), id="charging, to charge with less"),
        pytest.param(charging(6), 10, set_a(10), id="charging, to charge with more"),
        pytest.param(charging(16), 0, STOP, id="charging, to stop"),
        pytest.param(charging(0), 0, STOP, id="stopped, to be told so again"),
        pytest.param(charging(10, resume_a=10), 10, start_a(10), id="the first command of a run"),
    ],
)
def test_command_brings_the_charger_to_its_target(
    known: ChargerState, target_a: int, command: Command
) -> None:
    """A start is a start only from stopped, or where the charger's real state is not known."""
    assert command_for(a_charger(), known, target_a) == command


@pytest.mark.parametrize(
    ("low_a", "target_a", "command"),
    [
        pytest.param(0, 12, start_a(12), id="a start that was not seen, raised"),
        pytest.param(0, 8, set_a(8), id="cut: it may be charging"),
        pytest.param(6, 12, set_a(12), id="a raise that was not seen: it charges"),
    ],
)
def test_start_of_which_nothing_was_seen_is_said_again(
    low_a: int, target_a: int, command: Command
) -> None:
    """It may have been lost, or the charger has started anew meanwhile."""
    known = charging(10, unshown=Unshown(low_a=low_a, reading_a=(20.0,), since=0.0))
    assert command_for(a_charger(), known, target_a) == command


def test_start_that_was_seen_is_not_said_again() -> None:
    """A car that charges is only told another current."""
    run = a_run(0)
    assert run.read(22.0).commands == (start_a(10),)
    assert run.listen(20, 32.0) == []
    assert run.listen(1, 28.0) == [(22.0, set_a(14))]


@pytest.mark.parametrize(
    ("is_unresponsive", "is_watched"), [(False, False), (True, True)], ids=["obedient", "deaf"]
)
def test_who_did_not_obey_is_still_watched_after_a_lost_meter(
    *, is_unresponsive: bool, is_watched: bool
) -> None:
    """What was only to be judged is forgotten while nobody sees it; an accusation is not."""
    watch = a_watch(WatchStep.STOP, cut_a=16)
    known = charging(0, watch=watch, is_unresponsive=is_unresponsive)
    run = Run(OURS, a_state(OURS, house_a=30.0, a=known), now=1.0)
    run.lose_meter()
    assert (run["a"].watch is not None) is is_watched


@pytest.mark.parametrize(
    ("house_a", "cut_a", "taken_back"),
    [
        pytest.param(17.0, 1, 1, id="the last ampere"),
        pytest.param(18.0, 2, 0, id="more than one"),
    ],
)
def test_house_that_takes_the_last_ampere_back_is_remembered(
    house_a: float, cut_a: int, taken_back: int
) -> None:
    """So that the ampere is not tried again at once."""
    known = charging(16, raised_at=0.0)
    run = Run(OURS, a_state(OURS, house_a=16.0, a=known), now=1.0)
    assert run.read(house_a + 16).commands == (set_a(16 - cut_a),)
    assert run["a"].last_ampere == LastAmpere(taken_back=taken_back)


@pytest.mark.parametrize(
    ("house_a", "command"),
    [
        pytest.param(30.0, STOP, id="stopped, as believed"),
        pytest.param(8.0, start_a(16), id="charging"),
    ],
)
def test_first_command_is_always_sent(house_a: float, command: Command) -> None:
    """The charger's real state after a start is unknown, so it is told whatever we believe."""
    run = Run(OURS, now=1.0)
    assert run.read(house_a).commands == (command,)
    assert run.listen(300, house_a + command.current_a) == []


def test_nothing_is_sent_while_nothing_changes() -> None:
    """A charger is not told again what it has, however often the meter reports."""
    run = a_run()
    assert run.listen(300, 24.0) == []


def test_failed_call_is_not_sent_twice() -> None:
    """What has not been delivered is under way: repeating it is the worker's affair."""
    run = a_run()
    run.is_delivering = False
    assert run.read(40.0).commands == (set_a(8),)
    assert run["a"].commanded_a == 16
    assert run.listen(60, 32.0) == []


def test_each_charger_gets_its_own_command() -> None:
    """One decision tells every charger that changes, in the order they were added."""
    of = settings(a_charger(), a_charger("b"))
    run = Run(of, a_state(of, house_a=4, a=14, b=14), now=1.0)
    commands = run.read(40.0).commands
    assert commands == (set_a(10), SetCurrent(charger_id="b", current_a=10))


def test_raise_must_be_shown_before_it_counts() -> None:
    """What the car was counted as drawing, and what the meter must rise from, is remembered."""
    known = charging(8)
    after = charging(12, offers=known.offers)
    sent = note_sent(known, after, READING, is_repeated=False, now=10.0)
    assert sent.unshown == Unshown(low_a=8, reading_a=(20.0,), since=10.0)
    assert sent.raised_at == 10
    assert sent.offers == (an_offer(8), an_offer(12, sent_at=10.0, delivered=False))
    again = note_sent(sent, charging(16, unshown=sent.unshown), None, is_repeated=False, now=20.0)
    assert again.unshown == Unshown(low_a=8, reading_a=None, since=20.0)


def test_reduction_is_no_raise() -> None:
    """A cut is watched, and leaves the command interval for increases alone."""
    sent = note_sent(charging(16), charging(8), READING, is_repeated=False, now=10.0)
    assert (sent.raised_at, sent.unshown) == (None, None)
    assert sent.watch is not None
    assert (sent.watch.cut_a, sent.watch.sent_at) == (8, 10.0)


def test_overload_stop_is_told_with_its_reason() -> None:
    """An owner can see what the car had, and what the house left."""
    assert a_run().read(50.0).news == (
        News(
            type=NewsType.OVERLOAD_STOP,
            charger_id="a",
            data={"previous_current_a": 16, "available_current_a": -18.0, "headroom_a": -2.0},
        ),
    )


def test_cut_is_not_news() -> None:
    """Only a stop is worth a message: cuts are the daily work."""
    run = a_run()
    assert run.read(40.0).news == ()
    assert run["a"].hold_until == 31


def test_resumed_charging_is_told_once() -> None:
    """The first start after an overload stop is news; a start by the user's number is not."""
    run = a_run()
    run.read(50.0)
    run.listen(90, 8.0)
    resumed = News(type=NewsType.CHARGING_RESUMED, charger_id="a", data={"current_a": 16})
    assert run.news[1:] == [resumed]


@pytest.mark.parametrize("max_a", [10, 0])
def test_users_own_cut_is_neither_news_nor_a_hold(max_a: int) -> None:
    """What the user takes away is given back at once when the user gives it back."""
    run = a_run()
    decision = run.change_charger("a", max_charger_current_a=max_a)
    assert decision.commands == (set_a(10) if max_a else STOP,)
    assert decision.news == ()
    run.listen(14, 8.0 + max_a)
    back = run.change_charger("a", max_charger_current_a=16)
    assert back.commands == (set_a(16) if max_a else start_a(16),)
    assert back.news == ()


def test_limit_below_the_minimum_stops_without_a_word() -> None:
    """A temporary limit is the user's own, and its end is a decision."""
    run = a_run()
    decision = run.limit("a", 5, duration_s=60)
    assert (decision.commands, decision.news) == ((STOP,), ())
    assert run["a"].limited_by is LimitedBy.BELOW_MINIMUM
    assert run.sleep(60) == [(61.0, start_a(16))]
    assert run.news == []


def test_users_own_stop_in_the_turn_of_an_overload_is_the_users() -> None:
    """Where the user has forbidden charging anyway, the house's overload stops nothing."""
    run = a_run()
    limit = Limit(current_a=0, until=100.0)
    reading = Reading(current_a=(50.0,), at=1.0)
    decision = run.decide(reading=reading, limits={"a": limit})
    assert (decision.commands, decision.news) == ((STOP,), ())
    assert run["a"].start_wait == StartWait()


@pytest.mark.parametrize("limited_by", LimitedBy)
def test_only_numbers_and_limits_are_the_users_own(limited_by: LimitedBy) -> None:
    """The house, the meter and other chargers are not the user's choice."""
    own = (LimitedBy.CHARGER_MAXIMUM, LimitedBy.LIMIT, LimitedBy.BELOW_MINIMUM)
    plan = Plan(target_a=0, limited_by=limited_by, block=None)
    assert is_users_own(plan) is (limited_by in own)


def test_charger_left_alone_shows_what_it_was_last_told() -> None:
    """A command that never arrived is not what the charger has."""
    step = switched_off(charging(16, target_a=8))
    assert (step.command, step.news) == (None, ())
    assert (step.state.target_a, step.state.balancer_state) == (16, BalancerState.DISABLED)


@given(
    had_a=st.one_of(st.just(0), st.integers(6, 16)),
    reading_a=st.floats(-50, 100),
    is_lost=st.booleans(),
)
@examples(max_examples=200, deadline=None)
def test_command_and_state_tell_the_same(had_a: int, reading_a: float, is_lost: bool) -> None:
    """A stop shows as stopped, a start comes from stopped, and what is sent is what is wanted."""
    run = a_run(had_a)
    decision = run.decide(is_meter_available=False) if is_lost else run.read(reading_a)
    known = decision.state.chargers["a"]
    assert (known.balancer_state is BalancerState.STOPPED) is (known.target_a == 0)
    if known.target_a == had_a:
        assert decision.commands == ()
    elif known.target_a == 0:
        assert decision.commands == (STOP,)
    else:
        kind = SetCurrent if had_a else StartCharging
        assert decision.commands == (kind(charger_id="a", current_a=known.target_a),)
