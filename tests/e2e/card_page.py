"""A page with the card alone, fed with what the integration would tell it: no Home Assistant runs.

The module is the one that is shipped, the texts are the integration's, and so are the icons the
frontend's own. The page's clock stands still until a test moves it.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import hass_frontend
from playwright.sync_api import Locator, Page, Route

from custom_components.ev_lb.card_data import site_data
from custom_components.ev_lb.snapshot import Snapshot

from ..site_snapshots import ENGLISH
from .browser import opened_page

PACKAGE = Path(__file__).parents[2] / "custom_components" / "ev_lb"
MDI = hass_frontend.where() / "static" / "mdi"
ADDRESS = "http://card.test/"
NOW = datetime(2026, 11, 28, 18, 42, 30, tzinfo=UTC)

LIGHT = {
    "primary-text-color": "#141414",
    "secondary-text-color": "#5e5e5e",
    "card-background-color": "#ffffff",
    "page": "#fafafa",
    "divider-color": "rgba(0, 0, 0, 0.12)",
    "disabled-color": "#bdbdbd",
}
DARK = {
    "primary-text-color": "#e1e1e1",
    "secondary-text-color": "#9b9b9b",
    "card-background-color": "#1c1c1c",
    "page": "#111111",
    "divider-color": "rgba(225, 225, 225, 0.12)",
    "disabled-color": "#6f6f6f",
}
COLORS = {
    "primary-color": "#009ac7",
    "error-color": "#db4437",
    "warning-color": "#ffa600",
    "success-color": "#43a047",
    "blue-color": "#2196f3",
    "teal-color": "#009688",
    "purple-color": "#926bc7",
    "orange-color": "#ff9800",
}
"""The values of Home Assistant's own themes."""

PAGE = """<!doctype html>
<meta charset="utf-8">
<style>
  body { margin: 0; padding: 16px; background: var(--page); font: 15px/1.4 Roboto, sans-serif; }
  ev-lb-card { display: block; }
</style>
<script type="module">
  customElements.define("ha-card", class extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      this.attachShadow({ mode: "open" }).innerHTML = `<style>:host { display: block;
        border: 1px solid var(--divider-color); border-radius: 12px;
        background: var(--card-background-color); }</style><slot></slot>`;
    }
  });
  customElements.define("ha-icon", class extends HTMLElement {
    static observedAttributes = ["icon"];
    attributeChangedCallback(_name, _before, icon) {
      const path = ICONS[icon.slice(4)];
      if (!path) throw new Error(`no icon ${icon}`);
      const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
      root.innerHTML = `<svg viewBox="0 0 24 24" width="24" style="display: block">
        <path fill="currentColor" d="${path}"></path></svg>`;
    }
  });
  const TEXTS = TEXTS_HERE, ICONS = ICONS_HERE;
  const localize = (key, values = {}) => (TEXTS[key] ?? "").replace(
    /{(\\w+)}/g, (_all, name) => values[name]);
  window.calls = [];
  window.opened = [];
  window.addEventListener("hass-more-info", (event) => window.opened.push(event.detail.entityId));
  window.hass = {
    connection: {
      subscribeMessage: async (onMessage, message) => {
        window.subscribed = message;
        window.tell = onMessage;
        if (window.refusal) throw { code: window.refusal };
        return async () => { window.isClosed = true; };
      },
    },
    locale: { language: "en", number_format: "language", time_format: "24", time_zone: "server" },
    config: { time_zone: "UTC" },
    translationMetadata: { translations: { ar: { isRTL: true }, en: {} } },
    entities: {}, devices: {}, states: {}, localize,
    callService: async (...call) => { window.calls.push(call); },
    loadBackendTranslation: async () => localize,
  };
  await import("/frontend/ev-lb-card.js");
  // As Home Assistant does: a registry of its own, which knows nothing of what came before it.
  const browsers = window.customElements, known = new Map();
  Object.defineProperty(window, "customElements", { value: {
    define: (name, element) => { known.set(name, element); browsers.define(name, element); },
    get: (name) => known.get(name),
    whenDefined: (name) => browsers.whenDefined(name),
  } });
  window.customElements.define("home-assistant", class extends HTMLElement {});
  await browsers.whenDefined("ev-lb-card");
  window.isRegistered = known.has("ev-lb-card");
  window.card = document.createElement("ev-lb-card");
  window.start = (config = {}) => {
    window.card.setConfig({ type: "custom:ev-lb-card", ...config });
    window.card.hass = window.hass;
    document.body.append(window.card);
  };
  window.isReady = true;
</script>
"""


