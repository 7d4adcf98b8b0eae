"""The form of a charger is filled in with what is recognised of its device."""

from collections.abc import Iterable
from itertools import count
from typing import Any

import voluptuous as vol
from homeassistant.components.number import NumberDeviceClass
from homeassistant.components.number.const import DOMAIN as NUMBER_DOMAIN
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.selector import (
    DeviceSelector,
    DeviceSelectorConfig,
    EntityFilterSelectorConfig,
)
from homeassistant.loader import async_get_integrations

from ..const import CONF_CONTROL, DOMAIN
from ..control.charger_device import RecognisedCharger, recognise_charger
from ..inputs.units import CURRENT_UNITS
from .charger_device import entities_of
from .fields import Warnings
from .names import folded_name

CONF_DEVICE = "charger_device"
"""Only asked, never stored: what counts is what the form says afterwards."""

DEVICE_SCHEMA = vol.Schema(
    {
        vol.Optional(CONF_DEVICE): DeviceSelector(
            DeviceSelectorConfig(
                entity=[
                    EntityFilterSelectorConfig(
                        domain=NUMBER_DOMAIN, device_class=NumberDeviceClass.CURRENT
                    ),
                    EntityFilterSelectorConfig(
                        domain=NUMBER_DOMAIN, unit_of_measurement=sorted(CURRENT_UNITS)
                    ),
                ]
            )
        )
    }
)


def recognised(
    hass: HomeAssistant, device_id: str | None, phase_count: int
) -> RecognisedCharger | None:
    """Return what is recognised of a device; None: no device, or nothing of it."""
    if device_id is None:
        return None
    return recognise_charger(entities_of(hass, device_id), phase_count)


def device_error(hass: HomeAssistant, device_id: str | None) -> str | None:
    """Return why a device is no charger: ours have numbers of amperes, too."""
    device = dr.async_get(hass).async_get(device_id) if device_id is not None else None
    is_own = device is not None and any(domain == DOMAIN for domain, _ in device.identifiers)
    return "device_own" if is_own else None


def filled_in(
    hass: HomeAssistant,
    device_id: str | None,
    found: RecognisedCharger | None,
    others: Iterable[ConfigSubentry],
) -> dict[str, Any]:
    """Return what the form is filled in with: a name that is free, and what was recognised."""
    device = dr.async_get(hass).async_get(device_id) if device_id is not None else None
    name = device.name_by_user or device.name if device is not None else None
    values = dict(found.values) if found is not None else {}
    return values if name is None else {CONF_NAME: free_name(name, others), **values}


def free_name(name: str, others: Iterable[ConfigSubentry]) -> str:
    """Return the name, with a number where another charger has it."""
    taken = {folded_name(other.title) for other in others}
    numbered = (f"{name} {number}" for number in count(2))
    return (
        name
        if folded_name(name) not in taken
        else next(other for other in numbered if folded_name(other) not in taken)
    )


async def async_notes(hass: HomeAssistant, found: RecognisedCharger | None) -> Warnings:
    """Return what the form says of the device: what filled it in, and what to mind."""
    if found is None or CONF_CONTROL not in found.values:
        return {}
    integrations = await async_get_integrations(hass, [found.platform])
    integration = integrations[found.platform]
    title = found.platform if isinstance(integration, Exception) else integration.name
    return {"recognised": {"integration": title}, **{note: {} for note in found.notes}}
