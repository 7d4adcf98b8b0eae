"""What the entities of a charger's device are for: by a row of the table, or by their names."""

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.components.number.const import NumberDeviceClass
from homeassistant.const import UnitOfElectricCurrent

from ..const import (
    CONF_CURRENT_NUMBER,
    CONF_ENERGY_SENSOR,
    CONF_PAUSE_SELECT,
    CONF_PAUSE_SWITCH,
    CONF_START_BUTTON,
    CONF_STATUS_SENSOR,
    CONF_STOP_BUTTON,
)
from ..inputs.known_meters import PHASE_WORDS
from ..inputs.meter_fits import PHASE_INDEXES, first_match, words
from ..inputs.status_words import CHARGING, folded
from ..inputs.units import CURRENT_UNITS, ENERGY_UNITS, LOAD_UNITS, POWER_UNITS
from .entities import PauseKind
from .known_chargers import (
    CHARGING_OPTION_WORDS,
    CHARGING_SWITCH_WORDS,
    DOMAINS,
    MAXIMUM_WORDS,
    NOT_CHARGING_ITSELF,
    NOT_THE_DRAW,
    NOT_THE_SETPOINT,
    NOT_THE_STATUS,
    ON_IS_PAUSED_WORDS,
    PAUSE_SWITCH_WORDS,
    PAUSED_OPTION_WORDS,
    SESSION_WORDS,
    SETPOINT_WORDS,
    START_BUTTON_WORDS,
    STATUS_WORDS,
    STOP_BUTTON_WORDS,
    ChargerNote,
    KnownCharger,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerEntity:
    """One entity of the picked device."""

    entity_id: str
    platform: str
    """The integration's domain."""
    domain: str
    translation_key: str | None
    unique_id: str
    name: str
    device_class: str | None
    unit: str | None
    """None while the entity has never said anything."""
    options: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    step: float | None
    is_enabled: bool
    """Neither disabled nor hidden in the registry."""


type Fit = Sequence[ChargerEntity]
"""The entities that would do for one place; one alone is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fits:
    """What fits where on a device."""

    of_key: Mapping[str, Fit] = field(default_factory=dict[str, Fit])
    """By the keys of the form."""
    phase_draws: Sequence[Fit] = ()
    """From L1 on."""
    draws: Sequence[Fit] = ()
    """For all phases, the best first."""

    @property
    def number(self) -> ChargerEntity | None:
        """The only one that sets the current, also if it is disabled."""
        return only(self.of_key.get(CONF_CURRENT_NUMBER, ()))


def fits_of(row: KnownCharger, entities: Fit, socket: str) -> Fits | None:
    """Return what fits where on a socket of a known kind; None: it is of another kind."""

    def find(domains: Iterable[str], text: str, units: Container[str | None] | None = None) -> Fit:
        return matching(entities, domains, text.replace("{socket}", socket), units)

    fits = Fits(
        of_key={
            key: find(DOMAINS[key], text, ENERGY_UNITS if key == CONF_ENERGY_SENSOR else None)
            for key, text in row.entities.items()
        },
        phase_draws=[
            find(("sensor",), row.phase_draw.replace("{phase}", phase), LOAD_UNITS)
            for phase in row.phases
        ],
        draws=[find(("sensor",), text, LOAD_UNITS) for text in row.draws],
    )
    is_of_kind = identity_of(row, entities) if row.identity else fits.number
    return None if is_of_kind is None else fits


def identity_of(row: KnownCharger, entities: Fit) -> re.Match[str] | None:
    """Return where the kind's own text stands, with the groups that its actions name."""
    found = (re.search(f"{row.identity}$", entity.unique_id) for entity in entities)
    return next((match for match in found if match is not None), None)


def matching(
    entities: Fit, domains: Iterable[str], text: str, units: Container[str | None] | None = None
) -> Fit:
    """Return the entities of these domains whose unique id ends like this."""
    return [
        entity
        for entity in entities
        if entity.domain in domains
        and (units is None or entity.unit is None or entity.unit in units)
        and re.search(f"{text}$", entity.unique_id)
    ]


def named_charger(platform: str, entities: Fit) -> tuple[KnownCharger, Fits] | None:
    """Return what a device that no row knows is by the names of its entities.

    Without a number that can only be the charger's current it is none.
    """
    numbers = [entity for entity in entities if is_setpoint(entity)]
    by_words = [entity for entity in numbers if re.search(SETPOINT_WORDS, said(entity))]
    plain = [entity for entity in by_words if not re.search(MAXIMUM_WORDS, said(entity))]
    number = only(numbers) or only(by_words) or only(plain)
    if number is None:
        return None
    row, pause_fits = named_pause(platform, entities, number)
    draws = [entity for entity in entities if is_draw(entity) and said(entity) != said(number)]
    return row, Fits(
        of_key={
            CONF_CURRENT_NUMBER: [number],
            **pause_fits,
            CONF_STATUS_SENSOR: named_status(entities),
            CONF_ENERGY_SENSOR: named(entities, ("sensor",), SESSION_WORDS, is_energy),
        },
        phase_draws=[
            [entity for entity in draws if is_of_phase(entity, phase, CURRENT_UNITS)]
            for phase in range(len(set(PHASE_INDEXES.values())))
        ],
        draws=[
            [entity for entity in draws if is_of_phase(entity, None, units)]
            for units in (CURRENT_UNITS, POWER_UNITS)
        ],
    )


def named_pause(
    platform: str, entities: Fit, number: ChargerEntity
) -> tuple[KnownCharger, Mapping[str, Fit]]:
    """Return how a device is paused that no row knows: the first way that its names offer."""

    def of_kind(pause: PauseKind | None, *notes: ChargerNote, **options: str) -> KnownCharger:
        return KnownCharger(
            platform=platform,
            source="the names of its entities",
            pause=pause,
            charging_options=(options["charging"],) if options else (),
            paused_options=(options["paused"],) if options else (),
            notes=(ChargerNote.FOUND_BY_NAMES, *notes),
        )

    for kind, text, is_meant in (
        (PauseKind.SWITCH, CHARGING_SWITCH_WORDS, is_on_while_charging),
        (PauseKind.INVERTED_SWITCH, PAUSE_SWITCH_WORDS, is_charging_itself),
    ):
        if only(switches := named(entities, ("switch",), text, is_meant)):
            return of_kind(kind), {CONF_PAUSE_SWITCH: switches}
    start = named(entities, ("button",), START_BUTTON_WORDS, is_charging_itself)
    stop = named(entities, ("button",), STOP_BUTTON_WORDS, is_charging_itself)
    if only(start) and only(stop):
        return of_kind(PauseKind.BUTTONS), {CONF_START_BUTTON: start, CONF_STOP_BUTTON: stop}
    selects = [
        (entity, charging, paused)
        for entity in entities
        if entity.domain == "select"
        and (charging := only_option(entity, CHARGING_OPTION_WORDS)) is not None
        and (paused := only_option(entity, PAUSED_OPTION_WORDS)) is not None
    ]
    if len(selects) == 1:
        (select, charging, paused) = selects[0]
        row = of_kind(PauseKind.SELECT, charging=charging, paused=paused)
        return row, {CONF_PAUSE_SELECT: [select]}
    if number.minimum == 0:
        return of_kind(PauseKind.ZERO, ChargerNote.TRY_ZERO), {}
    return of_kind(None), {}


def named_status(entities: Fit) -> Fit:
    """Return the sensor that says whether a car charges: its own words tell before its name."""
    sensors = [
        entity
        for entity in entities
        if entity.domain in DOMAINS[CONF_STATUS_SENSOR]
        and entity.unit is None
        and not re.search(NOT_THE_STATUS, said(entity))
    ]
    by_options = [sensor for sensor in sensors if CHARGING.keys() & map(folded, sensor.options)]
    by_name = [sensor for sensor in sensors if re.search(STATUS_WORDS, said(sensor))]
    charging = BinarySensorDeviceClass.BATTERY_CHARGING
    by_class = [sensor for sensor in sensors if sensor.device_class == charging]
    return next((fit for fit in (by_options, by_name, by_class) if only(fit)), ())


def named(
    entities: Fit, domains: Iterable[str], text: str, is_meant: Callable[[ChargerEntity], bool]
) -> Fit:
    """Return the entities of these domains whose names say this."""
    return [
        entity
        for entity in entities
        if entity.domain in domains and is_meant(entity) and re.search(text, said(entity))
    ]


def is_setpoint(entity: ChargerEntity) -> bool:
    """Return whether the entity can set how much a car may draw."""
    is_current = entity.unit == UnitOfElectricCurrent.AMPERE or (
        entity.unit is None and entity.device_class == NumberDeviceClass.CURRENT
    )
    is_other = re.search(NOT_THE_SETPOINT, said(entity)) is not None
    return entity.domain == "number" and is_current and not is_other


def is_charging_itself(entity: ChargerEntity) -> bool:
    """Return whether the names are of charging, and not of a way or a time of it."""
    return re.search(NOT_CHARGING_ITSELF, said(entity)) is None


def is_on_while_charging(entity: ChargerEntity) -> bool:
    """Return whether a switch of these names does not pause while it is on."""
    return is_charging_itself(entity) and re.search(ON_IS_PAUSED_WORDS, said(entity)) is None


def is_energy(entity: ChargerEntity) -> bool:
    """Return whether the entity counts energy."""
    return entity.unit in ENERGY_UNITS


def is_draw(entity: ChargerEntity) -> bool:
    """Return whether the entity measures what flows to the car."""
    is_load = entity.domain == "sensor" and entity.unit in LOAD_UNITS
    return is_load and re.search(NOT_THE_DRAW, said(entity)) is None


def is_of_phase(entity: ChargerEntity, phase: int | None, units: Container[str | None]) -> bool:
    """Return whether the entity measures in these units, and of this phase; None: of all."""
    name = first_match(PHASE_WORDS, [said(entity)])
    found = None if name is None else PHASE_INDEXES[name]
    return entity.unit in units and found == phase


def only_option(entity: ChargerEntity, meant: frozenset[str]) -> str | None:
    """Return the only option of a select that means this."""
    found = [option for option in entity.options if folded(option.replace("'", "")) in meant]
    return found[0] if len(found) == 1 else None


def said(entity: ChargerEntity) -> str:
    """Return the words of an entity's name; without a name, those of its id."""
    return words(entity.name or entity.entity_id.partition(".")[2])


def only(fit: Fit) -> ChargerEntity | None:
    """Return the only one."""
    return fit[0] if len(fit) == 1 else None


def used(fit: Fit) -> ChargerEntity | None:
    """Return the only one that can be used."""
    return only([entity for entity in fit if entity.is_enabled])


def dormant(fit: Fit) -> ChargerEntity | None:
    """Return the only one, if it is disabled."""
    entity = only(fit)
    return None if entity is None or entity.is_enabled else entity