@cache
def icons() -> Mapping[str, str]:
    """Return the frontend's icons that the card names: their paths by their names."""
    code = "".join(path.read_text("utf-8") for path in (PACKAGE / "frontend").glob("*.js"))
    paths: dict[str, str] = {}
    for file in MDI.glob("*.json"):
        content = json.loads(file.read_text("utf-8"))
        if isinstance(content, dict):
            paths |= {
                name: path
                for name, path in content.items()
                if f'"{name}"' in code or f'"mdi:{name}"' in code
            }
    return paths


class CardPage:
    """The card in a browser."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def card(self) -> Locator:
        """The card."""
        return self.page.locator("ev-lb-card")

    def locale(self, **values: str) -> None:
        """Let the user have chosen these before the card is shown."""
        self.page.evaluate("values => Object.assign(hass.locale, values)", values)

    def start(self, **config: str) -> None:
        """Put the card on its dashboard."""
        self.page.evaluate("config => start(config)", config)
        self.page.wait_for_function("window.tell !== undefined")

    def tell(self, data: Snapshot, now: float = 100.0, name: str = "Home") -> None:
        """Let the integration tell a snapshot."""
        told = site_data(name, data, ENGLISH, now)
        told["entities"] = {"enabled": "switch.home_enabled"}
        for charger in told["chargers"]:
            slug = charger["name"].lower()
            charger["device_id"] = f"device_{slug}"
            charger["entities"] = {
                "enabled": f"switch.{slug}_enabled",
                "limited_by": f"sensor.{slug}_limited_by",
            }
        self.tell_raw(told)

    def tell_raw(self, told: Mapping[str, Any]) -> None:
        """Let the integration tell this."""
        self.page.evaluate("told => tell(told)", told)

    def show(self, data: Snapshot, now: float = 100.0, name: str = "Home") -> None:
        """Put the card on its dashboard, with a snapshot."""
        self.start()
        self.tell(data, now, name)

    def look(self, *, is_dark: bool = False, width: int = 430) -> None:
        """Choose the theme and the width of the card."""
        values = {**COLORS, **(DARK if is_dark else LIGHT)}
        self.page.evaluate(
            """values => { for (const [name, value] of Object.entries(values))
                document.documentElement.style.setProperty(`--${name}`, value); }""",
            values,
        )
        self.page.set_viewport_size({"width": width + 32, "height": 700})

    def pass_time(self, seconds: float) -> None:
        """Let the page's clock go on."""
        self.page.clock.run_for(int(seconds * 1000))

    def calls(self) -> list[Any]:
        """Return the actions that were called."""
        return self.page.evaluate("calls")

    def picture(self, path: Path) -> None:
        """Take a picture of the card as it is."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path, full_page=True)


def serve(route: Route) -> None:
    """Answer with the page, or with a module of the integration."""
    path = route.request.url.removeprefix(ADDRESS)
    if path.startswith("frontend/"):
        route.fulfill(path=PACKAGE / path, content_type="text/javascript")
        return
    texts = json.dumps(dict(ENGLISH.by_path))
    page = PAGE.replace("TEXTS_HERE", texts).replace("ICONS_HERE", json.dumps(icons()))
    route.fulfill(body=page, content_type="text/html")


@contextmanager
def opened_card() -> Iterator[CardPage]:
    """Open the page, ready for the card to be started."""
    with opened_page("about:blank") as page:
        failures: list[str] = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.route(f"{ADDRESS}**", serve)
        page.clock.install(time=NOW - timedelta(minutes=1))
        page.goto(ADDRESS)
        page.clock.pause_at(NOW)
        page.wait_for_function("window.isReady")
        card = CardPage(page)
        page.emulate_media(reduced_motion="reduce")  # what moves cannot be looked at
        card.look()
        yield card
        assert failures == []
