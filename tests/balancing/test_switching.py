"""Switching off, on, adding and removing: which chargers are ours, and what we know of them."""

from dataclasses import replace

from custom_components.ev_lb.balancing.model import (
    BalancerState,
    CarStatus,
    ChargerState,
    LimitedBy,
    SetCurrent,
    StartCharging,
    StopCharging,
    Unshown,
    WatchStep,
)

from .builders import Run, a_charger, a_state, a_watch, an_offer, charging, settings

TWO = settings(a_charger("a"), a_charger("b"))


def test_switched_off_charger_keeps_its_current() -> None:
    """Off means hands off: nothing is sent, then or later, whatever the house does."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    assert run.change_charger("a", is_enabled=False).commands == ()
    assert run.listen(30, 60) == []
    assert run["a"].target_a == 20
    assert run["a"].balancer_state is BalancerState.DISABLED
    assert run["a"].limited_by is LimitedBy.DISABLED


def test_switched_off_site_leaves_all_its_chargers() -> None:
    """The site's switch is that of every charger."""
    run = Run(TWO, a_state(TWO, a=16, b=16), now=1)
    assert run.change(is_enabled=False).commands == ()
    assert run.listen(30, 60) == []
    assert run.targets == {"a": 16, "b": 16}


def test_switched_off_charger_counts_as_house() -> None:
    """The others share what it leaves; its current is not handed to them."""
    run = Run(TWO, a_state(TWO, house_a=2, a=15, b=15), now=1)
    assert run.change_charger("b", is_enabled=False).commands == ()
    assert run.state.background_a == (17,)
    run.now = 2
    assert run.read(32).state.background_a == (17,)


def test_charger_switched_off_during_a_cut_counts_with_what_it_may_still_draw() -> None:
    """Until the meter says otherwise, it may have all that it was last told."""
    known = charging(6, offers=(an_offer(15), an_offer(6, sent_at=0)))
    run = Run(TWO, a_state(TWO, house_a=2, a=15, b=known), now=1)
    run.change_charger("b", is_enabled=False)
    assert run.state.background_a == (17,)


def test_switched_on_charger_first_gets_what_it_had() -> None:
    """The first command is sent though it changes nothing; more follows when it has settled."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=10), now=1)
    run.change_charger("a", is_enabled=False)
    run.now = 100
    run.read(22)
    assert run.change_charger("a", is_enabled=True).commands == (
        StartCharging(charger_id="a", current_a=10),
    )
    assert run.state.background_a == (12,)
    assert run.sleep(30) == [(112, SetCurrent(charger_id="a", current_a=20))]
    assert run.listen(60, 32) == []


def test_switched_on_charger_gets_less_where_less_fits() -> None:
    """What fits beside the house now, with its own current taken off the reading."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    run.change_charger("a", is_enabled=False)
    run.now = 100
    run.read(42)
    assert run.change_charger("a", is_enabled=True).commands == (
        StartCharging(charger_id="a", current_a=10),
    )


def test_switched_on_charger_is_stopped_where_nothing_fits() -> None:
    """Without room for the minimum the first command is a stop."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    run.change_charger("a", is_enabled=False)
    run.now = 100
    run.read(60)
    assert run.change_charger("a", is_enabled=True).commands == (StopCharging(charger_id="a"),)


def test_cut_delivered_while_switched_off_is_known_when_switched_on() -> None:
    """A reduction that was on its way is finished, and counts."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=1, is_delivering=False)
    (cut,) = run.read(42).commands
    run.change_charger("a", is_enabled=False)
    run.deliver(cut, sent_at=1)
    assert run["a"].commanded_a == run["a"].target_a == 10
    run.now = 60
    run.read(22)
    assert run.change_charger("a", is_enabled=True).commands == (
        StartCharging(charger_id="a", current_a=10),
    )


def test_number_changed_while_off_acts_when_switched_on() -> None:
    """The user's numbers wait with the charger."""
    of = settings()
    run = Run(of, a_state(of, a=32), now=1)
    run.change_charger("a", is_enabled=False)
    assert run.change_charger("a", max_charger_current_a=8).commands == ()
    assert run.change_charger("a", is_enabled=True).commands == (
        StartCharging(charger_id="a", current_a=8),
    )


def test_started_switched_off_nothing_is_sent() -> None:
    """A charger that was never ours is left alone from the first reading on."""
    of = settings(a_charger(is_enabled=False))
    run = Run(of, now=0)
    assert run.listen(30, 20) == []
    assert run["a"].balancer_state is BalancerState.DISABLED


def test_charger_never_commanded_is_unknown_when_switched_on() -> None:
    """Its first command is a fresh one, with what the reading leaves."""
    of = settings(a_charger(is_enabled=False))
    run = Run(of, now=0)
    run.read(20)
    run.now = 5
    assert run.change_charger("a", is_enabled=True).commands == (
        StartCharging(charger_id="a", current_a=12),
    )


def test_what_sensors_said_outlasts_the_switch() -> None:
    """They may say nothing new for hours; nor is it a way round the command interval."""
    of = settings(a_charger(command_interval_s=900.0))
    run = Run(of, a_state(of, house_a=2, a=charging(10, raised_at=0.0)), now=1)
    run.see("a", None, CarStatus.ABSENT)
    before = run["a"]
    run.change_charger("a", is_enabled=False)
    run.change_charger("a", is_enabled=True)
    after = run["a"]
    assert (after.status, after.measurements) == (before.status, before.measurements)
    assert after.raised_at == 0


def test_hold_and_limit_outlast_the_switch() -> None:
    """Off and on again is no way round a hold."""
    of = settings()
    run = Run(of, a_state(of, house_a=2, a=charging(10, hold_until=200.0)), now=1)
    run.limit("a", 20, 1000)
    run.change_charger("a", is_enabled=False)
    run.change_charger("a", is_enabled=True)
    assert run.sleep(210)[-1] == (200, SetCurrent(charger_id="a", current_a=20))
    assert run.listen(60, 22) == []


def test_switching_off_ends_what_was_watched() -> None:
    """A charger that is the user's own is not judged."""
    known = charging(
        0,
        watch=a_watch(WatchStep.STOP, cut_a=6),
        is_unresponsive=True,
        unshown=Unshown(low_a=0, reading_a=(1.0,), since=0.0),
    )
    of = settings()
    run = Run(of, a_state(of, house_a=40, a=known), now=1)
    run.change_charger("a", is_enabled=False)
    assert (run["a"].watch, run["a"].unshown, run["a"].is_unresponsive) == (None, None, False)


def test_removed_charger_is_forgotten() -> None:
    """Nothing more is sent to it, and it takes no share."""
    run = Run(TWO, a_state(TWO, a=16, b=16), now=1)
    run.settings = settings(a_charger("a"))
    run.read(32)
    assert run.state.chargers.keys() == {"a"}


def test_added_charger_is_unknown() -> None:
    """Of a charger that we never commanded we know nothing: it may draw up to its rating."""
    of = settings(a_charger("a", max_a=10, rated_a=16))
    run = Run(of, now=0)
    run.decide()
    known = run["a"]
    assert [offer.current_a for offer in known.offers] == [0, 16]
    assert all(offer.is_assumed for offer in known.offers)
    assert known == replace(
        ChargerState(), offers=known.offers, resume_a=16, balancer_state=known.balancer_state
    )
