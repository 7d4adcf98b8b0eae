"""The settings in force: what the dialogs say, lowered by the running numbers and switches."""

import pytest
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_lb.balancing.settings import (
    ChargerSettings,
    CircuitSettings,
    Settings,
    SiteSettings,
    UnavailableBehavior,
)
from custom_components.ev_lb.configuration import (
    circuit_sensors,
    has_lost_meter,
    meter_id,
    settings_in_force,
)
from custom_components.ev_lb.store import SiteStore

from .conftest import METER, charger_subentry, circuit_subentry, site_data


@pytest.fixture
def store(hass: HomeAssistant) -> SiteStore:
    """Return the store of a site that was never touched."""
    return SiteStore(hass, "ID_SITE")


def entry(**site: object) -> MockConfigEntry:
    """Return a site with two chargers."""
    return MockConfigEntry(
        domain="ev_lb",
        entry_id="ID_SITE",
        data=site_data(**site),
        subentries_data=[charger_subentry(), charger_subentry("ID_DRIVE", "Drive", priority=80)],
    )


def test_untouched_settings_are_the_dialogs(store: SiteStore) -> None:
    """Each field of the dialogs arrives, and the chargers come in the order they were added."""
    garage = ChargerSettings(
        charger_id="ID_GARAGE",
        rated_current_a=16,
        max_charger_current_a=16,
        min_ev_current_a=6,
        priority=50,
        fallback_current_a=6,
        response_time_s=10,
        command_interval_s=0,
        max_starts_per_hour=4,
    )
    settings = settings_in_force(entry(), store)

    assert settings.site == SiteSettings(
        rated_current_a=25,
        service_current_a=25,
        ramp_up_time_s=30,
        unavailable_behavior=UnavailableBehavior.STOP,
    )
    assert settings.chargers[0] == garage
    assert [charger.charger_id for charger in settings.chargers] == ["ID_GARAGE", "ID_DRIVE"]
    assert settings.chargers[1].priority == 80


@pytest.mark.parametrize("key", ["meter_timeout_s", "meter_delay_s"])
@pytest.mark.parametrize(
    ("site", "expected_s"),
    [({}, None), ({"s": 0}, 0), ({"s": 60}, 60)],
    ids=["empty", "zero", "a minute"],
)
def test_an_empty_time_is_not_zero(
    store: SiteStore, key: str, site: dict[str, int], expected_s: float | None
) -> None:
    """Empty is automatic or learned, zero is zero, and a number is that."""
    data = dict.fromkeys([key], site["s"]) if site else {}
    assert getattr(settings_in_force(entry(**data), store).site, key) == expected_s


def test_numbers_lower_but_never_raise_a_rating(store: SiteStore) -> None:
    """Even a file that says more than the breaker's rating cannot raise it."""

    def in_force() -> tuple[float, int]:
        settings = settings_in_force(entry(), store)
        return settings.site.service_current_a, settings.chargers[0].max_charger_current_a

    store.set_number("ID_SITE", "service_current_a", 20, 25)
    store.set_number("ID_GARAGE", "max_charger_current_a", 10, 16)
    assert in_force() == (20, 10)

    store.set_number("ID_SITE", "service_current_a", 63, 25)
    store.set_number("ID_GARAGE", "max_charger_current_a", 32, 16)
    assert in_force() == (25, 16)


def test_starts_per_hour_are_changed_by_their_number_alone(store: SiteStore) -> None:
    """The dialog has no field for it: the number begins with the default."""
    store.set_number("ID_GARAGE", "max_starts_per_hour", 12, 4)
    chargers = settings_in_force(entry(), store).chargers
    assert [charger.max_starts_per_hour for charger in chargers] == [12, 4]


def test_switches_take_chargers_out(store: SiteStore) -> None:
    """A charger is balanced while its own switch and the site's are on."""

    def balanced() -> list[str]:
        settings: Settings = settings_in_force(entry(), store)
        return [
            charger.charger_id for charger in settings.chargers if settings.is_balanced(charger)
        ]

    assert balanced() == ["ID_GARAGE", "ID_DRIVE"]
    store.set_enabled("ID_GARAGE", is_enabled=False)
    assert balanced() == ["ID_DRIVE"]
    store.set_enabled("ID_SITE", is_enabled=False)
    assert balanced() == []


# Phases and circuits


def three_phases(**site: object) -> dict[str, object]:
    """Return the data of a site with a sensor for each phase."""
    meters = {f"power_meter_l{phase}": f"sensor.power_l{phase}" for phase in (1, 2, 3)}
    data = site_data(phases=3) | meters | site
    del data["power_meter"]
    return data


def site_with(data: dict[str, object], *subentries: ConfigSubentryDataWithId) -> MockConfigEntry:
    """Return a site with these chargers and circuits."""
    return MockConfigEntry(
        domain="ev_lb", entry_id="ID_SITE", data=data, subentries_data=subentries
    )


def test_phases_reach_the_core(store: SiteStore) -> None:
    """How many there are, what each may carry, and what all may carry together."""
    data = three_phases(service_current_l2_a=16, total_current_a=40)
    site = settings_in_force(site_with(data), store).site
    assert (site.phase_count, site.phase_rated_a, site.total_a) == (3, (25, 16, 25), 40)
    assert not site.is_metered_in_total


