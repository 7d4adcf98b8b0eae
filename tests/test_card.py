"""The card comes with the integration: served, and loaded by every page."""

import re
from pathlib import Path

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from .site_snapshots import COMMON

FOLDER = Path(__file__).parents[1] / "custom_components" / "ev_lb" / "frontend"
CODE = "".join(path.read_text("utf-8") for path in sorted(FOLDER.glob("*.js")))
IN_PYTHON = {"card_total"}


async def test_card_is_served_and_loaded_by_itself(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    """Nobody adds a resource by hand, and all that a module imports is beside it."""
    assert await async_setup_component(hass, "frontend", {})
    assert await async_setup_component(hass, "ev_lb", {})
    urls = sorted(hass.data[DATA_EXTRA_MODULE_URL].urls)
    assert [re.sub(r"/[0-9a-f]{8}/", "/VERSION/", url) for url in urls] == [
        "/ev_lb_static/VERSION/ev-lb-card.js",
        "/ev_lb_static/VERSION/ev-lb-dashboard.js",
    ]
    client = await hass_client()
    served = {path.name for path in FOLDER.iterdir()}
    for name in served:
        answer = await client.get(f"{urls[0].rpartition('/')[0]}/{name}")
        assert answer.status == 200
        assert "javascript" in answer.headers["Content-Type"]
        assert "max-age" in answer.headers["Cache-Control"]
        imported = set(re.findall(r'from "\./(.+?)"', await answer.text()))
        assert imported <= served


async def test_integration_needs_no_frontend(hass: HomeAssistant) -> None:
    """Where nobody looks, the chargers are balanced all the same."""
    assert await async_setup_component(hass, "ev_lb", {})
    assert "frontend" not in hass.config.components


def test_card_says_nothing_that_has_no_text() -> None:
    """Every word of it is translated, and none is left over."""
    said = {f"form_{name}" for name in re.findall(r'{ name: "(\w+)", selector', CODE)}
    said |= set(re.findall(r'(?:#text|#say|\btext|\bbutton)\("(\w+)"', CODE))
    said |= set(re.findall(r'code === "(\w+)"', CODE)) | {"not_loaded"}
    keys = {key for key in COMMON if key.startswith(("card_", "dashboard_"))} - IN_PYTHON
    assert {key.partition("_")[2] for key in keys} == said
