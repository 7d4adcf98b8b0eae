"""Which way round the meter counts, asked of a car that begins to charge."""

from collections.abc import Sequence
from typing import Any

import pytest

from custom_components.ev_lb.balancing.model import (
    CarReading,
    LimitedBy,
    MeterFault,
    MeterStatus,
)
from custom_components.ev_lb.balancing.settings import UnavailableBehavior
from custom_components.ev_lb.balancing.supervise.polarity import AGAIN_S, TELLING_A
from tests.balancing.builders import Run, a_charger, a_state, settings

SHOWN_S = 14
"""When the meter has shown a command."""


def begun(*ids: str, max_a: int = 20, **site: Any) -> Run:
    """Return a house that draws nothing, its chargers started just now."""
    chargers = [a_charger(each, max_a=max_a, fallback_a=16) for each in ids or "a"]
    of = settings(*chargers, **{"rated_a": 40} | site)
    run = Run(of, a_state(of, house_a=(0.0,)), now=0)
    run.listen(3, 0)
    assert set(run.targets.values()) == {max_a}
    return run


def show(run: Run, current_a: float) -> None:
    """Let the meter show a command's time long what it is to show of it."""
    run.listen(SHOWN_S, current_a)


def show_until_raised(run: Run, current_a: float) -> None:
    """Let the meter show the same until the charger has again some of what it had."""
    while run.targets == {"a": 6}:
        run.listen(1, current_a)
    assert run.targets == {"a": 6 + TELLING_A}


def test_reversed_meter_is_lost_after_a_raise_a_cut_and_a_raise() -> None:
    """Each has shown the wrong way round, by its size: the house did not do that."""
    run = begun()
    show(run, -20)
    assert run.targets == {"a": 6}
    show(run, -6)
    show_until_raised(run, -6)
    show(run, -11)
    assert run.state.meter.fault is MeterFault.REVERSED
    assert run.state.meter.lost_values == {0}
    assert run.targets == {"a": 0}


@pytest.mark.parametrize("shown_a", [-3, -25, 0], ids=["too little", "too much", "nothing"])
def test_move_of_another_size_is_the_houses(shown_a: float) -> None:
    """The sun came out, or a cloud: nobody is asked for it."""
    run = begun()
    show(run, shown_a)
    assert run.targets == {"a": 20}


@pytest.mark.parametrize(
    "asked_a",
    [
        pytest.param(-20, id="nothing moves: no car"),
        pytest.param(-34, id="it falls, as it should"),
        pytest.param(5, id="it rises by far more"),
    ],
)
def test_house_that_moved_by_chance_is_not_asked_again_soon(asked_a: float) -> None:
    """The cut that asks has not shown the wrong way round: the charger goes on as before."""
    run = begun()
    show(run, -20)
    assert run.targets == {"a": 6}
    show(run, asked_a)
    run.listen(120, asked_a)
    assert run.state.meter.status is MeterStatus.AVAILABLE
    assert run["a"].polarity.wrong_times == 0


def test_next_question_waits() -> None:
    """A house that moves all the time may not keep a car low."""
    run = begun()
    show(run, -20)
    polarity = run["a"].polarity
    asked_at = polarity.asked_at
    run.listen(200, -20)  # nothing has moved by the cut
    polarity.on_wrong(frozenset({0}), 20.0)
    run.listen(int(asked_at + AGAIN_S - run.now - 1), -20)
    assert polarity.asked_at == asked_at
    run.listen(2, -20)
    assert polarity.asked_at == asked_at + AGAIN_S


def test_charger_that_was_shown_both_ways_is_not_suspected() -> None:
    """No clamp turns by itself: later it is the sun."""
    run = begun()
    show(run, 20)
    assert not run["a"].polarity.is_right
    run.change_charger("a", max_charger_current_a=6)
    show(run, 6)
    assert run["a"].polarity.is_right
    run.change_charger("a", max_charger_current_a=20)
    show(run, -8)
    assert run["a"].polarity.wrong_times == 0


