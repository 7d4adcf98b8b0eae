"""When an increase must wait, and for what."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.balancer import GATES
from custom_components.ev_lb.balancing.estimate.setpoints import Setpoint, Setpoints
from custom_components.ev_lb.balancing.increases import gates
from custom_components.ev_lb.balancing.increases.back_off import BackOff
from custom_components.ev_lb.balancing.increases.gates import (
    Blocker,
    Gate,
    first_blocker,
)
from custom_components.ev_lb.balancing.increases.hold import Hold
from custom_components.ev_lb.balancing.increases.start_budget import StartBudget
from custom_components.ev_lb.balancing.meter.timing import USUAL_PERIOD_S, MeterTiming
from custom_components.ev_lb.balancing.model import (
    LimitedBy,
    MeterStatus,
    Reading,
    SetCurrent,
    StartCharging,
)
from custom_components.ev_lb.balancing.state import ChargerState, State
from custom_components.ev_lb.balancing.supervise.evidence import (
    CALM_PERIODS,
    LONGEST_CLIMB_S,
    SHOWING_S,
    Evidence,
    Raise,
)
from custom_components.ev_lb.balancing.supervise.read_back import ReadBackRecord
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

UNHEARD_CALM_S = CALM_PERIODS * USUAL_PERIOD_S
"""How long a raise must not have climbed where the meter's rhythm is not known."""

ONE = settings()
NOW = 50.0


def ask(gate: Gate, known: ChargerState | None = None, **others: float | State) -> Blocker | None:
    """Return what a gate says of a charger, of a quiet one unless said otherwise."""
    state = others.get("state") or a_state(ONE, a=known or charging(20), read_at=NOW)
    assert isinstance(state, State)
    site = (state.settings or ONE).site
    now = others.get("now", NOW)
    assert isinstance(now, float | int)
    return gate(site, state, state.chargers["a"], now)


def raised(
    *,
    top_a: float = 0.0,
    top_at: float | None = None,
    sent_at: float = 0.0,
    delivered: bool = True,
) -> ChargerState:
    """Return a charger raised from 10 to 20 A, of which the meter has shown so much."""
    raise_ = Raise(low_a=10, sent_at=sent_at, top_a=top_a, most_a=top_a, top_at=top_at)
    items = [a_setpoint(10), a_setpoint(20, sent_at=sent_at, delivered=delivered)]
    return charging(
        20,
        setpoints=Setpoints(items=items, current_a=20),
        evidence=Evidence(raise_=raise_, raised_at=sent_at),
    )


@pytest.mark.parametrize("gate", GATES)
def test_steady_charger_has_nothing_to_wait_for(gate: Gate) -> None:
    """All gates are open while all is as it should be."""
    assert ask(gate) is None


def test_steady_charger_wakes_nobody() -> None:
    """Nothing is due by itself then, but the meter's timeout."""
    of = settings(meter_timeout_s=0.0)
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    run.state.timing = MeterTiming(period_s=1.0, heard_since=LONG_AGO)
    assert run.read(32).wake_at is None


def test_every_gate_is_in_the_order() -> None:
    """A gate that nobody asks keeps nobody from an increase."""
    written = {
        thing
        for name, thing in vars(gates).items()
        if name.endswith("_gate") and isinstance(thing, Callable)
    }
    assert set(GATES) == written


def test_first_closed_gate_is_the_reason() -> None:
    """A car that must wait for several things shows the first of them."""
    known = charging(20, hold=Hold(until=60.0), back_off=BackOff(until=99.0))
    state = a_state(ONE, a=known, read_at=NOW)
    site = ONE.site
    hold = Blocker(limited_by=LimitedBy.RAMP_UP_HOLD, until=60.0)
    assert first_blocker(GATES, site, state, state.chargers["a"], NOW) == hold
    back_off = Blocker(limited_by=LimitedBy.BACK_OFF, until=99.0)
    assert first_blocker(GATES[::-1], site, state, state.chargers["a"], NOW) == back_off
    assert first_blocker(GATES, site, state, state.chargers["a"], 99) is None


# A limit that is over


