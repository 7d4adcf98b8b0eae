"""Three phases: cars on some of them, totals, circuits, and phases that report one by one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.model import (
    EventType,
    MeterFault,
    MeterStatus,
    Reading,
    StopCharging,
    WrongOrder,
)
from custom_components.ev_lb.balancing.settings import ChargerSettings, CircuitSettings
from tests.balancing.builders import Run, a_charger, a_state, settings
from tests.balancing.evenings import three_phase_evenings
from tests.balancing.plant import (
    NEVER,
    Charger,
    Load,
    Meter,
    Plant,
    Restless,
    Sensor,
    Span,
    promised_s,
    steady,
    steps,
)
from tests.balancing.promises import ASSUMED_DELAY_S, overstayed
from tests.explore import examples

THREE = (0, 1, 2)


def three_phases(
    *chargers: tuple[ChargerSettings, Charger],
    house: Sequence[Load] = (steady(4), steady(4), steady(4)),
    meter: Meter | None = None,
    **site: Any,
) -> Plant:
    """Return a house with three phases of 25 A."""
    of = settings(*[known for known, _ in chargers], **{"rated_a": 25, "phase_count": 3} | site)
    return Plant(
        settings=of,
        house=house,
        chargers=[charger for _, charger in chargers],
        meter=meter or Meter(),
    )


def one_phase_car(**own: Any) -> tuple[ChargerSettings, Charger]:
    """Return a three-phase charger with a car that uses its L1 alone."""
    return a_charger(max_a=16, phases=THREE), Charger(uses=(0,), full_a=16, **own)


def test_one_phase_car_is_found_out() -> None:
    """What its commands show at the meter tells which phase it uses, within some minutes."""
    plant = three_phases(one_phase_car())
    plant.run(300)
    assert plant.state.chargers["a"].wiring.used == (0,)
    assert plant.log[-1].drawn_a == (16,)


def test_overload_on_another_phase_does_not_touch_a_one_phase_car() -> None:
    """A car on L1 goes on though an oven takes too much of L3 for two minutes (accident 20)."""
    house = (steady(4), steady(4), steps((0, 4), (300, 27), (420, 4)))
    plant = three_phases(one_phase_car(), house=house)
    plant.run(900)
    assert plant.commands(since=300) == []
    assert plant.log[-1].drawn_a == (16,)


def test_standing_overload_on_another_phase_asks_the_car_and_leaves_it() -> None:
    """No belief may silence an overload: the car is asked by 3 A, each five minutes, never more."""
    house = (steady(4), steady(4), steps((0, 4), (300, 27), (1500, 4)))
    plant = three_phases(one_phase_car(), house=house)
    plant.run(1800)
    told = [command.current_a for command in plant.commands(since=300)]
    assert told == [13, 16] * 4
    assert plant.log[-1].drawn_a == (16,)


def test_car_that_cannot_be_asked_counts_on_all_its_phases() -> None:
    """At its minimum no cut can tell: then no belief keeps it on while L3 stays over."""
    known = a_charger(max_a=6, phases=THREE)
    house = (steady(4), steady(4), steps((0, 4), (300, 27)))
    plant = three_phases((known, Charger(uses=(0,), full_a=6)), house=house)
    plant.run(400)
    assert plant.log[-1].drawn_a == (6,)
    plant.run(100)
    assert plant.log[-1].drawn_a == (0,)


def test_car_that_was_hidden_on_a_phase_is_found_when_that_is_over() -> None:
    """A battery on L2 fed what the car drew there; then it is empty, and the house takes more."""
    known, charger = a_charger(max_a=16, phases=THREE), Charger(full_a=16)
    plant = three_phases((known, charger), house=(steady(4), steady(4), steady(4)))
    plant.run(200)
    plant.state.chargers["a"].wiring.on_doubted()
    plant.state.chargers["a"].wiring.on_shown((0, 2), 200.0, 0.0, is_proven=True)
    plant.house = (steady(4), steady(14), steady(4))
    plant.run(400)
    assert plant.log[-1].drawn_a == (11,)
    assert plant.log[-1].total_a[1] <= 25


def test_overload_on_another_phase_never_touches_a_car_that_shows_its_phases() -> None:
    """A charger that measures each phase need not be asked."""
    known, charger = one_phase_car(sensor=Sensor(has_phases=True))
    plant = three_phases((known, charger), house=(steady(4), steady(4), steps((0, 4), (120, 27))))
    plant.run(600)
    assert plant.commands(since=110) == []


def test_car_that_shows_its_phases_is_not_taken_for_another() -> None:
    """What a three-phase car does on all phases does not put a one-phase car on them."""
    plant = three_phases(
        (a_charger("a", max_a=16, phases=THREE), Charger(full_a=16)),
        (
            a_charger("b", max_a=16, phases=THREE),
            Charger(uses=(0,), full_a=16, sensor=Sensor(has_phases=True)),
        ),
        house=(steady(4), steady(4), steps((0, 4), (200, 18), (300, 4), (400, 27))),
    )
    plant.run(100)
    for _ in range(500):
        plant.run(1)
        assert plant.state.chargers["b"].wiring.used == (0,)
    assert plant.state.chargers["a"].target_a == 0
    assert plant.log[-1].drawn_a == (0, 16)


def test_limit_that_binds_is_the_one_that_the_cars_fill() -> None:
    """Two cars share L1, though the house draws more from L3."""
    plant = three_phases(
        (a_charger("a", max_a=16, phases=THREE), Charger(full_a=16)),
        (a_charger("b", max_a=16, phases=(0,)), Charger(full_a=16)),
        house=(steady(4), steady(4), steady(6)),
    )
    plant.run(600)
    assert plant.view.chargers["a"].limit_name == "L1"


@pytest.mark.parametrize("uses", [(0,), (0, 1), THREE], ids=["one", "two", "three"])
def test_start_that_a_sensor_shows_tells_the_phases_too(uses: tuple[int, ...]) -> None:
    """A sensor of one current does not know them; the meter has shown them meanwhile."""
    known, charger = a_charger(max_a=16, phases=THREE), Charger(full_a=16, uses=uses)
    charger.sensor = Sensor()
    plant = three_phases((known, charger))
    plant.run(60)
    assert plant.state.chargers["a"].wiring.used == uses
    assert len(plant.commands()) == 1


def test_one_phase_car_is_found_out_beside_a_sensor_of_all_phases() -> None:
    """Its power alone looks like a three-phase car that takes a third."""
    plant = three_phases(one_phase_car(sensor=Sensor(is_divided=True)))
    plant.run(300)
    assert plant.state.chargers["a"].wiring.used == (0,)
    assert plant.state.chargers["a"].sensor.drawn_a == pytest.approx(16)
    assert plant.log[-1].drawn_a == (16,)


def test_overload_on_its_own_phase_cuts_a_one_phase_car() -> None:
    """What binds it still does."""
    plant = three_phases(one_phase_car(), house=(steps((0, 4), (400, 15)), steady(4), steady(4)))
    plant.run(500)
    assert plant.log[-1].drawn_a == (10,)
    assert len(plant.seconds_over()) <= 10


def test_three_phase_car_after_a_one_phase_car_is_cut_on_all_phases() -> None:
    """The next car uses all three, and nothing has shown it: the phase that is over asks."""
    known, charger = one_phase_car()
    plant = three_phases((known, charger), house=(steady(4), steady(4), steps((0, 4), (1500, 20))))
    plant.run(600)
    charger.uses = None  # another car, plugged in unseen
    plant.run(1400)
    assert plant.log[-1].drawn_a[0] <= 5.0
    assert len(plant.seconds_over(since=1500)) <= 200


def test_one_phase_car_and_three_phase_car_share_fairly() -> None:
    """On L1 they are two, on the others one."""
    plant = three_phases(
        (a_charger("a", max_a=16, phases=THREE), Charger(full_a=16)),
        (a_charger("b", max_a=32, phases=(0,)), Charger(full_a=32)),
        house=(steady(5), steady(5), steady(5)),
    )
    plant.run(900)
    assert sorted(plant.log[-1].drawn_a) == [10, 10]


def test_start_hidden_on_one_phase_is_one_command_however_often_it_is_read() -> None:
    """The house fell there just as two cars began: they were put on L1 alone, and raised on L2."""
    plant = three_phases(
        (a_charger("a", phases=(1, 2), response_time_s=3), Charger(delay_s=0)),
        (a_charger("b", phases=THREE, response_time_s=3), Charger(delay_s=0, uses=(0, 1))),
        (a_charger("c", phases=THREE, response_time_s=3), Charger(delay_s=0)),
        house=(steady(0), steps((0, 26), (15, 0)), steps((0, 6), (40, 0))),
        rated_a=40,
    )
    for _ in range(400):
        plant.run(1)
        assert plant.state.chargers["b"].wiring.used != (0,)


def hides_phases(plant: Plant) -> list[bool]:
    """Return of each car whether it uses fewer phases than its charger has."""
    return [
        car.uses is not None and len(car.uses) < len(charger.phases)
        for car, charger in zip(plant.chargers, plant.settings.chargers, strict=True)
    ]


@given(site=three_phase_evenings())
@examples(60)
def test_cars_hold_no_phase_over_for_longer_than_promised(site: tuple[Plant, int]) -> None:
    """Each phase keeps the promise of a single one, whatever its cars use and its meter says.

    But for several cars on fewer phases than their chargers: until it is known, a cut of one that
    is not on the phase helps nobody, and the others are cut in further steps.
    """
    plant, last_change = site
    plant.run(last_change + 300)
    longest_s = promised_s(plant.settings, plant.meter)
    if len(plant.chargers) > 1 and any(hides_phases(plant)):
        slowest_s = max(charger.response_time_s for charger in plant.settings.chargers)
        step_s = slowest_s + ASSUMED_DELAY_S + plant.meter.period_s
        longest_s = plant.meter.period_s + 3 * step_s * len(plant.chargers)
    assert overstayed(plant, longest_s) == []


# A total of all phases


def test_total_keeps_a_three_phase_car_within_the_breaker() -> None:
    """A house that is balanced is measured as well by its total."""
    plant = three_phases(
        (a_charger(max_a=16, phases=THREE), Charger(full_a=16)),
        house=[steps((0, 4), (300, 15), (600, 4))] * 3,
        is_metered_in_total=True,
    )
    plant.run(290)
    assert plant.log[-1].drawn_a == (16,)
    plant.run(200)
    assert plant.log[-1].drawn_a == (10,)
    assert len(plant.seconds_over()) <= 10
    plant.run(300)
    assert plant.log[-1].drawn_a == (16,)


@pytest.mark.parametrize("sensor", [Sensor(), None], ids=["sensor", "none"])
def test_raise_behind_a_total_overloads_no_other_phase(sensor: Sensor | None) -> None:
    """A third of it was seen on each of the others until it was confirmed by the same reading."""
    plant = three_phases(
        (a_charger("a", max_a=32, phases=(0,)), Charger(delay_s=0, sensor=sensor)),
        (a_charger("b", max_a=20, phases=(1,)), Charger(delay_s=2, full_a=20)),
        house=[steps((0, 24), (120, 5.8))] * 3,
        meter=Meter(period_s=10, latency_s=2),
        rated_a=20,
        is_metered_in_total=True,
    )
    plant.run(4800)
    assert [each for each in plant.sent if each[0] > 1320 and each not in plant.probes] == []
    assert plant.log[-1].drawn_a == (14, 14)


def test_total_keeps_a_one_phase_car_within_the_breaker() -> None:
    """Its 16 A are on L1 alone: dividing first would leave 42 A there, with 20.7 A read."""
    plant = three_phases(
        (a_charger(max_a=32, phases=(0,)), Charger(full_a=32)),
        house=[steps((0, 4), (300, 15))] * 3,
        is_metered_in_total=True,
    )
    plant.run(290)
    assert plant.log[-1].drawn_a == (21,)
    plant.run(200)
    assert plant.log[-1].drawn_a == (10,)
    assert len(plant.seconds_over()) <= 10


def test_deaf_charger_is_found_out_by_the_total() -> None:
    """A stop that does not show in the total is told again, and the charger named."""
    plant = three_phases(
        (a_charger(max_a=16, phases=THREE), Charger(full_a=16)),
        house=[steps((0, 4), (120, 24))] * 3,
        is_metered_in_total=True,
    )
    plant.run(100)
    plant.chargers[0].loses = tuple(range(1, 200))
    plant.run(300)
    stops = [command for command in plant.commands(since=120) if isinstance(command, StopCharging)]
    assert len(stops) >= 6
    assert plant.view.chargers["a"].is_unresponsive


def test_one_phase_car_on_a_three_phase_charger_behind_a_total_is_kept_within() -> None:
    """A total shows a third of it on each phase; all of it is on one."""
    house = [steps((0, 9), (400, 19))] * 3
    plant = three_phases(one_phase_car(), house=house, is_metered_in_total=True)
    plant.run(1200)
    assert len(plant.seconds_over()) <= 90
    assert max(plant.log[-1].total_a) <= 25


@pytest.mark.parametrize(
    ("site", "circuit_id", "phases"),
    [
        pytest.param({"is_metered_in_total": True}, None, (0,), id="behind a total"),
        pytest.param(
            {
                "rated_a": 63,
                "circuits": (
                    CircuitSettings(circuit_id="garage", rated_current_a=20, phases=(0,)),
                ),
            },
            "garage",
            (0,),
            id="behind a sub-breaker without a meter",
        ),
    ],
)
def test_charger_that_is_switched_off_counts_where_no_meter_shows_it(
    site: dict[str, Any], circuit_id: str | None, phases: tuple[int, ...]
) -> None:
    """It keeps its current, and the other car leaves that alone."""
    plant = three_phases(
        *[
            (a_charger(key, max_a=32, phases=phases, circuit_id=circuit_id), Charger())
            for key in "ab"
        ],
        **site,
    )
    plant.run(600)
    before_a = plant.log[-1].drawn_a
    chargers = plant.settings.chargers
    plant.settings = replace(
        plant.settings, chargers=(chargers[0], replace(chargers[1], is_enabled=False))
    )
    plant.run(600)
    assert plant.log[-1].drawn_a[1] == before_a[1]
    assert sum(plant.log[-1].drawn_a) <= sum(before_a)


def test_charger_that_draws_more_than_told_counts_where_no_meter_shows_it() -> None:
    """Its own sensor is all that is known of a garage without a meter."""
    garage = CircuitSettings(circuit_id="garage", rated_current_a=20)
    of = settings(
        *[a_charger(key, max_a=16, circuit_id="garage") for key in "ab"],
        rated_a=63,
        circuits=(garage,),
    )
    run = Run(of, a_state(of, house_a=(4, 0), a=10, b=10), now=10)
    run.see("b", 16)
    for now in (20, 40, 60, 80, 100):
        run.now = now
        run.see("b", 16)
        run.read(4 + 16 + run.targets["a"])
    assert run.targets["a"] == 0


# Circuits and sums


def test_sub_breaker_bounds_its_chargers_together() -> None:
    """A garage of 20 A behind 63 A: both cars stay within it."""
    garage = CircuitSettings(circuit_id="garage", rated_current_a=20, phases=THREE)
    plant = three_phases(
        *[
            (a_charger(key, max_a=16, phases=THREE, circuit_id="garage"), Charger(full_a=16))
            for key in "ab"
        ],
        rated_a=63,
        circuits=(garage,),
    )
    plant.run(600)
    assert plant.log[-1].drawn_a == (10, 10)
    assert max(sum(second.drawn_a) for second in plant.log) <= 20
    assert plant.view.chargers["a"].limit_name == "garage:L1"


def test_main_breaker_still_binds_behind_a_sub_breaker() -> None:
    """Both limits hold at once, and what is said names the one that binds."""
    garage = CircuitSettings(circuit_id="garage", rated_current_a=20, phases=THREE)
    plant = three_phases(
        (a_charger(max_a=16, phases=THREE, circuit_id="garage"), Charger(full_a=16)),
        house=(steady(4), steady(14), steady(4)),
        circuits=(garage,),
    )
    plant.run(300)
    assert plant.log[-1].drawn_a == (11,)
    assert plant.view.chargers["a"].limit_name == "L2"


def test_sum_of_all_phases_is_a_limit_of_its_own() -> None:
    """3 x 25 A and 40 A in all: three times the car's current counts."""
    plant = three_phases(
        (a_charger(max_a=16, phases=THREE), Charger(full_a=16)),
        house=[steady(4)] * 3,
        total_a=40,
    )
    plant.run(300)
    assert plant.log[-1].drawn_a == (9,)
    assert plant.view.chargers["a"].limit_name == "total"


