"""The OCPP example of the action scripts guide, driving a stand-in for lbbrhzn/ocpp."""

from typing import Any, override

import pytest
import voluptuous as vol
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.switch import SwitchEntity
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockEntityPlatform

from tests.guide import examples

from .house import Charger, House

SET_CHARGE_RATE = vol.Schema(
    {
        vol.Optional("devid"): cv.string,
        vol.Optional("limit_amps"): cv.positive_float,
        vol.Optional("limit_watts"): cv.positive_int,
        vol.Optional("conn_id"): cv.positive_int,
        vol.Optional("custom_profile"): vol.Any(cv.string, dict),
    }
)
"""The fields of `ocpp.set_charge_rate` in lbbrhzn/ocpp."""

TRANSACTION = "sensor.charger_transaction_id"
STATUS = "sensor.charger_status_connector"
UNLIMITED_A = 32.0


class ChargeControl(SwitchEntity):
    """The switch that starts and ends a session."""

    _attr_name = "Charger charge control"
    _attr_is_on = False

    def __init__(self, charge_point: ChargePoint) -> None:
        """Belong to a charge point."""
        self.charge_point = charge_point

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Start a session."""
        self.charge_point.start()
        self.write(is_on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """End the session."""
        self.charge_point.stop()
        self.write(is_on=False)

    def write(self, *, is_on: bool) -> None:
        """Write whether a session runs."""
        self._attr_is_on, self._attr_available = is_on, True
        self.async_write_ha_state()

    def lose(self) -> None:
        """Write that the charger is out of reach."""
        self._attr_available = False
        self.async_write_ha_state()


class ChargePoint:
    """An OCPP 1.6 charger: one profile for the session that runs, one for later sessions."""

    def __init__(self, house: House) -> None:
        """Stand in for the charger of a house."""
        self.house = house
        self.switch = ChargeControl(self)
        self.profiles: list[dict[str, Any]] = []
        self.default_a = UNLIMITED_A
        self.transaction = 0

    async def async_connect(self) -> None:
        """Appear in Home Assistant, with a car that waits, without a session."""
        hass = self.house.hass
        assert await async_setup_component(hass, "homeassistant", {})
        hass.states.async_set(TRANSACTION, "0")
        hass.states.async_set(STATUS, "Preparing")
        platform = MockEntityPlatform(hass, domain="switch", platform_name="ocpp")
        await platform.async_add_entities([self.switch])
        assert self.switch.entity_id == "switch.charger_charge_control"
        hass.services.async_register(
            "ocpp", "set_charge_rate", self.set_charge_rate, SET_CHARGE_RATE
        )

    def disconnect(self) -> None:
        """Go out of reach."""
        self.switch.lose()

    def start(self) -> None:
        """Begin a session with the profile for later ones."""
        assert self.house.hass.states.is_state(TRANSACTION, "0"), "a second start is refused"
        self.transaction += 1
        self.house.hass.states.async_set(TRANSACTION, str(self.transaction))
        self.house.hass.states.async_set(STATUS, "Charging")
        self.house.charger.take(self.house.second, "start_charging", 0)
        self.house.charger.take(self.house.second, "set_current", self.default_a)

    def stop(self) -> None:
        """End the session, and its profile with it."""
        self.house.hass.states.async_set(TRANSACTION, "0")
        self.house.hass.states.async_set(STATUS, "Finishing")
        self.house.charger.take(self.house.second, "stop_charging", 0)

    @callback
    def set_charge_rate(self, call: ServiceCall) -> None:
        """Take a profile."""
        assert (call.data["devid"], call.data["conn_id"]) == ("charger", 1)
        profile = call.data["custom_profile"]
        self.profiles.append(profile)
        assert profile["chargingProfileKind"] == "Relative"
        schedule = profile["chargingSchedule"]
        assert schedule["chargingRateUnit"] == "A"
        (period,) = schedule["chargingSchedulePeriod"]
        assert isinstance(period["limit"], float)
        if profile["chargingProfilePurpose"] == "TxDefaultProfile":
            assert "transactionId" not in profile
            self.default_a = period["limit"]
        else:
            assert profile["chargingProfilePurpose"] == "TxProfile"
            assert profile["transactionId"] == self.transaction
            self.house.charger.take(self.house.second, "set_current", period["limit"])


class OcppHouse(House):
    """A house whose charger is driven by the scripts of the guide."""

    @override
    async def async_add_scripts(self, mode: str = "restart") -> None:
        """Paste the example."""
        (example,) = examples("action-scripts-guide.md", "OCPP")
        assert await async_setup_component(self.hass, "script", example)


@pytest.fixture
async def house(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> House:
    """Return a house with an OCPP charger."""
    return OcppHouse(hass, freezer, Charger("garage"))


@pytest.fixture
async def charge_point(house: House) -> ChargePoint:
    """Return the charger, connected."""
    charge_point = ChargePoint(house)
    await charge_point.async_connect()
    return charge_point


async def test_the_ocpp_example_follows_the_house(house: House, charge_point: ChargePoint) -> None:
    """The scripts of the guide start a session, cut it, stop it and start the next one."""
    await house.async_set_up(2)
    await house.async_run(15)
    assert (house.charger.drawn_a, charge_point.transaction) == (30, 1)

    await house.async_run(20, 12)
    assert house.charger.drawn_a == 20
    assert house.over_s() == house.charger.delay_s

    await house.async_run(20, 30)
    assert (house.charger.is_on, charge_point.switch.is_on) == (False, False)

    await house.async_run(50, 10)
    assert (house.charger.drawn_a, charge_point.transaction) == (22, 2)
    assert "action_failed" not in house.event_types()
    assert house.total_a[-1] == 32


async def test_the_ocpp_example_keeps_to_its_own_profiles(
    house: House, charge_point: ChargePoint
) -> None:
    """The scripts write no profile of the whole station, which wears out flash memory."""
    await house.async_set_up(2)
    await house.async_run(40, 12)

    ids = {
        (profile["chargingProfileId"], profile["chargingProfilePurpose"])
        for profile in charge_point.profiles
    }
    assert ids == {(91, "TxProfile"), (92, "TxDefaultProfile")}


async def test_the_ocpp_example_fails_while_the_charger_is_out_of_reach(
    house: House, charge_point: ChargePoint
) -> None:
    """A charger that is not connected is a failed command, and gets the next try."""
    await house.async_set_up(2)
    await house.async_run(20)
    charge_point.disconnect()
    await house.async_run(5, 12)

    assert house.event_types() == ["action_failed"]
    assert house.state("sensor.garage_last_command") == "rejected"

    charge_point.switch.write(is_on=True)
    await house.async_run(20)
    assert house.charger.drawn_a == 20
    assert house.state("sensor.garage_last_command") == "delivered"
