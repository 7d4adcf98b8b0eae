"""What the sensors of a meter's device are for: by a row of the table, or else by their names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from homeassistant.components.sensor.const import SensorDeviceClass

from .known_meters import (
    CHANNEL_OR_PHASE,
    EXPORT_WORDS,
    IMPORT_WORDS,
    NOT_THE_LOAD,
    PHASE_WORDS,
    WHOLE_SUPPLY_WORDS,
    KnownMeter,
    Role,
)
from .units import APPARENT_POWER_UNITS, CURRENT_UNITS, POWER_UNITS, VOLTAGE_UNITS

UNITS: Mapping[str, frozenset[str]] = {
    SensorDeviceClass.POWER: POWER_UNITS,
    SensorDeviceClass.APPARENT_POWER: APPARENT_POWER_UNITS,
    SensorDeviceClass.CURRENT: CURRENT_UNITS,
    SensorDeviceClass.VOLTAGE: VOLTAGE_UNITS,
}

QUANTITIES: Mapping[Role, str] = {
    Role.NET: SensorDeviceClass.POWER,
    Role.REVERSED: SensorDeviceClass.POWER,
    Role.IMPORTED: SensorDeviceClass.POWER,
    Role.EXPORTED: SensorDeviceClass.POWER,
    Role.APPARENT: SensorDeviceClass.APPARENT_POWER,
    Role.CURRENT: SensorDeviceClass.CURRENT,
    Role.VOLTAGE: SensorDeviceClass.VOLTAGE,
}

LOADS = frozenset({Role.NET, Role.REVERSED, Role.IMPORTED, Role.APPARENT, Role.CURRENT})
"""What says how much the supply gives."""

PHASE_INDEXES = {"1": 0, "2": 1, "3": 2, "a": 0, "b": 1, "c": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One entity of the picked device."""

    entity_id: str
    platform: str
    """The integration's domain."""
    translation_key: str | None
    unique_id: str
    name: str
    device_class: str | None
    unit: str | None
    """None while the entity has never said anything."""
    is_enabled: bool
    """Neither disabled nor hidden in the registry."""
    is_own: bool = True
    """Of the picked device itself, not of another one of its config entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a sensor belongs."""

    phase: int | None
    """0 is L1; None is the whole supply."""
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSensor:
    """What an entity's names say of it."""

    candidate: Candidate
    role: Role
    phase: str | None
    letter: str | None
    """A phase's or a channel's."""


type Fits = dict[Place, list[Candidate]]
"""The sensors that would do for each place."""


def fits_of(meter: KnownMeter, candidates: Iterable[Candidate]) -> Fits:
    """Return what fits where on a device of a known kind; nothing if it is of another kind."""
    fits: Fits = {}
    places = [(Place(phase=None, role=role), text) for role, text in meter.total.items()]
    places += [
        (Place(phase=index, role=role), text.replace("{}", phase))
        for index, phase in enumerate(meter.phases)
        for role, text in meter.per_phase.items()
    ]
    for candidate in candidates:
        told = candidate.name if meter.is_by_name else candidate.unique_id
        if not (candidate.is_own or meter.spans_devices):
            continue
        for place, text in places:
            if quantity(candidate) == QUANTITIES[place.role] and re.search(f"{text}$", told):
                fits.setdefault(place, []).append(candidate)
    if meter.needs_all_phases and len(loaded_phases(fits)) < len(meter.phases):
        return {}
    return fits


def named_fits(candidates: Iterable[Candidate]) -> Fits:
    """Return what fits where on a device that no row knows, by what its sensors are called."""
    named = [sensor for candidate in candidates if (sensor := named_sensor(candidate)) is not None]
    has_third_letter = any(sensor.letter == "c" for sensor in named)
    fits: Fits = {}
    for sensor in named:
        phase = sensor.phase or (sensor.letter if has_third_letter else None)
        index = None if phase is None else PHASE_INDEXES[phase]
        fits.setdefault(Place(phase=index, role=sensor.role), []).append(sensor.candidate)
    for place in list(fits):
        if place.phase is None:
            fits[place] = preferred(fits[place])
    return with_unlabelled_first_phase(fits)


def named_sensor(candidate: Candidate) -> NamedSensor | None:
    """Return what the names of an entity say of it; None if it is nothing of the supply's load."""
    measured = quantity(candidate)
    names = [words(candidate.name), words(candidate.translation_key or "")]
    if measured is None or not candidate.is_own or any(map(is_not_the_load, names)):
        return None
    texts = [*names, words(candidate.unique_id), words(candidate.entity_id.partition(".")[2])]
    return NamedSensor(
        candidate=candidate,
        role=role_of(measured, texts),
        phase=first_match(PHASE_WORDS, texts),
        letter=first_match([CHANNEL_OR_PHASE], texts),
    )


def with_unlabelled_first_phase(fits: Fits) -> Fits:
    """Return the fits with power, power_phase_b and power_phase_c read as three phases.

    Zigbee's clusters name phases B and C only.
    """
    for role in Role:
        whole, first, second = (Place(phase=phase, role=role) for phase in (None, 0, 1))
        if second in fits and first not in fits and whole in fits:
            fits[first] = fits.pop(whole)
    return fits


def preferred(candidates: list[Candidate]) -> list[Candidate]:
    """Return those that are named as the supply's, if any are."""
    named = [
        candidate
        for candidate in candidates
        if re.search(WHOLE_SUPPLY_WORDS, words(candidate.name))
    ]
    return named or candidates


def loaded_phases(fits: Fits) -> list[int]:
    """Return the phases of which something says how much flows, also if it is disabled."""
    return sorted(
        {place.phase for place in fits if place.phase is not None and place.role in LOADS}
    )


def quantity(candidate: Candidate) -> str | None:
    """Return what an entity measures: its unit tells, its device class only where it has none."""
    if candidate.unit is None:
        return candidate.device_class if candidate.device_class in UNITS else None
    return next((kind for kind, units in UNITS.items() if candidate.unit in units), None)


def role_of(measured: str, texts: Iterable[str]) -> Role:
    """Return what a sensor of this quantity says; power without a word for a direction is net."""
    if measured != SensorDeviceClass.POWER:
        return next(role for role, kind in QUANTITIES.items() if kind == measured)
    for text in texts:
        is_imported, is_exported = re.search(IMPORT_WORDS, text), re.search(EXPORT_WORDS, text)
        if is_imported and is_exported:
            return Role.NET
        if is_imported or is_exported:
            return Role.IMPORTED if is_imported else Role.EXPORTED
    return Role.NET


def is_not_the_load(text: str) -> bool:
    """Return whether the words are of something else than what flows now at the supply."""
    return re.search(NOT_THE_LOAD, text) is not None


def first_match(patterns: Iterable[str], texts: Iterable[str]) -> str | None:
    """Return what the first text that matches any pattern says."""
    for text in texts:
        for pattern in patterns:
            if found := re.search(pattern, text):
                return found[1]
    return None


def words(text: str) -> str:
    """Return the words of a text, joined by "_"."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text).casefold()
    return re.sub(r"[^a-z0-9]+", "_", spaced).strip("_")