def test_metered_circuit_counts_its_house_load() -> None:
    """A heater in the garage leaves less to the car there."""
    garage = CircuitSettings(circuit_id="garage", rated_current_a=20, phases=(0,), is_metered=True)
    of = settings(a_charger(max_a=16, circuit_id="garage"), rated_a=25, circuits=(garage,))
    run = Run(settings=of, state=a_state(of, house_a=(9, 8), a=12), now=10)
    run.read(21, 20)
    assert run.targets == {"a": 12}
    run.now = 20
    run.read(24, 23)
    assert run.targets == {"a": 9}


# Each value of a meter lives by itself


def regular(run: Run) -> Run:
    """Let the meter be one that says something each second, for long."""
    for timing in (run.state.timing, *run.state.circuits):
        timing.period_s, timing.heard_since = 1.0, -1000.0
    return run


def test_phase_that_is_silent_is_a_lost_meter() -> None:
    """One is enough, and what the others say does not bring it back."""
    run = regular(a_run())
    for now in range(11, 60):
        run.now = float(now)
        run.decide(reading=Reading(current_a=(20, 20, 20), at=run.now, said_at=(now, 10.0, now)))
    assert [event.type for event in run.events] == [
        EventType.METER_UNAVAILABLE,
    ]
    assert run.targets == {"a": 0}


