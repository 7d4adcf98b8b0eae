"""Fallback currents: whether those of a site fit together."""

from collections.abc import Iterable

from ..const import CONF_FALLBACK_CURRENT_A, CONF_MAX_CHARGER_CURRENT_A, CONF_MIN_EV_CURRENT_A
from .fields import Values, Warnings


def fallbacks_warning(service_current_a: int, chargers: Iterable[Values]) -> Warnings:
    """Return a warning when the chargers' fallback currents do not fit together."""
    total_a = sum(effective_fallback_a(charger) for charger in chargers)
    if total_a <= service_current_a:
        return {}
    return {
        "fallbacks_above_service": {
            "total_a": str(total_a),
            "service_current_a": str(service_current_a),
        }
    }


def effective_fallback_a(charger: Values) -> int:
    """Return the current that a charger's fallback comes to: capped, or 0 below its minimum."""
    current_a = min(charger[CONF_FALLBACK_CURRENT_A], charger[CONF_MAX_CHARGER_CURRENT_A])
    return current_a if current_a >= charger[CONF_MIN_EV_CURRENT_A] else 0
