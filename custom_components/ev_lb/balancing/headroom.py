"""Headroom: what the chargers may draw together, per phase."""

from .settings import SiteSettings

TOLERANCE_A = 1e-6
"""Sums of amperes are floats: what differs by less is the same."""


def available_a(site: SiteSettings, reading_a: tuple[float, ...]) -> tuple[float, ...]:
    """Return what is free now per phase; negative in an overload."""
    return tuple(site.service_current_a - current_a for current_a in reading_a)


def headroom_a(site: SiteSettings, background_a: tuple[float, ...]) -> tuple[float, ...]:
    """Return what the chargers may draw together per phase.

    Never more than the service current, however much the house exports: the sun can go, and
    the chargers' own feed must bear it.
    """
    limit_a = site.service_current_a
    return tuple(min(limit_a, limit_a - house_a) for house_a in background_a)