def test_phase_that_speaks_again_brings_the_meter_back() -> None:
    """Then all of it is known."""
    run = regular(a_run())
    for now in (11.0, 30.0):
        run.now = now
        run.decide(reading=Reading(current_a=(20, 20, 20), at=now, said_at=(now, 10.0, now)))
    run.now = 31.0
    run.read(20, 20, 20)
    assert run.events[-1].type is EventType.METER_RECOVERED


def test_phase_that_lives_is_not_lost() -> None:
    """The volts of its device speak, and it reports only changes."""
    run = regular(a_run())
    for now in range(11, 60):
        run.now = float(now)
        run.decide(
            reading=Reading(current_a=(20, 20, 20), at=run.now, said_at=(now, 10.0, now)),
            lived_at=(run.now, run.now, run.now),
        )
    assert run.events == []


def test_meter_of_a_circuit_says_nothing_of_the_main_one() -> None:
    """That it speaks on does not hide that the house's meter is silent."""
    garage = CircuitSettings(circuit_id="garage", rated_current_a=20, is_metered=True)
    of = settings(a_charger(max_a=16), rated_a=25, circuits=(garage,))
    run = Run(of, a_state(of, house_a=(4, 4), a=16), now=10)
    run.decide()
    run = regular(run)
    for now in range(11, 60):
        run.now = float(now)
        run.decide(reading=Reading(current_a=(20, 4), at=run.now, said_at=(10.0, now)))
    assert run.events[0].type is EventType.METER_UNAVAILABLE
    assert len(run.events) == 1
    assert run.state.timing.period_s == 1.0


