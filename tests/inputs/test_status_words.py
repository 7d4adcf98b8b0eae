"""The words of chargers: each becomes charging, idle or absent, or nothing."""

import pytest
from homeassistant.core import State

from custom_components.ev_lb.balancing.model import CarStatus
from custom_components.ev_lb.inputs.status_words import car_status, explained, unexplained

CHARGING, IDLE, ABSENT = CarStatus.CHARGING, CarStatus.IDLE, CarStatus.ABSENT

VOCABULARIES: dict[str, dict[str, CarStatus | None]] = {
    "OCPP": {
        "Available": ABSENT,
        "Preparing": IDLE,
        "Charging": CHARGING,
        "SuspendedEVSE": IDLE,
        "SuspendedEV": IDLE,
        "Finishing": IDLE,
        "Reserved": IDLE,
        "Unavailable": None,
        "Faulted": None,
    },
    "IEC 61851": {
        **dict.fromkeys(["A", "A1", "A2"], ABSENT),
        **dict.fromkeys(["B", "B1", "B2", "C1", "D1"], IDLE),
        **dict.fromkeys(["C", "C2", "D", "D2"], CHARGING),
        **dict.fromkeys(["E", "F"], None),
    },
    "Easee": {
        "disconnected": ABSENT,
        "awaiting_start": IDLE,
        "charging": CHARGING,
        "completed": IDLE,
        "error": None,
        "ready_to_charge": IDLE,
        "awaiting_authorization": IDLE,
        "de_authorizing": IDLE,
    },
    "Zaptec": {
        "disconnected": ABSENT,
        "connected_requesting": IDLE,
        "connected_charging": CHARGING,
        "connected_finished": IDLE,
        "unknown": None,
    },
    "go-e": {
        "Idle": IDLE,
        "Charging": CHARGING,
        "WaitCar": IDLE,
        "Complete": IDLE,
        "Error": None,
    },
    "Wallbox": {
        "Charging": CHARGING,
        "Discharging": None,
        "Paused": IDLE,
        "Scheduled": IDLE,
        "Waiting for car demand": IDLE,
        "Waiting": IDLE,
        "Error": None,
        "Ready": IDLE,
        "Locked": IDLE,
        "Locked, car connected": IDLE,
        "Updating": IDLE,
        "Waiting in queue by Power Sharing": IDLE,
        "Waiting in queue by Power Boost": IDLE,
        "Waiting in queue by Eco-Smart": IDLE,
        "Unknown": None,
    },
    "Peblar": {
        "charging": CHARGING,
        "error": None,
        "fault": None,
        "invalid": None,
        "no_ev_connected": ABSENT,
        "suspended": IDLE,
    },
    "TechnoVE": {
        "plugged_charging": CHARGING,
        "plugged_waiting": IDLE,
        "high_tariff_period": IDLE,
        "out_of_activation_period": IDLE,
        "unplugged": ABSENT,
        "pilot_fault": None,
    },
    "Tesla car": {
        "charging": CHARGING,
        "complete": IDLE,
        "disconnected": ABSENT,
        "no_power": IDLE,
        "starting": IDLE,
        "stopped": IDLE,
    },
    "Shelly and Tuya": {
        "charger_charging": CHARGING,
        "charger_end": IDLE,
        "charger_fault": None,
        "charger_free": IDLE,
        "charger_free_fault": None,
        "charger_insert": IDLE,
        "charger_pause": IDLE,
        "charger_wait": IDLE,
    },
}
"""Integrations whose sensors may not list their words."""

LISTED: dict[str, dict[str, CarStatus | None]] = {
    "Lektrico": {
        "available": ABSENT,
        "charging": CHARGING,
        "connected": IDLE,
        "error": None,
        "locked": IDLE,
        "need_auth": IDLE,
        "paused": IDLE,
        "paused_by_scheduler": IDLE,
        "updating_firmware": IDLE,
    },
    "NRGkick": {
        "charging": CHARGING,
        "connected": IDLE,
        "error": None,
        "standby": IDLE,
        "wakeup": IDLE,
    },
    "OpenEVSE": {
        "charging": CHARGING,
        "connected": IDLE,
        "disabled": IDLE,
        "not_connected": ABSENT,
        "sleeping": IDLE,
        "stuck_relay": None,
    },
    "Ohme": {
        "charging": CHARGING,
        "finished": IDLE,
        "paused": IDLE,
        "pending_approval": IDLE,
        "plugged_in": IDLE,
        "unplugged": ABSENT,
    },
    "Tesla Wall Connector": {
        "booting": IDLE,
        "charging": CHARGING,
        "charging_finished": IDLE,
        "charging_reduced": CHARGING,
        "connected": IDLE,
        "error": None,
        "negotiating": IDLE,
        "not_connected": ABSENT,
        "ready": IDLE,
        "waiting_car": IDLE,
    },
    "Volvo's plug": {"connected": None, "disconnected": ABSENT, "fault": None},
    "Blue Current's pilot": {
        "no_power": None,
        "ready": None,
        "standby": None,
        "vehicle_detected": None,
        "vehicle_error": None,
    },
}
"""Sensors that list their words. One without a word for charging cannot say that nothing flows."""


