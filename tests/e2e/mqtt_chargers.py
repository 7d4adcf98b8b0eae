"""What is at the other end of a broker: a meter and chargers that Home Assistant discovers.

As their firmware does, each retains what it says, follows its topics, and leaves a last will.
Discovery: https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import override

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from demo.home_assistant import LOOPBACK

VOLTAGE_V = 230
RECONNECT_S = 1
CAPPED_S = 2.0
"""Until a firmware that takes less than it was told says so."""

AVAILABILITY = "availability"
SET = "set"
"""The end of a topic that commands."""

type Components = Mapping[str, Mapping[str, object]]
"""What discovery says of the entities of a device."""

HOUSE_METER: Components = {
    "power": {
        "platform": "sensor",
        "name": "Power",
        "unit_of_measurement": "W",
        "device_class": "power",
        "state_class": "measurement",
    }
}
SWITCHED: Components = {
    "current_limit": {
        "platform": "number",
        "name": "Current limit",
        "unit_of_measurement": "A",
        "device_class": "current",
        "min": 6,
        "max": 16,
    },
    "charging": {"platform": "switch", "name": "Charging"},
    "status": {
        "platform": "sensor",
        "name": "Status",
        "device_class": "enum",
        "options": ["available", "preparing", "charging"],
    },
    "current": {
        "platform": "sensor",
        "name": "Current",
        "unit_of_measurement": "A",
        "device_class": "current",
        "state_class": "measurement",
    },
}
PLAIN: Components = {
    "current_limit": {
        "platform": "number",
        "name": "Charging current limit",
        "unit_of_measurement": "A",
        "min": 0,
        "max": 16,
    },
    "status": {"platform": "sensor", "name": "Charger state"},
    "power": {
        "platform": "sensor",
        "name": "Charging power",
        "unit_of_measurement": "W",
        "device_class": "power",
        "state_class": "measurement",
    },
}


class Device:
    """A device: what it says is retained, and said again when it connects."""

    def __init__(self, title: str, components: Components) -> None:
        self.name, self._title = title.lower().replace(" ", "_"), title
        self._components = components
        self._says: dict[str, object] = {}
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=self.name)
        self._client.will_set(f"{self.name}/{AVAILABILITY}", "offline", retain=True)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(RECONNECT_S, RECONNECT_S)

    def start(self, port: int) -> None:
        """Connect to the broker, and whenever the connection was lost."""
        self._client.connect_async(LOOPBACK, port)
        self._client.loop_start()

    def stop(self) -> None:
        """Go without a farewell: the broker publishes the last will."""
        self._client.loop_stop()
        if (socket := self._client.socket()) is not None:
            socket.close()

    def say(self, key: str, value: object) -> None:
        """Say what is new."""
        if self._says.get(key) != value:
            self._says[key] = value
            self._publish(key, value)

    def follow(self, key: str, value: str) -> None:
        """Do what was asked."""

    def _publish(self, key: str, value: object) -> None:
        if self._client.is_connected():
            self._client.publish(f"{self.name}/{key}", str(value), retain=True)

    def _on_connect(
        self,
        client: Client,
        _: object,
        flags: ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        discovery = {
            "device": {"identifiers": self.name, "name": self._title},
            "origin": {"name": "firmware"},
            "availability_topic": f"{self.name}/{AVAILABILITY}",
            "components": {key: self._discovered(key) for key in self._components},
        }
        topic = f"homeassistant/device/{self.name}/config"
        client.publish(topic, json.dumps(discovery), retain=True)
        client.subscribe(f"{self.name}/+/{SET}")
        client.publish(f"{self.name}/{AVAILABILITY}", "online", retain=True)
        for key, value in list(self._says.items()):
            self._publish(key, value)

    def _discovered(self, key: str) -> dict[str, object]:
        component = self._components[key]
        is_told = component["platform"] in ("number", "select", "switch")
        topic = f"{self.name}/{key}"
        return {
            "unique_id": f"{self.name}_{key}",
            "state_topic": topic,
            **({"command_topic": f"{topic}/{SET}"} if is_told else {}),
            **component,
        }

    def _on_message(self, client: Client, _: object, message: MQTTMessage) -> None:
        _, key, _ = message.topic.split("/")
        self.follow(key, message.payload.decode())


class Meter(Device):
    """Tells the power of the house, as often as it is asked to."""

    def __init__(self) -> None:
        super().__init__("House meter", HOUSE_METER)
        self.is_silent = False
        """Whether it hangs: connected, and without a word."""

        self._is_odd = False

    def tell(self, current_a: float) -> None:
        """Tell what flows. A watt more or less is always new, as of a real meter."""
        if self.is_silent:
            return
        self._is_odd = not self._is_odd
        self.say("power", round(current_a * VOLTAGE_V) + self._is_odd)


class Charger(Device):
    """A charger with a car that takes what it may."""

    def __init__(
        self, title: str, components: Components, *, limit_a: float, full_a: float
    ) -> None:
        super().__init__(title, components)
        self.limit_a, self.full_a = limit_a, full_a
        self.most_a = full_a
        """What its firmware takes: it says at once what it was told, and then what it does."""

        self._told_at = 0.0
        self.told_a: list[float] = []
        """Every current that it was sent."""

        self.is_allowed = False

    @property
    def drawn_a(self) -> float:
        """Return what the car draws."""
        is_charging = self.is_allowed and self.limit_a >= 6
        return min(self.limit_a, self.full_a) if is_charging else 0.0

    @override
    def follow(self, key: str, value: str) -> None:
        """Take the current."""
        if key == "current_limit":
            self.told_a.append(float(value))
            self.limit_a, self._told_at = float(value), monotonic()
        self.report()

    def report(self) -> None:
        """Say how it is."""
        if monotonic() >= self._told_at + CAPPED_S:
            self.limit_a = min(self.limit_a, self.most_a)
        self.say("current_limit", f"{self.limit_a:.0f}")


class SwitchedCharger(Charger):
    """Its number begins at 6 A, and a switch pauses it."""

    def __init__(self, title: str, *, full_a: float) -> None:
        super().__init__(title, SWITCHED, limit_a=6, full_a=full_a)

    @override
    def follow(self, key: str, value: str) -> None:
        if key == "charging":
            self.is_allowed = value == "ON"
        super().follow(key, value)

    @override
    def report(self) -> None:
        super().report()
        self.say("charging", "ON" if self.is_allowed else "OFF")
        self.say("status", "charging" if self.drawn_a else "preparing")
        self.say("current", f"{self.drawn_a:.1f}")


class PlainCharger(Charger):
    """0 A pauses it, and it measures its power."""

    def __init__(self, title: str, *, full_a: float) -> None:
        super().__init__(title, PLAIN, limit_a=0, full_a=full_a)
        self.is_allowed = True

    @override
    def report(self) -> None:
        super().report()
        self.say("status", "charging" if self.drawn_a else "connected")
        self.say("power", f"{self.drawn_a * VOLTAGE_V:.0f}")


@contextmanager
def running(*devices: Device, port: int) -> Iterator[None]:
    """Run devices beside the test."""
    for device in devices:
        device.start(port)
    try:
        yield
    finally:
        for device in devices:
            device.stop()