# A phase that repeats itself

FREEZES_AT, FOUND_S = 600, 300
"""A meter is heard for so long before one of its phases freezes, and found out so long after."""


def restless(*around_a: float, by_a: float = 0.3) -> Sequence[Load]:
    """Return a house that is never quite still."""
    return [Restless(around_a=each_a, by_a=by_a) for each_a in around_a]


def frozen_phase(phase: int, known: ChargerSettings, charger: Charger, **meter: Any) -> Plant:
    """Return a car in a house that is never quite still, and a meter of which one phase freezes."""
    return three_phases(
        (known, charger),
        house=restless(4, 5, 4),
        meter=Meter(repeating=Span(begins=FREEZES_AT), repeats=(phase,), **meter),
    )


def three_phase_car(**own: Any) -> tuple[ChargerSettings, Charger]:
    """Return a car that uses all of its charger's three phases."""
    return a_charger(max_a=16, phases=THREE), Charger(full_a=16, **own)


@pytest.mark.parametrize("phase", THREE)
@pytest.mark.parametrize("sensor", [None, Sensor(has_phases=True)], ids=["meter", "sensor"])
def test_phase_that_repeats_itself_is_asked_and_found_frozen(
    phase: int, sensor: Sensor | None
) -> None:
    """The other phases vary, and show each cut; this one says the same, so it is lost."""
    plant = frozen_phase(phase, *three_phase_car(sensor=sensor))
    plant.run_until(FREEZES_AT + 170)
    assert plant.view.meter_status is MeterStatus.AVAILABLE
    plant.run_until(FREEZES_AT + FOUND_S)
    assert plant.view.meter_fault is MeterFault.FROZEN
    assert plant.log[-1].drawn_a == (0,)


