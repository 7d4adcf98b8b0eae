"""The meter: what it said becomes one reading, or says why it is none."""

import pytest
from homeassistant.core import HomeAssistant

from custom_components.ev_lb.balancing.model import BalancerEvent, EventType, MeterFault
from custom_components.ev_lb.inputs.meter import Meter, Unusable

from ..conftest import METER, set_meter


@pytest.fixture
def meter(hass: HomeAssistant) -> Meter:
    """Return the meter of a running site that has said nothing yet."""
    meter = Meter(hass, entity_id=METER, service_voltage_v=230)
    meter.listen(lambda: None)
    return meter


@pytest.mark.parametrize(
    ("state", "unit"),
    [
        pytest.param("2300", "W", id="power"),
        pytest.param("2.3", "kVA", id="apparent power"),
        pytest.param("10", "A", id="current"),
    ],
)
async def test_what_was_said_is_read_once(
    hass: HomeAssistant, meter: Meter, state: str, unit: str
) -> None:
    """A reading decides once: the same one must not be taken for a second."""
    assert meter.take_reading() is None
    set_meter(hass, state, unit)
    await hass.async_block_till_done()

    reading = meter.take_reading()
    assert reading is not None
    assert reading.current_a == pytest.approx((10,))
    assert meter.take_reading() is None
    assert meter.is_available


@pytest.mark.parametrize(
    ("state", "unit", "unusable"),
    [
        pytest.param("unavailable", "W", Unusable.UNAVAILABLE, id="unavailable"),
        pytest.param("unknown", "W", Unusable.UNKNOWN, id="unknown"),
        pytest.param("high", "W", Unusable.NOT_A_NUMBER, id="word"),
        pytest.param("12", "kWh", Unusable.UNIT, id="energy"),
        pytest.param("12", None, Unusable.UNIT, id="no unit"),
        pytest.param(None, None, Unusable.REMOVED, id="removed"),
    ],
)
async def test_what_is_no_reading_is_named_in_the_event(
    hass: HomeAssistant, meter: Meter, state: str | None, unit: str | None, unusable: Unusable
) -> None:
    """Who is told that the meter is missing is told what is wrong with it."""
    set_meter(hass)
    if state is None:
        hass.states.async_remove(METER)
    else:
        set_meter(hass, state, unit)
    await hass.async_block_till_done()

    assert meter.take_reading() is None
    assert (meter.is_available, meter.unusable) == (False, unusable)
    lost = BalancerEvent(type=EventType.METER_UNAVAILABLE, data={"reason": MeterFault.MISSING})
    told = {"reason": "missing", "entity_id": METER, "state": unusable}
    assert meter.named_in(lost).data == told


@pytest.mark.parametrize(
    "fault", [fault for fault in MeterFault if fault is not MeterFault.MISSING]
)
async def test_other_faults_have_no_state(
    hass: HomeAssistant, meter: Meter, fault: MeterFault
) -> None:
    """A value that stands, and is not believed, says nothing by itself."""
    set_meter(hass)
    await hass.async_block_till_done()
    meter.take_reading()

    lost = BalancerEvent(type=EventType.METER_UNAVAILABLE, data={"reason": fault})
    assert meter.named_in(lost).data == {"reason": fault, "entity_id": METER}


def test_events_of_a_charger_do_not_name_the_meter(meter: Meter) -> None:
    """What a charger tells has nothing to do with the meter's entity."""
    event = BalancerEvent(type=EventType.CHARGER_UNRESPONSIVE, charger_id="ID_CAR")
    assert meter.named_in(event) is event
