"""Volts turn watts into amperes: measured ones while they can be believed, else the nominal.

Nominal volts alone waste 6 % of a supply at 245 V, and hide an overload below 230 V. The settings
are `voltage_sensor` and `service_voltage_v`.
"""

BELIEVED_DEVIATION = 0.15
"""Of the nominal, either way: EN 50160 allows 10 %, and a wrong sensor is further off."""

FRESH_S = 15 * 60.0
"""A voltage sensor may report changes alone, and a steady voltage changes seldom."""


def line_voltage_v(nominal_v: float, measured_v: float | None, age_s: float) -> float:
    """Return the volts to divide by; `measured_v` was said `age_s` ago, None: not at all."""
    if measured_v is None or age_s > FRESH_S or not is_believed(nominal_v, measured_v):
        return nominal_v
    return measured_v


def is_believed(nominal_v: float, measured_v: float) -> bool:
    """Return whether a supply can have these volts."""
    return abs(measured_v - nominal_v) <= BELIEVED_DEVIATION * nominal_v
