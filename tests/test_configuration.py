"""The settings in force: what the dialogs say, lowered by the running numbers and switches."""

import pytest
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_lb.balancing.settings import (
    ChargerSettings,
    Settings,
    SiteSettings,
    UnavailableBehavior,
)
from custom_components.ev_lb.configuration import settings_in_force
from custom_components.ev_lb.store import SiteStore

from .conftest import charger_subentry, site_data


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