def test_phase_of_one_car_that_repeats_itself_is_found_frozen() -> None:
    """A charger on L2 alone asks the meter of L2."""
    plant = frozen_phase(1, a_charger(max_a=16, phases=(1,)), Charger(full_a=16))
    plant.run_until(FREEZES_AT + FOUND_S)
    assert plant.view.meter_fault is MeterFault.FROZEN


@pytest.mark.parametrize(
    ("known", "uses"),
    [
        pytest.param(a_charger(max_a=16, phases=(1,)), None, id="another phase's charger"),
        pytest.param(a_charger(max_a=16, phases=THREE), (1,), id="another phase's car"),
    ],
)
def test_phase_without_a_car_is_not_asked(
    known: ChargerSettings, uses: tuple[int, ...] | None
) -> None:
    """No cut of ours can show there."""
    plant = frozen_phase(0, known, Charger(full_a=16, uses=uses))
    plant.run_until(FREEZES_AT + 3600)
    assert plant.commands(since=FREEZES_AT) == []
    assert plant.view.meter_status is MeterStatus.AVAILABLE


def test_frozen_phase_must_say_something_else() -> None:
    """What the others say does not bring it back."""
    plant = frozen_phase(0, *three_phase_car())
    plant.run_until(FREEZES_AT + 900)
    assert plant.view.meter_fault is MeterFault.FROZEN
    plant.meter.repeating = NEVER
    plant.run(2)
    assert plant.view.meter_status is MeterStatus.AVAILABLE


def test_commands_do_not_take_a_car_off_a_frozen_phase() -> None:
    """Three cuts that L1 does not show say nothing of the car, where L1 says nothing at all."""
    plant = frozen_phase(0, *three_phase_car())
    plant.run_until(FREEZES_AT + 10)
    (known,) = plant.settings.chargers
    for most_a in (13, 10, 7):
        known = replace(known, max_charger_current_a=most_a)
        plant.settings = replace(plant.settings, chargers=(known,))
        plant.run(30)
    assert plant.drawn_a() == (7,)
    assert plant.view.chargers["a"].phases_used == THREE


@st.composite
def freezing_houses(draw: st.DrawFn) -> tuple[Plant, int]:
    """Return a three-phase car in a house that moves, and when one of its phases freezes."""
    freezes_at = draw(st.integers(FREEZES_AT, FREEZES_AT + 300))
    known, charger = three_phase_car(
        delay_s=draw(st.integers(0, 10)),
        sensor=draw(st.sampled_from((None, Sensor(), Sensor(has_phases=True)))),
        car_a=draw(st.sampled_from((80.0, 13.5, 10.0))),
    )
    plant = frozen_phase(0, known, charger, period_s=draw(st.sampled_from((1, 2, 5, 10))))
    plant.meter.repeating = Span(begins=freezes_at)
    plant.meter.repeats = (draw(st.sampled_from(THREE)),)
    by_a = draw(st.sampled_from((0.1, 0.3, 1.0)))
    plant.house = restless(*draw(st.tuples(*[st.floats(0.5, 9.0)] * 3)), by_a=by_a)
    return plant, freezes_at


