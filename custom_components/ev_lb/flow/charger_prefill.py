"""The form of a charger is filled in with what is recognised of its device."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import chain, count
from typing import Any

import voluptuous as vol
from homeassistant.components.number import NumberDeviceClass
from homeassistant.components.number.const import DOMAIN as NUMBER_DOMAIN
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.selector import DeviceSelectorConfig, EntityFilterSelectorConfig
from homeassistant.helpers.translation import async_get_translations
from homeassistant.loader import async_get_integrations

from ..const import CONF_CONTROL, CONF_CURRENT_NUMBER, CONF_STATUS_SENSOR, DOMAIN
from ..control.charger_device import RecognisedCharger, recognise_charger
from ..control.known_chargers import DEVICELESS_PLATFORMS, KNOWN_CHARGERS, ChargerNote
from ..control.protocol import ControlKind
from ..inputs.charger_sensors import WORD_LISTS
from ..inputs.units import CURRENT_UNITS
from .by_entities import numbers_taken
from .charger_device import entities_of
from .fields import Values
from .names import folded_name
from .selectors import DeviceSelector

CONF_DEVICE = "charger_device"
"""Only asked, never stored: what counts is what the form says afterwards."""

MQTT = "mqtt"
"""Its numbers are of all kinds of devices: a charger's is told by its unit."""

NOTE_TEXT = f"component.{DOMAIN}.selector.charger_note.options.{{}}"

DEVICE_ERRORS = (ChargerNote.PICK_A_CONNECTOR, ChargerNote.ALL_SOCKETS_TAKEN)
"""What is noted of a device that another one has to be picked for."""


def charger_filters() -> list[EntityFilterSelectorConfig]:
    """Return what a device has that may be a charger: a number in amperes, or a known integration.

    Of a known integration only what has a number where it sets one: it may have other devices.
    """
    numbers_in_a = [
        EntityFilterSelectorConfig(domain=NUMBER_DOMAIN, device_class=NumberDeviceClass.CURRENT),
        EntityFilterSelectorConfig(domain=NUMBER_DOMAIN, unit_of_measurement=sorted(CURRENT_UNITS)),
    ]
    with_number = {row.platform for row in KNOWN_CHARGERS if CONF_CURRENT_NUMBER in row.entities}
    known = {row.platform for row in KNOWN_CHARGERS} - DEVICELESS_PLATFORMS - {MQTT}
    return numbers_in_a + [
        EntityFilterSelectorConfig(integration=platform, domain=NUMBER_DOMAIN)
        if platform in with_number
        else EntityFilterSelectorConfig(integration=platform)
        for platform in sorted(known)
    ]


DEVICE_SCHEMA = vol.Schema(
    {vol.Optional(CONF_DEVICE): DeviceSelector(DeviceSelectorConfig(entity=charger_filters()))}
)


def recognised(
    hass: HomeAssistant, device_id: str | None, phase_count: int
) -> RecognisedCharger | None:
    """Return what is recognised of a device; None: no device, or nothing of it."""
    if device_id is None:
        return None
    return recognise_charger(entities_of(hass, device_id), phase_count, numbers_taken(hass, None))


def device_error(
    hass: HomeAssistant, device_id: str | None, found: RecognisedCharger | None
) -> str | None:
    """Return why another device has to be picked; ours have numbers of amperes, too."""
    device = dr.async_get(hass).async_get(device_id) if device_id is not None else None
    if device is not None and any(domain == DOMAIN for domain, _ in device.identifiers):
        return "device_own"
    notes = found.notes if found is not None else ()
    return next((note.value for note in DEVICE_ERRORS if note in notes), None)


def filled_in(
    hass: HomeAssistant,
    device_id: str | None,
    found: RecognisedCharger | None,
    others: Iterable[ConfigSubentry],
) -> dict[str, Any]:
    """Return what the form is filled in with: a name that is free, and what was recognised."""
    values = dict(found.values) if found is not None else {}
    device = dr.async_get(hass).async_get(device_id) if device_id is not None else None
    if device is not None and (name := device.name_by_user or device.name):
        values[CONF_NAME] = free_name(name, others)
    if CONF_STATUS_SENSOR not in values:  # nothing says the words
        values = {key: value for key, value in values.items() if key not in WORD_LISTS.values()}
    return {
        key: value.value if isinstance(value, StrEnum) else value for key, value in values.items()
    }


def explains_status(found: RecognisedCharger | None, values: Values) -> bool:
    """Return whether what the status sensor says is known, and what it leaves open is meant so."""
    if found is None or ChargerNote.FOUND_BY_NAMES in found.notes:
        return False
    return values.get(CONF_STATUS_SENSOR) == found.values.get(CONF_STATUS_SENSOR)


def free_name(name: str, others: Iterable[ConfigSubentry]) -> str:
    """Return the name, with a number where another charger has it."""
    taken = {folded_name(other.title) for other in others}
    names = chain([name], (f"{name} {number}" for number in count(2)))
    return next(free for free in names if folded_name(free) not in taken)


async def async_notes(hass: HomeAssistant, found: RecognisedCharger | None, values: Values) -> str:
    """Return what the form says above its fields: of the device, and of the way to it."""
    texts = await async_get_translations(hass, hass.config.language, "selector", {DOMAIN})
    paragraphs: list[str] = []
    if found is not None:
        integrations = await async_get_integrations(hass, [found.platform])
        integration = integrations[found.platform]
        name = found.platform if isinstance(integration, Exception) else integration.name
        said = texts[NOTE_TEXT.format("recognised")].format(integration=name)
        paragraphs.append("\n".join([said, *bullets(texts, found.notes)]))
    if values[CONF_CONTROL] == ControlKind.ACTIONS:
        # The browser shows no explanation below a field for actions.
        paragraphs.append(texts[NOTE_TEXT.format("by_actions")])
    return "\n\n".join(paragraphs)


def bullets(texts: Mapping[str, str], notes: Iterable[ChargerNote]) -> list[str]:
    """Return what is to be minded of a charger, a line each."""
    return [f"- {texts[NOTE_TEXT.format(note)]}" for note in notes]
