"""While a limit is over, commands go on: the rule that knows no beliefs."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.estimate.charger_sensor import ChargerSensor, Sample
from custom_components.ev_lb.balancing.meter.timing import MeterTiming
from custom_components.ev_lb.balancing.model import (
    CarStatus,
    Command,
    LimitedBy,
    MeterStatus,
    Reading,
    SetCurrent,
    StopCharging,
)
from custom_components.ev_lb.balancing.settings import Settings
from custom_components.ev_lb.balancing.state import ChargerState
from custom_components.ev_lb.balancing.supervise.escalation import (
    LONGEST_WINDOW_S,
    QUIET_REPEAT_S,
    REPEAT_S,
    SOON_REPEATS,
    Escalation,
    Step,
    told_again,
)

from ...explore import examples
from ..builders import LONG_AGO, Run, a_charger, a_state, charging, settings
from ..strategies import believing_states, chargers

STOP = StopCharging(charger_id="a")
WINDOW_S = 12


def set_a(current_a: int, charger_id: str = "a") -> SetCurrent:
    """Return the command to change a car's current."""
    return SetCurrent(charger_id=charger_id, current_a=current_a)


def stops(*moments: float, charger_id: str = "a") -> list[tuple[float, Command]]:
    """Return a stop at each of these moments."""
    return [(at, StopCharging(charger_id=charger_id)) for at in moments]


def over_run(over_a: float = 2, *, has_a: int = 20, of: Settings | None = None) -> Run:
    """Return a site that has just been read over its limit; nothing more is said by the meter."""
    of = of or settings(meter_timeout_s=0.0)
    run = Run(of, a_state(of, house_a=32 - has_a, a=has_a), now=0)
    run.read(32 + over_a)
    return run


def test_minimum_then_stop_then_repeats_on_the_clock_alone() -> None:
    """A meter that reports only changes says nothing while the overload stands: we go on."""
    run = over_run()
    run.sleep(250)
    assert run.sent == [
        (0, set_a(18)),
        (12, set_a(6)),
        *stops(24),
        *stops(36, 48, 60, 72, 84),
        *stops(144, 204),
    ]


def test_cut_on_another_phase_silences_nobody() -> None:
    """Who runs on through an overload is told what it has, though one elsewhere is being cut."""
    of = settings(a_charger("a"), a_charger("b", phases=(1,)), phase_count=2)
    state = a_state(of, house_a=(20.0, 20.0), a=10, b=10)
    state.meter.reading = Reading(current_a=(34.0, 34.0), at=0.0)
    assert told_again(state, frozenset({"b"}), 0.0) == {"a"}
    assert told_again(state, frozenset({"a"}), 0.0) == {"b"}


def test_repeats_do_not_end_while_the_overload_stands() -> None:
    """An hour later the stop is still said once a minute."""
    run = over_run()
    run.sleep(3600)
    assert [at for at, _ in run.sleep(300)] == [3624 + 60 * minute for minute in range(5)]


def test_meter_that_repeats_the_overload_changes_nothing_of_it() -> None:
    """The steps come on readings as they come on the clock."""
    run = over_run()
    assert run.listen(90, 34) == [(12, set_a(6)), *stops(24, 36, 48, 60, 72, 84)]


@pytest.mark.parametrize(
    ("reading_a", "is_over"),
    [
        pytest.param(32.0, False, id="within the limit"),
        pytest.param(32.25, False, id="within the deadband: nobody goes further down"),
        pytest.param(32.3, True, id="over by more"),
    ],
)
def test_rule_goes_on_only_while_the_reading_is_over(reading_a: float, *, is_over: bool) -> None:
    """One reading within the limit is the end of it, but for a word to who was not seen to stop."""
    run = over_run()
    run.sleep(100)
    run.read(reading_a)
    assert bool(run.sleep(120)) is is_over


def test_reading_within_the_limit_lets_the_car_charge_again() -> None:
    """What the rule took is given back, after the ramp-up time as ever."""
    run = over_run()
    run.sleep(30)
    assert run["a"].allocation.limited_by is LimitedBy.OVERLOAD
    run.listen(60, 14)
    assert (run["a"].escalation, run["a"].target_a) == (Escalation(), 18)


def test_deadband_keeps_what_was_taken() -> None:
    """Between the limit and its deadband the charger is neither told again nor let go."""
    run = over_run()
    run.sleep(30)
    run.read(32.2)
    assert run["a"].escalation.step is Step.STOP


