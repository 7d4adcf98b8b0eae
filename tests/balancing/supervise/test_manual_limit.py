"""A person who turns the charger down is respected; one who turns it up is not followed."""

from collections.abc import Callable

import pytest

from custom_components.ev_lb.balancing.estimate.wiring import FORGOTTEN_S
from custom_components.ev_lb.balancing.memory import recall, remember, shifted
from custom_components.ev_lb.balancing.model import (
    CarStatus,
    LimitedBy,
    SetCurrent,
    StartCharging,
    StopCharging,
)
from custom_components.ev_lb.balancing.supervise.manual_limit import UPSET_S
from custom_components.ev_lb.balancing.supervise.read_back import STANDS_S

from ..builders import Run, a_charger, a_state, charging, settings

OF = settings()
AGAIN = SetCurrent(charger_id="a", current_a=16)
START = StartCharging(charger_id="a", current_a=16)
STOP = StopCharging(charger_id="a")


def set_a(current_a: int) -> SetCurrent:
    """Return the command to charge with this current."""
    return SetCurrent(charger_id="a", current_a=current_a)


def at_16(*, follows: bool = True) -> Run:
    """Return a car that has been charging with 16 A for long, as its number shows."""
    of = settings(a_charger(max_a=16, rated_a=32, follows_manual_limit=follows))
    run = Run(of, a_state(of, house_a=10, a=charging(16)), now=0)
    run.show(16)
    run.now = 600
    run.read(26)
    assert run.sent == []
    return run


def later(run: Run, seconds: float) -> None:
    """Let time pass, and the meter show the car at what it is to have."""
    until = run.now + seconds
    while run.now < until:
        run.sleep(min(10, until - run.now))
        run.read(10 + run["a"].target_a)


def by_app(current_a: float = 10) -> Run:
    """Return a car that a person has turned down in the charger's own app."""
    run = at_16()
    run.show(current_a)
    return run


def by_hand(current_a: float = 10) -> Run:
    """Return a car that a person has turned down in Home Assistant."""
    run = at_16()
    run.show(current_a, is_by_hand=True)
    return run


def paused() -> Run:
    """Return a car that a person has paused in Home Assistant."""
    run = at_16()
    run.show(16, is_paused=True, is_by_hand=True)
    return run


def limits(run: Run) -> tuple[int, LimitedBy, int | None]:
    """Return what the charger is to have and why, and its manual limit."""
    shown = run.decide().view.chargers["a"]
    return shown.target_a, shown.limited_by, shown.manual_limit_a


FREE = (16, LimitedBy.CHARGER_MAXIMUM, None)
AT_10 = (10, LimitedBy.MANUAL_LIMIT, 10)
PAUSED = (0, LimitedBy.MANUAL_LIMIT, 0)

ways = pytest.mark.parametrize(
    "turned_down", [pytest.param(by_app, id="in its app"), pytest.param(by_hand, id="by hand")]
)

# How it begins


@ways
def test_lower_current_of_a_person_is_kept(turned_down: Callable[[], Run]) -> None:
    """It is the ceiling, and not told over."""
    run = turned_down()
    for _ in range(20):
        later(run, 60)
        run.show(10)
    assert run.sent == [(600, set_a(10))]
    assert limits(run) == AT_10


def test_whole_amperes_are_kept() -> None:
    """A number with tenths is rounded down."""
    assert limits(by_hand(10.6)) == AT_10


def test_one_ampere_less_by_hand_counts() -> None:
    """Home Assistant knows who it was, so it is no rounding."""
    run = by_hand(15)
    assert limits(run) == (15, LimitedBy.MANUAL_LIMIT, 15)
    later(run, 30)
    run.show(16, is_by_hand=True)
    assert limits(run) == FREE


def test_lower_current_by_hand_needs_no_confirmation() -> None:
    """Also right after our own command, and where the number had said nothing yet."""
    run = Run(OF, a_state(OF, house_a=10, a=charging(22)), now=600)
    run.read(32)
    run.show(10, is_by_hand=True)
    assert limits(run) == AT_10


def test_lower_current_that_was_never_the_commands_is_no_persons() -> None:
    """The charger may take no more: it is told again."""
    run = at_16()
    run["a"].read_back.confirmed_at = None
    run.show(10)
    assert run.sent == [(600, AGAIN)]


