// The dashboard in one click: the card, the last day, each charger's controls, and what happened.

import { register } from "./register.js";

const TEXTS = "component.ev_lb.common.dashboard_";
const HOURS = 24;

/** @param {EntityEntry[]} entities @param {string[]} keys what is shown of them, in this order */
function pick(entities, ...keys) {
  return keys.flatMap((key) => {
    const found = entities.find((entity) => entity.translation_key === key && !entity.hidden);
    return found ? [found.entity_id] : [];
  });
}

/** @param {HomeAssistant} hass @returns {Map<string, EntityEntry[]>} our entities, by device */
function byDevice(hass) {
  /** @type {Map<string, EntityEntry[]>} */
  const found = new Map();
  for (const entity of Object.values(hass.entities)) {
    if (entity.platform !== "ev_lb" || !entity.device_id) continue;
    found.set(entity.device_id, [...(found.get(entity.device_id) ?? []), entity]);
  }
  return found;
}

/** @param {HomeAssistant} hass @param {string} device */
function nameOf(hass, device) {
  return hass.devices[device]?.name_by_user ?? hass.devices[device]?.name ?? "";
}

/**
 * A charger's name; among several sites with its site's before it.
 * @param {HomeAssistant} hass @param {string} device @param {number} sites
 */
function headingOf(hass, device, sites) {
  const site = hass.devices[device]?.via_device_id;
  return sites > 1 && site ? `${nameOf(hass, site)} · ${nameOf(hass, device)}` : nameOf(hass, device);
}

/** @param {string} heading @param {string} icon @param {object[]} cards */
function section(heading, icon, cards) {
  return { type: "grid", cards: [{ type: "heading", heading, icon }, ...cards] };
}

const FULL = { columns: 12 };

/** @param {string} entity */
function tile(entity) {
  return { type: "tile", entity, name: { type: "entity" } }; // its device is in the heading
}

/** @param {string} entity */
function slider(entity) {
  const features = [{ type: "numeric-input", style: "slider" }];
  return { ...tile(entity), features, features_position: "inline", grid_options: FULL };
}

class EvLbDashboardStrategy extends HTMLElement {
  /** @param {object} _config @param {HomeAssistant} hass */
  static async generate(_config, hass) {
    const localize = await hass.loadBackendTranslation("common", "ev_lb");
    /** @param {string} key */
    const text = (key) => localize(TEXTS + key);
    const devices = byDevice(hass);
    const isSite = /** @param {EntityEntry[]} all */ (all) => pick(all, "available_current").length;
    const sites = [...devices].filter(([, entities]) => isSite(entities));
    const chargers = [...devices].filter(([, entities]) => pick(entities, "limited_by").length);
    const currents = [
      ...sites.flatMap(([, all]) => {
        const phases = [1, 2, 3].map((phase) => `house_current_l${phase}`);
        return pick(all, "house_current", ...phases);
      }),
      ...chargers.flatMap(([, entities]) => pick(entities, "current_set")),
    ];
    const news = [...sites, ...chargers].flatMap(([, entities]) =>
      pick(entities, "site_news", "charger_news"),
    );
    const sections = [
      ...sites.map(([device]) => ({
        type: "grid",
        cards: [{ type: "custom:ev-lb-card", device_id: device, grid_options: FULL }],
      })),
      section(text("history"), "mdi:chart-line", [
        { type: "history-graph", entities: currents, hours_to_show: HOURS, grid_options: FULL },
      ]),
      ...chargers.map(([device, entities]) =>
        section(headingOf(hass, device, sites.length), "mdi:ev-station", [
          ...pick(entities, "enabled", "current_set").map(tile),
          ...pick(entities, "max_charger_current", "min_ev_current", "priority").map(slider),
        ]),
      ),
      ...sites.map(([device, entities]) =>
        section(nameOf(hass, device), "mdi:home-lightning-bolt", [
          ...pick(entities, "enabled", "observe_only", "meter_status").map(tile),
          ...pick(entities, "service_current", "ramp_up_time").map(slider),
        ]),
      ),
      section(text("news"), "mdi:bell-outline", [
        { type: "logbook", target: { entity_id: news }, hours_to_show: HOURS, grid_options: FULL },
      ]),
    ];
    return {
      views: [
        { title: text("title"), path: "live", type: "sections", max_columns: 3, sections },
      ],
    };
  }
}

register("ll-strategy-dashboard-ev-lb", EvLbDashboardStrategy);
window.customStrategies ??= [];
window.customStrategies.push({
  type: "ev-lb",
  strategyType: "dashboard",
  name: "EV charger load balancing",
  description: "The card, the last day, each charger's controls, and what happened.",
});
