"""Words: one sentence for a charger, what it waits for, and a line for each trouble of a site.

Each is made of a snapshot and the texts of a language. What changes with each second is left out
of the sentence: `{time}` stays in what is timed, and who shows it counts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations, async_get_translations
from homeassistant.util.hass_dict import HassKey

from .balancing.model import CarStatus, ChargerView, LimitedBy, MeterFault, MeterStatus
from .balancing.settings import TOTAL, ChargerSettings, Load, UnavailableBehavior
from .const import DOMAIN
from .snapshot import Snapshot

CATEGORY = "common"

LAST: HassKey[Mapping[str, str]] = HassKey(f"{DOMAIN}_texts")
"""The texts that the home was told last."""

STANDING_OVER_S = 10.0
"""An overload that is answered is over by then: until then it is no trouble, only seen."""

WHATEVER_THE_CAR = (
    LimitedBy.DISABLED,
    LimitedBy.WAITING_FOR_METER,
    LimitedBy.METER_UNAVAILABLE,
    LimitedBy.SCRIPT_FAILING,
    LimitedBy.UNRESPONSIVE,
)
"""Reasons that are told although no car is there, or takes nothing."""

UNTIL_A_MOMENT = (LimitedBy.LIMIT, LimitedBy.BELOW_MINIMUM)
"""What ends by the clock: its user chose when."""

AT_MINIMUM = (LimitedBy.HEADROOM, LimitedBy.SHARING)
"""Reasons with which it is worth saying that there is no less but nothing."""

TROUBLE = (LimitedBy.UNRESPONSIVE, LimitedBy.EXCEEDS_COMMAND, LimitedBy.SCRIPT_FAILING)
"""Reasons that its owner should look into."""


class TimeForm(StrEnum):
    """How the time in a text is to be shown."""

    COUNTDOWN = "countdown"
    ELAPSED = "elapsed"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A text with a time in it that goes on."""

    text: str
    """With `{time}` where the time is to stand."""

    form: TimeForm
    at: float
    """The moment that it counts to, or from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that its owner should know now."""

    key: str
    title: str | Timed
    text: str
    charger_id: str | None = None
    """Who is to blame; None: no charger."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a language; English where it has none."""

    by_path: Mapping[str, str]

    @classmethod
    @callback
    def of_the_home(cls, hass: HomeAssistant) -> Self:
        """Return those of Home Assistant's own language; the last ones until it has loaded them."""
        by_path = async_get_cached_translations(hass, hass.config.language, CATEGORY, DOMAIN)
        if by_path:
            hass.data[LAST] = by_path
        return cls(hass.data.get(LAST, by_path))

    @classmethod
    async def async_of(cls, hass: HomeAssistant, language: str) -> Self:
        """Return those of a user's language."""
        return cls(await async_get_translations(hass, language, CATEGORY, [DOMAIN]))

    def has(self, key: str) -> bool:
        """Return whether there is such a text."""
        return f"component.{DOMAIN}.{CATEGORY}.{key}" in self.by_path

    def say(self, key: str, **values: object) -> str:
        """Return a text, filled in; its time stays."""
        text = self.by_path[f"component.{DOMAIN}.{CATEGORY}.{key}"]
        return text.format(**{"time": "{time}", **values})


# A charger


def sentence(data: Snapshot, charger_id: str, texts: Texts) -> str:
    """Return what a charger gets and why."""
    current_a = data.view.chargers[charger_id].target_a
    return texts.say("sentence", current=current_a, why=why(data, charger_id, texts))


def why(data: Snapshot, charger_id: str, texts: Texts) -> str:
    """Return why a charger gets what it gets."""
    shown, charger = data.view.chargers[charger_id], settings_of(data, charger_id)
    beside = list(sharers(data, charger, shown))
    stuck = [each for each in beside if is_stuck(data, each)]
    text = texts.say(
        why_key(data, charger_id, texts, is_shared=bool(beside), is_stuck=bool(stuck)),
        current=shown.target_a,
        set=shown.setpoint_a,
        maximum=charger.max_charger_current_a,
        minimum=charger.min_ev_current_a,
        temporary=None if shown.limit is None else shown.limit.current_a,
        interval=round(charger.command_interval_s),
        limit=limit_said(data, shown.limit_name, texts),
        others=", ".join(data.names[each] for each in stuck or beside),
        priorities=" : ".join(
            str(settings_of(data, each).priority) for each in (charger_id, *beside)
        ),
    )
    text = with_capital(text)
    is_least = shown.limited_by in AT_MINIMUM and shown.target_a == charger.min_ev_current_a
    if is_least and not is_without_car(shown):
        return f"{text} {texts.say('why_at_minimum')}"
    return text