def test_lower_current_with_the_first_poll_is_no_persons() -> None:
    """Many numbers show at once what was written, and the truth half a minute later."""
    run = at_16()
    run.change_charger("a", max_charger_current_a=20)
    later(run, 20)
    assert run.targets == {"a": 20}
    told = len(run.sent)
    run.show(20)
    run.now += STANDS_S
    run.show(12)
    assert [command for _, command in run.sent[told:]] == [set_a(20)]


@pytest.mark.parametrize("after_s", [0, 5, UPSET_S - 1])
def test_lower_current_after_an_outage_is_a_reset(after_s: float) -> None:
    """The charger was off, and begins with what it likes."""
    run = at_16()
    run.show(None, is_paused=None)
    run.now += 60
    run.show(16)
    run.now += after_s
    run.show(10)
    assert [command for _, command in run.sent] == [AGAIN]
    assert limits(run) == FREE


def test_lower_current_after_a_reset_to_nothing_is_no_persons() -> None:
    """It comes back with its own default."""
    run = at_16()
    run.show(0)
    run.now += 30
    run.show(16)
    run.now += 30
    run.show(10)
    assert [command for _, command in run.sent] == [START, AGAIN]
    assert limits(run) == FREE


def test_pause_by_hand_is_kept() -> None:
    """The charger stays stopped."""
    run = paused()
    for _ in range(20):
        later(run, 60)
        run.show(16, is_paused=True)
    assert run.sent == [(600, STOP)]
    assert limits(run) == PAUSED


def test_current_of_nothing_by_hand_is_a_pause() -> None:
    """Where the number itself pauses."""
    run = by_hand(0)
    assert run.sent == [(600, STOP)]
    assert limits(run) == PAUSED
    later(run, 300)
    run.show(16, is_by_hand=True)
    assert limits(run)[2] is None


def test_pause_that_nobody_made_by_hand_is_a_reset() -> None:
    """It is started again."""
    run = at_16()
    run.show(16, is_paused=True)
    assert run.sent == [(600, START)]


def test_limit_set_while_the_car_is_stopped_counts_from_its_start() -> None:
    """The number can be turned at any time."""
    run = at_16()
    run.change_charger("a", max_charger_current_a=0)
    later(run, 60)
    run.show(16, is_paused=True)
    run.show(10, is_paused=True, is_by_hand=True)
    run.change_charger("a", max_charger_current_a=16)
    later(run, 60)
    assert limits(run) == AT_10


def test_temporary_limit_below_it_counts() -> None:
    """The lowest of all ceilings does."""
    run = by_hand()
    run.limit("a", 8, 60)
    assert limits(run) == (8, LimitedBy.LIMIT, 10)


# Turned up


@pytest.mark.parametrize("is_by_hand", [False, True])
def test_person_who_turns_it_up_is_not_followed(*, is_by_hand: bool) -> None:
    """The breaker comes first: the charger is told ours at once."""
    run = at_16()
    run.show(24, is_by_hand=is_by_hand)
    assert run.sent == [(600, AGAIN)]
    assert limits(run) == FREE


def test_person_who_turns_it_up_right_after_a_command_is_answered() -> None:
    """Before the charger could have followed, too: Home Assistant knows who it was."""
    run = at_16()
    run.change_charger("a", max_charger_current_a=12)
    run.sent.clear()
    run.now += 1
    run.show(24, is_by_hand=True)
    run.now += 5
    run.show(20, is_by_hand=True)
    assert run.sent == [(601, set_a(12)), (606, set_a(12))]


def test_another_automation_is_answered_once_a_minute() -> None:
    """Two that want different things each second would wear the charger out."""
    run = at_16()
    for second in range(600):
        run.show(24 - second % 2, is_by_hand=True)
        later(run, 1)
    assert 10 <= len(run.sent) <= 4 + 10


# How it ends


@pytest.mark.parametrize("is_by_hand", [False, True])
def test_person_who_turns_it_up_again_lets_go(*, is_by_hand: bool) -> None:
    """The limit is gone, and the charger told ours."""
    run = by_hand()
    later(run, 300)
    run.sent.clear()
    run.show(20, is_by_hand=is_by_hand)
    later(run, 1)
    assert [command.current_a for _, command in run.sent][-1] == 16
    assert limits(run) == FREE


