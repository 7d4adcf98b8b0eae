"""A charger's device is recognised: what of it sets the current, pauses and measures.

Two entities that would fit the same place are a guess too many: neither is taken, because a wrong
one would set another charger, or believe another car.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import ceil, floor
from string import Template
from typing import Any, cast

from ..const import (
    CONF_CHARGING_OPTION,
    CONF_COMMAND_INTERVAL_S,
    CONF_CONTROL,
    CONF_MAX_CHARGER_CURRENT_A,
    CONF_MIN_EV_CURRENT_A,
    CONF_PAUSE,
    CONF_PAUSE_SELECT,
    CONF_PAUSED_OPTION,
    CONF_RESPONSE_TIME_S,
    CONF_START_ORDER,
    DEFAULT_MIN_EV_CURRENT_A,
    MAX_CHARGER_CURRENT_A,
    MAX_MIN_EV_CURRENT_A,
)
from ..inputs.charger_sensors import DRAW_SENSORS, WORD_LISTS
from .charger_fits import (
    ChargerEntity,
    Fit,
    Fits,
    dormant,
    fits_of,
    identity_of,
    matching,
    named_charger,
    used,
)
from .known_chargers import KNOWN_CHARGERS, ChargerNote, KnownCharger

KNOWN_PLATFORMS = frozenset(charger.platform for charger in KNOWN_CHARGERS)

ONLY_CONNECTOR = "1"
"""What a charge point calls its connector whose entities do not number it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedCharger:
    """What was found on a device."""

    platform: str
    values: Mapping[str, Any]
    """What fills the form, by its keys: only what is known."""
    notes: tuple[ChargerNote, ...] = ()
    disabled: tuple[str, ...] = ()
    """Would fill what is empty, but are disabled or hidden."""


def recognise_charger(
    candidates: Sequence[ChargerEntity], phase_count: int, taken: Collection[str] = ()
) -> RecognisedCharger | None:
    """Return what the entities of a device fill in; None: they are no charger's.

    `taken` are the numbers that other chargers are set by: of several sockets, the first free one.
    Only the entities of one integration: helpers put theirs onto the devices of others, too.
    """
    of_platform: dict[str, list[ChargerEntity]] = {}
    for candidate in candidates:
        of_platform.setdefault(candidate.platform, []).append(candidate)
    found: list[RecognisedCharger] = []
    for platform in sorted(of_platform, key=lambda platform: platform not in KNOWN_PLATFORMS):
        found += readings_of(platform, of_platform[platform], phase_count, taken)
    controlled = [reading for reading in found if CONF_CONTROL in reading.values]
    return next(iter(controlled + found), None)


def readings_of(
    platform: str, entities: Fit, phase_count: int, taken: Collection[str]
) -> list[RecognisedCharger]:
    """Return what an integration's entities are, by each row that they fit, or by their names."""
    known = [
        (row, sockets)
        for row in KNOWN_CHARGERS
        if row.platform == platform and (sockets := sockets_of(row, entities))
    ]
    if not known and (named := named_charger(platform, entities)) is not None:
        row, fits = named
        known = [(row, [fits])]
    return [filled(row, free_one(sockets, taken), entities, phase_count) for row, sockets in known]


def sockets_of(row: KnownCharger, entities: Fit) -> list[Fits]:
    """Return what fits on each socket of a device of a known kind; none: it is of another kind."""
    found = [fits_of(row, entities, socket) for socket in row.sockets]
    return [fits for fits in found if fits is not None]


def free_one(sockets: Sequence[Fits], taken: Collection[str]) -> Fits | None:
    """Return the first socket that no other charger is set by."""
    free = (fits for fits in sockets if fits.number is None or fits.number.entity_id not in taken)
    return next(free, None)


def filled(
    row: KnownCharger, fits: Fits | None, entities: Fit, phase_count: int
) -> RecognisedCharger:
    """Return what a row and the entities that fit it fill in; None: all its sockets are taken."""
    if fits is None:
        taken = (ChargerNote.ALL_SOCKETS_TAKEN,)
        return RecognisedCharger(platform=row.platform, values={}, notes=taken)
    picked = {key: entity.entity_id for key, fit in fits.of_key.items() if (entity := used(fit))}
    drawn = draws(fits, phase_count)
    values = {
        **control_values(row, fits),
        **actions(row, entities, picked),
        **current_values(fits.number),
        **picked,
        **dict(zip(DRAW_SENSORS, (entity.entity_id for entity in drawn), strict=False)),
        **{WORD_LISTS[status]: [*words] for status, words in row.words.items()},
    }
    if row.timing is not None:
        values[CONF_RESPONSE_TIME_S] = row.timing.response_time_s
        values[CONF_COMMAND_INTERVAL_S] = row.timing.command_interval_s
    empty = [*fits.of_key.values(), *missing_draws(fits, phase_count, drawn)]
    asleep = [entity.entity_id for fit in empty if (entity := dormant(fit))]
    return RecognisedCharger(
        platform=row.platform,
        values=values,
        notes=notes(row, fits, phase_count),
        disabled=tuple(dict.fromkeys(asleep)),
    )


