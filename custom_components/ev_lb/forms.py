"""The dialogs' forms, and the way between them and the flat values that are stored."""

from collections.abc import Iterable
from typing import Any

import voluptuous as vol
from homeassistant.components.script.const import DOMAIN as SCRIPT_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import (
    CONF_NAME,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfTime,
)
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)

from .balancing.settings import UnavailableBehavior
from .car import WORD_LISTS
from .const import (
    CONF_COMMAND_INTERVAL_S,
    CONF_DRAW_SENSOR,
    CONF_FALLBACK_CURRENT_A,
    CONF_MAX_CHARGER_CURRENT_A,
    CONF_METER_DELAY_S,
    CONF_METER_TIMEOUT_S,
    CONF_MIN_EV_CURRENT_A,
    CONF_POWER_METER,
    CONF_PRIORITY,
    CONF_RAMP_UP_TIME_S,
    CONF_RESPONSE_TIME_S,
    CONF_SERVICE_CURRENT_A,
    CONF_SERVICE_VOLTAGE_V,
    CONF_SET_CURRENT_SCRIPT,
    CONF_START_CHARGING_SCRIPT,
    CONF_STATUS_SENSOR,
    CONF_STOP_CHARGING_SCRIPT,
    CONF_UNAVAILABLE_BEHAVIOR,
    CONF_VOLTAGE_SENSOR,
    DEFAULT_COMMAND_INTERVAL_S,
    DEFAULT_FALLBACK_CURRENT_A,
    DEFAULT_MAX_CHARGER_CURRENT_A,
    DEFAULT_MIN_EV_CURRENT_A,
    DEFAULT_PRIORITY,
    DEFAULT_RAMP_UP_TIME_S,
    DEFAULT_RESPONSE_TIME_S,
    DEFAULT_SERVICE_CURRENT_A,
    DEFAULT_SERVICE_VOLTAGE_V,
    MAX_CHARGER_CURRENT_A,
    MAX_MIN_EV_CURRENT_A,
    MAX_PRIORITY,
    MAX_RAMP_UP_TIME_S,
    MAX_SERVICE_CURRENT_A,
    MIN_RAMP_UP_TIME_S,
    SECTION_CAR,
    SECTION_METER,
    SECTION_TIMING,
)
from .meter import CURRENT_UNITS, POWER_UNITS, VOLTAGE_UNITS
from .validation import Values, Warnings

CONF_GO_BACK = "go_back"
"""The way back from the warnings: a flow has no button for it."""

SECTIONS = (SECTION_METER, SECTION_CAR, SECTION_TIMING)
STATUS_DOMAINS = ("sensor", "binary_sensor", "select", "input_select", "input_boolean")

MIN_SERVICE_VOLTAGE_V, MAX_SERVICE_VOLTAGE_V = 100, 300
"""Nominal voltages, line to neutral: 100 V in Japan to 277 V in the Americas."""


def whole_number(least: int, most: int, unit: str | None = None) -> vol.All:
    """Return a field for a whole number."""
    config = NumberSelectorConfig(min=least, max=most, step=1, mode=NumberSelectorMode.BOX)
    if unit is not None:
        config["unit_of_measurement"] = unit
    return vol.All(NumberSelector(config), vol.Coerce(int))


def whole_seconds() -> vol.All:
    """Return a field for a time inside a section.

    Without limits: Home Assistant could not say at the field that one is broken, so
    `validation.py` checks them.
    """
    config = NumberSelectorConfig(
        step=1, mode=NumberSelectorMode.BOX, unit_of_measurement=UnitOfTime.SECONDS
    )
    return vol.All(NumberSelector(config), vol.Coerce(int))


def sensor(device_classes: list[SensorDeviceClass], units: Iterable[str]) -> EntitySelector:
    """Return a field for a sensor that measures one of these."""
    measuring = EntityWithDeviceFilterSelectorConfig(
        domain=SENSOR_DOMAIN, device_class=[*device_classes]
    )
    # Home-made sensors often have a unit, but no device class.
    in_units = EntityWithDeviceFilterSelectorConfig(
        domain=SENSOR_DOMAIN, unit_of_measurement=sorted(units)
    )
    return EntitySelector(EntitySelectorConfig(filter=[measuring, in_units]))


SCRIPT = EntitySelector(
    EntitySelectorConfig(filter=EntityWithDeviceFilterSelectorConfig(domain=SCRIPT_DOMAIN))
)

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

