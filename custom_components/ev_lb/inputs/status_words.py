"""The words of chargers: what a status sensor says becomes one of ours.

A word stands for "no car" only where it can mean nothing else. A charger that is about to start
is idle: nothing flows yet. What flows during a fault nobody knows.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, cast

from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.components.sensor.const import ATTR_OPTIONS
from homeassistant.const import (
    ATTR_DEVICE_CLASS,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import State

from ..balancing.model import CarStatus

type Words = dict[str, CarStatus | None]
"""Meanings by folded word; None: known, and says nothing of what flows."""

CHARGING_WORDS = """
    charging connected_charging plugged_charging charger_charging charging_reduced
    charge_in_progress C C2 D D2
"""

IDLE_WORDS = """
    idle ready ready_to_charge standby sleeping wakeup disabled blocked preparing
    starting negotiating booting updating updating_firmware authorizing de_authorizing
    awaiting_start awaiting_authorization awaiting_smart_charging need_auth pending_approval
    connected_requesting connected_finished plugged_waiting waiting wait_car waiting_car
    waiting_for_car waiting_for_car_demand waiting_for_ev ev_waiting ev_connected_press_start
    waiting_for_button waiting_for_swipe waiting_for_sun waiting_for_rfid waiting_for_start
    waiting_in_queue_by_power_sharing waiting_in_queue_by_power_boost
    waiting_in_queue_by_eco_smart lb_waiting delay_waiting waiting_for_a_planned_charge
    waiting_for_current_charge scheduled charging_reservation high_tariff_period
    out_of_activation_period low_soc no_power paused paused_by_scheduler suspended suspended_ev
    suspended_evse stopped not_charging not_in_charge locked locked,_car_connected reserved
    finishing finished complete completed completed_full_charge charged done charge_ended
    charging_finished charging_completed charger_free charger_insert charger_wait charger_pause
    charger_end B B1 B2 C1 D1
"""

PLUGGED_WORDS = "connected car_connected vehicle_connected vehicle_detected plugged plugged_in"
"""Idle beside a word for charging; of a sensor that knows the plug alone they say nothing."""

ABSENT_WORDS = """
    available disconnected unplugged not_connected no_ev_connected plug_not_connected A A1 A2
"""

UNCLEAR_WORDS = f"""
    {STATE_UNAVAILABLE} {STATE_UNKNOWN} error fault faulted failure invalid discharging
    charger_fault charger_free_fault error_car error_evse evse_fault ground_fault pilot_fault
    vehicle_error charge_error stuck_relay no_ground gfci_fault gfci_self_test_failure
    diode_check_failed over_temperature vent_required ventilation_required see_error_state E F
"""
"""Nobody need be asked what these mean."""

CHARGES_WHILE_ON = frozenset(
    {
        None,
        BinarySensorDeviceClass.BATTERY_CHARGING,
        BinarySensorDeviceClass.POWER,
        BinarySensorDeviceClass.RUNNING,
    }
)
"""The kinds of entities whose "on" means that current flows."""


def folded(word: str) -> str:
    """Return the word without what is written differently here and there."""
    return "".join(letter for letter in word.casefold() if letter not in " _-")


def meaning(words: str, status: CarStatus | None) -> Words:
    """Return words that all mean the same."""
    return {folded(word): status for word in words.split()}


CHARGING = meaning(CHARGING_WORDS, CarStatus.CHARGING)
IDLE = meaning(IDLE_WORDS, CarStatus.IDLE)
PLUGGED = meaning(PLUGGED_WORDS, CarStatus.IDLE)
CLEAR = CHARGING | meaning(ABSENT_WORDS, CarStatus.ABSENT) | meaning(UNCLEAR_WORDS, None)


def car_status(state: State | None, user_words: Words) -> CarStatus | None:
    """Return what a status sensor says; None: nothing, or nothing clear."""
    if state is None:
        return None
    word = folded(state.state)
    return user_words[word] if word in user_words else understood(state.attributes).get(word)


def understood(attributes: Mapping[str, Any]) -> Words:
    """Return the words that an entity with these attributes need not explain."""
    device_class = attributes.get(ATTR_DEVICE_CLASS)
    known_class = device_class if isinstance(device_class, str) else None
    return vocabulary(known_class, listed(attributes))


def listed(attributes: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the words that an entity lists; a template sensor can have anything there."""
    options = attributes.get(ATTR_OPTIONS)
    if not isinstance(options, list | tuple):
        return ()
    said = cast(Iterable[object], options)
    return tuple(str(option) for option in said if isinstance(option, str | int))


@lru_cache(maxsize=64)
def vocabulary(device_class: str | None, options: tuple[str, ...]) -> Words:
    """Return the words that an entity of this kind uses in their usual meaning.

    A sensor without a word for charging cannot say that nothing flows.
    """
    if device_class == BinarySensorDeviceClass.PLUG:
        return CLEAR | {STATE_OFF: CarStatus.ABSENT}
    if not options:
        words = CLEAR | IDLE
    elif any(folded(option) in CHARGING for option in options):
        words = CLEAR | IDLE | PLUGGED
    else:
        words = CLEAR
    if device_class in CHARGES_WHILE_ON:
        words = words | {STATE_ON: CarStatus.CHARGING, STATE_OFF: CarStatus.IDLE}
    return words


def unexplained(attributes: Mapping[str, Any], current: Iterable[str]) -> list[str]:
    """Return the words that the user must explain: of those said now, and of the options."""
    known = understood(attributes)
    said = dict.fromkeys([*listed(attributes), *current])
    return [word for word in said if folded(word) and folded(word) not in known]


def explained(lists: Mapping[CarStatus, Iterable[str]]) -> Words:
    """Return the user's own words by their meaning."""
    return {folded(word): status for status, words in lists.items() for word in words}
