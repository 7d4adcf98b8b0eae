"""What is free, and what the chargers may draw together."""

from custom_components.ev_lb.balancing.headroom import available_a, headroom_a

from .builders import a_site


def test_available_is_the_breaker_less_the_reading() -> None:
    """What is free now, per phase; negative in an overload."""
    assert available_a(a_site(rated_a=32), (20.0, 32.0, 40.5)) == (12.0, 0.0, -8.5)


def test_lowered_service_current_counts() -> None:
    """The user's number, not the breaker's rating, is the limit in force."""
    assert available_a(a_site(rated_a=32, service_a=20), (15.0,)) == (5.0,)
    assert headroom_a(a_site(rated_a=32, service_a=20), (15.0,)) == (5.0,)


def test_headroom_is_what_the_house_leaves() -> None:
    """The chargers may draw what the house does not, per phase."""
    assert headroom_a(a_site(rated_a=32), (20.0, 40.0)) == (12.0, -8.0)


def test_export_gives_no_more_than_the_breaker_bears() -> None:
    """The sun can go: the cars together never get more than the service current."""
    assert headroom_a(a_site(rated_a=32), (-30.0,)) == (32.0,)
