"""A charge point that speaks OCPP 1.6, and the car in front of it.

Messages and statuses: OCPP 1.6, sections 4.9, 5.11 to 5.17 and 7.7.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from ocpp.routing import after, on
from ocpp.v16 import ChargePoint as Messages
from ocpp.v16 import call, call_result
from ocpp.v16.datatypes import MeterValue, SampledValue
from ocpp.v16.enums import (
    Action,
    ChargePointErrorCode,
    ChargePointStatus,
    ChargingProfilePurposeType,
    ChargingProfileStatus,
    Measurand,
    Reason,
    RemoteStartStopStatus,
    TriggerMessageStatus,
    UnitOfMeasure,
)
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from demo.home_assistant import LOOPBACK

from .beside import IsReady, running_beside

OCPP_1_6 = Subprotocol("ocpp1.6")
STEP_S = 0.1
RECONNECT_S = 0.5
MINIMUM_A = 6.0
"""Below it a session is suspended: IEC 61851."""

VOLTAGE_V = 230


class ChargePoint:
    """A charge point of one phase. What it was told stays while nobody is connected to it."""

    def __init__(self, name: str, port: int, *, full_a: float) -> None:
        self.name, self._port = name, port
        self.full_a = full_a
        """What the car takes when it may."""

        self.is_plugged = True
        self.is_online = True
        """Whether its network is there."""

        self.takes_profiles = True
        self.sample_interval_s = 1.0
        self.starts = 0
        """How often it was asked to start a session."""

        self.transaction_id = 0
        self.limits_a: dict[str, float] = {}
        """By the purpose of the profile."""

        self.has_ended_a_session = False
        self._connection: Connection | None = None

    @property
    def limit_a(self) -> float:
        """Return what a session may take."""
        session_a = self.limits_a.get(
            ChargingProfilePurposeType.tx_profile,
            self.limits_a.get(ChargingProfilePurposeType.tx_default_profile, self.full_a),
        )
        station_a = self.limits_a.get(
            ChargingProfilePurposeType.charge_point_max_profile, self.full_a
        )
        return min(session_a, station_a)

    @property
    def drawn_a(self) -> float:
        """Return what the car draws."""
        if self.status is not ChargePointStatus.charging:
            return 0.0
        return min(self.limit_a, self.full_a)

    @property
    def status(self) -> ChargePointStatus:
        """Return how its connector is."""
        if not self.is_plugged:
            return ChargePointStatus.available
        if self.transaction_id == 0:
            if self.has_ended_a_session:
                return ChargePointStatus.finishing
            return ChargePointStatus.preparing
        if self.limit_a < MINIMUM_A:
            return ChargePointStatus.suspended_evse
        return ChargePointStatus.charging

    async def serve(self, is_ready: IsReady) -> None:
        """Connect, and again when the connection ends, until cancelled."""
        is_ready()
        url = f"ws://{LOOPBACK}:{self._port}/{self.name}"
        is_booted = False
        while True:
            if self.is_online:
                with suppress(OSError, InvalidHandshake, ConnectionClosed):
                    async with connect(
                        url, subprotocols=[OCPP_1_6], proxy=None, ping_interval=None
                    ) as websocket:
                        await Connection(self, websocket).run(is_booted=is_booted)
                        is_booted = True
            await asyncio.sleep(RECONNECT_S)


class Connection(Messages):
    """One connection to the central system."""

    def __init__(self, charge_point: ChargePoint, websocket: ClientConnection) -> None:
        super().__init__(charge_point.name, websocket)
        self.charge_point, self._websocket = charge_point, websocket
        self._is_wanted = False
        self._told = charge_point.status

    async def run(self, *, is_booted: bool) -> None:
        """Talk for as long as the network is there; a charger that boots says so."""
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(self._listen())
            if not is_booted:
                await self.call(
                    call.BootNotification(charge_point_model="Model", charge_point_vendor="Vendor")
                )
            await self._live(listening)
            await self._websocket.close()

    async def _listen(self) -> None:
        with suppress(ConnectionClosed):
            await self.start()

    async def _live(self, listening: asyncio.Task[None]) -> None:
        """Say what happens, and what flows, until the connection ends."""
        self._told = self.charge_point.status
        sampled_at = monotonic()
        while self.charge_point.is_online and not listening.done():
            await self._follow_the_session()
            if self._told is not self.charge_point.status:
                await self.tell_status()
            interval_s = self.charge_point.sample_interval_s
            if self.charge_point.transaction_id and monotonic() >= sampled_at + interval_s:
                sampled_at = monotonic()
                await self._tell_what_flows(self.charge_point.drawn_a)
            await asyncio.sleep(STEP_S)

    async def _follow_the_session(self) -> None:
        charge_point = self.charge_point
        if self._is_wanted and charge_point.is_plugged and charge_point.transaction_id == 0:
            self._is_wanted = False
            started = await self.call(
                call.StartTransaction(
                    connector_id=1, id_tag="HomeAssistant", meter_start=0, timestamp=timestamp()
                )
            )
            if started is not None:
                charge_point.transaction_id = started.transaction_id
                await self._tell_what_flows(0.0)  # nothing has flowed when a session begins
        if charge_point.transaction_id and not charge_point.is_plugged:
            await self.end_session(Reason.ev_disconnected)
        if not charge_point.is_plugged:
            charge_point.has_ended_a_session = False
        elif self._told is ChargePointStatus.available:
            self._is_wanted = True  # no card is needed

    async def end_session(self, reason: Reason) -> None:
        """End the session, and say so."""
        number, self.charge_point.transaction_id = self.charge_point.transaction_id, 0
        self.charge_point.limits_a.pop(ChargingProfilePurposeType.tx_profile, None)
        self.charge_point.has_ended_a_session = True
        await self.call(
            call.StopTransaction(
                meter_stop=0, timestamp=timestamp(), transaction_id=number, reason=reason
            )
        )

    async def tell_status(self) -> None:
        """Say how the connector is."""
        self._told = self.charge_point.status
        await self.call(
            call.StatusNotification(
                connector_id=1, error_code=ChargePointErrorCode.no_error, status=self._told
            )
        )

    async def _tell_what_flows(self, drawn_a: float) -> None:
        samples = [
            SampledValue(
                value=f"{drawn_a:.1f}",
                measurand=Measurand.current_import,
                unit=UnitOfMeasure.a,
            ),
            SampledValue(
                value=f"{drawn_a * VOLTAGE_V:.0f}",
                measurand=Measurand.power_active_import,
                unit=UnitOfMeasure.w,
            ),
        ]
        await self.call(
            call.MeterValues(
                connector_id=1,
                transaction_id=self.charge_point.transaction_id,
                meter_value=[MeterValue(timestamp=timestamp(), sampled_value=samples)],
            )
        )

    @on(Action.trigger_message)
    def on_trigger_message(self, **_: Any) -> call_result.TriggerMessage:
        """Agree to say the status."""
        return call_result.TriggerMessage(status=TriggerMessageStatus.accepted)

    @after(Action.trigger_message)
    async def after_trigger_message(self, **_: Any) -> None:
        """Say the status."""
        await self.tell_status()

    @on(Action.remote_start_transaction)
    def on_remote_start(self, **_: Any) -> call_result.RemoteStartTransaction:
        """Agree, also without a car: then the next one is charged."""
        self.charge_point.starts += 1
        if self.charge_point.transaction_id:
            return call_result.RemoteStartTransaction(status=RemoteStartStopStatus.rejected)
        self._is_wanted = True
        return call_result.RemoteStartTransaction(status=RemoteStartStopStatus.accepted)

    @on(Action.remote_stop_transaction)
    def on_remote_stop(self, transaction_id: int) -> call_result.RemoteStopTransaction:
        """Agree if that session runs."""
        is_known = transaction_id == self.charge_point.transaction_id
        status = RemoteStartStopStatus.accepted if is_known else RemoteStartStopStatus.rejected
        return call_result.RemoteStopTransaction(status=status)

    @after(Action.remote_stop_transaction)
    async def after_remote_stop(self, transaction_id: int) -> None:
        """End that session."""
        if transaction_id == self.charge_point.transaction_id:
            await self.end_session(Reason.remote)

    @on(Action.set_charging_profile)
    def on_set_charging_profile(
        self, connector_id: int, cs_charging_profiles: dict[str, Any]
    ) -> call_result.SetChargingProfile:
        """Follow it at once, unless it is for another session or none are taken."""
        purpose = cs_charging_profiles["charging_profile_purpose"]
        number = cs_charging_profiles.get("transaction_id", self.charge_point.transaction_id)
        is_for_nobody = (
            purpose == ChargingProfilePurposeType.tx_profile
            and number != self.charge_point.transaction_id
        )
        if is_for_nobody or not self.charge_point.takes_profiles:
            return call_result.SetChargingProfile(status=ChargingProfileStatus.rejected)
        (period,) = cs_charging_profiles["charging_schedule"]["charging_schedule_period"]
        self.charge_point.limits_a[purpose] = float(period["limit"])  # a Decimal
        return call_result.SetChargingProfile(status=ChargingProfileStatus.accepted)


def timestamp() -> str:
    """Return the time as a message has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def running_charge_point(name: str, port: int, *, full_a: float) -> Iterator[ChargePoint]:
    """Run a charge point beside the test; it connects as soon as somebody listens."""
    charge_point = ChargePoint(name, port, full_a=full_a)
    with running_beside(charge_point.serve):
        yield charge_point
