"""What is free on each limit, and what the chargers may draw together there."""

from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.allocate.limits import available_a, headroom_a
from tests.balancing.builders import settings
from tests.explore import examples

THREE = settings(rated_a=32, phase_count=3).limits
LOWERED = settings(rated_a=32, service_a=20).limits


def test_available_is_the_breaker_less_the_reading() -> None:
    """What is free now, per phase; negative in an overload."""
    assert available_a(THREE, (20.0, 32.0, 40.5)) == (12.0, 0.0, -8.5)


def test_lowered_service_current_counts() -> None:
    """The user's number, not the breaker's rating, is the limit in force."""
    assert available_a(LOWERED, (15.0,)) == (5.0,)
    assert headroom_a(LOWERED, (15.0,)) == (5.0,)


def test_headroom_is_what_the_house_leaves() -> None:
    """The chargers may draw what the house does not, per phase; negative where it is over."""
    assert headroom_a(THREE, (20.0, 40.0, 0.0)) == (12.0, -8.0, 32.0)


def test_export_gives_no_more_than_the_breaker_carries() -> None:
    """The sun can go: the cars together never get more than the service current."""
    assert headroom_a(LOWERED, (-30.0,)) == (20.0,)


@given(house_a=st.tuples(*[st.floats(-200, 200)] * 3))
@examples(50)
def test_cars_within_the_headroom_keep_the_house_within_its_limits(
    house_a: tuple[float, ...],
) -> None:
    """Whatever the house draws or feeds, cars and house fit, and so do the cars without it."""
    for room, house, limit in zip(headroom_a(THREE, house_a), house_a, THREE, strict=True):
        assert house + room <= limit.in_force_a + 1e-9
        assert room <= limit.in_force_a
