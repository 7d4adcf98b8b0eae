"""What a new run must know of the last one."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.intervals import Offer, in_force, is_unknown
from custom_components.ev_lb.balancing.memory import (
    ChargerMemory,
    has_news_for_memory,
    recall,
    remember,
)
from custom_components.ev_lb.balancing.model import (
    ChargerState,
    Limit,
    LimitedBy,
    SetCurrent,
    StartCharging,
    StartWait,
    State,
    StopCharging,
    Unshown,
)
from custom_components.ev_lb.balancing.settings import Settings

from .builders import Run, a_charger, a_state, an_offer, charging, settings
from .strategies import all_settings, states


def restarted(of: Settings, state: State, *, at: float = 50.0, now: float = 0.0) -> Run:
    """Return a new run after one that ended with this state; its clock begins anew."""
    return Run(of, recall(of, remember(of, state, at), now), now=now)


def test_first_command_after_a_restart_is_sent_and_raises_nothing() -> None:
    """A restart in mid-charge tells the charger what it has, and raises later (accident 2)."""
    of = settings()
    run = restarted(of, a_state(of, house_a=12, a=16))
    assert run.read(28).commands == (StartCharging(charger_id="a", current_a=16),)
    assert run.sleep(60) == [(12, SetCurrent(charger_id="a", current_a=20))]


def test_restart_in_an_overload_cuts_with_the_first_command() -> None:
    """40 A on a 32 A breaker with the car at 20 A: the first command is the cut (accident 2)."""
    of = settings()
    run = restarted(of, a_state(of, house_a=12, a=20))
    assert run.read(40).commands == (StartCharging(charger_id="a", current_a=12),)


def test_restart_while_stopped_confirms_the_stop() -> None:
    """Nobody assumes that a charger stood still while we were away."""
    of = settings()
    run = restarted(of, a_state(of, house_a=12, a=0))
    assert run.read(12).commands == (StopCharging(charger_id="a"),)
    assert run.sleep(60) == [(12, StartCharging(charger_id="a", current_a=20))]


def test_nothing_is_sent_before_the_first_reading() -> None:
    """What the house draws now is unknown until the meter has said so."""
    of = settings()
    run = restarted(of, a_state(of, house_a=12, a=16))
    assert run.decide().commands == ()
    assert run["a"].limited_by is LimitedBy.WAITING_FOR_METER


@pytest.mark.parametrize(
    ("commanded_a", "target_a"),
    [pytest.param(10, 16, id="a raise under way"), pytest.param(16, 10, id="a cut under way")],
)
def test_lower_of_two_currents_is_resumed(commanded_a: int, target_a: int) -> None:
    """Where a change was under way, the run goes on with the lower, and both may be in force."""
    of = settings()
    offers = (an_offer(commanded_a), an_offer(target_a, sent_at=49, delivered=False))
    known = charging(target_a, commanded_a=commanded_a, offers=offers)
    state = recall(of, remember(of, a_state(of, a=known), 50), 0)
    assert state.chargers["a"].resume_a == 10
    assert {offer.current_a for offer in state.chargers["a"].offers} == {10, 16}


def test_reduced_current_is_not_taken_for_the_users_ceiling() -> None:
    """A car that was low when Home Assistant stopped gets more again (accident 14)."""
    of = settings()
    run = restarted(of, a_state(of, house_a=26, a=6))
    run.read(10)
    run.sleep(60)
    assert run.targets == {"a": 28}


def test_hold_goes_on_after_a_restart() -> None:
    """The seconds that were left are waited for on the new clock."""
    of = settings()
    run = restarted(of, a_state(of, house_a=2, a=charging(10, hold_until=75.0)), at=50)
    run.read(12)
    assert run.sleep(60) == [(25, SetCurrent(charger_id="a", current_a=30))]


def test_hold_is_no_longer_than_the_ramp_up_time() -> None:
    """A clock that jumped, or a time that was lowered meanwhile, holds nobody for hours."""
    of = settings(ramp_up_time_s=30.0)
    state = a_state(of, house_a=2, a=charging(10, hold_until=9999.0))
    assert recall(of, remember(of, state, 50), 0).chargers["a"].hold_until == 30


def test_hold_that_is_over_is_none() -> None:
    """Nothing is left to wait for."""
    of = settings()
    state = a_state(of, house_a=2, a=charging(10, hold_until=20.0))
    assert recall(of, remember(of, state, 50), 0).chargers["a"].hold_until is None


def test_limit_survives_a_restart() -> None:
    """A temporary limit ends when it would have."""
    of = settings()
    known = charging(10, limit=Limit(current_a=10, until=650.0))
    state = recall(of, remember(of, a_state(of, a=known), 50), 7)
    assert state.chargers["a"].limit == Limit(current_a=10, until=607)


def test_limit_that_ended_meanwhile_is_gone() -> None:
    """The store counts the time that Home Assistant was away."""
    of = settings()
    memory = ChargerMemory(
        is_known=True, offered_a=(10,), commanded_a=10, target_a=10, limit_a=10, limit_s=-1.0
    )
    assert recall(of, {"a": memory}, 0).chargers["a"].limit is None


def test_start_wait_survives_a_restart() -> None:
    """Overload stops count on, so that a restart is no way round the wait."""
    of = settings()
    known = charging(0, start_wait=StartWait(stops=3, last_stop_at=40.0, free_since=45.0))
    after = recall(of, remember(of, a_state(of, a=known), 50), 7).chargers["a"]
    assert after.start_wait == StartWait(stops=3, last_stop_at=-3, free_since=None)


def test_charger_stopped_by_an_overload_is_told_as_resumed_after_the_restart() -> None:
    """Its next start is news."""
    of = settings()
    known = charging(0, is_stopped_by_loss=True)
    assert recall(of, remember(of, a_state(of, a=known), 50), 7).chargers["a"].is_stopped_by_loss


def test_unshown_raise_is_still_unshown_after_a_restart() -> None:
    """A car that had not begun to charge is not taken for one that does."""
    of = settings()
    known = charging(16, unshown=Unshown(low_a=0, reading_a=(4.0,), since=40.0))
    after = recall(of, remember(of, a_state(of, a=known), 50), 7).chargers["a"]
    assert after.unshown == Unshown(low_a=0, reading_a=None, since=7)


def test_settled_commands_are_not_remembered() -> None:
    """Only what may still be in force matters to the next run."""
    of = settings()
    known = charging(10, offers=(an_offer(30), an_offer(10, sent_at=20)))
    assert remember(of, a_state(of, a=known), 50)["a"].offered_a == (10,)


def test_charger_without_a_memory_is_unknown() -> None:
    """Where nothing was stored, the charger may draw anything up to its rating."""
    of = settings(a_charger("a", max_a=16))
    known = recall(of, {}, 0).chargers["a"]
    assert known == ChargerState(
        offers=(Offer(current_a=0, is_assumed=True), Offer(current_a=16, is_assumed=True)),
        resume_a=16,
    )


def test_unknown_charger_stays_unknown_but_keeps_its_waits() -> None:
    """A restart before the first command has settled knows no more than before."""
    of = settings(a_charger("a", max_a=16))
    memory = ChargerMemory(
        is_known=False,
        offered_a=(0, 16, 8),
        commanded_a=0,
        target_a=8,
        hold_s=20.0,
        limit_a=6,
        limit_s=60.0,
    )
    known = recall(of, {"a": memory}, 0).chargers["a"]
    assert is_unknown(known.offers)
    assert (known.resume_a, known.hold_until) == (16, 20)
    assert known.limit == Limit(current_a=6, until=60)


def test_only_chargers_of_the_site_are_remembered() -> None:
    """A removed charger leaves nothing behind; one that was added has nothing yet."""
    of = settings(a_charger("a"), a_charger("b"))
    state = replace(a_state(of, a=10), chargers={"a": charging(10), "gone": charging(6)})
    assert remember(of, state, 0).keys() == {"a"}


@pytest.mark.parametrize(
    ("change", "is_news"),
    [
        pytest.param({}, False, id="nothing"),
        pytest.param({"raised_at": 5.0}, False, id="the last raise's moment"),
        pytest.param({"target_a": 12}, True, id="another target"),
        pytest.param({"commanded_a": 12}, True, id="another current got through"),
        pytest.param({"offers": (an_offer(10), an_offer(12))}, True, id="a command under way"),
        pytest.param({"hold_until": 30.0}, True, id="a hold"),
        pytest.param({"limit": Limit(current_a=9, until=60.0)}, True, id="a limit"),
        pytest.param(
            {"unshown": Unshown(low_a=0, reading_a=None, since=0.0)}, True, id="an unshown raise"
        ),
        pytest.param({"start_wait": StartWait(stops=1)}, True, id="an overload stop"),
        pytest.param({"is_stopped_by_loss": True}, True, id="stopped by a loss"),
    ],
)
def test_only_what_a_new_run_must_know_is_worth_saving(
    change: dict[str, Any], *, is_news: bool
) -> None:
    """The store is not written for every reading."""
    of = settings()
    before = a_state(of, a=10)
    after = replace(before, chargers={"a": replace(before.chargers["a"], **change)})
    assert has_news_for_memory(before, after) is is_news
    assert not has_news_for_memory(before, before)


@given(data=st.data(), of=all_settings())
@examples(max_examples=200, deadline=None)
def test_restart_forgets_no_command_and_no_wait(data: st.DataObject, of: Settings) -> None:
    """What may be in force stays so, nothing is resumed higher than it was, holds go on."""
    now = 1000.0
    before = data.draw(states(of, now))
    after = recall(of, remember(of, before, now), 7.0)
    assert after.chargers.keys() == {charger.charger_id for charger in of.chargers}
    for charger in of.chargers:
        was, known = before.chargers.get(charger.charger_id), after.chargers[charger.charger_id]
        assert known.resume_a is not None
        if was is None or is_unknown(was.offers):
            continue
        offers = in_force(was.offers, now, of.window_s(charger))
        assert {offer.current_a for offer in offers} == {offer.current_a for offer in known.offers}
        assert known.resume_a <= min(was.commanded_a, was.target_a)
        if was.hold_until is not None and was.hold_until > now:
            left_s = min(was.hold_until - now, of.site.ramp_up_time_s)
            assert known.hold_until == pytest.approx(7 + left_s) or left_s == 0
