"""The central system: what it knows of its charge points, and what it asks of them."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from time import time
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.dispatcher import async_dispatcher_send
from ocpp.routing import after, on
from ocpp.v16 import ChargePoint as Messages
from ocpp.v16 import call, call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import (
    Action,
    AuthorizationStatus,
    ChargePointStatus,
    MessageTrigger,
    RegistrationStatus,
)
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

_LOGGER = logging.getLogger(__name__)

DOMAIN = "ocpp"
PLATFORMS = (Platform.NUMBER, Platform.SENSOR, Platform.SWITCH)
CONF_PORT = "port"
CONF_CHARGE_POINTS = "charge_points"

OCPP_1_6 = Subprotocol("ocpp1.6")
RESPONSE_TIMEOUT_S = 10
SILENT_BOOT_S = 2.0
"""Until a charge point is asked for its status that sends no BootNotification; there: 10 s."""

MAX_CURRENT_A = 32
CHARGING_STATUSES = (
    ChargePointStatus.charging,
    ChargePointStatus.suspended_evse,
    ChargePointStatus.suspended_ev,
)

ACCEPTED = "Accepted"
"""The same word for each request."""

type Request = call.RemoteStartTransaction | call.RemoteStopTransaction | call.SetChargingProfile
type OcppConfigEntry = ConfigEntry[CentralSystem]


class ChargePoint:
    """What is known of a charge point, and what it is asked; it outlives its connections."""

    def __init__(self, hass: HomeAssistant, name: str) -> None:
        self.hass, self.name = hass, name
        self.is_connected = False
        self.status: str | None = None
        self.transaction_id: int | None = None
        """As it is shown. None after a start of Home Assistant: the sensor restores its own."""

        self.active_transaction_id = 0
        """What a stop ends. A start of Home Assistant forgets it until the next MeterValues."""

        self.current_a: float | None = None
        self.power_kw: float | None = None
        self._connection: Connection | None = None

    @property
    def signal(self) -> str:
        """Return the signal to the entities."""
        return f"{DOMAIN}_{self.name}"

    def show(self) -> None:
        """Have the entities written."""
        async_dispatcher_send(self.hass, self.signal)

    async def async_serve(self, websocket: ServerConnection) -> None:
        """Talk until the connection ends. Then nothing is written: all keep their last state."""
        connection = self._connection = Connection(self, websocket)
        self.is_connected = self.status is not None  # yet nothing is written until it speaks
        asking = asyncio.create_task(connection.async_await_boot())
        try:
            await connection.start()
        except ConnectionClosed:
            _LOGGER.debug("%s has gone", self.name)
        finally:
            asking.cancel()
            if self._connection is connection:
                self.is_connected, self._connection = False, None

    @property
    def connection(self) -> Connection:
        """Return where to ask; raises when it is lost."""
        if not self.is_connected or self._connection is None:
            raise HomeAssistantError(f"{self.name} is unavailable")
        return self._connection

    async def async_start_charging(self) -> None:
        """Begin a session. A refusal is only logged."""
        await self.async_is_accepted(
            call.RemoteStartTransaction(connector_id=1, id_tag="HomeAssistant")
        )

    async def async_stop_charging(self) -> None:
        """End the session. One that was forgotten is not ended, without an error."""
        if (number := self.active_transaction_id) != 0:
            await self.async_is_accepted(call.RemoteStopTransaction(transaction_id=number))

    async def async_is_profile_accepted(self, connector_id: int, profile: dict[str, Any]) -> bool:
        """Send a charging profile."""
        return await self.async_is_accepted(
            call.SetChargingProfile(connector_id=connector_id, cs_charging_profiles=profile)
        )

    async def async_is_accepted(self, request: Request) -> bool:
        """Ask for something; raises when the charge point is not connected."""
        answer = await self.connection.call(request, suppress=False)
        if answer is not None and answer.status == ACCEPTED:
            return True
        _LOGGER.warning("%s does not accept %s", self.name, request)
        return False


class Connection(Messages):
    """One connection of a charge point, and what it says there."""

    def __init__(self, charge_point: ChargePoint, websocket: ServerConnection) -> None:
        super().__init__(charge_point.name, websocket, RESPONSE_TIMEOUT_S, _LOGGER)
        self.charge_point = charge_point
        self._is_asked = False

    async def async_await_boot(self) -> None:
        """Ask for the status of a charge point that sends no BootNotification, after a while."""
        await asyncio.sleep(SILENT_BOOT_S)
        if not self._is_asked:
            await self.async_ask_for_status()

    async def async_ask_for_status(self) -> None:
        """Ask once; until then a new charge point is unavailable."""
        self._is_asked = self.charge_point.is_connected = True
        await self.call(call.TriggerMessage(requested_message=MessageTrigger.status_notification))

    @on(Action.boot_notification)
    def on_boot_notification(self, **_: Any) -> call_result.BootNotification:
        """Welcome it."""
        return call_result.BootNotification(
            current_time=datetime.now(UTC).isoformat(),
            interval=3600,
            status=RegistrationStatus.accepted,
        )

    @after(Action.boot_notification)
    async def after_boot_notification(self, **_: Any) -> None:
        """Ask for the status."""
        await self.async_ask_for_status()

    @on(Action.status_notification)
    def on_status_notification(self, status: str, **_: Any) -> call_result.StatusNotification:
        """Show it; in a suspended session nothing flows."""
        self.charge_point.status = status
        if status in (ChargePointStatus.suspended_ev, ChargePointStatus.suspended_evse):
            self._no_draw()
        self.charge_point.show()
        return call_result.StatusNotification()

    @on(Action.start_transaction)
    def on_start_transaction(self, **_: Any) -> call_result.StartTransaction:
        """Number the session."""
        number = int(time())
        self.charge_point.active_transaction_id = self.charge_point.transaction_id = number
        self.charge_point.show()
        return call_result.StartTransaction(
            transaction_id=number, id_tag_info=IdTagInfo(status=AuthorizationStatus.accepted)
        )

    @on(Action.stop_transaction)
    def on_stop_transaction(self, **_: Any) -> call_result.StopTransaction:
        """Forget the session."""
        self.charge_point.active_transaction_id = self.charge_point.transaction_id = 0
        self._no_draw()
        self.charge_point.show()
        return call_result.StopTransaction()

    @on(Action.meter_values)
    def on_meter_values(
        self, meter_value: list[dict[str, Any]], transaction_id: int = 0, **_: Any
    ) -> call_result.MeterValues:
        """Show what flows, and remember a session that was forgotten."""
        if self.charge_point.active_transaction_id == 0:
            self.charge_point.active_transaction_id = transaction_id
            self.charge_point.transaction_id = transaction_id
        values = {
            sample["measurand"]: float(sample["value"])
            for sample in meter_value[0]["sampled_value"]
        }
        self.charge_point.current_a = values["Current.Import"]
        self.charge_point.power_kw = values["Power.Active.Import"] / 1000
        self.charge_point.show()
        return call_result.MeterValues()

    def _no_draw(self) -> None:
        self.charge_point.current_a = self.charge_point.power_kw = 0.0


class CentralSystem:
    """Listens for the charge points on loopback."""

    def __init__(self, hass: HomeAssistant, data: Mapping[str, Any]) -> None:
        self._port: int = data[CONF_PORT]
        self.charge_points = {name: ChargePoint(hass, name) for name in data[CONF_CHARGE_POINTS]}
        self._server: Server | None = None

    async def async_start(self) -> None:
        """Listen."""
        self._server = await serve(
            self._async_serve,
            "127.0.0.1",
            self._port,
            subprotocols=[OCPP_1_6],
            ping_interval=None,
        )

    async def async_stop(self) -> None:
        """End all connections."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _async_serve(self, websocket: ServerConnection) -> None:
        if websocket.request is not None:
            name = websocket.request.path.rpartition("/")[2]
            await self.charge_points[name].async_serve(websocket)

    async def async_set_charge_rate(self, action: ServiceCall) -> None:
        """Send a profile. A refusal is only logged; one without a connection raises.

        An unknown `devid` commands the first charge point.
        """
        names = list(self.charge_points)
        name = action.data.get("devid")
        charge_point = self.charge_points[name if name in names else names[0]]
        await charge_point.async_is_profile_accepted(
            action.data["conn_id"], action.data["custom_profile"]
        )
