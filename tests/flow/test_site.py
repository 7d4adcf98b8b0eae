"""The site: its name and its breaker."""

import pytest
from homeassistant.core import HomeAssistant

from ..conftest import set_meter
from .dialogs import SITE_INPUT, assert_refused, async_open_meter, async_send, async_site


@pytest.mark.parametrize(
    ("name", "error"),
    [
        pytest.param("", "name_blank", id="empty"),
        pytest.param("  ", "name_blank", id="spaces"),
        pytest.param(" hOME ", "name_taken", id="another site's"),
    ],
)
async def test_site_name_is_refused(hass: HomeAssistant, name: str, error: str) -> None:
    """Every site has a name of its own, whatever its capitals."""
    set_meter(hass)
    await async_site(hass)
    result = await async_open_meter(hass, name=name)
    assert_refused(result, "user", {"name": error}, service_current_a=25)

    result = await async_send(hass, result, SITE_INPUT | {"name": "Cabin"})
    assert result.get("step_id") == "meter_device"
