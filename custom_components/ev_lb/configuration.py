"""The settings in force: what the dialogs hold, lowered by the running numbers and switches."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from homeassistant.components.number.const import DOMAIN as NUMBER_DOMAIN
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import split_entity_id

from .balancing.settings import (
    ChargerSettings,
    CircuitSettings,
    Settings,
    SiteSettings,
    UnavailableBehavior,
)
from .const import (
    CONF_CIRCUIT,
    CONF_CIRCUIT_CURRENT_A,
    CONF_COMMAND_INTERVAL_S,
    CONF_CONTROL,
    CONF_CURRENT_METER,
    CONF_CURRENT_NUMBER,
    CONF_EXPORT_METER,
    CONF_FALLBACK_CURRENT_A,
    CONF_HEARTBEAT,
    CONF_MAX_CHARGER_CURRENT_A,
    CONF_MAX_STARTS_PER_HOUR,
    CONF_METER_DELAY_S,
    CONF_METER_TIMEOUT_S,
    CONF_MIN_EV_CURRENT_A,
    CONF_OBSERVE_ONLY,
    CONF_PHASES,
    CONF_POWER_METER,
    CONF_PRIORITY,
    CONF_RAMP_UP_TIME_S,
    CONF_RESPONSE_TIME_S,
    CONF_REVERSED,
    CONF_SERVICE_CURRENT_A,
    CONF_SERVICE_VOLTAGE_V,
    CONF_TOTAL_CURRENT_A,
    CONF_UNAVAILABLE_BEHAVIOR,
    CONF_VOLTAGE_SENSOR,
    CONF_WIRING,
    DEFAULT_MAX_STARTS_PER_HOUR,
    MAX_PHASES,
    SUBENTRY_TYPE_CHARGER,
    SUBENTRY_TYPE_CIRCUIT,
    of_phase,
)
from .control.protocol import ControlKind
from .inputs.charger_sensors import DRAW_SENSORS
from .inputs.meter import MeterSources
from .inputs.phase_sensors import PhaseSensors
from .store import SiteStore

NUMBERS_WITHOUT_FIELD: Mapping[str, int] = {CONF_MAX_STARTS_PER_HOUR: DEFAULT_MAX_STARTS_PER_HOUR}
"""What only a number changes, and where it begins: too rarely wanted for a field in the dialog."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteDialogs:
    """What the dialogs of a site held when it was set up.

    A change reloads the site. Until then the running core keeps its limits, its circuits and its
    chargers: a reading that fits them would not fit the new ones.
    """

    entry_id: str
    data: Mapping[str, Any]
    parts: tuple[ConfigSubentry, ...]

    def get_subentries_of_type(self, kind: str) -> Iterable[ConfigSubentry]:
        """Return the chargers or the circuits, as an entry does."""
        return [part for part in self.parts if part.subentry_type == kind]


def dialogs_of(entry: ConfigEntry) -> SiteDialogs:
    """Return what the dialogs of a site hold now; Home Assistant changes its own in place."""
    return SiteDialogs(
        entry_id=entry.entry_id,
        data=entry.data,
        parts=tuple(replace(part) for part in entry.subentries.values()),
    )


type Site = ConfigEntry | SiteDialogs
"""Where the settings are read: what the dialogs hold now, or held at the set-up."""


def configured(data: Mapping[str, Any], key: str) -> int:
    """Return what the dialog says of a number, or what it begins with where it has no field."""
    return data[key] if key in data else NUMBERS_WITHOUT_FIELD[key]


def charger_subentries(entry: Site) -> list[ConfigSubentry]:
    """Return the site's chargers in the order they were added."""
    return list(entry.get_subentries_of_type(SUBENTRY_TYPE_CHARGER))


def circuit_subentries(entry: Site) -> list[ConfigSubentry]:
    """Return the site's circuits in the order they were added."""
    return list(entry.get_subentries_of_type(SUBENTRY_TYPE_CIRCUIT))


def is_controlled_by_entities(data: Mapping[str, Any]) -> bool:
    """Return whether a charger is controlled by its own entities."""
    return data[CONF_CONTROL] == ControlKind.ENTITIES


def is_observing(entry: Site, store: SiteStore) -> bool:
    """Return whether the site is only observed."""
    return store.is_observing(configured=entry.data.get(CONF_OBSERVE_ONLY, False))


def is_measured(data: Mapping[str, Any]) -> bool:
    """Return whether a sensor tells what a charger's car draws."""
    return not data.keys().isdisjoint(DRAW_SENSORS)


