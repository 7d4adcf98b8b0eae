"""The picked device: its sensors as the registries know them."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_lb.flow.meter_device import candidates_of
from custom_components.ev_lb.inputs.meter_device import Candidate, Channel, Recognised, recognise


def add_device(hass: HomeAssistant, platform: str, *names: str) -> list[str]:
    """Add devices of one config entry and return their ids."""
    entry = MockConfigEntry(domain=platform)
    entry.add_to_hass(hass)
    devices = dr.async_get(hass)
    return [
        devices.async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={(platform, name)}, name=name
        ).id
        for name in names
    ]


def add_sensor(
    hass: HomeAssistant,
    device_id: str,
    unique_id: str,
    *,
    domain: str = "sensor",
    unit: str | None = "W",
    disabled_by: er.RegistryEntryDisabler | None = None,
    hidden_by: er.RegistryEntryHider | None = None,
) -> str:
    """Add an entity of a device and return its id."""
    device = dr.async_get(hass).async_get(device_id)
    assert device is not None
    entry = hass.config_entries.async_get_entry(device.config_entry_id)
    assert entry is not None
    return (
        er.async_get(hass)
        .async_get_or_create(
            domain,
            entry.domain,
            unique_id,
            config_entry=entry,
            device_id=device_id,
            original_device_class="power",
            original_name=f"The {unique_id}",
            unit_of_measurement=unit,
            translation_key="active_power",
            disabled_by=disabled_by,
            hidden_by=hidden_by,
            suggested_object_id=unique_id,
        )
        .entity_id
    )


async def test_sensors_of_a_device(hass: HomeAssistant) -> None:
    """All that the registry and the state say; the state's unit is the one in use."""
    (device_id,) = add_device(hass, "homewizard", "P1")
    meter = add_sensor(hass, device_id, "p1_active_power_w")
    add_sensor(hass, device_id, "p1_cloud", domain="switch")
    hass.states.async_set(meter, "1.2", {"unit_of_measurement": "kW"})
    assert candidates_of(hass, device_id) == [
        Candidate(
            entity_id=meter,
            platform="homewizard",
            translation_key="active_power",
            unique_id="p1_active_power_w",
            name="The p1_active_power_w",
            device_class="power",
            unit="kW",
            is_enabled=True,
        )
    ]


async def test_disabled_and_hidden_sensors(hass: HomeAssistant) -> None:
    """They are known by the unit that they were registered with, and named."""
    (device_id,) = add_device(hass, "homewizard", "P1")
    total = add_sensor(hass, device_id, "p1_active_power_w")
    disabled = add_sensor(
        hass, device_id, "p1_active_power_l1_w", disabled_by=er.RegistryEntryDisabler.INTEGRATION
    )
    hidden = add_sensor(
        hass, device_id, "p1_active_power_l2_w", hidden_by=er.RegistryEntryHider.USER
    )
    assert recognise(candidates_of(hass, device_id)) == Recognised(
        total=Channel(power=total), disabled=(disabled, hidden)
    )


async def test_meter_of_several_devices(hass: HomeAssistant) -> None:
    """A Shelly's phases are devices of their own; the device of another entry stays out."""
    meter, phase_a, phase_b = add_device(hass, "shelly", "Meter", "Phase A", "Phase B")
    (other,) = add_device(hass, "shelly", "Other")
    total = add_sensor(hass, meter, "AA-em:0-total_act_power")
    first = add_sensor(hass, phase_a, "AA-em:0-a_act_power")
    second = add_sensor(hass, phase_b, "AA-em:0-b_act_power")
    add_sensor(hass, other, "BB-em:0-c_act_power")
    expected = Recognised(
        total=Channel(power=total), phases=(Channel(power=first), Channel(power=second))
    )
    assert recognise(candidates_of(hass, meter)) == expected
    assert recognise(candidates_of(hass, phase_b)) == expected


async def test_neighbours_of_other_integrations_stay_out(hass: HomeAssistant) -> None:
    """Devices of a hub (MQTT) have nothing to do with each other."""
    meter, plug = add_device(hass, "mqtt", "Meter", "Plug")
    add_sensor(hass, plug, "plug_power")
    wanted = add_sensor(hass, meter, "meter_power")
    assert [candidate.entity_id for candidate in candidates_of(hass, meter)] == [wanted]


async def test_our_own_sensors_are_no_meter(hass: HomeAssistant) -> None:
    """A site's own device is not a meter."""
    (device_id,) = add_device(hass, "ev_lb", "Home")
    add_sensor(hass, device_id, "available_current", unit="A")
    assert candidates_of(hass, device_id) == []


async def test_unknown_device(hass: HomeAssistant) -> None:
    """A device that is gone has no sensors."""
    assert candidates_of(hass, "gone") == []