def freezing_beside_a_probed_car() -> tuple[Plant, int]:
    """Return a car of 10 A of which a probe has shown 7 A, and when the meter's L1 freezes."""
    plant = frozen_phase(0, *three_phase_car(car_a=10.0, delay_s=0), period_s=2)
    plant.meter.repeating, plant.meter.repeats = Span(begins=600), (0,)
    plant.house = restless(1.0, 1.0, 1.0, by_a=0.1)
    return plant, 600


def freezing_in_a_lively_house() -> tuple[Plant, int]:
    """Return a car whose start a house that never stands still hides, and when L1 freezes."""
    plant = frozen_phase(0, *three_phase_car(car_a=13.5, delay_s=0), period_s=1)
    plant.meter.repeating, plant.meter.repeats = Span(begins=600), (0,)
    plant.house = restless(1.0, 1.0, 1.0, by_a=1.0)
    return plant, 600


def freezing_beside_a_car_cut_at_its_start() -> tuple[Plant, int]:
    """Return a car that has an ampere too much again and again, and when the meter's L1 freezes."""
    plant = frozen_phase(0, *three_phase_car(delay_s=0), period_s=1)
    plant.meter.repeating, plant.meter.repeats = Span(begins=600), (0,)
    plant.house = restless(1.0, 1.0, 9.0, by_a=0.1)
    return plant, 600


def freezing_at_the_limit_in_a_lively_house() -> tuple[Plant, int]:
    """Return a car that has an ampere more and less all the time, and when L1 freezes."""
    plant = frozen_phase(0, *three_phase_car(delay_s=5), period_s=2)
    plant.meter.repeating, plant.meter.repeats = Span(begins=600), (0,)
    plant.house = restless(1.0, 1.0, 9.0, by_a=1.0)
    return plant, 600


@example(house=freezing_at_the_limit_in_a_lively_house())
@example(house=freezing_beside_a_probed_car())
@example(house=freezing_in_a_lively_house())
@example(house=freezing_beside_a_car_cut_at_its_start())
@given(house=freezing_houses())
@examples(15)
def test_any_phase_that_freezes_beside_a_three_phase_car_is_found_out(
    house: tuple[Plant, int],
) -> None:
    """Whatever the car takes of its current, and whether a sensor shows it.

    One that freezes above its limit stops the car: then there is nobody to ask.
    """
    plant, freezes_at = house
    plant.run_until(freezes_at + 600)
    is_stopped = plant.drawn_a() == (0,) and max(plant.log[-1].heard_a or (0,)) > 25
    assert plant.view.meter_fault is MeterFault.FROZEN or is_stopped


@st.composite
def living_houses(draw: st.DrawFn) -> Plant:
    """Return a meter of whole amperes in a house that is still for minutes, and cars."""
    cars = [
        draw(
            st.sampled_from(
                (
                    three_phase_car(),
                    three_phase_car(car_a=10.0),
                    three_phase_car(sensor=Sensor(has_phases=True)),
                    one_phase_car(),
                    (a_charger(max_a=16, phases=(2,)), Charger(full_a=16)),
                )
            )
        )
        for _ in range(draw(st.integers(1, 2)))
    ]
    house: list[Load] = []
    for _ in THREE:
        second, changes = 0, [(0, draw(st.floats(0, 9)))]
        for _ in range(draw(st.integers(6, 20))):
            second += draw(st.sampled_from((10, 30, 60, 200)))
            changes.append((second, draw(st.floats(0, 9))))
        house.append(steps(*changes))
    return three_phases(
        *[
            (replace(known, charger_id=key), replace(charger))
            for key, (known, charger) in zip("ab", cars, strict=False)
        ],
        house=house,
        meter=Meter(period_s=draw(st.sampled_from((1, 10))), step_a=1.0),
    )


def started_together() -> Plant:
    """Return a car on three phases and one on L1 that start in one moment, as the house falls."""
    cars = (three_phase_car(), one_phase_car())
    lively = steps((0, 0), (500, 2), (510, 1), (520, 0), (530, 1), (540, 0))
    return three_phases(
        *[
            (replace(known, charger_id=key), charger)
            for key, (known, charger) in zip("ab", cars, strict=True)
        ],
        house=[steps((0, 0), (10, 8), (20, 0)), steady(0), lively],
        meter=Meter(period_s=10, step_a=1.0),
    )