def test_lost_meter_ends_it() -> None:
    """The fallback decides then, and nothing is told again."""
    run = over_run()
    run.sleep(40)
    assert run["a"].escalation == Escalation(step=Step.STOP, repeats=1, over_since=0)
    run.lose_meter()
    assert run.sleep(600) == []
    assert run["a"].escalation == Escalation()


def test_switch_ends_it() -> None:
    """A charger that is off is the user's own affair."""
    run = over_run()
    run.sleep(30)
    run.change_charger("a", is_enabled=False)
    assert run.sleep(600) == []
    assert run["a"].escalation == Escalation()


def test_stopped_charger_is_told_again_though_it_was_never_told_to_charge() -> None:
    """One that starts by itself, after a power cut or a plug, is stopped again and again."""
    of = settings(meter_timeout_s=0.0)
    run = Run(of, a_state(of, house_a=10), now=0)
    run.read(38)
    run.sleep(150)
    assert run.sent == stops(0, 12, 24, 36, 48, 108)


def test_stop_repeated_to_a_stopped_charger_blames_nobody() -> None:
    """A house over its limit is nobody's fault."""
    of = settings(meter_timeout_s=0.0)
    run = Run(of, a_state(of, house_a=40), now=0)
    run.read(40)
    assert len(run.sleep(600)) > 10
    assert (run.events, run["a"].compliance.is_unresponsive) == ([], False)


@pytest.mark.parametrize(
    ("sensor", "gap_s"),
    [
        pytest.param(ChargerSensor(), 60, id="no sensor"),
        pytest.param(
            ChargerSensor(
                samples=[Sample(at=LONG_AGO, drawn_a=0.0, sensed_a=0.0)], status=CarStatus.IDLE
            ),
            900,
            id="a sensor and a status that show nothing",
        ),
        pytest.param(
            ChargerSensor(samples=[Sample(at=LONG_AGO, drawn_a=0.0, sensed_a=0.0)]),
            60,
            id="a sensor alone",
        ),
        pytest.param(
            ChargerSensor(
                samples=[Sample(at=LONG_AGO, drawn_a=0.0, sensed_a=0.0)],
                status=CarStatus.CHARGING,
            ),
            60,
            id="a status that says it charges",
        ),
        pytest.param(
            ChargerSensor(samples=[Sample(at=LONG_AGO, drawn_a=0.0)], status=CarStatus.IDLE),
            60,
            id="a status alone",
        ),
        pytest.param(
            ChargerSensor(
                samples=[Sample(at=LONG_AGO, drawn_a=0.0, sensed_a=0.0)],
                status=CarStatus.IDLE,
                is_contradicted=True,
            ),
            60,
            id="a sensor that the meter contradicts",
        ),
        pytest.param(
            ChargerSensor(samples=[Sample(at=LONG_AGO, drawn_a=0.0, sensed_a=3.0)]),
            60,
            id="a sensor that shows a current",
        ),
    ],
)
def test_only_where_its_own_sensors_show_nothing_it_is_told_rarely(
    sensor: ChargerSensor, gap_s: float
) -> None:
    """Both may be wrong, but seldom are: five times soon, then each quarter of an hour."""
    of = settings(meter_timeout_s=0.0)
    run = Run(of, a_state(of, house_a=40, a=charging(0, sensor=sensor)), now=0)
    run.read(40)
    run.sleep(4000)
    moments = [at for at, _ in run.sent]
    assert moments[:SOON_REPEATS] == [0, 12, 24, 36, 48]
    gaps_s = {later - before for before, later in pairwise(moments[SOON_REPEATS - 1 :])}
    assert gaps_s == {gap_s}


def test_slow_charger_has_its_time_and_no_more() -> None:
    """However late the meter is believed to be, the next step comes after two minutes.

    Each minute it is told again what it has: the command before may be lost.
    """
    of = settings(meter_timeout_s=0.0)
    state = a_state(of, house_a=12, a=20)
    state.timing = MeterTiming(answers_s=[150.0])
    run = Run(of, state, now=0)
    run.read(34)
    assert run.sleep(400) == [
        (60, set_a(18)),
        (120, set_a(6)),
        (180, set_a(6)),
        *stops(240, 300, 360),
    ]


