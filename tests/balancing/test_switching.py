"""Switching off, on, adding and removing: which chargers are ours, and what we know of them."""

from copy import deepcopy

from custom_components.ev_lb.balancing.estimate.setpoints import Setpoints
from custom_components.ev_lb.balancing.increases.back_off import BackOff
from custom_components.ev_lb.balancing.increases.hold import Hold
from custom_components.ev_lb.balancing.increases.start_budget import StartBudget
from custom_components.ev_lb.balancing.model import (
    BalancerState,
    CarStatus,
    LimitedBy,
    SetCurrent,
    StartCharging,
    StopCharging,
)
from custom_components.ev_lb.balancing.state import ChargerState
from custom_components.ev_lb.balancing.supervise.compliance import Compliance
from custom_components.ev_lb.balancing.supervise.escalation import Escalation, Step
from custom_components.ev_lb.balancing.supervise.evidence import Cut, Evidence, Raise
from custom_components.ev_lb.balancing.supervise.probes import Probe
from custom_components.ev_lb.balancing.supervise.telling_again import TellingAgain

from .builders import Run, a_charger, a_setpoint, a_state, charging, settings

TWO = settings(a_charger("a"), a_charger("b"))


def test_switched_off_charger_keeps_its_current() -> None:
    """Off means hands off: nothing is sent, then or later, whatever the house does."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    assert run.change_charger("a", is_enabled=False).commands == ()
    assert run.listen(30, 60) == []
    assert run["a"].target_a == 20
    assert run["a"].allocation.balancer_state is BalancerState.DISABLED
    assert run["a"].allocation.limited_by is LimitedBy.DISABLED


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
    assert run.state.house.load_a == [17]
    run.now = 2
    assert run.read(32).view.house_load_a == (17,)


def test_charger_switched_off_during_a_cut_counts_with_what_it_may_still_draw() -> None:
    """Until the meter says otherwise, it may have all that it was last told."""
    known = charging(
        6, setpoints=Setpoints(items=[a_setpoint(15), a_setpoint(6, sent_at=0)], current_a=6)
    )
    run = Run(TWO, a_state(TWO, house_a=2, a=15, b=known), now=1)
    run.change_charger("b", is_enabled=False)
    assert run.state.house.load_a == [17]


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
    assert run.state.house.load_a == [12]
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
    assert run["a"].setpoints.current_a == run["a"].target_a == 10
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
    assert run["a"].allocation.balancer_state is BalancerState.DISABLED


def test_charger_never_commanded_is_unknown_when_switched_on() -> None:
    """Its first command is a fresh one, with what the reading leaves."""
    of = settings(a_charger(is_enabled=False))
    run = Run(of, now=0)
    run.read(20)
    run.now = 5
    run.read(20)
    assert run.change_charger("a", is_enabled=True).commands == (
        StartCharging(charger_id="a", current_a=12),
    )


def test_what_sensors_said_outlasts_the_switch() -> None:
    """They may say nothing new for hours; nor is it a way round the command interval."""
    of = settings(a_charger(command_interval_s=900.0))
    run = Run(of, a_state(of, house_a=2, a=charging(10, evidence=Evidence(raised_at=0.0))), now=1)
    run.see("a", None, CarStatus.ABSENT)
    before = deepcopy(run["a"].sensor)
    run.change_charger("a", is_enabled=False)
    run.change_charger("a", is_enabled=True)
    assert run["a"].sensor == before
    assert run["a"].evidence.raised_at == 0


def test_hold_and_limit_outlast_the_switch() -> None:
    """Off and on again is no way round a hold."""
    of = settings()
    run = Run(of, a_state(of, house_a=2, a=charging(10, hold=Hold(until=200.0))), now=1)
    run.limit("a", 20, 1000)
    run.change_charger("a", is_enabled=False)
    run.change_charger("a", is_enabled=True)
    assert run.sleep(210)[-1] == (200, SetCurrent(charger_id="a", current_a=20))
    assert run.listen(60, 22) == []


def test_switching_off_ends_what_was_supervised() -> None:
    """A charger that is the user's own is not judged, asked, taken down nor told again."""
    known = charging(
        0,
        evidence=Evidence(
            raise_=Raise(low_a=0, sent_at=0.0),
            cut=Cut(cut_a=6, sent_at=0.0, has_drawn=True),
            sighting=Raise(low_a=0, sent_at=0.0),
            least_a=3.0,
        ),
        compliance=Compliance(is_unresponsive=True, repeats=3),
        escalation=Escalation(step=Step.STOP, repeats=4),
        probe=Probe(ceiling_a=10, asked_at=0.0),
        telling=TellingAgain(is_nothing=True, times=1, due_at=100.0),
    )
    of = settings()
    run = Run(of, a_state(of, house_a=40, a=known), now=1)
    run.change_charger("a", is_enabled=False)
    after = run["a"]
    assert (after.evidence, after.compliance) == (Evidence(), Compliance())
    assert (after.escalation, after.telling) == (Escalation(), TellingAgain())
    assert after.probe.ceiling_a is None


def test_user_who_changes_something_need_not_wait_for_what_failed_before() -> None:
    """Back-off and start budget are spent by the house, not by the user's own numbers."""
    known = charging(
        0, budget=StartBudget(left=0.0, is_stopped=True), back_off=BackOff(taken_back=5, until=900)
    )
    of = settings()
    run = Run(of, a_state(of, house_a=2, a=known), now=1)
    run.change_charger("a", max_charger_current_a=10)
    assert run["a"].back_off == BackOff(reading_a=2.0, house_a=2.0, raised_a=10, raised_at=1)
    assert run.targets == {"a": 10}


def test_other_chargers_waits_are_no_concern_of_a_changed_one() -> None:
    """What the user changes of one charger leaves the other's waits; the site's frees both."""
    waits = {key: charging(10, back_off=BackOff(taken_back=5, until=900)) for key in "ab"}
    run = Run(TWO, a_state(TWO, house_a=12, a=waits["a"], b=waits["b"]), now=1)
    run.change_charger("a", priority=60)
    assert [run[key].back_off.taken_back for key in "ab"] == [0, 5]
    run.change(ramp_up_time_s=40.0)
    assert [run[key].back_off.taken_back for key in "ab"] == [0, 0]


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
    expected = ChargerState(settings=of.chargers[0], setpoints=Setpoints.unknown(16))
    assert (run["a"].setpoints, run["a"].evidence) == (expected.setpoints, expected.evidence)
    assert run["a"].setpoints.is_unknown
    assert run["a"].setpoints.resume_a == 16