@pytest.mark.parametrize(
    ("reading_a", "blocker"),
    [
        pytest.param(32.0, None, id="at its limit"),
        pytest.param(32.25, None, id="within the deadband"),
        pytest.param(32.26, Blocker(limited_by=LimitedBy.HEADROOM), id="over"),
    ],
)
def test_no_increase_while_a_limit_is_over(reading_a: float, blocker: Blocker | None) -> None:
    """Whatever is believed of the house, a reading over the limit raises nobody."""
    state = a_state(ONE, a=20)
    state.meter.reading = Reading(current_a=(reading_a,), at=NOW)
    assert ask(gates.overload_gate, state=state) == blocker


def test_overload_of_another_phase_is_no_matter() -> None:
    """A charger binds only the phases it loads."""
    of = settings(a_charger(phases=(1,)), phase_count=2)
    state = a_state(of, a=20, house_a=(40.0, 0.0))
    assert ask(gates.overload_gate, state=state) is None


def test_car_is_not_raised_by_a_belief_while_its_phase_is_over() -> None:
    """Another car's cut frees nothing before the meter shows it."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, house_a=8, a=12, b=12), now=0)
    run.read(40)
    run.change_charger("b", max_charger_current_a=0)
    before = run.targets["a"]
    run.listen(30, 33)
    assert run.targets["a"] <= before


# The ramp-up time


def test_hold_closes_until_its_end() -> None:
    """A car that was cut is raised when the ramp-up time is over."""
    known = charging(20, hold=Hold(until=60.0))
    blocker = Blocker(limited_by=LimitedBy.RAMP_UP_HOLD, until=60.0)
    assert ask(gates.hold_gate, known, now=59.9) == blocker
    assert ask(gates.hold_gate, known, now=60) is None


# An old reading


@pytest.mark.parametrize(
    ("age_s", "is_open"), [(20.0, True), (20.1, False)], ids=["two periods", "more"]
)
def test_increase_needs_a_fresh_reading(age_s: float, *, is_open: bool) -> None:
    """A regular meter that says nothing may be frozen."""
    state = a_state(ONE, a=20, read_at=NOW - age_s)
    state.timing = MeterTiming(period_s=10.0, heard_since=-1e6)
    blocker = None if is_open else Blocker(limited_by=LimitedBy.STALE_READING)
    assert ask(gates.fresh_gate, state=state) == blocker


@pytest.mark.parametrize(
    "timing",
    [
        pytest.param(MeterTiming(), id="no period yet"),
        pytest.param(
            MeterTiming(period_s=10.0, heard_since=-1e6, irregular_at=0.0), id="on change"
        ),
    ],
)
def test_reading_of_a_meter_without_a_rhythm_stays_fresh_for_its_timeout(
    timing: MeterTiming,
) -> None:
    """It has nothing new to say while nothing changes."""
    state = a_state(ONE, a=20, read_at=0)
    state.timing = timing
    assert ask(gates.fresh_gate, state=state, now=900) is None
    assert ask(gates.fresh_gate, state=state, now=901) == Blocker(
        limited_by=LimitedBy.STALE_READING
    )


def test_lost_meter_is_no_old_reading() -> None:
    """Then the rules of a lost meter decide, and not the age of its last word."""
    state = a_state(ONE, a=20, read_at=LONG_AGO)
    state.meter.status = MeterStatus.UNAVAILABLE
    assert ask(gates.fresh_gate, state=state) is None


# A start


def test_start_waits_for_its_budget() -> None:
    """The minimum must have been free for the ramp-up time, and a start be left."""
    known = charging(0, budget=StartBudget(is_stopped=True, counted_at=0.0, free_since=30.0))
    blocker = Blocker(limited_by=LimitedBy.START_WAIT, until=60.0)
    assert ask(gates.start_gate, known, now=59.9) == blocker
    assert ask(gates.start_gate, known, now=60) is None


def test_start_without_room_waits_for_nothing_that_has_a_time() -> None:
    """Until the minimum is free nobody can say when."""
    known = charging(0, budget=StartBudget(is_stopped=True))
    assert ask(gates.start_gate, known) == Blocker(limited_by=LimitedBy.START_WAIT)


def test_nobody_is_raised_before_a_charger_that_was_reset_can_have_shown() -> None:
    """What it did not draw while it was reset was no room."""
    reset = charging(
        10,
        of=a_charger("b"),
        setpoints=Setpoints(items=[a_setpoint(10, sent_at=100)], current_a=10),
        read_back=ReadBackRecord(started_again_at=100.0),
    )
    state = State(settings=ONE, chargers={"a": charging(10), "b": reset})
    state.balanced = list(state.chargers.values())
    until = 100 + WINDOW_S + state.timing.expected_s
    blocker = Blocker(limited_by=LimitedBy.CONFIRMATION, until=until)
    assert gates.reset_gate(ONE.site, state, state.chargers["a"], until - 0.1) == blocker
    assert gates.reset_gate(ONE.site, state, state.chargers["a"], until) is None


def test_start_waits_until_the_meter_can_have_shown_the_stop() -> None:
    """What it shows of a car that was stopped just now would be taken for room."""
    items = [a_setpoint(20), a_setpoint(0, sent_at=100)]
    known = charging(0, setpoints=Setpoints(items=items, current_a=0))
    settled_at = 100 + WINDOW_S
    blocker = Blocker(limited_by=LimitedBy.CONFIRMATION, until=settled_at)
    assert ask(gates.start_gate, known, now=settled_at - 0.1) == blocker
    assert ask(gates.start_gate, known, now=settled_at) is None


def test_start_budget_is_no_matter_to_a_car_that_charges() -> None:
    """An increase is no start."""
    known = charging(20, budget=StartBudget(is_stopped=True, left=0.0))
    assert ask(gates.start_gate, known) is None


# The first command


def test_increase_after_a_restart_waits_for_the_first_command_to_settle() -> None:
    """What a charger had before the restart is confirmed first, raised after."""
    known = charging(10, setpoints=Setpoints.known((10,), 10, resume_a=10))
    run = Run(ONE, State(chargers={"a": known}), now=0)
    assert run.read(14).commands == (StartCharging(charger_id="a", current_a=10),)
    assert run["a"].allocation.limited_by is LimitedBy.CONFIRMATION
    assert run.listen(30, 14) == [(12, SetCurrent(charger_id="a", current_a=28))]


def test_first_command_that_did_not_get_through_has_no_end() -> None:
    """Nobody knows when it settles."""
    items = [Setpoint(current_a=10), a_setpoint(10, sent_at=0, delivered=False)]
    known = charging(10, setpoints=Setpoints(items=items, current_a=10))
    assert ask(gates.first_command_gate, known) == Blocker(limited_by=LimitedBy.CONFIRMATION)


def test_first_command_itself_is_no_increase_to_wait_for() -> None:
    """It is sent whatever it is."""
    known = charging(10, setpoints=Setpoints.known((10,), 10, resume_a=10))
    assert ask(gates.first_command_gate, known) is None
    assert ask(gates.unconfirmed_gate, known) is None


# The raise before


def test_raise_waits_until_the_meter_has_shown_the_one_before() -> None:
    """A car that has not begun to charge is given no more meanwhile."""
    run = Run(ONE, a_state(ONE, house_a=25), now=0)
    run.read(25)
    run.now = 20
    assert run.read(10).commands == ()
    run.now = 21
    run.read(10)
    assert run["a"].allocation.limited_by is LimitedBy.UNCONFIRMED_RAISE
    assert run.sleep(80) == [(SHOWING_S, StartCharging(charger_id="a", current_a=22))]


@pytest.mark.parametrize(
    ("known", "now", "until"),
    [
        pytest.param(raised(), 5, 10, id="until the meter can show it"),
        pytest.param(raised(), 50, SHOWING_S, id="90 s, the slowest car's start"),
        pytest.param(raised(delivered=False), 5, SHOWING_S, id="not got through"),
        pytest.param(raised(), SHOWING_S, None, id="no longer than that"),
        pytest.param(
            raised(top_a=6, top_at=100),
            101,
            100 + UNHEARD_CALM_S,
            id="as long as it has just climbed",
        ),
        pytest.param(
            raised(top_a=6, top_at=100), 100 + UNHEARD_CALM_S, None, id="it climbs no more"
        ),
        pytest.param(raised(top_a=1, top_at=100), 101, None, id="an ampere is no climb"),
        pytest.param(
            raised(top_a=6, top_at=LONGEST_CLIMB_S - 1),
            LONGEST_CLIMB_S - 0.5,
            LONGEST_CLIMB_S,
            id="5 min at most",
        ),
        pytest.param(
            raised(top_a=6, top_at=LONGEST_CLIMB_S - 1), LONGEST_CLIMB_S, None, id="and no longer"
        ),
    ],
)
def test_raise_waits_for_the_one_before_to_stop_climbing(
    known: ChargerState, now: float, until: float | None
) -> None:
    """A ramp that still goes up may be 32 A in the end."""
    blocker = (
        None if until is None else Blocker(limited_by=LimitedBy.UNCONFIRMED_RAISE, until=until)
    )
    assert ask(gates.unconfirmed_gate, known, now=now) == blocker


def test_slow_meter_is_given_a_period_to_show_that_nothing_climbs() -> None:
    """Of a meter that speaks each 30 s, 8 s of silence show nothing."""
    state = a_state(ONE, a=raised(top_a=6, top_at=80), read_at=80)
    state.timing = MeterTiming(period_s=30.0, heard_since=-1e6)
    blocker = Blocker(limited_by=LimitedBy.UNCONFIRMED_RAISE, until=80 + CALM_PERIODS * 30)
    assert ask(gates.unconfirmed_gate, state=state, now=100) == blocker


def test_unconfirmed_raise_does_not_keep_a_car_from_being_cut() -> None:
    """A reduction never waits."""
    run = Run(ONE, a_state(ONE, house_a=2, a=raised()), now=5)
    (cut,) = run.read(42).commands
    assert cut.current_a < 20


@given(
    top_a=st.floats(0, 16),
    top_at=st.one_of(st.none(), st.floats(0, 400)),
    delivered=st.booleans(),
    now=st.floats(0, 500),
)
@examples(200)
def test_wait_for_a_raise_always_has_an_end_in_the_future(
    top_a: float,
    top_at: float | None,
    delivered: bool,
    now: float,
) -> None:
    """Nobody waits for ever, and nobody is woken for a moment that has passed."""
    known = raised(top_a=top_a, top_at=top_at, delivered=delivered)
    blocker = ask(gates.unconfirmed_gate, known, now=now)
    if blocker is not None:
        assert blocker.until is not None
        assert now < blocker.until <= LONGEST_CLIMB_S
    else:
        assert now >= SHOWING_S


# The back-off


def test_back_off_closes_for_a_car_that_charges() -> None:
    """A start is bounded by its budget instead."""
    waiting = BackOff(taken_back=3, until=60.0)
    blocker = Blocker(limited_by=LimitedBy.BACK_OFF, until=60.0)
    assert ask(gates.back_off_gate, charging(20, back_off=waiting), now=59.9) == blocker
    assert ask(gates.back_off_gate, charging(20, back_off=waiting), now=60) is None
    assert ask(gates.back_off_gate, charging(0, back_off=waiting), now=59.9) is None


# The command interval


@pytest.mark.parametrize(
    ("interval_s", "now", "is_open"),
    [
        pytest.param(0.0, 5, True, id="none"),
        pytest.param(60.0, 59.9, False, id="within"),
        pytest.param(60.0, 60, True, id="over"),
    ],
)
def test_command_interval_keeps_increases_apart(
    interval_s: float, now: float, *, is_open: bool
) -> None:
    """A charger that keeps its limit in flash is raised no more often than it may."""
    of = settings(a_charger(command_interval_s=interval_s))
    state = a_state(of, a=charging(20, evidence=Evidence(raised_at=0.0)))
    blocker = None if is_open else Blocker(limited_by=LimitedBy.COMMAND_INTERVAL, until=60.0)
    assert ask(gates.interval_gate, state=state, now=now) == blocker


def test_end_of_the_command_interval_raises_by_itself() -> None:
    """The car shows what it waits for, and gets its current without a word from the meter."""
    of = settings(a_charger(command_interval_s=60.0))
    run = Run(of, a_state(of, house_a=20), now=0)
    assert run.read(20).commands == (StartCharging(charger_id="a", current_a=12),)
    run.listen(30, 32)
    run.listen(20, 27)
    assert run["a"].allocation.limited_by is LimitedBy.COMMAND_INTERVAL
    assert run.sleep(30) == [(60, SetCurrent(charger_id="a", current_a=17))]


def test_command_interval_does_not_put_off_a_cut() -> None:
    """A reduction is sent at once, however short ago the last increase was."""
    of = settings(a_charger(command_interval_s=900.0))
    run = Run(of, a_state(of, a=charging(30, evidence=Evidence(raised_at=0.0)), house_a=2), now=1)
    assert run.read(42).commands == (SetCurrent(charger_id="a", current_a=20),)


def test_window_is_what_the_usual_charger_and_meter_need() -> None:
    """The tests above stand on it: response time and delay."""
    state = a_state(ONE, a=20)
    assert state.window_s(state.chargers["a"]) == WINDOW_S


# A reading that stands alone


def heard(period_s: float = 1.0, house_a: float = 12.0, current_a: int = 20) -> Run:
    """Return a car that takes all that its house leaves, and a meter with a steady rhythm."""
    state = a_state(ONE, house_a=house_a, a=current_a)
    state.timing = MeterTiming(period_s=period_s, heard_since=LONG_AGO)
    return Run(ONE, state, now=0)


def test_single_low_reading_raises_nobody() -> None:
    """A gap of one reading in what the house draws is not worth an increase."""
    run = heard()
    assert run.listen(1, 22) == []
    assert run["a"].allocation.limited_by is LimitedBy.CONFIRMATION
    assert run.listen(60, 32) == []


@pytest.mark.parametrize("period_s", [1, 10, 60], ids=["quick", "usual", "slow"])
def test_increase_needs_two_readings(period_s: int) -> None:
    """The second one that leaves as much allows it, at every period."""
    run = heard(period_s)
    assert run.listen(period_s, 22, every_s=period_s) == []
    assert run.listen(period_s, 22, every_s=period_s) == [
        (2 * period_s, SetCurrent(charger_id="a", current_a=30))
    ]


def test_increase_goes_as_far_as_both_readings_allow() -> None:
    """What only the last one leaves must wait for the next one."""
    run = heard()
    run.listen(1, 27)
    assert run.listen(1, 22) == [(2, SetCurrent(charger_id="a", current_a=25))]


def test_ampere_or_two_need_one_reading() -> None:
    """They are not worth the wait; three are."""
    assert heard().listen(1, 30) == [(1, SetCurrent(charger_id="a", current_a=22))]
    assert heard().listen(1, 29) == []


def test_start_needs_two_readings() -> None:
    """A gap of one reading starts no car, be it with a single ampere."""
    run = heard(house_a=30, current_a=0)
    assert run.listen(1, 12) == []
    assert run.listen(1, 12) == [(2, StartCharging(charger_id="a", current_a=20))]
    of = settings(a_charger(min_a=1))
    run = Run(of, a_state(of, house_a=32))
    run.read(32)
    assert run.listen(1, 31) == []


def test_cut_needs_one_reading() -> None:
    """A reduction never waits."""
    assert heard().listen(1, 42) == [(1, SetCurrent(charger_id="a", current_a=10))]


def test_reading_that_has_stood_for_10_s_is_as_good_as_two() -> None:
    """A meter that reports changes may say nothing more for a quarter of an hour."""
    run = heard()
    run.state.timing.irregular_at = -10.0
    assert run.listen(1, 22) == []
    assert run.sleep(30) == [(11, SetCurrent(charger_id="a", current_a=30))]


def test_charger_is_not_cut_for_what_two_readings_leave() -> None:
    """Where one is raised, another keeps what it has, though only the last reading leaves that."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, house_a=10, a=6, b=16), now=1)
    run.read(22)
    assert run.targets["b"] == 16


def test_current_that_is_handed_on_needs_two_readings() -> None:
    """Of several chargers each is raised no higher than both readings allow."""
    of = settings(a_charger("a"), a_charger("b"), rated_a=63)
    run = Run(of, a_state(of, house_a=23, a=20, b=20))
    run.read(63)
    run.now = 1
    assert run.read(49).commands == ()
    run.now = 2
    run.read(52)
    assert run.targets == {"a": 26, "b": 25}