def is_observable(data: Mapping[str, Any]) -> bool:
    """Return whether it is known what a charger draws that nobody commands.

    By its draw sensor, or by its own number.
    """
    return is_measured(data) or has_own_number(data)


def has_own_number(data: Mapping[str, Any]) -> bool:
    """Return whether a charger is controlled by a number of its own; a user's helper is none."""
    number = data.get(CONF_CURRENT_NUMBER) if is_controlled_by_entities(data) else None
    return number is not None and split_entity_id(number)[0] == NUMBER_DOMAIN


def unobservable(entry: Site) -> list[ConfigSubentry]:
    """Return the chargers of which nobody knows what they draw."""
    return [each for each in charger_subentries(entry) if not is_observable(each.data)]


def wired_phases(data: Mapping[str, Any], phase_count: int) -> tuple[int, ...]:
    """Return the site's phases that a charger or circuit is wired to, in its own order.

    Where nothing is known, or nothing that the site has, it is on all of them: none is forgotten.
    """
    names = data.get(CONF_WIRING, "").split("_")
    wired = (int(name[1:]) - 1 for name in names if name)
    return tuple(phase for phase in wired if phase < phase_count) or tuple(range(phase_count))


def phase_names(phases: Iterable[int]) -> str:
    """Return what phases of the site are called."""
    return ", ".join(f"L{phase + 1}" for phase in phases)


def is_metered_in_total(data: Mapping[str, Any]) -> bool:
    """Return whether one sensor tells what all of several phases draw together."""
    return data[CONF_PHASES] > 1 and CONF_POWER_METER in data


def phase_sensors(data: Mapping[str, Any], phase: int | None, *, is_only: bool) -> PhaseSensors:
    """Return what the dialog says measures a phase; the only one has the plain keys."""
    own = None if is_only else phase

    def picked(key: str) -> str | None:
        return data.get(of_phase(key, own))

    return PhaseSensors(
        power=picked(CONF_POWER_METER) or "",
        export=picked(CONF_EXPORT_METER),
        current=picked(CONF_CURRENT_METER),
        voltage=picked(CONF_VOLTAGE_SENSOR),
        is_reversed=data.get(of_phase(CONF_REVERSED, own), False),
        phase=phase,
    )


def site_sensors(data: Mapping[str, Any]) -> tuple[PhaseSensors, ...]:
    """Return what measures the site: each of its phases, or the total of all."""
    if CONF_POWER_METER in data:
        phase = None if is_metered_in_total(data) else 0
        return (phase_sensors(data, phase, is_only=True),)
    return tuple(phase_sensors(data, phase, is_only=False) for phase in range(data[CONF_PHASES]))


def circuit_sensors(data: Mapping[str, Any], phase_count: int) -> tuple[PhaseSensors, ...]:
    """Return what measures the phases of a circuit; nothing where it has no meter.

    What was picked for other phases of the site than it has now still measures the circuit where
    there is no doubt: a circuit on one phase has one sensor.
    """
    phases = wired_phases(data, phase_count)
    picked = [phase_sensors(data, phase, is_only=phase_count == 1) for phase in phases]
    if all(sensors.power for sensors in picked):
        return tuple(picked)
    if len(phases) > 1:
        return ()
    if phase_count > 1:  # what its own phase had is gone, and others have other phases
        others = [phase_sensors(data, min(phases), is_only=True)]
    else:
        others = [phase_sensors(data, phase, is_only=False) for phase in range(MAX_PHASES)]
        first = others[0]  # the phase that the site has kept
        others = [first] if first.power else others
    found = [replace(sensors, phase=min(phases)) for sensors in others if sensors.power]
    return tuple(found) if len(found) == 1 else ()


def has_lost_meter(data: Mapping[str, Any], phase_count: int) -> bool:
    """Return whether sensors were picked for a circuit, and none of them fits the site's phases."""
    keys = [of_phase(CONF_POWER_METER, phase) for phase in (None, *range(MAX_PHASES))]
    return not data.keys().isdisjoint(keys) and not circuit_sensors(data, phase_count)


def meter_sources(entry: Site) -> MeterSources:
    """Return all that the site and its circuits are measured by."""
    phase_count = entry.data[CONF_PHASES]
    return MeterSources(
        phases=site_sensors(entry.data),
        circuits=tuple(
            sensors
            for circuit in circuit_subentries(entry)
            for sensors in circuit_sensors(circuit.data, phase_count)
        ),
        service_voltage_v=entry.data[CONF_SERVICE_VOLTAGE_V],
        heartbeat=entry.data.get(CONF_HEARTBEAT),
    )


