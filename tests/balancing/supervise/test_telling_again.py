"""Nothing is forgotten: a charger that was given current and draws nothing is told again."""

from copy import deepcopy
from typing import Any

import pytest

from custom_components.ev_lb.balancing.model import (
    CarStatus,
    Command,
    Reading,
    SetCurrent,
    StartCharging,
    StopCharging,
)
from custom_components.ev_lb.balancing.supervise.evidence import Raise
from custom_components.ev_lb.balancing.supervise.telling_again import TellingAgain, told_again

from ..builders import Run, a_charger, a_state, charging, settings
from ..plant import Charger, Meter, Plant, Sensor, Span, steps

OF = settings()


def start_a(current_a: int) -> StartCharging:
    """Return the command to start the car with this current."""
    return StartCharging(charger_id="a", current_a=current_a)


def ask_a(current_a: int) -> SetCurrent:
    """Return the cut by which a charger is asked."""
    return SetCurrent(charger_id="a", current_a=current_a)


def starts(run: Run) -> list[float]:
    """Return when the car was started or told to start again."""
    return [at for at, command in run.sent if isinstance(command, StartCharging)]


def swallowed() -> Run:
    """Return a car that is given current, and whose sensor shows that nothing flows."""
    run = Run(OF, a_state(OF, house_a=26), now=0)
    run.see("a", 0, CarStatus.IDLE)
    run.listen(2, 26)
    return run


def test_swallowed_start_is_said_again() -> None:
    """After a minute and a half, then after 5, 15 and each 60 minutes."""
    run = swallowed()
    assert run.sent == [(0, start_a(6))]
    run.listen(4 * 3600, 26, every_s=10)
    first, *later = starts(run)
    assert [at - first for at in later] == pytest.approx([90, 390, 1290, 4890, 8490, 12090], abs=10)


def test_car_that_draws_is_not_told_again() -> None:
    """A car that charges is left in peace."""
    run = swallowed()
    run.see("a", 6, CarStatus.CHARGING)
    run.listen(3600, 32, every_s=10)
    assert len(starts(run)) == 1
    assert run["a"].telling == TellingAgain()


def test_nobody_is_started_on_a_limit_that_is_over() -> None:
    """What is due waits until the last reading is within the limit again."""
    over = a_state(OF, house_a=20, a=charging(6, telling=TellingAgain(is_nothing=True, due_at=0.0)))
    over.chargers["a"].evidence.on_draw_lost(over.meter.reading, 0.0)
    within = deepcopy(over)
    over.meter.reading = Reading(current_a=(33.0,), at=0.0)
    assert told_again(over, 1.0) == frozenset()
    assert told_again(within, 1.0) == {"a"}


def test_where_no_car_is_nothing_is_said_again() -> None:
    """There is nobody to hear it."""
    run = swallowed()
    run.see("a", 0, CarStatus.ABSENT)
    run.listen(3600, 26, every_s=10)
    assert len(starts(run)) == 1


def test_stopped_charger_is_not_told_to_start() -> None:
    """What draws nothing because it must not is in order."""
    run = Run(OF, a_state(OF, house_a=30), now=0)
    run.see("a", 0, CarStatus.IDLE)
    run.listen(3600, 30, every_s=10)
    assert run.sent == []


def test_car_that_comes_after_all_begins_anew() -> None:
    """When it stops drawing again by itself, the waits are short again."""
    run = swallowed()
    run.listen(2000, 26, every_s=10)
    assert run["a"].telling.times == 3
    run.see("a", 6, CarStatus.CHARGING)
    run.listen(60, 32, every_s=10)
    run.see("a", 0, CarStatus.IDLE)
    run.listen(10, 26, every_s=10)
    assert run["a"].telling.times in (0, 1)


