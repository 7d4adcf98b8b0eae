"""A charger's shadow: what the real one draws, and what it would draw instead."""

from typing import Any

import pytest

from custom_components.ev_lb.balancing.model import CarReading, CarStatus, ReadBack
from custom_components.ev_lb.observe.shadow import Shadow
from tests.balancing.builders import a_charger

ONE, THREE = a_charger(), a_charger(phases=(0, 1, 2))


def measured(*phase_a: float, current_a: float | None = None, **others: Any) -> Shadow:
    """Return the shadow of a charger whose sensors say this."""
    car = CarReading(at=1.0, current_a=current_a, phase_current_a=phase_a, **others)
    return Shadow(is_measured=True, car=car)


def by_number(current_a: float | None, *, is_paused: bool | None = None) -> Shadow:
    """Return the shadow of a charger that has a number alone."""
    told = ReadBack(at=1.0, current_a=current_a, is_paused=is_paused)
    return Shadow(is_measured=False, told=told)


@pytest.mark.parametrize(
    ("shadow", "expected"),
    [
        pytest.param(measured(16.0, 15.0, 14.0, current_a=16.0), (16.0, 15.0, 14.0), id="each"),
        pytest.param(measured(current_a=16.0), (16.0, 16.0, 16.0), id="one of all"),
        pytest.param(measured(current_a=None), None, id="not known"),
        pytest.param(Shadow(is_measured=True), None, id="nothing said yet"),
        pytest.param(
            measured(current_a=16.0, status=CarStatus.IDLE), (0.0, 0.0, 0.0), id="idle by status"
        ),
        pytest.param(by_number(13.0), (13.0, 13.0, 13.0), id="number"),
        pytest.param(by_number(13.0, is_paused=True), (0.0, 0.0, 0.0), id="paused"),
        pytest.param(by_number(None), None, id="number not known"),
        pytest.param(Shadow(is_measured=False), None, id="number not heard yet"),
    ],
)
def test_real_draw_is_what_its_sensors_say_or_its_number(
    shadow: Shadow, expected: tuple[float, ...] | None
) -> None:
    """The draw sensor goes first, the status is heard, and what is not known is not guessed."""
    assert shadow.real_a(THREE, None) == expected


@pytest.mark.parametrize(
    ("shadow", "expected"),
    [
        pytest.param(measured(current_a=16.0), (0.0, 16.0, 0.0), id="a current"),
        pytest.param(measured(current_a=4.0, is_divided=True), (0.0, 12.0, 0.0), id="a power"),
        pytest.param(by_number(16.0), (0.0, 16.0, 0.0), id="number"),
    ],
)
def test_car_that_was_seen_to_use_one_phase_draws_there(
    shadow: Shadow, expected: tuple[float, ...]
) -> None:
    """One sensor for all phases says it of the one; a power was divided by all of them."""
    assert shadow.real_a(THREE, (1,)) == expected


def test_shadow_is_the_real_one_until_it_is_told_anything() -> None:
    """What nobody has commanded goes on as it is."""
    assert measured(current_a=16.0).shadow_a((16.0,), None) == (16.0,)


@pytest.mark.parametrize(
    ("real_a", "given_a", "offered_a", "expected"),
    [
        pytest.param(16.0, 10, None, 10.0, id="given less"),
        pytest.param(16.0, 0, None, 0.0, id="stopped"),
        pytest.param(16.0, 32, None, 16.0, id="it is not known whether it would take more"),
        pytest.param(16.0, 32, 16.0, 32.0, id="takes all that it is offered, and would take more"),
        pytest.param(10.0, 32, 16.0, 10.0, id="takes less than it is offered"),
        pytest.param(0.0, 32, 16.0, 0.0, id="no car"),
        pytest.param(0.3, 32, 0.0, 0.3, id="electronics of a paused charger"),
    ],
)
def test_car_takes_no_more_than_it_is_known_to_want(
    real_a: float, given_a: int, offered_a: float | None, expected: float
) -> None:
    """A car that takes less than its charger offers takes no more in the shadow."""
    shadow = measured(current_a=real_a)
    if offered_a is not None:
        shadow.told = ReadBack(at=1.0, current_a=offered_a)
    assert shadow.shadow_a((real_a,), given_a) == (expected,)


def test_phases_that_a_car_does_not_use_stay_without_it() -> None:
    """Of three phases each is as the real one, but no more than is given."""
    shadow = measured(16.0, 9.0, 0.0, current_a=16.0)
    assert shadow.shadow_a((16.0, 9.0, 0.0), 10) == (10.0, 9.0, 0.0)


def test_sensors_of_the_shadow_say_what_it_draws() -> None:
    """Each phase, or one current of all; a power as it would be divided."""
    each = CarReading(at=1.0, current_a=16.0, phase_current_a=(16.0, 15.0, 0.0))
    shadow = Shadow(is_measured=True, car=each)
    assert shadow.reading(each, (10.0, 10.0, 0.0), 10, at=2.0) == CarReading(
        at=2.0, current_a=10.0, phase_current_a=(10.0, 10.0, 0.0)
    )
    power = CarReading(at=1.0, current_a=4.0, is_divided=True)
    assert shadow.reading(power, (0.0, 9.0, 0.0), 9, at=2.0) == CarReading(
        at=2.0, current_a=3.0, is_divided=True
    )


def test_status_of_a_stopped_shadow_is_idle() -> None:
    """The real charger says that it charges; the stopped one would not."""
    car = CarReading(at=1.0, status=CarStatus.CHARGING)
    shadow = Shadow(is_measured=False, car=car)
    assert shadow.reading(car, (0.0,), 0, at=2.0) == CarReading(at=2.0, status=CarStatus.IDLE)
    assert shadow.reading(car, (8.0,), 8, at=2.0) == CarReading(at=2.0, status=CarStatus.CHARGING)