@pytest.mark.parametrize(
    ("period_s", "at"),
    [
        pytest.param(None, 12, id="on change"),
        pytest.param(10.0, 12, id="a reading that should have come"),
        pytest.param(20.0, 24, id="a reading that is about to come"),
        pytest.param(300.0, 72, id="one that is too far off"),
    ],
)
def test_step_waits_for_a_reading_that_is_about_to_come(period_s: float | None, at: float) -> None:
    """The last one may be from before the command took effect; one that says no more stands."""
    of = settings(meter_timeout_s=0.0)
    state = a_state(of, house_a=12, a=20)
    gaps_s = [] if period_s is None else [period_s] * 5
    state.timing = MeterTiming(period_s=period_s, gaps_s=gaps_s)
    run = Run(of, state, now=0)
    run.read(34)
    stepped = [each for each in run.sleep(100) if each[1] != set_a(18)]
    assert stepped[0] == (at, set_a(6))


def test_overload_of_one_phase_takes_nobody_on_another() -> None:
    """Cars on L2 keep what they have while L1 is over."""
    of = settings(
        a_charger("a", phases=(0,)),
        a_charger("b", phases=(1,)),
        phase_count=2,
        meter_timeout_s=0.0,
    )
    run = Run(of, a_state(of, house_a=(12, 12), a=20, b=20), now=0)
    run.read(34, 32)
    run.sleep(100)
    assert run.targets == {"a": 0, "b": 20}
    assert {command.charger_id for _, command in run.sent} == {"a"}


def test_each_charger_on_the_limit_goes_down() -> None:
    """Nobody is left out: which of them does not listen is not known."""
    of = settings(a_charger("a"), a_charger("b"), meter_timeout_s=0.0)
    run = Run(of, a_state(of, a=16, b=16), now=0)
    run.read(36)
    run.sleep(24)
    assert run.sent == [
        (0, set_a(14)),
        (0, set_a(14, "b")),
        (12, set_a(6)),
        (12, set_a(6, "b")),
        (24, STOP),
        (24, StopCharging(charger_id="b")),
    ]


def obedient_and_silent(*, is_spared: bool = False, phases: tuple[int, ...] = (0,)) -> Run:
    """Return two cars after a cut: the sensor of one has followed it, of the other none is known.

    Its window is over, and the limit is over still.
    """
    both = (a_charger("a", phases=phases), a_charger("b", phases=phases))
    of = settings(*both, phase_count=len(phases), meter_timeout_s=0.0)
    run = Run(of, a_state(of, a=16, b=16), now=0)
    run.see("a", 16)
    run.now = 1
    run.read(*[36] * len(phases))
    run.now = 3
    run.see("a", 14)
    run["a"].escalation.is_spared = is_spared
    return run


@pytest.mark.parametrize("phases", [(0,), (0, 1)], ids=["one phase", "two that are over"])
def test_charger_that_is_seen_to_follow_is_spared_one_step(phases: tuple[int, ...]) -> None:
    """Where nothing speaks for the other, the other goes first; for one window only."""
    run = obedient_and_silent(phases=phases)
    assert run.sleep(24 - 2) == [
        (13, set_a(6, "b")),
        (25, set_a(6)),
        (25, StopCharging(charger_id="b")),
    ]


def test_nobody_is_spared_twice() -> None:
    """Beliefs may spare a charger one step, never silence the rule."""
    run = obedient_and_silent(is_spared=True)
    assert run.sleep(12) == [(13, set_a(6)), (13, set_a(6, "b"))]


def test_who_is_alone_is_not_spared() -> None:
    """If its sensor is wrong, nobody else can end the overload."""
    of = settings(meter_timeout_s=0.0)
    run = Run(of, a_state(of, house_a=12, a=20), now=0)
    run.see("a", 20)
    run.now = 1
    run.read(34)
    run.now = 3
    run.see("a", 18)
    assert run.sleep(12)[-1] == (13, set_a(6))


def test_where_everybody_is_seen_to_follow_everybody_goes_down() -> None:
    """It is the house then, and the breaker does not care whose fault it is."""
    run = obedient_and_silent()
    run.see("b", 16, at=0)
    run.see("b", 14)
    assert run.sleep(12) == [(13, set_a(6)), (13, set_a(6, "b"))]


def test_charger_that_is_stopped_does_not_take_the_others_turn() -> None:
    """The repeats to a stopped charger put no step of a running one off, however late the meter.

    (A stop said once a minute began a window of two minutes anew each time: 40 A on 32 A.)
    """
    of = settings(a_charger("a"), a_charger("b"), meter_timeout_s=0.0)
    state = a_state(of, a=0, b=20)
    state.timing = MeterTiming(answers_s=[100.0])
    run = Run(of, state, now=0)
    run.read(40)
    run.sleep(600)
    assert run.targets == {"a": 0, "b": 0}


