"""A charger's device is recognised: which of its entities control it, and what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerEntity:
    """An entity of a device that may be a charger."""

    entity_id: str
    platform: str
    domain: str
    translation_key: str | None
    unique_id: str
    name: str
    device_class: str | None
    unit: str | None
    options: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    step: float | None
    is_enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedCharger:
    """What was found on a device."""

    platform: str
    values: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()


def recognise_charger(
    candidates: Sequence[ChargerEntity], phase_count: int
) -> RecognisedCharger | None:
    """Return what is known of a charger by its entities."""
    return None
