"""Whether a charger's phases are wired in the order that the user entered."""

import pytest

from custom_components.ev_lb.balancing.model import CarReading, WrongOrder
from tests.balancing.builders import Run, a_charger, a_state, settings

WRONG = WrongOrder(sensed=(0,), shown=(1,))


def a_run(*house_a: float, current_a: int = 0) -> Run:
    """Return a house with a three-phase charger that measures each phase."""
    of = settings(a_charger(max_a=16, phases=(0, 1, 2)), rated_a=25, phase_count=3)
    run = Run(of, a_state(of, house_a=tuple(house_a) or (4.0, 4.0, 4.0)), now=0)
    run.listen(3, *(house_a or (4, 4, 4)))
    assert run.targets == {"a": 16}
    sense(run, current_a)
    return run


def sense(run: Run, *current_a: float) -> None:
    """Let the charger's sensors say the currents of its phases, the first ones first."""
    phases_a = (*current_a, 0.0, 0.0)[:3]
    said = CarReading(at=run.now, current_a=max(phases_a), phase_current_a=phases_a)
    run.decide(cars={"a": said})


def start(run: Run, *current_a: float) -> None:
    """Let the car begin to draw these currents by the charger's sensors."""
    run.sleep(5)
    sense(run, *current_a)
    run.sleep(10)


@pytest.mark.parametrize(
    ("reading_a", "wrong"),
    [
        pytest.param((4, 20, 4), WRONG, id="another phase"),
        pytest.param((4.5, 18.2, 3), WRONG, id="another phase, nearly as much"),
        pytest.param((20, 4, 4), None, id="the phase"),
        pytest.param((4, 4, 4), None, id="none: the meter is late, or another's"),
        pytest.param((20, 20, 4), None, id="both: the house did something"),
        pytest.param((4, 15, 4), None, id="another phase, by another current"),
        pytest.param((4, 20, 10), None, id="another phase, and the house"),
        pytest.param((12, 20, 4), None, id="half of it"),
    ],
)
def test_start_shows_whether_the_order_is_right(
    reading_a: tuple[float, ...], wrong: WrongOrder | None
) -> None:
    """What moves elsewhere must fit, and nothing may move where the sensors show the car."""
    run = a_run()
    start(run, 16)
    run.read(*reading_a)
    assert run.state.chargers["a"].order.wrong == wrong
    assert run.read(*reading_a).view.chargers["a"].wrong_order == wrong


def test_car_counts_on_all_phases_then() -> None:
    """What the sensors show may be on any of them, until the meter shows where the car is."""
    run = a_run()
    start(run, 16)
    assert run["a"].phases == (0,)
    run.read(4, 20, 4)
    assert run["a"].phases in ((0, 1, 2), (1,))
    sense(run, 15.9)
    assert 0 not in run["a"].phases or run["a"].phases == (0, 1, 2)
    assert run["a"].sensor.drawn_a == 15.9


def test_command_of_another_charger_tells_nothing() -> None:
    """It may be what moved there."""
    of = settings(
        a_charger("a", max_a=16, phases=(0, 1, 2)),
        a_charger("b", max_a=16, phases=(1,)),
        rated_a=40,
        phase_count=3,
    )
    run = Run(of, a_state(of, house_a=(4.0, 4.0, 4.0)), now=0)
    run.listen(3, 4, 4, 4)
    assert run.targets == {"a": 16, "b": 16}
    start(run, 16)
    run.read(4, 20, 4)
    assert run["a"].order.wrong is None


def test_cut_shows_it_too() -> None:
    """A car that charged when Home Assistant began is asked by the next cut."""
    run = a_run()
    start(run, 16)
    run.read(4, 4, 4)
    run["a"].evidence.on_raise_confirmed()
    run.limit("a", 10, 600)
    run.sleep(5)
    run.read(4, 20, 4)
    run.read(4, 14, 4)
    assert run["a"].order.wrong == WRONG


def test_command_that_agrees_ends_it() -> None:
    """Who has changed the wires, or the sensors, need not tell."""
    run = a_run()
    start(run, 16)
    run.read(4, 20, 4)
    assert run["a"].order.wrong == WRONG
    run.listen(5, 20, 4, 4)
    run.limit("a", 10, 600)
    run.sleep(5)
    run.read(14, 4, 4)
    assert run["a"].order.wrong is None
    sense(run, 10)
    assert run["a"].phases == (0,)


def test_other_order_is_judged_anew() -> None:
    """What was seen says nothing of it."""
    run = a_run()
    start(run, 16)
    run.read(4, 20, 4)
    run.change_charger("a", phases=(1, 2, 0))
    assert run["a"].order.wrong is None
    sense(run, 15.9)
    assert run["a"].phases == (1,)


def test_three_phase_car_tells_nothing() -> None:
    """It is on all phases in any order."""
    run = a_run()
    start(run, 16, 16, 16)
    run.read(20, 4, 20)
    assert run["a"].order.wrong is None
    assert not run["a"].order.is_shown
