"""Sensors: what is free, what each charger was told, and why."""

# Home Assistant's own entity classes break this rule, and so does every entity made of them.
# pyright: reportIncompatibleVariableOverride=false

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import override

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.components.sensor import (
    RestoreSensor,
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfTime,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .balancing.model import BalancerState, LimitedBy, MeterStatus, TemporaryLimit
from .balancing.settings import UnavailableBehavior
from .configuration import phase_names
from .const import CONF_PRICE_SENSOR, MAX_PHASES
from .control.worker import CommandStatus
from .coordinator import EvLbConfigEntry, EvLbCoordinator
from .entity import EvLbEntity, add_entities, forget
from .sentences import Texts, limit_name, sentence
from .snapshot import Snapshot, shown_s

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class EvLbSensorDescription(SensorEntityDescription):
    """A sensor and where its value comes from."""

    value: Callable[[Snapshot, str], StateType | datetime]
    """Takes the snapshot and the owner's id."""

    attributes: Callable[[Snapshot, str, Texts], Mapping[str, str]] | None = None
    """Takes the same, and the texts of Home Assistant's language; None: there are none."""

    is_metered: bool = False
    """Whether the sensor has no value while the meter is unavailable."""

    is_setting: bool = False
    """Whether the value is known without a decision."""

    is_measured: bool = False
    """Whether any reading changes the value, which our own file knows."""


def lowest_available_a(data: Snapshot) -> float | None:
    """Return what is free on the fullest phase."""
    available_a = data.view.available_a
    return None if available_a is None else shown_a(min(available_a[: data.phase_count]))


def phase_of(amperes: Sequence[float] | None, phase: int) -> float | None:
    """Return the current of a phase, if it is known."""
    return None if amperes is None else shown_a(amperes[phase])


def shown_a(current_a: float) -> float:
    """Return a current as it is shown."""
    return round(current_a, 1) + 0.0  # no "-0.0"


def phases_used(data: Snapshot, charger_id: str) -> str | None:
    """Return the site's phases that the car is seen to use."""
    phases = data.view.chargers[charger_id].phases_used
    return None if phases is None else phase_names(sorted(phases))


def limit_a(data: Snapshot, charger_id: str) -> int | None:
    """Return the temporary limit of a charger."""
    limit = data.view.chargers[charger_id].limit
    return None if limit is None else limit.current_a


def session_cost(data: Snapshot, charger_id: str) -> float | None:
    """Return what the session has cost; nothing before a price was known."""
    energy = data.energies[charger_id]
    return None if energy.currency is None else round(energy.cost, 2)


def reason(data: Snapshot, charger_id: str, texts: Texts) -> Mapping[str, str]:
    """Return why a charger has no more in a sentence, and which of several limits binds it."""
    told = {"sentence": sentence(data, charger_id, texts)}
    name = data.view.chargers[charger_id].limit_name
    if name is not None and len(data.settings.limits) > 1:
        told["limit"] = limit_name(data, name)
    return told


def whole_minutes(time_s: float) -> int:
    """Return a time as it is shown: more would be written each second."""
    return int(time_s // 60)


def power_set_w(data: Snapshot, charger_id: str) -> int:
    """Return the power that a charger was last told, at the nominal voltage.

    On the phases that its car is seen to use.
    """
    settings, shown = data.settings.chargers, data.view.chargers[charger_id]
    charger = next(charger for charger in settings if charger.charger_id == charger_id)
    phases = shown.phases_used or charger.phases
    return round(shown.setpoint_a * len(phases) * data.service_voltage_v)


SITE_SENSORS = (
    EvLbSensorDescription(
        key="available_current",
        translation_key="available_current",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=1,
        is_metered=True,
        value=lambda data, _site_id: lowest_available_a(data),
    ),
    EvLbSensorDescription(
        key="configured_fallback",
        translation_key="configured_fallback",
        device_class=SensorDeviceClass.ENUM,
        options=list(UnavailableBehavior),
        entity_category=EntityCategory.DIAGNOSTIC,
        is_setting=True,
        value=lambda data, _site_id: data.settings.site.unavailable_behavior,
    ),
    EvLbSensorDescription(
        key="meter_period",
        translation_key="meter_period",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda data, _site_id: shown_s(data.view.meter_period_s),
    ),
    EvLbSensorDescription(
        key="meter_delay",
        translation_key="meter_delay",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda data, _site_id: shown_s(data.view.meter_delay_s),
    ),
    EvLbSensorDescription(
        key="observed_overloads_avoided",
        translation_key="observed_overloads_avoided",
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=0,
        is_measured=True,
        value=lambda data, _site_id: data.observed and data.observed.overloads_avoided,
    ),
    EvLbSensorDescription(
        key="observed_seconds_over",
        translation_key="observed_seconds_over",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        is_measured=True,
        value=lambda data, _site_id: data.observed and int(data.observed.seconds_over),
    ),
)


def of_each_phase(
    description: EvLbSensorDescription, amperes: Callable[[Snapshot], Sequence[float] | None]
) -> tuple[EvLbSensorDescription, ...]:
    """Return a current's sensor for each phase that a site may have."""

    def of_phase(phase: int) -> EvLbSensorDescription:
        def value(data: Snapshot, _site_id: str) -> float | None:
            return phase_of(amperes(data), phase)

        key = f"{description.key}_l{phase + 1}"
        return replace(description, key=key, translation_key=key, value=value)

    return tuple(of_phase(phase) for phase in range(MAX_PHASES))


HOUSE_CURRENT = EvLbSensorDescription(
    key="house_current",
    translation_key="house_current",
    device_class=SensorDeviceClass.CURRENT,
    state_class=SensorStateClass.MEASUREMENT,
    native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    suggested_display_precision=1,
    is_metered=True,
    value=lambda data, _site_id: phase_of(data.view.house_load_a, 0),
)
AVAILABLE_CURRENTS = of_each_phase(SITE_SENSORS[0], lambda data: data.view.available_a)
HOUSE_CURRENTS = of_each_phase(HOUSE_CURRENT, lambda data: data.view.house_load_a)
PHASE_SENSORS = (*AVAILABLE_CURRENTS, *HOUSE_CURRENTS)

PHASES_USED = EvLbSensorDescription(
    key="phases_used",
    translation_key="phases_used",
    entity_category=EntityCategory.DIAGNOSTIC,
    value=phases_used,
)

LIMIT = EvLbSensorDescription(
    key="limit",
    translation_key="limit",
    device_class=SensorDeviceClass.CURRENT,
    native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    suggested_display_precision=0,
    is_setting=True,
    value=limit_a,
)

ENERGY_SENSORS = (
    EvLbSensorDescription(
        key="energy",
        translation_key="energy",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        is_measured=True,
        value=lambda data, charger_id: round(data.energies[charger_id].energy_kwh, 2),
    ),
    EvLbSensorDescription(
        key="session_energy",
        translation_key="session_energy",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        is_measured=True,
        value=lambda data, charger_id: round(data.energies[charger_id].session_kwh, 2),
    ),
    EvLbSensorDescription(
        key="session_duration",
        translation_key="session_duration",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        is_measured=True,
        value=lambda data, charger_id: whole_minutes(data.energies[charger_id].charging_s),
    ),
    EvLbSensorDescription(
        key="session_limited",
        translation_key="session_limited",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        is_measured=True,
        value=lambda data, charger_id: whole_minutes(data.energies[charger_id].limited_s),
    ),
)
"""Of chargers that measure their current or power."""

SESSION_COST = EvLbSensorDescription(
    key="session_cost",
    translation_key="session_cost",
    device_class=SensorDeviceClass.MONETARY,
    state_class=SensorStateClass.TOTAL,
    suggested_display_precision=2,
    is_measured=True,
    value=session_cost,
)
"""Of these, where the site knows a price."""

CHARGER_SENSORS = (
    EvLbSensorDescription(
        key="current_set",
        translation_key="current_set",
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=0,
        value=lambda data, charger_id: data.view.chargers[charger_id].setpoint_a,
    ),
    EvLbSensorDescription(
        key="power_set",
        translation_key="power_set",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        value=power_set_w,
    ),
    EvLbSensorDescription(
        key="balancer_state",
        translation_key="balancer_state",
        device_class=SensorDeviceClass.ENUM,
        options=list(BalancerState),
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda data, charger_id: data.view.chargers[charger_id].balancer_state,
    ),
    EvLbSensorDescription(
        key="limited_by",
        translation_key="limited_by",
        device_class=SensorDeviceClass.ENUM,
        options=list(LimitedBy),
        value=lambda data, charger_id: data.view.chargers[charger_id].limited_by,
        attributes=reason,
    ),
    EvLbSensorDescription(
        key="last_command",
        translation_key="last_command",
        device_class=SensorDeviceClass.ENUM,
        options=list(CommandStatus),
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda data, charger_id: data.deliveries[charger_id].status,
    ),
    EvLbSensorDescription(
        key="last_command_time",
        translation_key="last_command_time",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda data, charger_id: data.deliveries[charger_id].at,
    ),
    EvLbSensorDescription(
        key="last_command_latency",
        translation_key="last_command_latency",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda data, charger_id: data.deliveries[charger_id].latency_s,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of the site and its chargers, and what only several phases have."""
    coordinator = entry.runtime_data
    settings = coordinator.data.settings
    site = sensors_of_phases(settings.site.phase_count)
    add_entities(entry, async_add_entities, EvLbSensor, (*SITE_SENSORS, *site), CHARGER_SENSORS)
    add_entities(entry, async_add_entities, EvLbLimitSensor, (), (LIMIT,))
    for charger in settings.chargers:
        if len(charger.phases) > 1:
            sensor = EvLbSensor(coordinator, PHASES_USED, charger.charger_id)
            async_add_entities([sensor], config_subentry_id=charger.charger_id)
        else:
            forget(hass, SENSOR_DOMAIN, charger.charger_id, [PHASES_USED])
        if charger.charger_id in coordinator.data.energies:
            sensors = [EvLbSensor(coordinator, each, charger.charger_id) for each in ENERGY_SENSORS]
            async_add_entities(sensors, config_subentry_id=charger.charger_id)
        else:
            forget(hass, SENSOR_DOMAIN, charger.charger_id, ENERGY_SENSORS)
        if charger.charger_id in coordinator.data.energies and CONF_PRICE_SENSOR in entry.data:
            cost = EvLbCostSensor(coordinator, SESSION_COST, charger.charger_id)
            async_add_entities([cost], config_subentry_id=charger.charger_id)
        else:
            forget(hass, SENSOR_DOMAIN, charger.charger_id, [SESSION_COST])
    gone = [each for each in (HOUSE_CURRENT, *PHASE_SENSORS) if each not in site]
    forget(hass, SENSOR_DOMAIN, entry.entry_id, gone)


def sensors_of_phases(phase_count: int) -> tuple[EvLbSensorDescription, ...]:
    """Return the sensors that a site with so many phases has beside the others."""
    if phase_count == 1:
        return (HOUSE_CURRENT,)
    return (*AVAILABLE_CURRENTS[:phase_count], *HOUSE_CURRENTS[:phase_count])


class EvLbSensor(EvLbEntity, RestoreSensor):
    """A sensor; until the first decision it shows what it showed before the restart."""

    entity_description: EvLbSensorDescription
    _unrecorded_attributes = frozenset({"sentence"})

    def __init__(
        self, coordinator: EvLbCoordinator, description: EvLbSensorDescription, owner_id: str
    ) -> None:
        """Take the description's value."""
        super().__init__(coordinator, description, owner_id)
        self.is_read = description.is_metered or description.is_measured
        self._restored: StateType | date | datetime | Decimal = None

    @override
    async def async_added_to_hass(self) -> None:
        """Remember what was shown before the restart."""
        await super().async_added_to_hass()
        last = await self.async_get_last_sensor_data()
        description, options = self.entity_description, self.entity_description.options
        is_known = description.is_setting or description.is_measured
        if last is None or is_known or (options and last.native_value not in options):
            return
        self._restored = last.native_value

    @property
    @override
    def native_value(self) -> StateType | date | datetime | Decimal:
        """What is so now, or was so before the restart."""
        if not self.is_deciding and self._restored is not None:
            return self._restored
        return self.entity_description.value(self.coordinator.data, self.owner_id)

    @property
    @override
    def available(self) -> bool:
        """Whether there is anything to show."""
        is_lost = self.coordinator.data.view.meter_status is MeterStatus.UNAVAILABLE
        return super().available and not (self.entity_description.is_metered and is_lost)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, str]:
        """What else is told, since the first decision."""
        attributes = self.entity_description.attributes
        if attributes is None or not self.is_deciding:
            return {}
        texts = Texts.of_the_home(self.hass)
        return attributes(self.coordinator.data, self.owner_id, texts)

    @override
    def shown(self) -> tuple[object, bool]:
        """Return the value and what else is told, and whether there is one."""
        return (self.native_value, self.extra_state_attributes), self.available


class EvLbLimitSensor(EvLbSensor):
    """The temporary limit of a charger, with the moment of its end."""

    _limit: TemporaryLimit | None = None
    _until = ""

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, str]:
        """When the limit ends by the clock, worked out once: it would sway by a second else."""
        limit = self.coordinator.data.view.chargers[self.owner_id].limit
        if limit is None:
            return {}
        if limit != self._limit:
            left = timedelta(seconds=round(limit.until - self.hass.loop.time()))
            self._limit = limit
            self._until = (dt_util.utcnow().replace(microsecond=0) + left).isoformat()
        return {"until": self._until}


class EvLbCostSensor(EvLbSensor):
    """What the session of a charger has cost, in the currency of the price."""

    @property
    @override
    def native_unit_of_measurement(self) -> str:
        """The currency; Home Assistant's own before a price was known."""
        currency = self.coordinator.data.energies[self.owner_id].currency
        return currency or self.hass.config.currency

    @property
    @override
    def last_reset(self) -> datetime | None:
        """When the session began."""
        session_at = self.coordinator.data.energies[self.owner_id].session_at
        return None if session_at is None else dt_util.utc_from_timestamp(session_at)