def why_key(
    data: Snapshot, charger_id: str, texts: Texts, *, is_shared: bool, is_stuck: bool
) -> str:
    """Return which text tells why; where it is stopped, or a limit has a name, there are others."""
    shown = data.view.chargers[charger_id]
    if is_without_car(shown):
        return "why_absent" if shown.car is CarStatus.ABSENT else "why_idle"
    reason: str = shown.limited_by
    is_kept = data.settings.site.unavailable_behavior is UnavailableBehavior.IGNORE
    if shown.limited_by is LimitedBy.SHARING and not is_shared:
        reason = LimitedBy.HEADROOM
    elif shown.limited_by is LimitedBy.SHARING and is_stuck and shown.target_a > 0:
        return f"why_{LimitedBy.SHARING}_stuck"
    elif shown.limited_by is LimitedBy.DISABLED and not data.settings.site.is_enabled:
        reason = f"{reason}_site"
    elif shown.limited_by is LimitedBy.DISABLED and charger_id in data.unobserved:
        reason = f"{reason}_unobserved"
    elif shown.limited_by is LimitedBy.METER_UNAVAILABLE and shown.target_a > 0 and is_kept:
        reason = f"{reason}_kept"
    key = f"why_{reason}"
    if shown.target_a == 0 and texts.has(f"{key}_stopped"):
        key = f"{key}_stopped"
    if shown.limit_name is not None and len(data.settings.limits) > 1 and texts.has(f"{key}_on"):
        key = f"{key}_on"
    return key


def wait(data: Snapshot, charger_id: str, texts: Texts) -> Timed | None:
    """Return when that may change, where it does by itself."""
    shown = data.view.chargers[charger_id]
    if shown.until is None or is_without_car(shown):
        return None
    form = TimeForm.COUNTDOWN
    if shown.limited_by in UNTIL_A_MOMENT:
        key, form = "wait_limit", TimeForm.CLOCK
    elif shown.limited_by is LimitedBy.SCRIPT_FAILING:
        key = "wait_retry"
    else:
        key = "wait_start" if shown.target_a == 0 else "wait_raise"
        key = key if shown.unconstrained_a is None else f"{key}_to"
    return Timed(text=texts.say(key, more=shown.unconstrained_a), form=form, at=shown.until)


def with_capital(text: str) -> str:
    """Return a sentence that may begin with the name of a limit."""
    return text[0].upper() + text[1:]


def is_without_car(shown: ChargerView) -> bool:
    """Return whether it is the car that takes nothing, whatever else there is."""
    if shown.limited_by in WHATEVER_THE_CAR:
        return False
    is_idle = shown.car is CarStatus.IDLE and shown.target_a > 0
    return shown.car is CarStatus.ABSENT or is_idle


def settings_of(data: Snapshot, charger_id: str) -> ChargerSettings:
    """Return the settings of a charger."""
    return next(each for each in data.settings.chargers if each.charger_id == charger_id)


def sharers(data: Snapshot, charger: ChargerSettings, shown: ChargerView) -> Iterator[str]:
    """Yield the other chargers that have something of the limit that binds a charger."""
    for other in data.settings.chargers:
        limits = {data.settings.limits[load.index].name for load in loads_of(data, other)}
        of_other = data.view.chargers[other.charger_id]
        is_running = of_other.target_a > 0 or of_other.setpoint_a > 0
        if other is not charger and is_running and shown.limit_name in limits:
            yield other.charger_id


def is_stuck(data: Snapshot, charger_id: str) -> bool:
    """Return whether a charger keeps what it has, whatever it is told."""
    shown = data.view.chargers[charger_id]
    return shown.limited_by in (LimitedBy.SCRIPT_FAILING, LimitedBy.UNRESPONSIVE)


def loads_of(data: Snapshot, charger: ChargerSettings) -> tuple[Load, ...]:
    """Return which limits a charger loads, with the phases that its car is seen to use."""
    used = data.view.chargers[charger.charger_id].phases_used
    return data.settings.loads_on(charger, charger.phases if used is None else used)


def limit_name(data: Snapshot, name: str) -> str:
    """Return what a limit is called: a phase, the total, or a circuit's phase."""
    circuit_id, colon, phase = name.partition(":")
    return f"{data.circuits[circuit_id]} {phase}" if colon else name


def limit_said(data: Snapshot, name: str | None, texts: Texts) -> str:
    """Return a limit as it is named in a sentence."""
    if name is None or len(data.settings.limits) == 1:
        return texts.say("limit_breaker")
    return texts.say("limit_total") if name == TOTAL else limit_name(data, name)


