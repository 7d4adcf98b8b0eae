"""The card and the dashboard: served by the integration and loaded with every page.

No resource has to be added by hand. The address changes with the files, so that no browser mixes
old ones with new ones after an update.
"""

from hashlib import sha256
from pathlib import Path

from homeassistant.components.frontend import DOMAIN as FRONTEND_DOMAIN
from homeassistant.components.frontend import add_extra_js_url
from homeassistant.components.http.server import StaticPathConfig
from homeassistant.core import HomeAssistant

from .const import DOMAIN

FOLDER = Path(__file__).parent / "frontend"
MODULES = ("ev-lb-card.js", "ev-lb-dashboard.js")
"""What is loaded; the others are imported by these."""

VERSION_DIGITS = 8


async def async_serve_card(hass: HomeAssistant) -> None:
    """Serve the card where there is a frontend to show it."""
    if FRONTEND_DOMAIN not in hass.config.components:
        return
    url = f"/{DOMAIN}_static/{await hass.async_add_executor_job(version)}"
    path = StaticPathConfig(url, str(FOLDER), cache_headers=True)
    await hass.http.async_register_static_paths([path])
    for name in MODULES:
        add_extra_js_url(hass, f"{url}/{name}")


def version() -> str:
    """Return what tells these files from those of any other version."""
    digest = sha256()
    for path in sorted(FOLDER.glob("*.js")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:VERSION_DIGITS]
