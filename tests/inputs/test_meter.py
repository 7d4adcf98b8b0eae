"""The meter: what it said becomes one reading, or says why it is none."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_lb.balancing.model import BalancerEvent, EventType, MeterFault
from custom_components.ev_lb.inputs.meter import Meter, MeterSources
from custom_components.ev_lb.inputs.phase_sensors import PhaseSensors, Unusable

from ..conftest import METER, set_meter


def is_urgent(_place: int, current_a: float) -> bool:
    """Return whether a value is over a breaker of 25 A."""
    return current_a > 25


@pytest.fixture
def meter(hass: HomeAssistant) -> Meter:
    """Return the meter of a running site that has said nothing yet."""
    sources = MeterSources(phases=(PhaseSensors(power=METER, phase=0),), service_voltage_v=230)
    meter = Meter(hass, sources, is_urgent)
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


# Several sensors

L1, L2, L3 = "sensor.power_l1", "sensor.power_l2", "sensor.power_l3"
VOLTS, UPTIME = "sensor.volts_l1", "sensor.uptime"


class Meters:
    """A meter with three phases in a running Home Assistant."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory, **sources: Any) -> None:
        """Listen to its sensors; nothing was said yet."""
        self.hass, self._freezer = hass, freezer
        phases = tuple(
            PhaseSensors(power=power, voltage=VOLTS if power == L1 else None, phase=phase)
            for phase, power in enumerate((L1, L2, L3))
        )
        all_of_it = MeterSources(**{"phases": phases, "service_voltage_v": 230} | sources)
        self.meter = Meter(hass, all_of_it, is_urgent)
        self.times = 0
        self.stop = self.meter.listen(self._on_report)

    def _on_report(self) -> None:
        self.times += 1

    async def async_say(self, **amperes: float | str | None) -> None:
        """Let sensors report, by the ends of their ids."""
        for name, text in amperes.items():
            unit = "V" if name == "volts_l1" else "A"
            prefix = "" if name in ("volts_l1", "uptime") else "power_"
            self.hass.states.async_set(
                f"sensor.{prefix}{name}", str(text), {"unit_of_measurement": unit}
            )
        await self.hass.async_block_till_done()

    async def async_wait(self, seconds: float) -> None:
        """Let time pass."""
        self._freezer.tick(seconds)  # not `async_fire_time_changed`: that is half a second early
        for _ in range(3):
            await asyncio.sleep(0)

    def read(self) -> tuple[tuple[float, ...], list[float]] | None:
        """Return what is read, and how old each of it is."""
        reading = self.meter.take_reading()
        if reading is None:
            return None
        now = self.hass.loop.time()
        assert reading.at == max(reading.said_at, default=reading.at)
        return reading.current_a, [round(now - said_at, 1) for said_at in reading.said_at]

    def lived(self) -> list[float]:
        """Return how long ago each value of a reading was known to live."""
        now = self.hass.loop.time()
        return [round(now - lived_at, 1) for lived_at in self.meter.lived_at]


@pytest.fixture
def meters(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Iterator[Meters]:
    """Return a meter with three phases."""
    meters = Meters(hass, freezer)
    yield meters
    meters.stop()


@pytest.fixture
def one_device(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> str:
    """Let all sensors of the meter be of one device; return its id."""
    entry = MockConfigEntry(domain="p1")
    entry.add_to_hass(hass)
    device = device_registry.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("p1", "1")}
    )
    for entity_id in (L1, L2, L3, VOLTS):
        name = entity_id.partition(".")[2]
        entity_registry.async_get_or_create(
            "sensor",
            "p1",
            name,
            suggested_object_id=name,
            config_entry=entry,
            device_id=device.id,
        )
    return device.id


async def test_phases_of_one_telegram_are_one_reading(meters: Meters) -> None:
    """Three sensors that report in one turn, or one after another, decide once."""
    await meters.async_say(l1=1, l2=2, l3=3)
    assert (meters.read(), meters.times) == (((1, 2, 3), [0, 0, 0]), 1)

    await meters.async_say(l1=4)
    await meters.async_wait(0.1)
    await meters.async_say(l2=5)
    assert meters.read() is None
    await meters.async_say(l3=6)
    assert (meters.read(), meters.times) == (((4, 5, 6), [0.1, 0, 0]), 2)