def said(word: str, **attributes: object) -> State:
    """Return the state of a status sensor."""
    return State("sensor.status", word, attributes)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        pytest.param(word, status, id=f"{name}: {word}")
        for name, words in VOCABULARIES.items()
        for word, status in words.items()
    ],
)
def test_words_of_chargers_are_understood(word: str, status: CarStatus | None) -> None:
    """Nobody has to explain the words of a charger that is widely used."""
    assert car_status(said(word), {}) is status


@pytest.mark.parametrize(
    ("word", "status", "options"),
    [
        pytest.param(word, status, list(words), id=f"{name}: {word}")
        for name, words in LISTED.items()
        for word, status in words.items()
    ],
)
def test_words_are_understood_beside_the_others(
    word: str, status: CarStatus | None, options: list[str]
) -> None:
    """A sensor that has a word for charging says by "connected" that nothing flows."""
    assert car_status(said(word, options=options), {}) is status


@pytest.mark.parametrize("word", ["connected", "plugged_in"])
def test_a_plug_alone_says_nothing(word: str) -> None:
    """A sensor that does not list its words may go on saying "connected" while it charges."""
    assert car_status(said(word), {}) is None


@pytest.mark.parametrize(
    "word", ["suspendedev", "SUSPENDED_EV", "Suspended EV", "suspended-ev", " suspended  ev "]
)
def test_spelling_does_not_matter(word: str) -> None:
    """Capitals, blanks, underscores and dashes are as each integration likes them."""
    assert car_status(said(word), {}) is IDLE


@pytest.mark.parametrize(
    ("device_class", "on", "off"),
    [
        pytest.param(None, CHARGING, IDLE, id="no class"),
        pytest.param("battery_charging", CHARGING, IDLE, id="battery charging"),
        pytest.param("power", CHARGING, IDLE, id="power"),
        pytest.param("running", CHARGING, IDLE, id="running"),
        pytest.param("plug", None, ABSENT, id="plug"),
        pytest.param("connectivity", None, None, id="connectivity"),
        pytest.param("problem", None, None, id="problem"),
    ],
)
def test_on_and_off_mean_what_the_sensor_is_for(
    device_class: str | None, on: CarStatus | None, off: CarStatus | None
) -> None:
    """A plug that is in does not charge yet; one that is out surely does not."""
    attributes = {} if device_class is None else {"device_class": device_class}
    assert car_status(said("on", **attributes), {}) is on
    assert car_status(said("off", **attributes), {}) is off


@pytest.mark.parametrize("word", ["", "3", "Laden", "None", "charging soon"])
def test_other_words_mean_nothing(word: str) -> None:
    """What is not understood is not guessed."""
    assert car_status(said(word), {}) is None


def test_a_missing_sensor_says_nothing() -> None:
    """No state is no status."""
    assert car_status(None, {}) is None


def test_the_users_words_go_first() -> None:
    """What the user explained counts, also against the usual meaning, however it is written."""
    words = explained({CHARGING: ["Lädt gerade", "ready"], ABSENT: ["Idle"]})
    assert car_status(said("LÄDT_GERADE"), words) is CHARGING
    assert car_status(said("Ready"), words) is CHARGING
    assert car_status(said("idle"), words) is ABSENT
    assert car_status(said("paused"), words) is IDLE


def test_only_unknown_words_need_an_explanation() -> None:
    """Asked for are the words listed and the one said now, each once, but not the known ones."""
    options = ["Charging", "Bereit", "unavailable", "Faulted", ""]
    assert unexplained({"options": options}, ["Laden"]) == ["Bereit", "Laden"]
    assert unexplained({"options": options}, ["Bereit"]) == ["Bereit"]
    assert unexplained({}, ["3"]) == ["3"]
    assert unexplained({}, ["unknown"]) == []
    assert unexplained({"device_class": "plug"}, ["off"]) == []
    assert unexplained({"device_class": "plug"}, ["on"]) == ["on"]


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param({"options": [["charging"], {"a": 1}, None]}, id="nested options"),
        pytest.param({"options": 5}, id="options that are a number"),
        pytest.param({"options": "charging"}, id="options that are a word"),
        pytest.param({"options": {"charging": "C"}}, id="options that are a mapping"),
        pytest.param({"device_class": []}, id="class that is a list"),
        pytest.param({"device_class": 5}, id="class that is a number"),
    ],
)
def test_odd_attributes_say_nothing(attributes: dict[str, object]) -> None:
    """A template sensor can have anything as an attribute: its words keep their meaning."""
    assert car_status(said("ready", **attributes), {}) is IDLE
    assert car_status(said("connected", **attributes), {}) is None
    assert unexplained(attributes, ["Laden"]) == ["Laden"]


def test_options_may_be_numbers() -> None:
    """What a sensor lists as numbers it says as words: the user is asked for these."""
    attributes = {"options": [0, 1, 2]}
    assert car_status(said("1", **attributes), {}) is None
    assert car_status(said("1", **attributes), explained({CHARGING: ["1"]})) is CHARGING
    assert unexplained(attributes, ["1"]) == ["0", "1", "2"]
