"""Fallback currents: whether those of a site fit together."""

from collections.abc import Iterable

from ..configuration import phase_ratings_a, wired_phases
from ..const import (
    CONF_FALLBACK_CURRENT_A,
    CONF_MAX_CHARGER_CURRENT_A,
    CONF_MIN_EV_CURRENT_A,
    CONF_PHASES,
    CONF_SERVICE_CURRENT_A,
)
from .fields import Values, Warnings


def fallbacks_warning(site: Values, chargers: Iterable[Values]) -> Warnings:
    """Return a warning when the fallback currents do not fit together on some phase."""
    count, chargers = site[CONF_PHASES], list(chargers)
    ratings_a = phase_ratings_a(site) or (site[CONF_SERVICE_CURRENT_A],) * count
    for phase, rated_a in enumerate(ratings_a):
        total_a = sum(
            effective_fallback_a(charger)
            for charger in chargers
            if phase in wired_phases(charger, count)
        )
        if total_a > rated_a:
            return {
                "fallbacks_above_service": {
                    "total_a": str(total_a),
                    "service_current_a": str(rated_a),
                }
            }
    return {}


def effective_fallback_a(charger: Values) -> int:
    """Return the current that a charger's fallback comes to: capped, or 0 below its minimum."""
    current_a = min(charger[CONF_FALLBACK_CURRENT_A], charger[CONF_MAX_CHARGER_CURRENT_A])
    return current_a if current_a >= charger[CONF_MIN_EV_CURRENT_A] else 0