# The site


class SiteStatus(StrEnum):
    """In one word, how a site is."""

    OFF = "off"
    WAITING = "waiting"
    NO_METER = "no_meter"
    OVER = "over"
    TROUBLE = "trouble"
    OBSERVING = "observing"
    BALANCING = "balancing"


def site_status(data: Snapshot) -> SiteStatus:
    """Return how a site is."""
    view = data.view
    if not data.settings.site.is_enabled:
        return SiteStatus.OFF
    if view.meter_status is MeterStatus.AWAITED:
        return SiteStatus.WAITING
    if view.meter_status is MeterStatus.UNAVAILABLE:
        return SiteStatus.NO_METER
    if any(since is not None for since in view.over_since):
        return SiteStatus.OVER
    if any(shown.limited_by in TROUBLE for shown in view.chargers.values()):
        return SiteStatus.TROUBLE
    return SiteStatus.OBSERVING if data.is_observing else SiteStatus.BALANCING


def troubles(data: Snapshot, texts: Texts, now: float) -> Iterator[Trouble]:
    """Yield what a site's owner should know now, the worst first."""
    chargers = data.view.chargers
    yield from standing_overloads(data, texts, now)
    is_over = any(since is not None for since in data.view.over_since)
    for charger_id, shown in chargers.items():
        if shown.is_unresponsive:
            name = data.names[charger_id]
            yield deaf_charger(name, charger_id, shown, texts, is_over=is_over)
    if data.view.meter_status is MeterStatus.UNAVAILABLE:
        yield lost_meter(data, texts)
    for charger_id, shown in chargers.items():
        if shown.limited_by is LimitedBy.SCRIPT_FAILING:
            yield Trouble(
                key="script_failing",
                title=texts.say("trouble_failing", charger=data.names[charger_id]),
                text=data.deliveries[charger_id].error or "",
                charger_id=charger_id,
            )


def deaf_charger(
    name: str, charger_id: str, shown: ChargerView, texts: Texts, *, is_over: bool
) -> Trouble:
    """Return the trouble of a charger that does not follow, and what to do where it matters."""
    key = "trouble_deaf" if shown.target_a > 0 else "trouble_deaf_stop"
    drawn_a = round(shown.drawn_a or 0.0)
    key = key if drawn_a > shown.target_a else f"{key}_unseen"
    return Trouble(
        key="unresponsive",
        title=texts.say(key, charger=name, drawn=drawn_a, current=shown.target_a),
        text=texts.say("trouble_deaf_text_over" if is_over else "trouble_deaf_text"),
        charger_id=charger_id,
    )


def standing_overloads(data: Snapshot, texts: Texts, now: float) -> Iterator[Trouble]:
    """Yield the limits that are over although they should have been answered by now."""
    for index, since in enumerate(data.view.over_since):
        if since is None or now < since + STANDING_OVER_S:
            continue
        limit = data.settings.limits[index]
        on_it = [
            data.view.chargers[charger.charger_id]
            for charger in data.settings.chargers
            if data.settings.is_balanced(charger)
            and index in {load.index for load in loads_of(data, charger)}
        ]
        is_cut = any(shown.target_a > 0 for shown in on_it)
        text = texts.say("trouble_over_cut" if is_cut else "trouble_over_stopped")
        is_blamed = any(shown.is_unresponsive for shown in on_it)  # that is told already
        said = limit_said(data, limit.name, texts)
        title = texts.say("trouble_over", limit=said, most=f"{limit.in_force_a:g}")
        yield Trouble(
            key="over",
            title=Timed(text=with_capital(title), form=TimeForm.ELAPSED, at=since),
            text="" if is_blamed else text,
        )


def lost_meter(data: Snapshot, texts: Texts) -> Trouble:
    """Return the trouble of a site whose meter is lost, and what its chargers do meanwhile."""
    view = data.view
    is_any_running = any(shown.target_a > 0 for shown in view.chargers.values())
    behavior = data.settings.site.unavailable_behavior if is_any_running else "stop"
    at, fault = view.meter_lost_at, view.meter_fault
    if at is None or fault is None:
        title: str | Timed = texts.say(f"trouble_meter_{MeterFault.NEVER_CAME}")
    else:
        text = texts.say(f"trouble_meter_{fault}")
        title = Timed(text=text, form=TimeForm.CLOCK, at=at)
    sensors = ", ".join(data.lost_sensors)
    text = texts.say(f"trouble_meter_then_{behavior}")
    return Trouble(key="meter_lost", title=title, text=f"{sensors} · {text}")