def control_values(row: KnownCharger, fits: Fits) -> dict[str, Any]:
    """Return how the charger is set and paused."""
    values: dict[str, Any] = {
        CONF_CONTROL: row.control,
        CONF_PAUSE: row.pause,
        CONF_START_ORDER: row.start_order,
    }
    if select := used(fits.of_key.get(CONF_PAUSE_SELECT, ())):
        values[CONF_CHARGING_OPTION] = first_of(row.charging_options, select)
        values[CONF_PAUSED_OPTION] = first_of(row.paused_options, select)
    return {key: value for key, value in values.items() if value is not None}


def first_of(options: Sequence[str], select: ChargerEntity) -> str | None:
    """Return the first of these options that a select has."""
    return next((option for option in options if option in select.options), None)


def actions(row: KnownCharger, entities: Fit, picked: Mapping[str, str]) -> dict[str, Any]:
    """Return the actions of a row for this device; none that names what is missing."""
    identity = identity_of(row, entities) if row.actions else None
    groups = identity.groupdict(ONLY_CONNECTOR) if identity is not None else {}
    references = {
        name: entity.entity_id
        for name, text in row.references.items()
        if (entity := used(matching(entities, ("sensor",), text)))
    }
    known: dict[str, Any] = {}
    for key, steps in row.actions.items():
        try:
            known[key] = named_in(steps, {**picked, **groups, **references})
        except KeyError:
            continue
    return known


def named_in(part: object, names: Mapping[str, str]) -> object:
    """Return a part of an action with its `$names` replaced.

    Raises KeyError: when one is not known.
    """
    if isinstance(part, str):
        return Template(part).substitute(names)
    if isinstance(part, Mapping):
        entries = cast(Mapping[str, object], part)
        return {key: named_in(value, names) for key, value in entries.items()}
    if isinstance(part, Sequence):
        return [named_in(value, names) for value in cast(Sequence[object], part)]
    return part


def current_values(number: ChargerEntity | None) -> dict[str, int]:
    """Return what the number's range says of the currents, in whole amperes.

    A range from 0 or 1 A says how the charger is told, not what a car needs. One beyond what any
    charger gives is a number's default.
    """
    values: dict[str, int] = {}
    if number is None:
        return values
    if number.maximum is not None and 1 <= number.maximum <= MAX_CHARGER_CURRENT_A:
        values[CONF_MAX_CHARGER_CURRENT_A] = floor(number.maximum)
    lowest_a, highest_a = DEFAULT_MIN_EV_CURRENT_A, MAX_MIN_EV_CURRENT_A
    if number.minimum is not None and lowest_a <= number.minimum <= highest_a:
        values[CONF_MIN_EV_CURRENT_A] = ceil(number.minimum)
    return values


def draws(fits: Fits, phase_count: int) -> list[ChargerEntity]:
    """Return the sensors of what is drawn: of each phase, or one of all."""
    measured = [used(fit) for fit in fits.phase_draws[:phase_count]]
    of_phases = [entity for entity in measured if entity is not None]
    if len(of_phases) == phase_count:
        return of_phases
    return [entity for fit in fits.draws if (entity := used(fit))][:1]


def missing_draws(fits: Fits, phase_count: int, drawn: Sequence[ChargerEntity]) -> list[Fit]:
    """Return what would measure more than what is drawn now: each phase, or a better one of all."""
    if len(drawn) == phase_count:
        return []
    better = takewhile(lambda fit: used(fit) not in drawn, fits.draws)
    return [*fits.phase_draws[:phase_count], *better]


def notes(row: KnownCharger, fits: Fits, phase_count: int) -> tuple[ChargerNote, ...]:
    """Return what the dialog says; also that a charger without a sensor of L2 has one phase."""
    has_l1_alone = row.has_phases_it_shows and not any(fits.phase_draws[1:])
    return (*row.notes, ChargerNote.ONE_PHASE) if has_l1_alone and phase_count > 1 else row.notes
