"""What a charger's own number says is evidence: of a ceiling, an excess, a reset. Not of a draw."""

from typing import Any

import pytest

from custom_components.ev_lb.balancing.model import (
    CarStatus,
    EventType,
    LimitedBy,
    ReadBack,
    SetCurrent,
    StartCharging,
    StopCharging,
)
from custom_components.ev_lb.balancing.settings import Settings
from custom_components.ev_lb.balancing.supervise.read_back import (
    ECHO_S,
    MOST_TOLD,
    ReadBackRecord,
)

from ..builders import Run, a_state, charging, settings

OF = settings()

AGAIN = SetCurrent(charger_id="a", current_a=16)
START = StartCharging(charger_id="a", current_a=16)
STOP = StopCharging(charger_id="a")


def set_a(current_a: int) -> SetCurrent:
    """Return the command to charge with this current."""
    return SetCurrent(charger_id="a", current_a=current_a)


def at_16(of: Settings = OF, **records: Any) -> Run:
    """Return a car that has been charging with 16 A for long, as its number shows; the house too.

    That is all there is: 32 A.
    """
    run = Run(of, a_state(of, house_a=16, a=charging(16, **records)), now=0)
    run.read(32)
    run.show(16)
    run.now = 600
    run.read(32)
    assert run.sent == []
    return run


def told_16() -> Run:
    """Return a car that was told 16 A long ago, by a number that has shown nothing since."""
    run = Run(OF, a_state(OF, house_a=16, a=16), now=600)
    run.read(32)
    assert run.sent == []
    return run


def later(run: Run, seconds: float, reading_a: float = 32) -> None:
    """Let time pass, and the meter say the same."""
    run.sleep(seconds)
    run.read(reading_a)


def limits(run: Run) -> tuple[int, LimitedBy, int | None, int | None]:
    """Return what the charger is to have and why, and the limits that are shown of it."""
    shown = run.decide().view.chargers["a"]
    return shown.target_a, shown.limited_by, shown.manual_limit_a, shown.charger_ceiling_a


# What says nothing


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(ReadBack(at=600, current_a=16, is_paused=False), id="our command"),
        pytest.param(ReadBack(at=600, current_a=15, is_paused=False), id="an ampere less: rounded"),
        pytest.param(ReadBack(at=600, current_a=17.5, is_paused=False), id="a little more"),
        pytest.param(ReadBack(at=600), id="unavailable"),
        pytest.param(ReadBack(at=600, is_paused=False), id="a number that repeats what we write"),
        pytest.param(ReadBack(at=-995, current_a=10), id="said before it could have followed"),
        pytest.param(
            ReadBack(at=-1100, current_a=20, is_paused=False), id="said before the command"
        ),
    ],
)
def test_what_is_no_evidence_changes_nothing(said: ReadBack) -> None:
    """Nothing is sent for it, and nothing is believed of it."""
    run = told_16()
    assert run.decide(read_backs={"a": said}).commands == ()
    assert limits(run) == (16, LimitedBy.HEADROOM, None, None)


def test_read_back_of_another_site_is_ignored() -> None:
    """A charger that was removed says nothing any more."""
    run = told_16()
    assert run.show(6, charger_id="gone").commands == ()


def test_nothing_is_judged_while_a_command_is_on_its_way() -> None:
    """A slow call is no charger that refuses."""
    run = at_16()
    run.is_delivering = False
    run.change_charger("a", max_charger_current_a=10)
    run.sent.clear()
    run.now += 60
    run.show(16)
    assert run.sent == []


@pytest.mark.parametrize("shown_a", [16, 16.4, 15])
def test_slow_read_back_of_what_was_told_before_is_an_echo(shown_a: float) -> None:
    """A cloud that is polled each 90 s overrides nobody (accident 15)."""
    run = at_16()
    run.change_charger("a", max_charger_current_a=10)
    run.sent.clear()
    for _ in range(3):
        later(run, 55, 26)
        run.show(shown_a)
    assert run.sent == []


def test_echo_that_stays_is_none() -> None:
    """After three minutes a charger that still shows the command before has not followed."""
    run = at_16()
    run.change_charger("a", max_charger_current_a=10)
    run.sent.clear()
    later(run, 30, 26)
    run.show(16)
    assert [(at - 600, command) for at, command in run.sleep(200)] == [(ECHO_S, set_a(10))]