METER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_POWER_METER): sensor(
            [SensorDeviceClass.POWER, SensorDeviceClass.CURRENT], POWER_UNITS | CURRENT_UNITS
        ),
        vol.Required(
            CONF_UNAVAILABLE_BEHAVIOR, default=UnavailableBehavior.STOP.value
        ): SelectSelector(
            SelectSelectorConfig(
                options=[behavior.value for behavior in UnavailableBehavior],
                mode=SelectSelectorMode.LIST,
                translation_key=CONF_UNAVAILABLE_BEHAVIOR,
            )
        ),
        vol.Required(CONF_RAMP_UP_TIME_S, default=DEFAULT_RAMP_UP_TIME_S): whole_number(
            MIN_RAMP_UP_TIME_S, MAX_RAMP_UP_TIME_S, UnitOfTime.SECONDS
        ),
        vol.Required(SECTION_METER): section(
            vol.Schema(
                {
                    vol.Optional(CONF_VOLTAGE_SENSOR): sensor(
                        [SensorDeviceClass.VOLTAGE], VOLTAGE_UNITS
                    ),
                    vol.Optional(CONF_METER_TIMEOUT_S): whole_seconds(),
                    vol.Optional(CONF_METER_DELAY_S): whole_seconds(),
                }
            ),
            {"collapsed": True},
        ),
    }
)

CHARGER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Required(
            CONF_MAX_CHARGER_CURRENT_A, default=DEFAULT_MAX_CHARGER_CURRENT_A
        ): whole_number(1, MAX_CHARGER_CURRENT_A, UnitOfElectricCurrent.AMPERE),
        vol.Required(CONF_MIN_EV_CURRENT_A, default=DEFAULT_MIN_EV_CURRENT_A): whole_number(
            1, MAX_MIN_EV_CURRENT_A, UnitOfElectricCurrent.AMPERE
        ),
        vol.Required(CONF_PRIORITY, default=DEFAULT_PRIORITY): whole_number(1, MAX_PRIORITY),
        vol.Required(CONF_FALLBACK_CURRENT_A, default=DEFAULT_FALLBACK_CURRENT_A): whole_number(
            0, MAX_CHARGER_CURRENT_A, UnitOfElectricCurrent.AMPERE
        ),
        vol.Required(CONF_SET_CURRENT_SCRIPT): SCRIPT,
        vol.Optional(CONF_STOP_CHARGING_SCRIPT): SCRIPT,
        vol.Optional(CONF_START_CHARGING_SCRIPT): SCRIPT,
        vol.Required(SECTION_CAR): section(
            vol.Schema(
                {
                    vol.Optional(CONF_DRAW_SENSOR): sensor(
                        [SensorDeviceClass.CURRENT, SensorDeviceClass.POWER],
                        POWER_UNITS | CURRENT_UNITS,
                    ),
                    vol.Optional(CONF_STATUS_SENSOR): EntitySelector(
                        EntitySelectorConfig(
                            filter=EntityWithDeviceFilterSelectorConfig(domain=[*STATUS_DOMAINS])
                        )
                    ),
                }
            ),
            {"collapsed": True},
        ),
        vol.Required(SECTION_TIMING): section(
            vol.Schema(
                {
                    vol.Required(
                        CONF_RESPONSE_TIME_S, default=DEFAULT_RESPONSE_TIME_S
                    ): whole_seconds(),
                    vol.Required(
                        CONF_COMMAND_INTERVAL_S, default=DEFAULT_COMMAND_INTERVAL_S
                    ): whole_seconds(),
                }
            ),
            {"collapsed": True},
        ),
    }
)


def flat(user_input: Values) -> dict[str, Any]:
    """Return what a form sent with its sections undone, as it is stored."""
    values = dict(user_input)
    for name in SECTIONS:
        values |= values.pop(name, {})
    return values


def nested(values: Values) -> dict[str, Any]:
    """Return the stored values as suggestions for a form with sections."""
    return {**values, **dict.fromkeys(SECTIONS, values)}


def status_words_schema(words: Iterable[str]) -> vol.Schema:
    """Return a form that asks what a charger's words mean."""
    config = SelectSelectorConfig(options=[*words], multiple=True, custom_value=True)
    return vol.Schema({vol.Optional(key): SelectSelector(config) for key in WORD_LISTS.values()})


def warnings_schema(warnings: Iterable[str]) -> vol.Schema:
    """Return a form that shows each warning as a section without fields."""
    return vol.Schema(
        {vol.Optional(warning): section(vol.Schema({})) for warning in warnings}
        | {vol.Required(CONF_GO_BACK, default=False): BooleanSelector()}
    )


def placeholders(warnings: Warnings) -> dict[str, str]:
    """Return what the texts of the warnings name."""
    return {name: value for named in warnings.values() for name, value in named.items()}
