"""Settings: which chargers are ours, and what bounds them."""

import pytest

from custom_components.ev_lb.balancing.settings import Limit

from .builders import a_charger, settings


@pytest.mark.parametrize("is_site_on", [True, False])
@pytest.mark.parametrize("is_charger_on", [True, False])
def test_charger_is_ours_while_its_switch_and_the_sites_are_on(
    is_site_on: bool, is_charger_on: bool
) -> None:
    """One that is switched off counts as house load."""
    charger = a_charger(is_enabled=is_charger_on)
    of = settings(charger, is_enabled=is_site_on)
    assert of.is_balanced(charger) is (is_site_on and is_charger_on)


def test_each_phase_of_the_breaker_is_a_limit() -> None:
    """The number lowers all of them; the rating stays."""
    of = settings(rated_a=32, service_a=25, phase_count=3)
    assert of.limits == tuple(
        Limit(name=name, rated_a=32, in_force_a=25) for name in ("L1", "L2", "L3")
    )
