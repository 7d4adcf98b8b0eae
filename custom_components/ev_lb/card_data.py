"""What the card is told: a snapshot as JSON, its times in seconds from now.

Who draws what is the best that is known for a picture: what a charger's own sensor says, and of
the rest that is not the house's, each of the others by what it was told.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from .balancing.model import LimitedBy, MeterStatus
from .balancing.settings import TOTAL, ChargerSettings, Limit, Metering
from .const import DOMAIN
from .coordinator import EvLbConfigEntry
from .sentences import Texts, Timed, limit_name, loads_of, site_status, troubles, wait, why
from .snapshot import Snapshot

type Json = dict[str, Any]

NOT_LOADED: Json = {"is_loaded": False}


@callback
def card_data(hass: HomeAssistant, entry: EvLbConfigEntry, texts: Texts) -> Json:
    """Return what is shown of a site, in the words of a language, with what can be done."""
    entities = entities_of(hass, entry)
    site = site_data(entry.title, entry.runtime_data.data, texts, hass.loop.time())
    for owner_id, owner in (
        (entry.entry_id, site),
        *((charger["charger_id"], charger) for charger in site["chargers"]),
    ):
        owner["device_id"] = device_id_of(hass, entry, owner_id)
        owner["entities"] = entities.get(owner_id, {})
    return site


def site_data(name: str, data: Snapshot, texts: Texts, now: float) -> Json:
    """Return what is shown of a site."""
    status = site_status(data)
    return {
        "is_loaded": True,
        "name": name,
        "is_enabled": data.settings.site.is_enabled,
        "is_observing": data.is_observing,
        "unobserved": [data.names[charger_id] for charger_id in data.unobserved],
        "status": {"key": status, "text": texts.say(f"status_{status}")},
        "troubles": [
            {
                "key": trouble.key,
                "title": told(trouble.title, now),
                "text": trouble.text,
                "charger_id": trouble.charger_id,
            }
            for trouble in troubles(data, texts, now)
        ],
        "limits": list(limits(data, texts, now)),
        "chargers": [charger_data(data, charger, texts, now) for charger in data.settings.chargers],
    }


def told(text: str | Timed, now: float) -> Json:
    """Return a text, and what time there is in it."""
    if isinstance(text, str):
        return {"text": text}
    return {"text": text.text, "form": text.form, "in_s": round(text.at - now, 1)}


def charger_data(data: Snapshot, charger: ChargerSettings, texts: Texts, now: float) -> Json:
    """Return what is shown of a charger."""
    charger_id = charger.charger_id
    shown = data.view.chargers[charger_id]
    waiting = wait(data, charger_id, texts)
    return {
        "charger_id": charger_id,
        "name": data.names[charger_id],
        "is_enabled": charger.is_enabled,
        "is_unobserved": charger_id in data.unobserved,
        "target_a": shown.target_a,
        "set_a": shown.setpoint_a,
        "drawn_a": None if shown.drawn_a is None else round(shown.drawn_a, 1),
        "most_a": charger.max_charger_current_a,
        "state": shown.balancer_state,
        "reason": shown.limited_by,
        "why": why(data, charger_id, texts),
        "wait": None if waiting is None else told(waiting, now),
        "limit": None
        if shown.limit is None
        else {
            "current_a": shown.limit.current_a,
            "ends_in_s": round(shown.limit.until - now, 1),
        },
        "car": shown.car,
        "is_unresponsive": shown.is_unresponsive,
        "is_failing": shown.limited_by is LimitedBy.SCRIPT_FAILING,
        "error": data.deliveries[charger_id].error,
    }


def limits(data: Snapshot, texts: Texts, now: float) -> Iterator[Json]:
    """Yield what flows through each phase, and through the other limits that have a rating."""
    site, view = data.settings.site, data.view
    binding = {key: shown.limit_name for key, shown in view.chargers.items()}
    is_known = view.meter_status is MeterStatus.AVAILABLE and view.available_a is not None
    for index, limit in enumerate(data.settings.limits):
        if limit.name == TOTAL and site.total_a is None:
            continue  # only what the phases' own limits add up to
        since = view.over_since[index] if view.over_since else None
        yield {
            "key": limit.name,
            "name": name_of(data, limit, texts),
            "is_main": index < site.phase_count,
            "most_a": limit.in_force_a,
            "binds": [key for key, name in binding.items() if name == limit.name],
            "over_for_s": None if since is None else round(now - since, 1),
            **(flows(data, index) if is_known else {"current_a": None}),
        }


def name_of(data: Snapshot, limit: Limit, texts: Texts) -> str:
    """Return the label of a limit; an only phase needs none."""
    if len(data.settings.limits) == 1:
        return ""
    return texts.say("card_total") if limit.name == TOTAL else limit_name(data, limit.name)


def flows(data: Snapshot, index: int) -> Json:
    """Return what flows through a limit, and who draws it."""
    limit, current_a = data.settings.limits[index], current_on(data, index)
    if limit.metering is Metering.NONE:  # only the main meter tells what its chargers draw
        phase = int(limit.name.rpartition("L")[2]) - 1
        shares = {
            charger.charger_id: shares_a(data, phase).get(charger.charger_id, 0.0)
            for charger in data.settings.chargers
            if index in {load.index for load in loads_of(data, charger)}
        }
        current_a = max(current_a, sum(shares.values()))
    else:
        shares = shares_a(data, index)
    return {
        "current_a": round(current_a, 1) + 0.0,
        "house_a": round(max(current_a, 0.0) - sum(shares.values()), 1) + 0.0,
        "shares_a": {key: round(share_a, 1) for key, share_a in shares.items()},
    }


def current_on(data: Snapshot, index: int) -> float:
    """Return what flows through a limit by the last reading."""
    available_a = data.view.available_a
    return data.settings.limits[index].in_force_a - (available_a[index] if available_a else 0.0)


def shares_a(data: Snapshot, index: int) -> Mapping[str, float]:
    """Return what each charger draws of what flows through a limit."""
    current_a = max(current_on(data, index), 0.0)
    house_a = 0.0 if data.view.house_load_a is None else data.view.house_load_a[index]
    measured, told_a = dict[str, float](), dict[str, float]()
    for charger in data.settings.chargers:
        shown = data.view.chargers[charger.charger_id]
        weight = sum(load.weight for load in loads_of(data, charger) if load.index == index)
        if shown.drawn_a is not None:
            measured[charger.charger_id] = weight * shown.drawn_a
        else:
            told_a[charger.charger_id] = float(weight * shown.setpoint_a)
    rest_a = max(current_a - max(house_a, 0.0) - sum(measured.values()), 0.0)
    shares = {**measured, **scaled(told_a, rest_a)}
    drawn = {key: share_a for key, share_a in scaled(shares, current_a).items() if share_a > 0}
    return {each: drawn[each] for each in data.names if each in drawn}


def scaled(parts: Mapping[str, float], most: float) -> Mapping[str, float]:
    """Return the parts, all smaller alike where they are more than the most together."""
    total = sum(parts.values())
    factor = most / total if total > most else 1.0
    return {key: factor * part for key, part in parts.items()}


def entities_of(hass: HomeAssistant, entry: EvLbConfigEntry) -> Mapping[str, Mapping[str, str]]:
    """Return the entities of the site and of each charger that are enabled, by their keys."""
    found: dict[str, dict[str, str]] = {}
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        owner_id = entity.config_subentry_id or entry.entry_id
        if entity.disabled_by is None:
            key = entity.unique_id.removeprefix(f"{owner_id}_")
            found.setdefault(owner_id, {})[key] = entity.entity_id
    return found


def device_id_of(hass: HomeAssistant, entry: EvLbConfigEntry, owner_id: str) -> str | None:
    """Return the device of the site or of a charger."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, owner_id), entry.entry_id)
    return None if device is None else device.id