def test_car_that_comes_after_its_start_is_asked_too() -> None:
    """The usual evening: what falls then may be the car."""
    run = begun()
    run.listen(200, 0)
    assert run.targets == {"a": 20}
    run.listen(2, -16)
    assert run.targets == {"a": 6}
    run.listen(2, -6)
    show_until_raised(run, -6)
    show(run, -11)
    assert run.state.meter.fault is MeterFault.REVERSED


def test_small_car_is_stopped_to_ask() -> None:
    """Between what it draws and its minimum there is too little to tell."""
    run = begun()
    show(run, -10)
    assert run.targets == {"a": 0}
    assert run["a"].allocation.limited_by is LimitedBy.PROBE


@pytest.mark.parametrize("is_lost", [True, False], ids=["meter lost", "switched off"])
def test_command_that_nobody_saw_the_end_of_tells_nothing(*, is_lost: bool) -> None:
    """What the meter shows afterwards may be of an hour later."""
    run = begun()
    if is_lost:
        run.lose_meter()
    else:
        run.change_charger("a", is_enabled=False)
    run.read(-20)
    assert not run["a"].polarity.is_open
    assert run["a"].polarity.wrong_times == 0


def test_car_that_its_sensor_does_not_show_was_the_house() -> None:
    """The charger knows better than the meter that nothing flows."""
    run = begun()
    run.decide(cars={"a": CarReading(at=run.now, current_a=0.0)})
    show(run, -20)
    assert run.targets == {"a": 20}


def test_two_that_start_together_are_asked_one_by_one() -> None:
    """A fall of both is of a size that both explain; the answer must be of one."""
    run = begun("a", "b")
    show(run, -40)
    assert run.targets == {"a": 6, "b": 20}


def test_command_the_other_way_tells_nothing() -> None:
    """What one takes and another gives does not show whose it was."""
    run = begun("a", "b")
    run.change_charger("b", max_charger_current_a=0)
    show(run, -20)
    assert run["a"].polarity.wrong_times == 0


def lost(**site: Any) -> Run:
    """Return a house whose meter was found out to be reversed."""
    run = begun(**site)
    for current_a in (-20, -6):
        show(run, current_a)
    show_until_raised(run, -6)
    show(run, -11)
    assert run.state.meter.fault is MeterFault.REVERSED
    return run


@pytest.mark.parametrize("behavior", list(UnavailableBehavior))
def test_what_was_given_by_such_a_meter_does_not_stay(behavior: UnavailableBehavior) -> None:
    """Not even where a lost meter is ignored."""
    run = lost(unavailable_behavior=behavior)
    fallback_a = 16 if behavior is UnavailableBehavior.SET_CURRENT else 0
    run.listen(150, 0)
    assert run.targets == {"a": fallback_a}


def listen_until_tried(run: Run) -> None:
    """Let the meter live until it is believed again, and the car has its start."""
    for second in range(1000):
        if run.targets == {"a": 6}:
            return
        run.listen(1, 0.1 * (second % 2))


@pytest.mark.parametrize(
    ("shown_a", "targets"),
    [pytest.param((-6,), {"a": 0}, id="still"), pytest.param((6,), {"a": 20}, id="mended")],
)
def test_it_is_believed_again_by_a_start_at_the_minimum(
    shown_a: Sequence[float], targets: dict[str, int]
) -> None:
    """Nobody mends a clamp in a moment; and one that was not mended costs little to find."""
    run = lost()
    listen_until_tried(run)
    assert run.targets == {"a": 6}
    assert run["a"].allocation.limited_by is LimitedBy.PROBE
    show(run, *shown_a)
    run.listen(60, *shown_a)
    assert run.targets == targets
    assert run.state.meter.is_on_trial is (targets == {"a": 0})