def test_car_that_is_told_again_takes_nothing_from_another_in_the_same_moment() -> None:
    """It must show what it has before it gets more: nobody is cut for it, and raised back."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, house_a=2, a=charging(10), b=20), now=0)
    run.see("a", 0, CarStatus.IDLE)
    assert run.sent == [(0, start_a(10))]
    assert run.targets == {"a": 10, "b": 20}


# A reading that leaves no room for it


@pytest.mark.parametrize(
    ("reading_a", "has_exported", "has_risen", "told"),
    [
        pytest.param(18.1, False, False, [], id="nearly: the car may take less"),
        pytest.param(17.9, False, False, [start_a(20)], id="less than it must draw"),
        pytest.param(1.9, True, False, [], id="a house that feeds in"),
        pytest.param(
            1.9,
            False,
            True,
            [ask_a(17)],
            id="a battery may feed the car that was seen: it is asked",
        ),
    ],
)
def test_charger_that_the_meter_cannot_be_showing_is_told_again(
    reading_a: float, told: list[Command], *, has_exported: bool, has_risen: bool
) -> None:
    """A fall of the house passed for the answer to a probe: 0 A drawn of 20 A, for ever."""
    run = charging_run()
    run["a"].evidence.sighting = None if has_risen else Raise(low_a=0, sent_at=run.now)
    run.state.house.has_exported = has_exported
    run.listen(10, reading_a, every_s=5)
    assert [command for _, command in run.sent[:1]] == told


# A fall that no command of ours explains


def charging_run(*, had_a: int = 20, **others: Any) -> Run:
    """Return a car that has drawn for long, without a sensor of its own, and a quiet house."""
    run = Run(OF, a_state(OF, house_a=6, a=charging(had_a, **others)), now=0)
    run.change_charger("a", max_charger_current_a=had_a)
    run.sent.clear()
    run.listen(100, 6 + had_a, every_s=5)
    assert run.sent == []
    return run


@pytest.mark.parametrize(
    ("falls_a", "is_told"),
    [
        pytest.param((20,), True, id="by all of its draw"),
        pytest.param((17,), True, id="nearly all: the house has risen a little"),
        pytest.param((23,), True, id="a little more"),
        pytest.param((10, 10), True, id="in two steps, as meters that average show it"),
        pytest.param((15.9,), False, id="by less"),
        pytest.param((24.1,), False, id="by more: the house"),
    ],
)
def test_charger_whose_draw_is_gone_is_told_again_at_once(
    falls_a: tuple[float, ...], *, is_told: bool
) -> None:
    """A charger that was reset to 0 A or cut off charges again within seconds, not never."""
    run = charging_run()
    run.state.house.has_exported = True
    reading_a = 26.0
    for fall_a in falls_a:
        reading_a -= fall_a
        run.listen(10, reading_a, every_s=5)
    assert [command for _, command in run.sent[:1]] == ([start_a(20)] if is_told else [])


def test_fall_after_a_command_of_ours_is_its_own() -> None:
    """A cut shows as a fall: nothing was forgotten."""
    run = charging_run()
    run.change_charger("a", max_charger_current_a=6)
    run.sent.clear()
    run.listen(5, 12, every_s=5)
    assert run.sent == []


def test_fall_of_another_cars_draw_is_asked_about_on_its_own_phase_alone() -> None:
    """What goes from L2 is not what a car on L1 drew."""
    of = settings(a_charger("a", max_a=20), phase_count=2)
    run = Run(of, a_state(of, house_a=(6, 26), a=20), now=0)
    run.listen(100, 26, 26, every_s=5)
    run.listen(5, 26, 6, every_s=5)
    assert run.sent == []


def test_charger_that_still_draws_nothing_is_told_with_the_usual_waits() -> None:
    """After the first at once: 5, 15 and each 60 minutes."""
    run = charging_run()
    begin = run.now
    run.listen(2 * 3600, 6, every_s=5)
    told: list[Command] = [command for _, command in run.sent]
    again = [at - begin for at in starts(run)]
    assert told[0] == start_a(20)
    assert again[0] == 5
    assert {300 + 5, 1200 + 5, 4800 + 5} <= set(again)


def test_car_that_pauses_and_goes_on_by_itself_loses_nothing() -> None:
    """The meter shows it again, and it keeps what it had."""
    run = charging_run()
    run.listen(10, 6, every_s=5)
    run.listen(60, 26, every_s=5)
    assert run.targets == {"a": 20}
    assert run["a"].telling == TellingAgain()


def test_set_current_is_not_taken_for_a_start() -> None:
    """What is told again is start and current: one alone may not wake a charger."""
    run = swallowed()
    run.listen(100, 26, every_s=10)
    kinds = {type(command) for _, command in run.sent}
    assert StartCharging in kinds
    assert SetCurrent not in kinds


def test_stop_that_nothing_has_shown_is_said_again() -> None:
    """Others brought the limit down; who was deaf drew on for ever, and one had to wait for it."""
    plant = Plant(
        settings=settings(a_charger("a"), a_charger("b"), a_charger("c"), rated_a=40),
        house=steps((0, 0), (14, 16)),
        chargers=[
            Charger(delay_s=0),
            Charger(delay_s=0),
            Charger(delay_s=0, deaf=Span(begins=3, ends=315)),
        ],
        meter=Meter(latency_s=1),
    )
    plant.run(1800)
    told = [at for at, command in plant.sent if command == StopCharging(charger_id="c")]
    assert told[0] < 60 < told[1] < 315 < told[2] < 600
    assert plant.log[-1].drawn_a == (8, 8, 8)


def test_stop_that_the_meter_has_shown_is_not_said_again() -> None:
    """Nor one whose own sensor shows it."""
    plant = Plant(
        settings=settings(a_charger("a"), a_charger("b"), rated_a=25),
        house=steps((0, 5), (300, 24), (330, 22)),
        chargers=[Charger(), Charger(sensor=Sensor())],
        meter=Meter(),
    )
    plant.run(4 * 3600)
    assert len(plant.sent) == len(set(plant.sent))
    assert [at for at, _ in plant.sent if at > 400] == []