@st.composite
def overloaded_runs(draw: st.DrawFn) -> Run:
    """Return a site that is over its limit, by a meter that will say no more; all is believed."""
    phase_count = draw(st.integers(1, 2))
    of = settings(
        *(
            draw(chargers(charger_id, phase_count))
            for charger_id in "abc"[: draw(st.integers(1, 3))]
        ),
        phase_count=phase_count,
        meter_timeout_s=0.0,
    )
    current_a = [draw(st.floats(-20, 32)) for _ in range(phase_count)]
    over_a = draw(st.one_of(st.sampled_from((0.3, 1.0, 3.0, 8.0)), st.floats(0.3, 90)))
    current_a[draw(st.integers(0, phase_count - 1))] = 32 + over_a
    reading = Reading(current_a=tuple(current_a), at=1000.0)
    of = settings(
        *(charger for charger in of.chargers if charger.is_enabled),
        phase_count=phase_count,
        meter_timeout_s=0.0,
    )
    state = draw(believing_states(of, reading))
    return Run(of, state, now=1000.0, is_delivering=draw(st.booleans()))


def over_chargers(run: Run) -> list[ChargerState]:
    """Return the chargers on limits that the last reading shows over by more than the deadband."""
    reading = run.state.meter.reading
    assert reading is not None
    return [
        charger
        for charger in run.state.balanced
        if any(reading.current_a[phase] > 32.25 for phase in charger.phases)
    ]


def silent_s(run: Run, chargers: Sequence[ChargerState], begin: float) -> float:
    """Return for how long none of these chargers has been told anything."""
    names = {charger.charger_id for charger in chargers}
    return run.now - max([begin, *(at for at, told in run.sent if told.charger_id in names)])


@given(run=overloaded_runs())
@examples(150)
def test_no_belief_silences_an_overload(run: Run) -> None:
    """Whatever is believed of chargers, sensors, shares and the meter's rhythm, commands go on.

    While a charger on a limit that is over may draw, somebody on that limit is told something each
    two minutes, and nobody is raised. Within a quarter of an hour all are stopped, and each is
    told so once a minute, or each 15 min where its own sensors show that nothing flows.
    """
    begin, every_s = run.now, 10
    run.decide(reading=run.state.meter.reading)
    over = over_chargers(run)
    highest_a = dict(run.targets)
    for _ in range(0, 2700, every_s):
        run.sleep(every_s)
        if run.state.meter.status is not MeterStatus.AVAILABLE:
            return  # found out to be frozen or blind: the fallback decides
        for charger in over:
            beside = [each for each in over if not set(each.phases).isdisjoint(charger.phases)]
            assert charger.target_a <= highest_a[charger.charger_id]
            highest_a[charger.charger_id] = charger.target_a
            if charger.target_a > 0:
                assert run.now < begin + 900
                assert silent_s(run, beside, begin) <= LONGEST_WINDOW_S + every_s
            else:
                is_quiet = charger.sensor.is_live_zero
                longest_s = QUIET_REPEAT_S if is_quiet else REPEAT_S
                assert silent_s(run, [charger], begin) <= longest_s + every_s


@pytest.mark.parametrize(
    ("site", "told"),
    [
        pytest.param({}, [6, 0], id="a sensor per phase"),
        pytest.param({"is_metered_in_total": True}, [0], id="a total: a third of it would show"),
    ],
)
def test_charger_on_several_phases_that_are_over_takes_one_step(
    site: dict[str, bool], told: list[int]
) -> None:
    """Each of them asks for it, and it is one charger."""
    of = settings(a_charger(phases=(0, 1, 2)), phase_count=3, **site)
    house_a = (16.0, 16.0, 16.0, 48.0) if site else (16.0, 16.0, 16.0)
    run = Run(of, a_state(of, house_a=house_a, a=20), now=0)
    reading_a = (108.0,) if site else (36.0, 36.0, 36.0)
    run.read(*reading_a)
    run.listen(int(3 * WINDOW_S), *reading_a)
    changes = [command.current_a for _, command in run.sent]
    assert [
        each_a for each_a, before_a in zip(changes[1:], changes, strict=False) if each_a != before_a
    ] == told
