"""What the user has set, and what follows from it."""

import pytest

from .builders import a_charger, settings


@pytest.mark.parametrize(
    ("is_site_enabled", "is_charger_enabled", "is_ours"),
    [(True, True, True), (False, True, False), (True, False, False), (False, False, False)],
)
def test_charger_is_ours_when_both_switches_are_on(
    *, is_site_enabled: bool, is_charger_enabled: bool, is_ours: bool
) -> None:
    """Either switch hands the charger back to the user."""
    charger = a_charger(is_enabled=is_charger_enabled)
    of = settings(charger, is_enabled=is_site_enabled)
    assert of.is_balanced(charger) is is_ours
    assert of.balanced == ((charger,) if is_ours else ())


@pytest.mark.parametrize(
    ("configured_s", "in_force_s"),
    [
        pytest.param(None, 300.0, id="automatic"),
        pytest.param(20.0, 20.0, id="the user's own"),
        pytest.param(0.0, None, id="0 is never"),
    ],
)
def test_meter_timeout(configured_s: float | None, in_force_s: float | None) -> None:
    """Empty is automatic, a number is exactly that, 0 is never."""
    assert settings(meter_timeout_s=configured_s).meter_timeout_s() == in_force_s


def test_window_is_response_time_and_meter_delay() -> None:
    """So long after its delivery a command may not show in a reading yet."""
    charger = a_charger(response_time_s=10.0)
    assert settings(charger, meter_delay_s=2.0).window_s(charger) == 12.0