async def test_reading_needs_every_phase_once(meters: Meters) -> None:
    """Nothing is decided on two phases of three; afterwards each one counts when it comes."""
    await meters.async_say(l1=1, l2=2)
    await meters.async_wait(1)
    assert meters.read() is None
    assert meters.meter.is_available

    await meters.async_say(l3=3)
    await meters.async_wait(1)
    assert meters.read() == ((1, 2, 3), [2, 2, 1])


async def test_phase_that_is_not_new_keeps_its_own_time(meters: Meters) -> None:
    """Phases that report when they like are each as old as what they said."""
    await meters.async_say(l1=1, l2=2, l3=3)
    meters.read()
    await meters.async_wait(10)
    await meters.async_say(l2=8)
    await meters.async_wait(0.3)
    assert meters.read() == ((1, 8, 3), [10.3, 0.3, 10.3])


async def test_overload_does_not_wait_for_the_other_phases(meters: Meters) -> None:
    """What is over its limit is read in the turn that it is said in."""
    await meters.async_say(l1=1, l2=2, l3=3)
    meters.read()
    await meters.async_wait(1)
    times = meters.times
    await meters.async_say(l2=26)
    assert meters.read() == ((1, 26, 3), [1, 0, 1])
    await meters.async_wait(1)
    assert (meters.read(), meters.times) == (None, times + 1)


@pytest.mark.parametrize("lost", ["unavailable", "unknown", "high"])
async def test_one_lost_phase_is_a_lost_meter(meters: Meters, lost: str) -> None:
    """The loss is seen at once, and the event names the sensor and what is wrong with it."""
    await meters.async_say(l1=1, l2=2, l3=3)
    meters.read()
    await meters.async_say(l3=lost)
    assert meters.read() is None
    assert not meters.meter.is_available
    event = BalancerEvent(type=EventType.METER_UNAVAILABLE, data={"reason": MeterFault.MISSING})
    told = meters.meter.named_in(event).data
    state = lost if lost != "high" else "not_a_number"
    assert told == {"reason": "missing", "entity_id": L3, "state": state}

    await meters.async_say(l3=3)
    await meters.async_wait(1)
    assert meters.read() is not None
    assert meters.meter.is_available


async def test_phase_that_never_came_is_named(meters: Meters) -> None:
    """Who is told that nothing has come since the start is told of what."""
    await meters.async_say(l1=1, l2=2)
    event = BalancerEvent(type=EventType.METER_UNAVAILABLE, data={"reason": MeterFault.NEVER_CAME})
    assert meters.meter.named_in(event).data["entity_id"] == L3


async def test_fault_of_the_whole_meter_names_all_sensors(meters: Meters) -> None:
    """A meter that is silent is named by its sensors."""
    await meters.async_say(l1=1, l2=2, l3=3)
    meters.read()
    event = BalancerEvent(type=EventType.METER_UNAVAILABLE, data={"reason": MeterFault.SILENT})
    assert meters.meter.named_in(event).data["entity_id"] == f"{L1}, {L2}, {L3}"


async def test_silent_phase_is_named_alone(meters: Meters) -> None:
    """The core knows which of the values it is lost by; the others are not to blame."""
    await meters.async_say(l1=1, l2=2, l3=3)
    meters.read()
    event = BalancerEvent(type=EventType.METER_UNAVAILABLE, data={"reason": MeterFault.SILENT})
    assert meters.meter.named_in(event, (1,)).data["entity_id"] == L2
    assert meters.meter.sensors_lost_by(MeterFault.FROZEN, (0, 2)) == (L1, L3)