def doubted_by_a_phase_alone() -> Plant:
    """Return two cars on three phases, and an L3 that moves by about what one of them draws."""
    cars = (three_phase_car(delay_s=3), three_phase_car(delay_s=3))
    return three_phases(
        *[
            (replace(known, charger_id=key), charger)
            for key, (known, charger) in zip("ab", cars, strict=True)
        ],
        house=[
            steps((0, 0), (410, 9), (610, 0)),
            steady(0),
            steps((0, 0), (230, 6), (430, 0), (440, 6), (450, 0), (460, 4)),
        ],
        meter=Meter(step_a=1.0),
    )


@example(plant=doubted_by_a_phase_alone())
@example(plant=started_together())
@given(plant=living_houses())
@examples(8)
def test_living_meter_is_never_called_frozen(plant: Plant) -> None:
    """A phase that rounds is asked now and then, and answers."""
    plant.run(3000)
    assert plant.events == []


# A charger that is wired in another order than was entered


def turned(
    *places: int, wires: tuple[int, ...] = (1, 2, 0), **own: Any
) -> tuple[ChargerSettings, Charger]:
    """Return a car on some phases of a charger that is wired in turn, and shows each phase."""
    own = {"sensor": Sensor(has_phases=True), "full_a": 16} | own
    return a_charger(max_a=16, phases=THREE), Charger(uses=places, wires=wires, **own)


@pytest.mark.parametrize(
    ("places", "wires", "wrong"),
    [
        pytest.param((0,), (1, 2, 0), WrongOrder(sensed=(0,), shown=(1,)), id="one phase"),
        pytest.param((2,), (1, 2, 0), WrongOrder(sensed=(2,), shown=(0,)), id="its third"),
        pytest.param((0, 1), (1, 2, 0), WrongOrder(sensed=(0, 1), shown=(1, 2)), id="two phases"),
        pytest.param((0, 1), (1, 0, 2), None, id="two phases that are exchanged"),
        pytest.param((0, 1, 2), (1, 2, 0), None, id="all phases"),
        pytest.param((0,), (0, 1, 2), None, id="as was entered"),
    ],
)
@pytest.mark.parametrize("by_a", [0.0, 0.3], ids=["still", "restless"])
def test_wrong_order_of_phases_is_found_out(
    places: tuple[int, ...], wires: tuple[int, ...], wrong: WrongOrder | None, by_a: float
) -> None:
    """The car's first start shows it; the meter is believed, and the car charges on."""
    plant = three_phases(turned(*places, wires=wires), house=restless(4, 4, 4, by_a=by_a))
    plant.run(1200)
    assert plant.view.chargers["a"].wrong_order == wrong
    assert plant.events == []
    assert plant.drawn_a() == (16,)


def test_car_on_another_phase_than_its_sensors_show_gives_way_there() -> None:
    """The order that was entered keeps no car on a phase that is over."""
    plant = three_phases(turned(0), house=(steady(4), steps((0, 4), (400, 15)), steady(4)))
    plant.run(600)
    assert plant.drawn_a() == (10,)
    assert len(plant.seconds_over()) <= promised_s(plant.settings, plant.meter)


def test_car_whose_phases_no_command_has_shown_is_asked_where_it_is() -> None:
    """One that has gone from three phases to one, unasked: an overload elsewhere asks by a cut."""
    known, charger = turned(0, 1, 2, sensor=Sensor(has_phases=True, every_s=10))
    plant = three_phases((known, charger), house=(steady(4), steps((0, 4), (300, 12)), steady(4)))
    plant.run(250)
    charger.uses = (0,)
    plant.run(40)
    assert plant.view.chargers["a"].phases_used == (0,)
    plant.run(210)
    assert plant.view.chargers["a"].wrong_order == WrongOrder(sensed=(0,), shown=(1,))
    assert plant.drawn_a() == (13,)


def test_wrong_order_is_remembered() -> None:
    """A restart in mid-charge does not put the car on the wrong phase again."""
    plant = three_phases(turned(0), house=(steady(4), steps((0, 4), (400, 15)), steady(4)))
    plant.run(300)
    plant.restart(20)
    plant.run(60)
    assert plant.view.chargers["a"].wrong_order == WrongOrder(sensed=(0,), shown=(1,))
    plant.run(220)
    assert plant.drawn_a() == (10,)
    assert len(plant.seconds_over()) <= promised_s(plant.settings, plant.meter)


def test_right_order_that_is_entered_ends_it() -> None:
    """What was seen of the old one says nothing of it."""
    plant = three_phases(turned(0, sensor=Sensor(has_phases=True, every_s=10)))
    plant.run(300)
    (known,) = plant.settings.chargers
    plant.settings = replace(plant.settings, chargers=(replace(known, phases=(1, 2, 0)),))
    plant.run(60)
    assert plant.view.chargers["a"].wrong_order is None
    assert plant.view.chargers["a"].phases_used == (1,)