def test_echo_of_before_does_not_let_go() -> None:
    """A slow read-back shows the current from before the person's change."""
    run = by_hand()
    later(run, 60)
    run.show(16)
    assert limits(run) == AT_10


def test_unpaused_by_hand_lets_go() -> None:
    """The car charges again."""
    run = paused()
    later(run, 60)
    run.show(16, is_paused=True)
    run.show(16, is_paused=False, is_by_hand=True)
    later(run, 60)
    later(run, 10)
    assert limits(run) == FREE


def test_person_who_turns_it_up_while_it_is_switched_off_lets_go() -> None:
    """Who balances again wants no limit of before."""
    run = by_hand()
    later(run, 60)
    run.change_charger("a", is_enabled=False)
    run.show(14, is_by_hand=True)
    run.show(9, is_by_hand=True)
    run.change_charger("a", is_enabled=True)
    later(run, 60)
    assert limits(run) == FREE


@ways
def test_car_that_leaves_ends_it(turned_down: Callable[[], Run]) -> None:
    """The limit was for it, and the charger is told its own current once."""
    run = turned_down()
    run.see("a", 10, CarStatus.CHARGING)
    assert limits(run) == AT_10
    later(run, 60)
    run.see("a", 0, CarStatus.ABSENT)
    later(run, 120)
    assert limits(run) == FREE
    assert [command.current_a for _, command in run.sent] == [10, 16]


def test_limit_set_before_the_car_comes_counts_for_it() -> None:
    """Only a car that leaves ends it, not one that was never there."""
    run = at_16()
    run.see("a", 0, CarStatus.ABSENT)
    run.show(10, is_by_hand=True)
    run.see("a", 0, CarStatus.IDLE)
    assert limits(run)[2] == 10


@pytest.mark.parametrize(
    ("status", "limit_a"), [(None, None), (CarStatus.IDLE, 10), (CarStatus.ABSENT, None)]
)
def test_long_stop_ends_it_where_no_status_tells(
    status: CarStatus | None, limit_a: int | None
) -> None:
    """Another car may stand there."""
    run = by_hand()
    run.change_charger("a", max_charger_current_a=0)
    run.see("a", 0 if status else None, status)
    run.sleep(FORGOTTEN_S + 1)
    assert run.decide().view.chargers["a"].manual_limit_a == limit_a


def test_pause_does_not_end_with_the_stop_that_it_makes() -> None:
    """Nobody starts a charger that a person has paused."""
    run = paused()
    later(run, 3 * FORGOTTEN_S)
    assert limits(run) == PAUSED


def test_pause_ends_when_the_car_leaves() -> None:
    """The next car charges."""
    run = paused()
    run.see("a", 0, CarStatus.ABSENT)
    assert limits(run)[2] is None


@pytest.mark.parametrize("turned_down", [by_hand, paused])
def test_switch_ends_it(turned_down: Callable[[], Run]) -> None:
    """Who does not want it followed turns the switch off."""
    run = turned_down()
    run.change_charger("a", follows_manual_limit=False)
    assert run.decide().view.chargers["a"].manual_limit_a is None


# Where it is not followed


def test_lower_current_is_told_over_where_it_is_not_followed() -> None:
    """Like a charger that has missed its command: what stays is its ceiling."""
    run = at_16(follows=False)
    run.show(10, is_by_hand=True)
    assert run.sent == [(600, AGAIN)]
    later(run, 12)
    run.show(10)
    assert run.decide().view.chargers["a"].charger_ceiling_a == 10


def test_pause_by_hand_is_undone_where_it_is_not_followed() -> None:
    """Like a reset."""
    run = at_16(follows=False)
    run.show(16, is_paused=True, is_by_hand=True)
    assert run.sent == [(600, START)]


# Restart


@pytest.mark.parametrize(("turned_down", "limit_a"), [(by_hand, 10), (paused, 0)])
def test_limit_survives_a_restart(turned_down: Callable[[], Run], limit_a: int) -> None:
    """An update of Home Assistant lets nobody's car go."""
    before = turned_down()
    memory = shifted(remember(before.settings, before.state), -before.now)
    run = Run(before.settings, recall(before.settings, memory, 0.0), now=0)
    run.read(10 + limit_a)
    later(run, 60)
    later(run, 60)
    assert limits(run) == (limit_a, LimitedBy.MANUAL_LIMIT, limit_a)