def test_first_word_after_a_restart_limits_nobody() -> None:
    """The current that a charger was left with is not the user's ceiling (accident 14)."""
    run = Run(OF, a_state(OF, house_a=16, a=16), now=0)
    run["a"].setpoints.on_switched_on()
    run.show(6)
    assert run.sent == [(0, START)]
    assert limits(run) == (16, LimitedBy.HEADROOM, None, None)


# A ceiling of the charger


def capped() -> Run:
    """Return a car whose charger shows 10 A of its 16 A, though it was told again."""
    run = told_16()
    assert run.show(10).commands == (AGAIN,)
    later(run, 12, 26)
    run.show(10)
    return run


def test_charger_that_shows_less_is_told_again_once() -> None:
    """It may have missed its command; it is not fought for it."""
    run = told_16()
    assert run.show(10).commands == (AGAIN,)
    for _ in range(3):
        run.now += 3
        run.show(10)
    assert run.sent == [(600, AGAIN)]


def test_charger_that_stays_below_has_a_ceiling() -> None:
    """It is shown, and the charger is told no more than it takes."""
    run = capped()
    assert run.sent == [(600, AGAIN), (612, set_a(10))]
    assert limits(run) == (10, LimitedBy.CHARGER_CEILING, None, 10)


def test_nothing_new_said_is_no_ceiling() -> None:
    """A number that says nothing after the second telling may be slow."""
    run = told_16()
    run.show(10)
    later(run, 300)
    assert limits(run) == (16, LimitedBy.HEADROOM, None, None)


def test_ceiling_is_lifted_where_the_charger_shows_more() -> None:
    """It takes more again: the car gets its share."""
    run = capped()
    later(run, 250, 26)
    run.show(14)
    assert limits(run)[3] is None


def test_ceiling_ends_when_less_is_given() -> None:
    """What does not bind is not shown."""
    run = capped()
    later(run, 20, 26)
    run.change_charger("a", max_charger_current_a=8)
    assert limits(run) == (8, LimitedBy.CHARGER_MAXIMUM, None, None)


def test_known_ceiling_is_believed_at_once() -> None:
    """When it binds again the charger is not told again first."""
    run = capped()
    later(run, 20, 26)
    run.change_charger("a", max_charger_current_a=8)
    later(run, 100, 24)
    run.change_charger("a", max_charger_current_a=32)
    later(run, 200, 26)
    run.sent.clear()
    run.show(10)
    assert limits(run)[3] == 10
    assert [command for _, command in run.sent] == [set_a(10)]


def test_ceiling_ends_when_the_car_leaves() -> None:
    """It may have been the cable's, or the car's."""
    run = capped()
    run.see("a", 0, CarStatus.ABSENT)
    assert limits(run)[3] is None


def test_ceiling_below_the_minimum_is_a_reset() -> None:
    """A car cannot charge with it."""
    run = Run(OF, a_state(OF, house_a=16, a=16), now=600)
    run.read(32)
    run.change_charger("a", min_ev_current_a=12)
    assert run.show(10).commands == (START,)


def test_nothing_is_concluded_of_less_while_the_house_is_over() -> None:
    """A cut that takes nothing would pass for an answer to the overload."""
    run = told_16()
    run.now = 601
    decision = run.read(40)
    assert decision.commands == (set_a(8),)
    run.sent.clear()
    run.now = 612
    run.show(6)
    assert run.sent == []


# More than its command


def test_charger_that_shows_more_is_told_again_and_then_reported() -> None:
    """It is reported when that has not helped, and told again with growing waits."""
    run = told_16()
    assert run.show(20).commands == (AGAIN,)
    run.now = 605
    run.show(20)
    assert run.events == []
    run.now = 612
    run.show(20)
    assert [(event.type, event.charger_id) for event in run.events] == [
        (EventType.CHARGER_UNRESPONSIVE, "a")
    ]
    assert run.decide().view.chargers["a"].is_unresponsive
    for _ in range(100):
        later(run, 30)
        run.show(20)
    assert [at for at, _ in run.sent] == pytest.approx([600, 900, 1800], abs=31)