async def test_circuits_come_after_the_phases(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A reading has the site's phases, then those of each circuit, by their places."""
    meters = Meters(
        hass,
        freezer,
        phases=(PhaseSensors(power=L1, phase=None),),
        circuits=(PhaseSensors(power=L3, phase=2), PhaseSensors(power=L2, phase=1)),
    )
    await meters.async_say(l1=30, l2=2, l3=3)
    reading = meters.read()
    assert reading is not None
    assert reading[0] == (30, 3, 2)
    meters.stop()


# Signs of life


async def test_volts_of_the_device_are_a_sign_of_life(
    one_device: str, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A power that stands still while its device's volts flicker lives; it says nothing again."""
    meters = Meters(hass, freezer)
    await meters.async_say(l1=1, l2=2, l3=3, volts_l1=230)
    await meters.async_wait(1)
    meters.read()
    times = meters.times
    await meters.async_wait(10)
    await meters.async_say(volts_l1=231)
    assert meters.times == times + 1
    await meters.async_wait(0.3)
    assert (meters.read(), meters.lived()) == (None, [0.3, 0.3, 0.3])
    meters.stop()


async def test_phases_of_one_device_keep_each_other_alive(
    one_device: str, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A phase on which nothing changes lives with the one beside it, and is as old as it is."""
    meters = Meters(hass, freezer)
    await meters.async_say(l1=1, l2=2, l3=0)
    meters.read()
    await meters.async_wait(10)
    await meters.async_say(l1=1.5)
    await meters.async_wait(0.3)
    assert meters.read() == ((1.5, 2, 0), [0.3, 10.3, 10.3])
    assert meters.lived() == [0.3, 0.3, 0.3]
    meters.stop()


async def test_sensors_of_no_device_say_nothing_of_each_other(meters: Meters) -> None:
    """Sensors that nothing connects may be of different meters: each is as old as it is."""
    await meters.async_say(l1=1, l2=2, l3=3, volts_l1=230)
    meters.read()
    await meters.async_wait(10)
    await meters.async_say(l1=1.5, volts_l1=231)
    await meters.async_wait(0.3)
    assert meters.read() == ((1.5, 2, 3), [0.3, 10.3, 10.3])
    assert meters.lived() == [0.3, 10.3, 10.3]


async def test_nothing_lives_before_all_have_begun(meters: Meters) -> None:
    """What has not come yet is waited for, not judged by its silence."""
    await meters.async_say(l1=1, l2=2)
    assert meters.lived() == []
    await meters.async_say(l3=3)
    assert meters.lived() == [0, 0, 0]


async def test_sensor_that_repeats_itself_lives_by_its_own_report_alone(
    one_device: str, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Who used to report again what had not changed is dead when silent, whatever else is heard."""
    meters = Meters(hass, freezer)
    for _ in range(4):
        await meters.async_say(l1=1, l2=2, l3=3)
        await meters.async_say(l1=1.1, l2=2.1)
        await meters.async_wait(1)
    await meters.async_wait(9)
    meters.read()
    await meters.async_say(l1=1.5)
    await meters.async_wait(0.3)
    assert meters.read() == ((1.5, 2.1, 3), [0.3, 10.3, 10.3])
    assert meters.lived() == [0.3, 0.3, 10.3]
    meters.stop()


async def test_one_report_that_is_repeated_is_no_rhythm(
    one_device: str, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A message that is replayed, after an outage or in between, does not make a sensor regular."""
    meters = Meters(hass, freezer)
    for repeat in range(4):
        await meters.async_say(l1=1 + repeat, l2=2, l3="unavailable")
        await meters.async_say(l3=3)
        await meters.async_wait(400)
        await meters.async_say(l3=3)
    await meters.async_wait(10)
    meters.read()
    await meters.async_say(l1=1.5)
    await meters.async_wait(0.3)
    assert meters.read() == ((1.5, 2, 3), [0.3, 410.3, 10.3])
    assert meters.lived() == [0.3, 0.3, 0.3]
    meters.stop()


async def test_heartbeat_is_a_sign_of_life(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The entity that was picked for it keeps alive a meter of no device, and makes no reading."""
    meters = Meters(hass, freezer, heartbeat=UPTIME)
    await meters.async_say(l1=1, l2=2, l3=3)
    meters.read()
    await meters.async_wait(10)
    await meters.async_say(uptime=7)
    await meters.async_wait(0.3)
    assert (meters.read(), meters.lived()) == (None, [0.3, 0.3, 0.3])

    await meters.async_say(l2=2.5)
    await meters.async_wait(0.3)
    assert meters.read() == ((1, 2.5, 3), [10.6, 0.3, 10.6])

    await meters.async_wait(10)
    await meters.async_say(uptime="unavailable")
    await meters.async_wait(0.3)
    assert (meters.read(), meters.lived()) == (None, [10.9, 10.6, 10.9])
    meters.stop()


async def test_heartbeat_says_nothing_of_another_devices_meter(
    one_device: str, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The meter of another device may be dead while the heartbeat is heard."""
    meters = Meters(hass, freezer, heartbeat=UPTIME)
    await meters.async_say(l1=1, l2=2, l3=3)
    meters.read()
    times = meters.times
    await meters.async_wait(10)
    await meters.async_say(uptime=7)
    assert (meters.lived(), meters.times) == ([10, 10, 10], times)
    meters.stop()


async def test_heartbeat_of_the_device_is_a_sign_of_life(
    one_device: str,
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entity_registry: er.EntityRegistry,
) -> None:
    """An uptime of the meter's own device keeps it alive."""
    entity_registry.async_get_or_create(
        "sensor", "p1", "uptime", suggested_object_id="uptime", device_id=one_device
    )
    meters = Meters(hass, freezer, heartbeat=UPTIME)
    await meters.async_say(l1=1, l2=2, l3=3)
    await meters.async_wait(10)
    await meters.async_say(uptime=7)
    assert meters.lived() == [0, 0, 0]
    meters.stop()


async def test_heartbeat_says_nothing_of_a_circuits_meter(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """It was picked for the site's meter: a dead one in the garage must not live by it."""
    meters = Meters(
        hass,
        freezer,
        phases=(PhaseSensors(power=L1, phase=0),),
        circuits=(PhaseSensors(power=L3, phase=0),),
        heartbeat=UPTIME,
    )
    await meters.async_say(l1=1, l3=3)
    await meters.async_wait(10)
    await meters.async_say(uptime=7)
    assert meters.lived() == [0, 10]
    meters.stop()


async def test_nothing_brings_back_a_sensor_that_is_unavailable(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A heartbeat says that the meter lives, not what a lost phase draws."""
    meters = Meters(hass, freezer, heartbeat=UPTIME)
    await meters.async_say(l1=1, l2=2, l3="unavailable")
    meters.read()
    for beat in range(3):
        await meters.async_wait(10)
        await meters.async_say(uptime=beat)
        await meters.async_wait(0.3)
        assert meters.read() is None
        assert not meters.meter.is_available
    meters.stop()


async def test_heartbeat_is_no_first_word(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Before the meter has spoken itself, a heartbeat does not make a reading of what stands."""
    hass.set_state(CoreState.starting)
    meters = Meters(hass, freezer, heartbeat=UPTIME)
    await meters.async_say(l1=1, l2=2, l3=3)
    hass.set_state(CoreState.running)
    await meters.async_say(uptime=7)
    await meters.async_wait(2)
    await meters.async_say(uptime=8)
    await meters.async_wait(0.3)
    assert meters.read() is None
    meters.stop()


async def test_one_phase_of_a_device_begins_for_all(
    one_device: str, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """After a start a phase on which nothing changes need not say again what stands."""
    hass.set_state(CoreState.starting)
    meters = Meters(hass, freezer)
    await meters.async_say(l1=1, l2=2, l3=0)
    hass.set_state(CoreState.running)
    await meters.async_wait(5)
    await meters.async_say(l1=1.5)
    await meters.async_wait(0.3)
    assert meters.read() == ((1.5, 2, 0), [0.3, 5.3, 5.3])
    assert meters.lived() == [0.3, 0.3, 0.3]
    meters.stop()


async def test_flickering_volts_make_one_decision_a_second(
    one_device: str, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A sign of life soon after a decision waits for the next one, and none is a reading."""
    meters = Meters(hass, freezer)
    await meters.async_say(l1=1, l2=2, l3=3)
    meters.read()
    before = meters.times
    for tenth in range(30):
        await meters.async_wait(0.1)
        await meters.async_say(volts_l1=230 + tenth / 10)
        assert meters.read() is None
    assert 2 <= meters.times - before <= 3
    meters.stop()


# Pairs


PAIR = PhaseSensors(power=L1, export=L2, phase=0)


@pytest.fixture
def pair(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Iterator[Meters]:
    """Return a meter with import and export of one phase, of no device, and another phase."""
    meters = Meters(hass, freezer, phases=(PAIR, PhaseSensors(power=L3, phase=1)))
    yield meters
    meters.stop()


async def test_export_that_is_heard_is_no_import(pair: Meters) -> None:
    """An import that used to repeat itself is as old as its last report, whatever the export is."""
    for second in range(5):
        await pair.async_say(l1=5, l2=0, l3=second)
        await pair.async_wait(1)
    pair.read()
    await pair.async_say(l2=0.1, l3=9)
    await pair.async_wait(10)
    assert pair.read() == ((4.9, 9), [11, 10])
    assert pair.lived() == [11, 10]


async def test_export_that_repeats_nothing_keeps_no_import_alive(pair: Meters) -> None:
    """An export of 0 each second says nothing of an import that has died, and is no reading."""
    await pair.async_say(l1=5, l2=0, l3=1)
    pair.read()
    times = pair.times
    for _ in range(10):
        await pair.async_wait(1)
        await pair.async_say(l2=0)
    await pair.async_wait(0.3)
    assert (pair.read(), pair.times) == (None, times)
    assert pair.lived() == [10.3, 10.3]


async def test_export_speaks_for_an_import_that_reports_only_changes(pair: Meters) -> None:
    """By day the import stands at 0 for hours, and the export says what flows."""
    await pair.async_say(l1=0, l2=5, l3=1)
    pair.read()
    await pair.async_wait(10)
    await pair.async_say(l2=6)
    await pair.async_wait(0.3)
    assert pair.read() == ((-6, 1), [0.3, 10.3])
    assert pair.lived() == [0.3, 10.3]


async def test_export_that_pays_must_live(pair: Meters) -> None:
    """A repeating export that dies while it pays for the cars is a silent phase, until it does not.

    Else 15 A of sun would stay for the night.
    """
    for second in range(5):
        await pair.async_say(l1=0, l2=15, l3=second)
        await pair.async_wait(1)
    pair.read()
    for second in range(10):
        await pair.async_say(l1=0, l3=second)
        await pair.async_wait(1)
    reading = pair.read()
    assert reading is not None
    assert reading[0] == (-15, 9)
    assert pair.lived() == [11, 1]

    await pair.async_say(l1=4)
    await pair.async_wait(0.3)
    reading = pair.read()
    assert reading is not None
    assert reading[0] == (4, 9)
    assert pair.lived() == [0.3, 1.3]


async def test_export_that_is_lost_is_read(pair: Meters) -> None:
    """An export that became unavailable pays for nothing from then on, until it is back."""
    await pair.async_say(l1=0, l2=5, l3=1)
    pair.read()
    await pair.async_wait(1)
    await pair.async_say(l2="unavailable")
    await pair.async_wait(0.3)
    assert pair.read() == ((0, 1), [1.3, 1.3])
    await pair.async_say(l2=5)
    await pair.async_wait(0.3)
    assert pair.read() == ((-5, 1), [1.6, 1.6])


# A current beside the power


def with_current(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Meters:
    """Return a meter with power and current of one phase."""
    return Meters(hass, freezer, phases=(PhaseSensors(power=L1, current=L2, phase=0),))


@pytest.mark.parametrize(
    ("first", "second"),
    [pytest.param("l1", "l2", id="power first"), pytest.param("l2", "l1", id="current first")],
)
async def test_half_that_is_old_does_not_repeat_an_overload(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, first: str, second: str
) -> None:
    """After a cut the first half of a telegram is not read with the other half of the last one."""
    meters = with_current(hass, freezer)
    await meters.async_say(l1=40, l2=40)
    assert meters.read() == ((40,), [])
    await meters.async_wait(1)
    await meters.async_say(**{first: 20})
    assert meters.read() is None
    await meters.async_say(**{second: 20})
    assert meters.read() == ((20,), [])
    meters.stop()


@pytest.mark.parametrize(
    ("first", "second"),
    [pytest.param("l1", "l2", id="power first"), pytest.param("l2", "l1", id="current first")],
)
async def test_overload_is_read_from_the_half_that_has_come(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, first: str, second: str
) -> None:
    """An overload does not wait for the other half, and is no larger than what has come."""
    meters = with_current(hass, freezer)
    await meters.async_say(l1=40, l2=40)
    meters.read()
    await meters.async_wait(1)
    await meters.async_say(**{first: 30})
    assert meters.read() == ((30,), [])
    await meters.async_say(**{second: 31})
    assert meters.read() == ((31,), [])
    meters.stop()


async def test_half_that_does_not_come_stands(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A current that reports only changes is still felt when the telegram has ended."""
    meters = with_current(hass, freezer)
    await meters.async_say(l1=28, l2=31)
    meters.read()
    await meters.async_wait(1)
    await meters.async_say(l1=27)
    assert meters.read() == ((27,), [])
    await meters.async_wait(0.3)
    assert meters.read() == ((31,), [])
    meters.stop()
