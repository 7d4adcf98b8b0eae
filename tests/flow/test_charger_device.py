"""The picked charger's device: its entities as the registries know them."""

from homeassistant.core import HomeAssistant

from custom_components.ev_lb.control.charger_fits import ChargerEntity
from custom_components.ev_lb.flow.charger_device import entities_of, entity_known

from .chargers import CURRENT_RANGE, Entity, add_charger


async def test_entities_of_a_device(hass: HomeAssistant) -> None:
    """What is disabled is known by what it could do when it was registered."""
    device_id = add_charger(
        hass,
        "peblar",
        Entity(domain="number", unique_id="1_limit", state=None, unit="A", can=CURRENT_RANGE),
        Entity(domain="select", unique_id="1_mode", state="on", can={"options": ["on", "off"]}),
    )
    number, select = entities_of(hass, device_id)
    assert number == ChargerEntity(
        entity_id="number.1_limit",
        platform="peblar",
        domain="number",
        translation_key=None,
        unique_id="1_limit",
        name="1_limit",
        device_class=None,
        unit="A",
        options=(),
        minimum=6,
        maximum=32,
        step=1,
        is_enabled=False,
    )
    assert (select.options, select.is_enabled) == (("on", "off"), True)


async def test_range_of_now(hass: HomeAssistant) -> None:
    """The range can move while a charger runs: what the state says goes first."""
    device_id = add_charger(
        hass,
        "tessie",
        Entity(domain="number", unique_id="1_request", state="16", unit="A", can=CURRENT_RANGE),
    )
    hass.states.async_set("number.1_request", "16", {"min": 0, "max": 48, "step": 1})
    (number,) = entities_of(hass, device_id)
    assert (number.minimum, number.maximum, number.step) == (0, 48, 1)


async def test_entity_without_a_registration(hass: HomeAssistant) -> None:
    """One from YAML is known by its state alone."""
    hass.states.async_set("input_number.garage", "16", {"friendly_name": "Garage", "max": 20})
    assert entity_known(hass, "input_number.garage") == ChargerEntity(
        entity_id="input_number.garage",
        platform="",
        domain="input_number",
        translation_key=None,
        unique_id="",
        name="Garage",
        device_class=None,
        unit=None,
        options=(),
        minimum=None,
        maximum=20,
        step=None,
        is_enabled=True,
    )


async def test_our_own_entities_control_no_charger(hass: HomeAssistant) -> None:
    """A charger of ours has numbers of amperes, too."""
    ours = Entity(domain="number", unique_id="max", state="16", unit="A", can=CURRENT_RANGE)
    assert entities_of(hass, add_charger(hass, "ev_lb", ours)) == []
