"""The site: its name, its phases and its breaker."""

from collections.abc import Iterable
from typing import Any

import voluptuous as vol
from homeassistant.components.input_number import DOMAIN as INPUT_NUMBER_DOMAIN
from homeassistant.components.number import DOMAIN as NUMBER_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_NAME, UnitOfElectricCurrent, UnitOfElectricPotential
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import SelectSelectorConfig, SelectSelectorMode

from ..const import (
    CONF_OBSERVE_ONLY,
    CONF_PHASES,
    CONF_PRICE_SENSOR,
    CONF_SERVICE_CURRENT_A,
    CONF_SERVICE_VOLTAGE_V,
    CONF_TOTAL_CURRENT_A,
    DEFAULT_PHASES,
    DEFAULT_SERVICE_CURRENT_A,
    DEFAULT_SERVICE_VOLTAGE_V,
    MAX_PHASES,
    MAX_SERVICE_CURRENT_A,
    MAX_TOTAL_CURRENT_A,
    SECTION_COST,
    SECTION_PHASES,
    of_phase,
)
from ..inputs.price import price_unit
from ..inputs.units import is_number
from .entities import entity_error, is_silent, known_unit
from .fields import Errors, Values, at, entity_of, whole_amperes, whole_number
from .names import name_error
from .selectors import BooleanSelector, SelectSelector, TextSelector

MIN_SERVICE_VOLTAGE_V, MAX_SERVICE_VOLTAGE_V = 100, 300
"""Nominal voltages, line to neutral: 100 V in Japan to 277 V in the Americas."""

PHASE_RATINGS = tuple(of_phase(CONF_SERVICE_CURRENT_A, phase) for phase in range(MAX_PHASES))
PRICE_DOMAINS = (SENSOR_DOMAIN, NUMBER_DOMAIN, INPUT_NUMBER_DOMAIN)
"""A fixed price is a number that somebody has entered."""

PRICE_ERRORS = {"entity_missing": "price_missing", "entity_own": "price_own"}

RATINGS = (*PHASE_RATINGS, CONF_TOTAL_CURRENT_A)

SITE_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Required(CONF_PHASES, default=str(DEFAULT_PHASES)): vol.All(
            SelectSelector(
                SelectSelectorConfig(
                    options=[str(count + 1) for count in range(MAX_PHASES)],
                    mode=SelectSelectorMode.LIST,
                    translation_key=CONF_PHASES,
                )
            ),
            vol.Coerce(int),
        ),
        vol.Required(CONF_SERVICE_VOLTAGE_V, default=DEFAULT_SERVICE_VOLTAGE_V): whole_number(
            MIN_SERVICE_VOLTAGE_V, MAX_SERVICE_VOLTAGE_V, UnitOfElectricPotential.VOLT
        ),
        vol.Required(CONF_SERVICE_CURRENT_A, default=DEFAULT_SERVICE_CURRENT_A): whole_number(
            1, MAX_SERVICE_CURRENT_A, UnitOfElectricCurrent.AMPERE
        ),
        vol.Optional(SECTION_PHASES): section(
            vol.Schema(
                {
                    vol.Optional(key): whole_amperes()
                    for key in (*PHASE_RATINGS, CONF_TOTAL_CURRENT_A)
                }
            ),
            {"collapsed": True},
        ),
        vol.Optional(SECTION_COST): section(
            vol.Schema({vol.Optional(CONF_PRICE_SENSOR): entity_of(PRICE_DOMAINS)}),
            {"collapsed": True},
        ),
    }
)


NEW_SITE_SCHEMA = SITE_SCHEMA.extend({vol.Optional(CONF_OBSERVE_ONLY): BooleanSelector()})
"""Afterwards a switch of the site says it."""


def site_errors(hass: HomeAssistant, values: Values, others: Iterable[ConfigEntry]) -> Errors:
    """Return what is wrong with the site; `others` are the other sites."""
    return (
        at(CONF_NAME, name_error(values[CONF_NAME], others))
        | at(SECTION_PHASES, ratings_error(values))
        | at(SECTION_COST, price_error(hass, values.get(CONF_PRICE_SENSOR)))
    )


def price_error(hass: HomeAssistant, entity_id: str | None) -> str | None:
    """Return why an entity cannot tell what energy costs."""
    if entity_id is None:
        return None
    if error := entity_error(hass, entity_id):
        return PRICE_ERRORS[error]
    if not is_silent(hass, entity_id) and not is_number(hass.states.get(entity_id)):
        return "price_not_numeric"
    unit = price_unit(known_unit(hass, entity_id), hass.config.currency)
    return "price_unit" if unit is None else None


def ratings_error(values: Values) -> str | None:
    """Return what is wrong with the ratings of the phases."""
    ratings = [values[key] for key in PHASE_RATINGS if key in values]
    if any(not 1 <= rating <= MAX_SERVICE_CURRENT_A for rating in ratings):
        return "phase_current_range"
    if any(rating > values[CONF_SERVICE_CURRENT_A] for rating in ratings):
        return "phase_current_above"
    if not 1 <= values.get(CONF_TOTAL_CURRENT_A, 1) <= MAX_TOTAL_CURRENT_A:
        return "total_current_range"
    return None


def observing(values: Values) -> dict[str, Any]:
    """Return what is stored of whether the site is only observed: nothing where it is not."""
    return {CONF_OBSERVE_ONLY: True} if values.get(CONF_OBSERVE_ONLY) else {}


def without_other_phases(values: Values) -> dict[str, Any]:
    """Return what is stored: no ratings of phases that the site does not have."""
    count = values[CONF_PHASES]
    dropped = {*PHASE_RATINGS[count:]}
    if count == 1:
        dropped |= {*RATINGS}
    return {key: value for key, value in values.items() if key not in dropped}


def site_suggestions(values: Values) -> dict[str, Any]:
    """Return the stored values as the form shows them: a list of choices knows only words."""
    if CONF_PHASES not in values:
        return dict(values)
    return {**values, CONF_PHASES: str(values[CONF_PHASES])}
