"""A stub of what recognises a meter's device."""

from dataclasses import dataclass

from homeassistant.core import HomeAssistant


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A sensor of a device."""

    entity_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What was recognised of a phase, or of the total."""

    power: str | None = None
    export: str | None = None
    current: str | None = None
    voltage: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What was recognised of a device."""

    total: Channel
    phases: tuple[Channel, ...] = ()
    disabled: tuple[str, ...] = ()


def candidates_of(hass: HomeAssistant, device_id: str) -> tuple[Candidate, ...]:
    """Return the sensors of a device."""
    return ()


def recognise(candidates: tuple[Candidate, ...]) -> Recognised:
    """Return what the sensors of a device are."""
    return Recognised(total=Channel())
