"""A meter's device is recognised: which of its entities measure the supply, and each phase.

Two sensors that would fit the same place are a circuit too many: neither is taken, because a wrong
guess would watch the wrong circuit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .known_meters import KNOWN_METERS, Role
from .meter_fits import LOADS, Candidate, Fits, Place, fits_of, loaded_phases, named_fits

KNOWN_PLATFORMS = frozenset(meter.platform for meter in KNOWN_METERS)

POWER_FORMS = ((Role.NET,), (Role.REVERSED,), (Role.IMPORTED, Role.EXPORTED), (Role.APPARENT,))
"""The ways in which power is told, the best first: apparent power has no direction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """The sensors of one phase, or of the whole supply."""

    power: str | None = None
    """Imported, signed (positive from the grid) or apparent power."""
    export: str | None = None
    """The other half of imported power; None where power is signed."""
    current: str | None = None
    """The whole supply's on several phases is their sum."""
    voltage: str | None = None
    is_reversed: bool = False
    """Whether its power shows what is drawn as negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What was found on a device."""

    total: Channel = Channel()
    phases: tuple[Channel, ...] = ()
    """From L1 on; one that has nothing that can be used is empty between others."""
    disabled: tuple[str, ...] = ()
    """Would fill what is empty, but are disabled or hidden."""

    @property
    def has_load(self) -> bool:
        """Return whether anything says how much flows."""
        return any(map(says_load, (self.total, *self.phases)))


def recognise(candidates: Iterable[Candidate]) -> Recognised:
    """Return which entities of a device measure the supply.

    Only the entities of one integration: helpers put theirs onto the devices of others, too.
    """
    of_platform: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        of_platform.setdefault(candidate.platform, []).append(candidate)
    readings: list[Recognised] = []
    for platform in sorted(of_platform, key=lambda platform: platform not in KNOWN_PLATFORMS):
        readings += readings_of(platform, of_platform[platform])
    usable = [reading for reading in readings if reading.has_load]
    asleep = [reading for reading in readings if reading.disabled]
    return next(iter(usable + asleep), Recognised())


def readings_of(platform: str, candidates: Sequence[Candidate]) -> list[Recognised]:
    """Return what an integration's entities are, by each row of it, or else by their names."""
    if platform not in KNOWN_PLATFORMS:
        return [assembled(named_fits(candidates))]
    meters = [meter for meter in KNOWN_METERS if meter.platform == platform]
    return [assembled(fits_of(meter, candidates)) for meter in meters]


def assembled(fits: Fits) -> Recognised:
    """Return the channels that the fits make.

    Where phases can be used, the whole supply's own current and voltage are not asked for.
    """
    if not any(place.role in LOADS for place in fits):
        return Recognised()
    indexes = loaded_phases(fits)
    count = indexes[-1] + 1 if indexes else 0
    phases = tuple(channel_of(fits, phase) for phase in range(count))
    total = channel_of(fits, None)
    if any(map(says_load, phases)):
        asked = list[int | None](range(count))
    else:
        asked, phases = [None, *range(count)], ()
    disabled = tuple(entity_id for phase in asked for entity_id in missing(fits, phase))
    return Recognised(total=total, phases=phases, disabled=disabled)


def channel_of(fits: Fits, phase: int | None) -> Channel:
    """Return what can be used of a phase."""
    usable = {role: used(fits.get(Place(phase=phase, role=role), ())) for role in Role}
    imported = usable[Role.IMPORTED]
    is_pair = imported is not None and usable[Role.NET] is None
    signed = usable[Role.NET] or usable[Role.REVERSED]
    return Channel(
        power=signed or imported or usable[Role.APPARENT],
        export=usable[Role.EXPORTED] if is_pair else None,
        current=usable[Role.CURRENT],
        voltage=usable[Role.VOLTAGE],
        is_reversed=signed is not None and usable[Role.NET] is None,
    )


def missing(fits: Fits, phase: int | None) -> list[str]:
    """Return the disabled entities that would fill what is empty of a phase."""
    channel = channel_of(fits, phase)
    dormant = {
        role: entity_id
        for role in Role
        if (entity_id := disabled_one(fits.get(Place(phase=phase, role=role), ()))) is not None
    }
    roles: list[Role] = []
    if channel.power is None:
        forms = (form for form in POWER_FORMS if any(role in dormant for role in form))
        roles += next(forms, ())
    elif channel.power == used(fits.get(Place(phase=phase, role=Role.IMPORTED), ())):
        roles.append(Role.EXPORTED)
    roles += [Role.CURRENT, Role.VOLTAGE]
    return [dormant[role] for role in roles if role in dormant]


def used(candidates: Sequence[Candidate]) -> str | None:
    """Return the only one that can be used."""
    enabled = [candidate for candidate in candidates if candidate.is_enabled]
    return enabled[0].entity_id if len(enabled) == 1 else None


def disabled_one(candidates: Sequence[Candidate]) -> str | None:
    """Return the only one, if it is disabled."""
    if len(candidates) != 1 or candidates[0].is_enabled:
        return None
    return candidates[0].entity_id


def says_load(channel: Channel) -> bool:
    """Return whether the channel says how much flows."""
    return channel.power is not None or channel.current is not None
