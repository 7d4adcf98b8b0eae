"""What the user has set, and what follows from it."""

from dataclasses import replace

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


@pytest.mark.parametrize(("delay_s", "window_s"), [(2.0, 12.0), (7.5, 17.5), (0.0, 10.0)])
def test_window_is_response_time_and_meter_delay(delay_s: float, window_s: float) -> None:
    """So long after its delivery a command may not show in a reading yet."""
    charger = a_charger(response_time_s=10.0)
    of = replace(settings(charger), meter_delay_s=delay_s)
    assert of.window_s(charger) == window_s