def test_order_is_believed_again_when_a_command_agrees() -> None:
    """The electrician has changed the wires: nobody needs to tell."""
    known, charger = turned(0)
    plant = three_phases((known, charger), house=(steps((0, 4), (500, 15)), steady(4), steady(4)))
    plant.run(300)
    charger.wires = None
    plant.run(400)
    assert plant.view.chargers["a"].wrong_order is None


@given(site=three_phase_evenings(sensor=Sensor(has_phases=True)))
@examples(40)
def test_right_order_is_never_called_wrong(site: tuple[Plant, int]) -> None:
    """Whatever the house and the other cars do."""
    plant, last_change = site
    plant.run(last_change + 300)
    assert [charger.wrong_order for charger in plant.view.chargers.values()] == [None] * len(
        plant.chargers
    )


# Phases that report one by one


def a_run(house_a: tuple[float, ...] = (4, 4, 4), current_a: int = 16) -> Run:
    """Return a three-phase house whose car has long had this current."""
    of = settings(a_charger(max_a=16, phases=THREE), rated_a=25, phase_count=3)
    state = a_state(of, house_a=house_a, a=current_a)
    return Run(settings=of, state=state, now=10)


def test_cut_waits_for_no_other_phase() -> None:
    """The phase that is over has been read."""
    run = a_run()
    run.decide(reading=Reading(current_a=(28, 20, 20), at=10, said_at=(10, 5, 5)))
    assert run.targets == {"a": 13}


def test_phase_that_said_nothing_new_moves_no_estimate() -> None:
    """Read again after a cut, an old value would be a house that has risen."""
    run = a_run()
    run.decide(reading=Reading(current_a=(28, 20, 20), at=10, said_at=(10, 10, 10)))
    before_a = list(run.state.house.load_a or ())
    run.now = 40  # the cut is followed; only L1 has shown it
    run.decide(reading=Reading(current_a=(25, 20, 20), at=40, said_at=(40, 10, 10)))
    assert run.state.house.load_a == before_a


def test_raise_waits_until_all_its_phases_are_fresh() -> None:
    """A phase that was silent may have filled up."""
    run = a_run(current_a=10)
    run.state.timing.period_s, run.state.timing.heard_since = 1.0, -1000.0
    for now in (100.0, 101.0):
        run.now = now
        run.decide(reading=Reading(current_a=(14, 14, 14), at=now, said_at=(now, now, 95.0)))
    assert run.targets == {"a": 10}
    for now in (102.0, 103.0):
        run.now = now
        run.decide(reading=Reading(current_a=(14, 14, 14), at=now, said_at=(now, now, now)))
    assert run.targets == {"a": 16}


def test_rhythm_is_that_of_all_phases() -> None:
    """Three sensors that say something each 10 s in turn are a meter of 10 s, not of 3 s."""
    run = a_run()
    said_at = [0.0, 0.0, 0.0]
    for turn in range(30):
        run.now = 10 + turn * 10 / 3
        said_at[turn % 3] = run.now
        run.decide(reading=Reading(current_a=(20, 20, 20), at=run.now, said_at=tuple(said_at)))
    assert run.state.timing.period_s == pytest.approx(10, abs=0.1)


@example(  # it was cut before its start was judged: the raise after that counted for nothing
    reverses=(0,), house_a=(0, 0, 0), uses=None, sensor=Sensor(has_phases=True), period_s=1
)
@given(
    reverses=st.sampled_from(((0,), (1,), (2,), (0, 2), (0, 1, 2))),
    house_a=st.tuples(*[st.integers(0, 12)] * 3),
    uses=st.sampled_from((None, None, (0,), (1,))),
    sensor=st.sampled_from((None, Sensor(), Sensor(has_phases=True))),
    period_s=st.sampled_from((1, 5, 10, 30)),
)
@examples(10)
def test_clamp_the_wrong_way_round_is_found_on_the_phase_that_it_is_on(
    reverses: tuple[int, ...],
    house_a: tuple[int, ...],
    uses: tuple[int, ...] | None,
    sensor: Sensor | None,
    period_s: int,
) -> None:
    """What a car shows as a fall is no room, and the others of its phases do not hide it."""
    known, charger = a_charger(max_a=16, phases=THREE), Charger(full_a=16, uses=uses, sensor=sensor)
    house = [Restless(around_a=each_a, by_a=0.3) for each_a in house_a]
    meter = Meter(period_s=period_s, reverses=reverses)
    plant = three_phases((known, charger), house=house, meter=meter)
    plant.run(600)
    shown = set(reverses) & set(THREE if uses is None else uses)
    lost = [event for _, event in plant.events if event.type is EventType.METER_UNAVAILABLE]
    assert [event.data for event in lost] == ([{"reason": "reversed"}] if shown else [])
    assert plant.state.meter.lost_values == shown
    (drawn_a,) = plant.drawn_a()
    assert drawn_a == 0 if shown else drawn_a >= 11