def test_own_command_shown_again_proves_nothing() -> None:
    """It may only repeat what was written: the report stands until a cut is seen followed."""
    run = told_16()
    run.show(20)
    run.now = 612
    run.show(20)
    later(run, 10)
    run.show(16)
    assert run.decide().view.chargers["a"].is_unresponsive
    later(run, 100)
    run.change_charger("a", max_charger_current_a=8)
    run.now += 5
    run.read(24)
    assert [event.type for event in run.events] == [
        EventType.CHARGER_UNRESPONSIVE,
        EventType.CHARGER_RECOVERED,
    ]


def test_stop_that_is_not_followed_is_said_again_and_then_reported() -> None:
    """A charger that shows that it runs though it was stopped."""
    run = at_16()
    run.change_charger("a", max_charger_current_a=0)
    run.sent.clear()
    later(run, 12, 16)
    later(run, 190, 16)
    run.show(16)
    assert [command for _, command in run.sent] == [STOP]
    later(run, 12, 16)
    run.show(16)
    assert run.decide().view.chargers["a"].is_unresponsive


@pytest.mark.parametrize(("current_a", "is_paused"), [(16, True), (16, None), (0, False)])
def test_number_of_a_stopped_charger_keeps_its_value(
    current_a: float, *, is_paused: bool | None
) -> None:
    """Paused, with a number that nothing is asked of, or at 0 A: it is stopped."""
    run = at_16()
    run.change_charger("a", max_charger_current_a=0)
    run.sent.clear()
    later(run, 12, 16)
    later(run, 190, 16)
    run.show(current_a, is_paused=is_paused)
    assert run.sent == []


# A reset


@pytest.mark.parametrize(
    ("current_a", "is_paused"), [(0, False), (5, False), (16, True), (None, True)]
)
def test_charger_that_was_reset_is_started_at_once(
    current_a: float | None, *, is_paused: bool
) -> None:
    """A power cut, or another app."""
    run = at_16()
    assert run.show(current_a, is_paused=is_paused).commands == (START,)


def test_reset_is_answered_with_growing_waits() -> None:
    """At once, then after 5, 15 and each 60 minutes."""
    run = at_16()
    for _ in range(600):
        run.show(0)
        later(run, 20)
    told = [at - 600 for at, command in run.sent if command == START]
    assert told == pytest.approx([0, 300, 1200, 4800, 8400, 12000], abs=21)


def test_reset_lowers_nothing_that_is_believed_to_be_drawn() -> None:
    """The number may be wrong: what the meter has shown of the car stands."""
    run = at_16()
    run.show(0)
    assert run.sent == [(600, START)]
    assert run["a"].evidence.low_a is None


def test_charger_that_shows_now_this_now_that_is_left_in_peace() -> None:
    """Some wear out by being written."""
    run = at_16()
    for turn in range(180):
        run.show((0, 16, 24, 16)[turn % 4])
        later(run, 20)
    assert len(run.sent) == MOST_TOLD
    run.sent.clear()
    later(run, 600)
    run.show(0)
    assert [command for _, command in run.sent] == [START]


# Switched off


def test_what_was_believed_is_forgotten_with_the_switch() -> None:
    """The charger is another's to command."""
    run = capped()
    run.change_charger("a", is_enabled=False)
    assert run.decide().view.chargers["a"].charger_ceiling_a is None


def test_nothing_is_remembered_where_nothing_is_said() -> None:
    """Chargers without such entities have none of it."""
    run = Run(OF, a_state(OF, house_a=16, a=16), now=600)
    run.read(32)
    assert run["a"].read_back == ReadBackRecord()


@pytest.mark.parametrize(
    ("most_a", "target_a"), [pytest.param(13, 13, id="13 A"), pytest.param(4, 16, id="no charger")]
)
def test_number_bounds_the_charger_to_what_it_takes(most_a: int, target_a: int) -> None:
    """Be it one that shows only what was written; one that ends below the minimum says nothing."""
    run = told_16()
    run.decide(read_backs={"a": ReadBack(at=run.now, most_a=most_a)})
    assert run.targets["a"] == target_a
    is_bound = run["a"].allocation.limited_by is LimitedBy.CHARGER_CEILING
    assert is_bound is (target_a == most_a)
