"""What every charger is to have, and the reason that is shown."""

import pytest

from custom_components.ev_lb.balancing.model import (
    ChargerState,
    Limit,
    LimitedBy,
    SetCurrent,
    StartWait,
)
from custom_components.ev_lb.balancing.settings import Settings

from .builders import Run, a_charger, a_site, a_state, charging, settings

LIMITED = charging(20, limit=Limit(current_a=20, until=1000.0))
BARRED = charging(0, limit=Limit(current_a=5, until=1000.0))


@pytest.mark.parametrize(
    ("house_a", "charger", "limited_by"),
    [
        pytest.param(12, charging(20), LimitedBy.HEADROOM, id="the house"),
        pytest.param(0, charging(32), LimitedBy.CHARGER_MAXIMUM, id="its maximum"),
        pytest.param(4, LIMITED, LimitedBy.LIMIT, id="a limit"),
        pytest.param(4, BARRED, LimitedBy.BELOW_MINIMUM, id="a limit below the minimum"),
        pytest.param(27, charging(0), LimitedBy.HEADROOM, id="no room for the minimum"),
        pytest.param(4, charging(10, hold_until=90.0), LimitedBy.RAMP_UP_HOLD, id="a hold"),
        pytest.param(
            4,
            charging(0, start_wait=StartWait(stops=1, last_stop_at=0.0)),
            LimitedBy.START_WAIT,
            id="the wait before a start",
        ),
    ],
)
def test_reason_for_the_current_is_shown(
    house_a: float, charger: ChargerState, limited_by: LimitedBy
) -> None:
    """The user sees why a car gets what it gets."""
    of = settings()
    run = Run(of, a_state(of, house_a=house_a, a=charger), now=1)
    run.read(house_a + charger.target_a)
    assert run["a"].limited_by is limited_by
    assert run.sent == []


def test_share_of_another_car_is_shown_as_sharing() -> None:
    """A car that gets less for another's sake shows so."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, a=16, b=16), now=1)
    run.read(32)
    assert run["a"].limited_by is LimitedBy.SHARING


def test_nobody_is_cut_for_a_share_that_cannot_be_taken_yet() -> None:
    """While a stopped car must wait before its start, the other keeps all there is."""
    of = settings(a_charger("a"), a_charger("b"))
    waiting = charging(0, start_wait=StartWait(stops=1, last_stop_at=0.0))
    run = Run(of, a_state(of, house_a=12, a=20, b=waiting), now=1)
    assert run.read(32).commands == ()
    assert run.wake_at == 31
    assert run.sleep(30) == [(31, SetCurrent(charger_id="a", current_a=10))]


def test_room_comes_back_to_the_one_that_may_take_it() -> None:
    """What a held car must not take goes to one that may."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, house_a=8, a=charging(6, hold_until=30.0), b=6), now=1)
    assert run.read(20).commands == (SetCurrent(charger_id="b", current_a=18),)


def test_house_alone_over_its_limit_leaves_the_chargers_stopped() -> None:
    """Nothing is sent and nothing is told while cars stand still under a house in overload."""
    of = settings()
    run = Run(of, a_state(of, house_a=40), now=1)
    assert run.listen(100, 40) == []
    assert run.news == []
    assert run["a"].limited_by is LimitedBy.HEADROOM


def test_site_without_chargers_decides() -> None:
    """A site whose first charger is still to come has nothing to send."""
    of = Settings(site=a_site())
    run = Run(of, now=0)
    decision = run.read(50)
    assert decision.commands == ()
    assert decision.state.background_a == (50,)
