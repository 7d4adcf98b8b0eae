"""Names: entities and notifications are told apart by them."""

from collections.abc import Iterable

from homeassistant.config_entries import ConfigEntry, ConfigSubentry


def name_error(name: str, others: Iterable[ConfigEntry | ConfigSubentry]) -> str | None:
    """Return what is wrong with a name; entities and notifications are told apart by it."""
    if not name.strip():
        return "name_blank"
    taken = {folded_name(other.title) for other in others}
    return "name_taken" if folded_name(name) in taken else None


def folded_name(name: str) -> str:
    """Return the name as a reader tells it from others."""
    return name.strip().casefold()
