"""The site: its name and its breaker."""

from collections.abc import Iterable

import voluptuous as vol
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_NAME, UnitOfElectricCurrent, UnitOfElectricPotential
from homeassistant.helpers.selector import TextSelector

from ..const import (
    CONF_SERVICE_CURRENT_A,
    CONF_SERVICE_VOLTAGE_V,
    DEFAULT_SERVICE_CURRENT_A,
    DEFAULT_SERVICE_VOLTAGE_V,
    MAX_SERVICE_CURRENT_A,
)
from .fields import Errors, Values, at, whole_number
from .names import name_error

MIN_SERVICE_VOLTAGE_V, MAX_SERVICE_VOLTAGE_V = 100, 300
"""Nominal voltages, line to neutral: 100 V in Japan to 277 V in the Americas."""

SITE_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Required(CONF_SERVICE_VOLTAGE_V, default=DEFAULT_SERVICE_VOLTAGE_V): whole_number(
            MIN_SERVICE_VOLTAGE_V, MAX_SERVICE_VOLTAGE_V, UnitOfElectricPotential.VOLT
        ),
        vol.Required(CONF_SERVICE_CURRENT_A, default=DEFAULT_SERVICE_CURRENT_A): whole_number(
            1, MAX_SERVICE_CURRENT_A, UnitOfElectricCurrent.AMPERE
        ),
    }
)


def site_errors(values: Values, others: Iterable[ConfigEntry]) -> Errors:
    """Return what is wrong with the site's name; `others` are the other sites."""
    return at(CONF_NAME, name_error(values[CONF_NAME], others))
