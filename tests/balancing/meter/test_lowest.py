"""What a rise of the meter is measured from."""

from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.meter.lowest import STRETCH_S, Lowest
from custom_components.ev_lb.balancing.model import Reading
from tests.balancing.builders import a_wiring
from tests.explore import examples


def a_reading(at: float, *current_a: float) -> Reading:
    """Return a reading of so many amperes per phase."""
    return Reading(current_a=current_a, at=at)


def lowest_of(*said: tuple[float, float]) -> Lowest:
    """Return what is known after readings of one phase: when, and how many amperes."""
    lowest = Lowest()
    for at, current_a in said:
        lowest.on_reading(a_reading(at, current_a))
    return lowest


def test_nothing_has_risen_before_the_first_reading() -> None:
    """Of a meter that has said nothing no rise is known."""
    assert Lowest().risen_a(a_reading(5, 20), a_wiring(0)) == 0


def test_rise_is_measured_from_the_lowest_reading() -> None:
    """A house that falls just before a car starts does not hide the start."""
    assert lowest_of((0, 20), (10, 12), (20, 15)).risen_a(a_reading(30, 28), a_wiring(0)) == 16


def test_one_lies_above_another_where_the_meter_had_risen_before_it() -> None:
    """What a raise shows from there on is not what one before it has shown already."""
    loads = a_wiring(0).loads
    assert lowest_of((10, 15), (20, 17)).above_a(lowest_of((0, 12), (10, 15)), loads) == 3
    assert Lowest().above_a(lowest_of((0, 12)), loads) == 0
    assert lowest_of((0, 12)).above_a(Lowest(), loads) == 0


def test_fall_is_a_negative_rise() -> None:
    """A reading below all of them has not risen."""
    assert lowest_of((0, 20)).risen_a(a_reading(30, 12), a_wiring(0)) == -8


def test_old_readings_are_forgotten() -> None:
    """What the house drew minutes ago is no base for a rise of now: it would be a car for ever."""
    lowest = lowest_of((0, 2), (10, 20))
    lowest.on_reading(a_reading(STRETCH_S - 1, 21))
    assert lowest.risen_a(a_reading(89, 22), a_wiring(0)) == 20
    lowest.on_reading(a_reading(STRETCH_S, 20))
    assert lowest == Lowest(now_a=[20], before_a=[2], since=STRETCH_S)
    assert lowest.risen_a(a_reading(91, 22), a_wiring(0)) == 20
    lowest.on_reading(a_reading(2 * STRETCH_S, 21))
    assert lowest == Lowest(now_a=[21], before_a=[20], since=2 * STRETCH_S)
    assert lowest.risen_a(a_reading(181, 22), a_wiring(0)) == 2


def test_rise_must_show_on_all_the_phases() -> None:
    """A kettle on one phase is not a car on three."""
    lowest = Lowest()
    lowest.on_reading(a_reading(0, 4, 5, 6))
    rise = a_reading(10, 20, 13, 6)
    assert lowest.risen_a(rise, a_wiring(0, 1, 2, used=(0, 1, 2))) == 0
    assert lowest.risen_a(rise, a_wiring(0, 1, used=(0, 1))) == 8
    assert lowest.risen_a(rise, a_wiring(0)) == 16


def test_what_is_explained_is_taken_off_the_rise() -> None:
    """One rise shows one car: what the first has risen by does not show the second."""
    lowest = Lowest(now_a=[10, 5], before_a=[8, 4], since=0)
    rise = a_reading(10, 22, 30)
    lowest.on_explained(rise, a_wiring(0).loads, 6)
    assert lowest == Lowest(now_a=[16, 5], before_a=[14, 4], since=0)
    assert lowest.risen_a(rise, a_wiring(0)) == 8


def test_no_more_is_explained_than_has_risen() -> None:
    """A car that takes less than it was given leaves no debt that hides the next start."""
    lowest = Lowest(now_a=[10], since=0)
    lowest.on_explained(a_reading(10, 14), a_wiring(0).loads, 16)
    assert lowest == Lowest(now_a=[14], since=0)
    lowest.on_explained(a_reading(11, 12), a_wiring(0).loads, 16)
    assert lowest == Lowest(now_a=[14], since=0)


currents = st.floats(-100, 100)


@given(
    said=st.lists(st.tuples(st.floats(0, 60), currents), min_size=1, max_size=20),
    now_a=currents,
)
@examples(100)
def test_rise_is_never_less_than_since_any_of_the_last_readings(
    said: list[tuple[float, float]], now_a: float
) -> None:
    """Of the last minute and a half nothing is forgotten."""
    moments = [sum(gap for gap, _ in said[: index + 1]) for index in range(len(said))]
    lowest = lowest_of(*zip(moments, (current_a for _, current_a in said), strict=True))
    now = moments[-1]
    recent_a = [
        current_a for at, (_, current_a) in zip(moments, said, strict=True) if at > now - STRETCH_S
    ]
    assert lowest.risen_a(a_reading(now, now_a), a_wiring(0)) >= now_a - min(recent_a)