def test_one_sensor_of_several_phases_is_their_total(store: SiteStore) -> None:
    """Only on several phases: of one phase it is the phase."""
    site = settings_in_force(site_with(site_data(phases=3)), store).site
    assert site.is_metered_in_total
    assert not settings_in_force(site_with(site_data()), store).site.is_metered_in_total


@pytest.mark.parametrize(
    ("wiring", "phase_count", "phases"),
    [
        pytest.param({}, 1, (0,), id="one phase"),
        pytest.param({"wiring": "l1_l2_l3"}, 3, (0, 1, 2), id="in order"),
        pytest.param({"wiring": "l2_l3_l1"}, 3, (1, 2, 0), id="rotated"),
        pytest.param({"wiring": "l3_l2_l1"}, 3, (2, 1, 0), id="reversed"),
        pytest.param({"wiring": "l1_l3"}, 3, (0, 2), id="two of three"),
        pytest.param({"wiring": "l3"}, 3, (2,), id="one of three"),
        pytest.param({}, 3, (0, 1, 2), id="never asked"),
        pytest.param({"wiring": "l2_l3_l1"}, 2, (1, 0), id="of a site that had three"),
        pytest.param({"wiring": "l3"}, 2, (0, 1), id="on a phase that is gone"),
        pytest.param({"wiring": "l3"}, 1, (0,), id="of a site that has one now"),
    ],
)
def test_wiring_is_the_chargers_own_order(
    store: SiteStore, wiring: dict[str, str], phase_count: int, phases: tuple[int, ...]
) -> None:
    """Its L1 first; what is not known, or gone, is on every phase: none is forgotten."""
    data = three_phases() | {"phases": phase_count}
    settings = settings_in_force(site_with(data, charger_subentry(**wiring)), store)
    assert settings.chargers[0].phases == phases


def test_circuits_reach_the_core(store: SiteStore) -> None:
    """Each with its phases and its rating, and whether it has a meter; and who is behind it."""
    settings = settings_in_force(
        site_with(
            three_phases(),
            circuit_subentry(wiring="l2_l3"),
            circuit_subentry("ID_BARN", "Barn", wiring="l1", power_meter_l1="sensor.barn"),
            charger_subentry(circuit="ID_BARN"),
            charger_subentry("ID_DRIVE", "Drive", circuit="ID_GONE"),
        ),
        store,
    )
    assert settings.site.circuits == (
        CircuitSettings(circuit_id="ID_CIRCUIT", rated_current_a=20, phases=(1, 2)),
        CircuitSettings(circuit_id="ID_BARN", rated_current_a=20, phases=(0,), is_metered=True),
    )
    assert [charger.circuit_id for charger in settings.chargers] == ["ID_BARN", None]


PLAIN = {"power_meter": "sensor.one", "export_meter": "sensor.out"}
EACH = {f"power_meter_l{phase}": f"sensor.l{phase}" for phase in (1, 2, 3)}


@pytest.mark.parametrize(
    ("data", "phase_count", "sensors"),
    [
        pytest.param(PLAIN, 1, ["sensor.one"], id="as it was"),
        pytest.param(PLAIN | {"wiring": "l2"}, 3, ["sensor.one"], id="1 to 3, on one phase"),
        pytest.param(PLAIN, 3, None, id="1 to 3, on which"),
        pytest.param(EACH | {"wiring": "l1_l2_l3"}, 1, ["sensor.l1"], id="3 to 1, L1 is kept"),
        pytest.param(
            {"wiring": "l2", "power_meter_l2": "sensor.l2"}, 1, ["sensor.l2"], id="3 to 1, its one"
        ),
        pytest.param(
            {
                "wiring": "l2_l3",
                "power_meter_l2": "sensor.l2",
                "power_meter_l3": "sensor.l3",
            },
            1,
            None,
            id="3 to 1, one of two",
        ),
        pytest.param(
            EACH | {"wiring": "l1_l2_l3"}, 2, ["sensor.l1", "sensor.l2"], id="3 to 2, both kept"
        ),
        pytest.param(
            {"wiring": "l3", "power_meter_l3": "sensor.l3"}, 2, None, id="3 to 2, its phase is gone"
        ),
        pytest.param({}, 3, [], id="no meter"),
    ],
)
def test_circuit_keeps_its_meter_where_there_is_no_doubt(
    store: SiteStore, data: dict[str, str], phase_count: int, sensors: list[str] | None
) -> None:
    """Another number of phases does not unmeter a circuit in silence."""
    found = circuit_sensors(data, phase_count)
    assert [each.power for each in found] == (sensors or [])
    assert has_lost_meter(data, phase_count) is (sensors is None)
    site: dict[str, object] = {**(three_phases() if phase_count > 1 else site_data())}
    settings = settings_in_force(
        site_with(site | {"phases": phase_count}, circuit_subentry(**data)), store
    )
    (circuit,) = settings.site.circuits
    assert circuit.is_metered is bool(sensors)
    if sensors:
        assert [each.phase for each in found] == [*circuit.phases]


def test_meter_is_known_by_its_power_sensors() -> None:
    """What was learned stays when volts are added, and goes with another meter."""
    assert meter_id(site_data()) == METER
    assert meter_id(site_data(voltage_sensor="sensor.volts")) == METER
    assert meter_id(three_phases()) == "sensor.power_l1,sensor.power_l2,sensor.power_l3"
