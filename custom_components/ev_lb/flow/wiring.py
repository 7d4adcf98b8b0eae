"""Wiring: which of the site's phases a charger or a circuit loads, and in which order."""

from collections.abc import Iterable
from itertools import combinations

import voluptuous as vol
from homeassistant.config_entries import ConfigSubentry
from homeassistant.helpers.selector import Selector, SelectSelectorConfig, SelectSelectorMode

from ..configuration import has_lost_meter
from ..const import CONF_PHASES, CONF_WIRING, MAX_PHASES
from .fields import Values, Warnings
from .selectors import SelectSelector


def wiring_name(phases: tuple[int, ...]) -> str:
    """Return the stored word for these phases of the site, in the charger's own order."""
    return "_".join(f"l{phase + 1}" for phase in phases)


def charger_wirings(phase_count: int) -> list[str]:
    """Return how a charger can be wired: as it is proposed first, then rotated, then in part."""
    phases = tuple(range(phase_count))
    whole = [phases]
    if phase_count == MAX_PHASES:  # two legs are the same either way round
        whole = [*rotations(phases), *rotations(phases[::-1])]
    return [*map(wiring_name, whole), *parts(phase_count)]


def rotations(phases: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return the phases begun with each of them in turn."""
    return [phases[begin:] + phases[:begin] for begin in range(len(phases))]


def circuit_wirings(phase_count: int) -> list[str]:
    """Return which phases a circuit can have: their order says nothing there."""
    return [wiring_name(tuple(range(phase_count))), *parts(phase_count)]


def parts(phase_count: int) -> list[str]:
    """Return each choice of some of the phases, the larger ones first."""
    sizes = range(phase_count - 1, 0, -1)
    return [wiring_name(some) for size in sizes for some in combinations(range(phase_count), size)]


def wiring_field(wirings: list[str]) -> dict[vol.Required, Selector[SelectSelectorConfig]]:
    """Return the field that asks for the wiring."""
    return {
        vol.Required(CONF_WIRING, default=wirings[0]): SelectSelector(
            SelectSelectorConfig(
                options=wirings, mode=SelectSelectorMode.DROPDOWN, translation_key=CONF_WIRING
            )
        )
    }


def wiring_warning(before: Values, after: Values, parts: Iterable[ConfigSubentry]) -> Warnings:
    """Return a warning when a site gets other phases: what is on it was wired to the old ones."""
    names = [part.title for part in parts]
    if not names or before[CONF_PHASES] == after[CONF_PHASES] or after[CONF_PHASES] == 1:
        return {}
    return {"wiring_to_check": {"parts": ", ".join(names)}}


def circuits_warning(before: Values, after: Values, circuits: Iterable[ConfigSubentry]) -> Warnings:
    """Return a warning when a site gets phases that the meters of its circuits do not fit."""
    lost = [
        circuit.title
        for circuit in circuits
        if has_lost_meter(circuit.data, after[CONF_PHASES])
        and not has_lost_meter(circuit.data, before[CONF_PHASES])
    ]
    return {"circuit_meter_lost": {"circuits": ", ".join(lost)}} if lost else {}