def measuring_ids(entry: ConfigEntry) -> frozenset[str]:
    """Return the sensors that tell what flows through the site and its circuits."""
    return frozenset(meter_sources(entry).measuring)


def meter_id(data: Mapping[str, Any]) -> str:
    """Return what tells this meter from another: what is learned is learned of one."""
    return ",".join(sensors.power for sensors in site_sensors(data))


def settings_in_force(entry: Site, store: SiteStore) -> Settings:
    """Return the settings for the next decision.

    A charger that cannot be observed counts as house load, as when its switch is off.
    """
    site = site_settings(entry, store)
    left_out = unobservable(entry) if is_observing(entry, store) else []
    return Settings(
        site=site,
        chargers=tuple(
            charger_settings(charger, store, site, is_left_out=charger in left_out)
            for charger in charger_subentries(entry)
        ),
    )


def site_settings(entry: Site, store: SiteStore) -> SiteSettings:
    """Return the site's settings."""

    def running(key: str) -> int:
        return store.number(entry.entry_id, key, configured(entry.data, key))

    rated_current_a = entry.data[CONF_SERVICE_CURRENT_A]
    return SiteSettings(
        rated_current_a=rated_current_a,
        service_current_a=min(running(CONF_SERVICE_CURRENT_A), rated_current_a),
        ramp_up_time_s=running(CONF_RAMP_UP_TIME_S),
        unavailable_behavior=UnavailableBehavior(entry.data[CONF_UNAVAILABLE_BEHAVIOR]),
        meter_timeout_s=entry.data.get(CONF_METER_TIMEOUT_S),
        meter_delay_s=entry.data.get(CONF_METER_DELAY_S),
        phase_count=entry.data[CONF_PHASES],
        phase_rated_a=phase_ratings_a(entry.data),
        is_metered_in_total=is_metered_in_total(entry.data),
        total_a=entry.data.get(CONF_TOTAL_CURRENT_A),
        circuits=tuple(
            circuit_settings(circuit, entry.data[CONF_PHASES])
            for circuit in circuit_subentries(entry)
        ),
        is_enabled=store.is_enabled(entry.entry_id),
    )


def phase_ratings_a(data: Mapping[str, Any]) -> tuple[float, ...]:
    """Return each phase's rating; nothing where all have the site's."""
    keys = [of_phase(CONF_SERVICE_CURRENT_A, phase) for phase in range(data[CONF_PHASES])]
    if data.keys().isdisjoint(keys):
        return ()
    return tuple(data.get(key, data[CONF_SERVICE_CURRENT_A]) for key in keys)


def circuit_settings(circuit: ConfigSubentry, phase_count: int) -> CircuitSettings:
    """Return a circuit's settings."""
    return CircuitSettings(
        circuit_id=circuit.subentry_id,
        rated_current_a=circuit.data[CONF_CIRCUIT_CURRENT_A],
        phases=wired_phases(circuit.data, phase_count),
        is_metered=bool(circuit_sensors(circuit.data, phase_count)),
    )


def known_circuit(circuit_id: str | None, circuits: Iterable[CircuitSettings]) -> str | None:
    """Return the circuit that a charger is behind; one that was removed bounds nothing."""
    return circuit_id if any(each.circuit_id == circuit_id for each in circuits) else None


def charger_settings(
    charger: ConfigSubentry, store: SiteStore, site: SiteSettings, *, is_left_out: bool
) -> ChargerSettings:
    """Return a charger's settings."""

    def running(key: str) -> int:
        return store.number(charger.subentry_id, key, configured(charger.data, key))

    rated_current_a = charger.data[CONF_MAX_CHARGER_CURRENT_A]
    return ChargerSettings(
        charger_id=charger.subentry_id,
        rated_current_a=rated_current_a,
        max_charger_current_a=min(running(CONF_MAX_CHARGER_CURRENT_A), rated_current_a),
        min_ev_current_a=running(CONF_MIN_EV_CURRENT_A),
        priority=running(CONF_PRIORITY),
        fallback_current_a=charger.data[CONF_FALLBACK_CURRENT_A],
        phases=wired_phases(charger.data, site.phase_count),
        circuit_id=known_circuit(charger.data.get(CONF_CIRCUIT), site.circuits),
        response_time_s=charger.data[CONF_RESPONSE_TIME_S],
        command_interval_s=charger.data[CONF_COMMAND_INTERVAL_S],
        max_starts_per_hour=running(CONF_MAX_STARTS_PER_HOUR),
        follows_manual_limit=store.follows_manual_limit(charger.subentry_id),
        is_enabled=store.is_enabled(charger.subentry_id) and not is_left_out,
    )
