// The card: who draws what through the breaker, why each car gets what it gets, and what is wrong.
//
// A plain ES module: no build step, and nothing but the frontend's own elements, theme and icons.
// All words come from the integration's translations. What it shows comes from one subscription,
// at most once a second; in between it counts the seconds by itself.

import { register } from "./register.js";
import { STYLE } from "./style.js";
import { clock, number, span, untilTomorrowS } from "./words.js";

const TEXTS = "component.ev_lb.common.card_";
const RETRY_MS = 10_000;
const HEADROOM = 1.15; // of the bar, so that an overload has a place beyond the breaker's line
const COLORS = ["blue", "teal", "purple", "orange", "pink", "cyan", "brown", "indigo"];
const DURATIONS_H = [1, 2, 4, 8];
const ICONS = /** @type {Record<string, string>} */ ({
  absent: "power-plug-off-outline",
  disabled: "hand-back-right-off-outline",
  held: "timer-sand",
  idle: "battery-check-outline",
  running: "flash",
  stopped: "pause",
  trouble: "alert",
});
const SEVERITY = /** @type {Record<string, string>} */ ({
  balancing: "good",
  observing: "idle",
  over: "bad",
  trouble: "bad",
  no_meter: "bad",
  waiting: "warn",
  off: "idle",
});

/**
 * Make an element.
 * @param {string} tag
 * @param {Record<string, unknown>} values attributes, and handlers that begin with "on"
 * @param {(Node | string)[]} children
 */
function make(tag, values = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "function") {
      node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (value !== undefined) node.setAttribute(name, String(value));
  }
  node.append(...children);
  return node;
}

/**
 * Write a text where it is another: what stays is not read out again.
 * @param {Element} node
 * @param {string} text
 */
function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

class EvLbCard extends HTMLElement {
  /** @type {CardConfig} */ #config = { type: "" };
  /** @type {HomeAssistant | undefined} */ #hass;
  /** @type {Localize | undefined} */ #localize;
  /** @type {Site | undefined} */ #site;
  /** @type {(() => void) | undefined} */ #update;
  /** @type {{stop?: () => void, isOver: boolean} | undefined} */ #following;
  /** @type {Map<string, {ends: number, of: number}>} */ #waits = new Map();
  /** @type {number | undefined} */ #timer;
  #heardAt = 0;
  #built = "";
  #language = "";

  // What the dashboard asks of a card

  /** @param {CardConfig} config */
  setConfig(config) {
    for (const key of /** @type {const} */ (["device_id", "title"])) {
      if (!["undefined", "string"].includes(typeof config?.[key])) throw new Error(`${key}: text`);
    }
    const isOther = config.device_id !== this.#config.device_id;
    this.#config = config;
    this.#built = "";
    if (isOther) this.#follow();
    else this.#show();
  }

  /** @param {HomeAssistant} hass */
  set hass(hass) {
    const before = this.#hass;
    this.#hass = hass;
    const isOther = before?.connection !== hass.connection;
    if (!before || isOther || hass.locale.language !== this.#language) {
      this.#follow();
    } else if (before.locale !== hass.locale) {
      this.#built = "";
      this.#show();
    }
  }

  getCardSize() {
    return 2 + (this.#site?.limits.length ?? 1) + 2 * (this.#site?.chargers.length ?? 1);
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  /** @param {HomeAssistant} hass */
  static getStubConfig(hass) {
    const ours = Object.values(hass.entities).find(
      (entity) => entity.platform === "ev_lb" && entity.translation_key === "available_current",
    );
    return ours?.device_id ? { device_id: ours.device_id } : {};
  }

  static getConfigForm() {
    return {
      schema: [
        { name: "device_id", selector: { device: { filter: { integration: "ev_lb" } } } },
        { name: "title", selector: { text: {} } },
      ],
      /** @param {{name: string}} field @param {Localize} localize */
      computeLabel: (field, localize) => localize(`${TEXTS}form_${field.name}`),
    };
  }

  connectedCallback() {
    if (!this.shadowRoot) {
      const root = this.attachShadow({ mode: "open" });
      root.append(make("style", {}, STYLE), document.createElement("ha-card"));
    }
    this.#follow();
  }

  disconnectedCallback() {
    this.#stop();
  }

  // What is followed

  async #follow() {
    this.#stop();
    const hass = this.#hass;
    if (!hass || !this.isConnected) return;
    /** @type {{stop?: () => void, isOver: boolean}} */
    const mine = (this.#following = { isOver: false });
    const { language } = hass.locale;
    this.#language = language;
    try {
      this.#localize = await hass.loadBackendTranslation("common", "ev_lb");
      const { device_id: device } = this.#config;
      const stop = await hass.connection.subscribeMessage(
        /** @param {Site | {is_loaded: false}} site */ (site) => !mine.isOver && this.#hear(site),
        { type: "ev_lb/subscribe", language, ...(device ? { device_id: device } : {}) },
      );
      if (mine.isOver) stop();
      else mine.stop = stop;
    } catch (error) {
      if (mine.isOver) return;
      const { code } = /** @type {{code?: string}} */ (error);
      this.#say(code === "not_found" || code === "unauthorized" ? code : "not_loaded");
      setTimeout(() => !mine.isOver && this.#follow(), RETRY_MS);
    }
  }

  #stop() {
    if (this.#following) {
      this.#following.isOver = true;
      this.#following.stop?.();
    }
    this.#following = undefined;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** @param {Site | {is_loaded: false}} site */
  #hear(site) {
    this.#heardAt = performance.now();
    if (!site.is_loaded) {
      this.#say("not_loaded");
      return;
    }
    this.#site = site;
    this.#timer ??= setInterval(() => this.#show(), 1000);
    this.#show();
  }

  /** @param {string} key */
  #say(key) {
    this.#site = undefined;
    this.#built = "";
    this.#card.replaceChildren(make("p", { class: "message" }, this.#text(key)));
  }

  // Words, numbers and times

  get #card() {
    const root = /** @type {ShadowRoot} */ (this.shadowRoot);
    return /** @type {HTMLElement} */ (root.querySelector("ha-card"));
  }

  /** @param {string} key @param {Record<string, string | number>} [values] */
  #text(key, values) {
    return this.#localize?.(TEXTS + key, values) ?? "";
  }

  /** @param {number} value @param {number} [digits] */
  #number(value, digits) {
    return number(/** @type {HomeAssistant} */ (this.#hass), value, digits);
  }

  /** @param {number} inS seconds from when it was heard @returns {number} seconds from now */
  #left(inS) {
    return inS - (performance.now() - this.#heardAt) / 1000;
  }

  /**
   * Write a text with its time, which stands out and is not read out each second.
   * @param {Element} node
   * @param {Told} told
   */
  #tell(node, told) {
    const [before, after] = told.text.split("{time}");
    if (after === undefined || told.in_s === undefined) {
      put(node, told.text);
      return;
    }
    const hass = /** @type {HomeAssistant} */ (this.#hass);
    const left = this.#left(told.in_s);
    const time = told.form === "clock" ? clock(hass, left) : span(hass, Math.abs(left));
    if (node.textContent === before + time + after) return;
    node.replaceChildren(before ?? "", make("b", {}, time), after);
  }

  // What is shown

  #show() {
    const site = this.#site;
    if (!site || !this.#localize || !this.shadowRoot) return;
    const structure = JSON.stringify([
      site.name,
      site.limits.map((limit) => [limit.key, limit.name]),
      site.chargers.map((charger) => [charger.charger_id, charger.name, charger.most_a]),
    ]);
    if (structure !== this.#built) {
      this.#built = structure;
      this.#build(site);
    }
    this.#update?.();
  }

  /** @param {Site} first */
  #build(first) {
    const { language } = /** @type {HomeAssistant} */ (this.#hass).locale;
    const languages = this.#hass?.translationMetadata?.translations;
    this.dir = languages?.[language]?.isRTL ? "rtl" : "ltr";
    const parts = [
      this.#header(first),
      this.#observing(),
      this.#banner(),
      ...(first.limits.length ? [this.#limits(first)] : []),
      ...first.chargers.map((charger, index) => this.#charger(charger.charger_id, index)),
    ];
    this.#card.replaceChildren(...parts.map((part) => part.node));
    if (!first.chargers.length) {
      this.#card.append(make("p", { class: "message" }, this.#text("no_chargers")));
    }
    this.#update = () => {
      if (this.#site) for (const part of parts) part.fill(this.#site);
    };
  }

  /** @param {string | undefined} entityId */
  #openMore(entityId) {
    const detail = { entityId };
    if (entityId) {
      const options = { detail, bubbles: true, composed: true };
      this.dispatchEvent(new CustomEvent("hass-more-info", options));
    }
  }

  /** @param {Site} first */
  #header(first) {
    const chip = make("span", { class: "chip" });
    const supply = make("span");
    const open = () => this.#openMore(this.#site?.entities.enabled);
    const title = make("button", { onclick: open }, this.#config.title || first.name);
    /** @param {Site} site */
    const fill = (site) => {
      const mains = site.limits.filter((limit) => limit.is_main).map((limit) => limit.most_a);
      const most = mains.map((each) => this.#number(each, Number.isInteger(each) ? 0 : 1));
      const isSame = mains.every((each) => each === mains[0]);
      const each = isSame ? most[0] : most.join(" / ");
      put(supply, isSame && mains.length > 1 ? `${mains.length} × ${each} A` : `${each} A`);
      chip.className = `chip ${SEVERITY[site.status.key] ?? "idle"}`;
      put(chip, site.status.text);
    };
    return { node: make("div", { class: "head" }, title, supply, chip), fill };
  }

  #observing() {
    const heard = make("b");
    const rest = make("span");
    const node = make("div", { class: "observing", role: "status" }, heard, rest);
    /** @param {Site} site */
    const fill = ({ is_observing: isObserving, unobserved }) => {
      node.hidden = !isObserving;
      put(heard, isObserving ? this.#text("observing") : "");
      const names = unobserved.join(", ");
      put(rest, names ? this.#text("unobserved", { chargers: names }) : "");
    };
    return { node, fill };
  }

  #banner() {
    const heard = make("div", { class: "heard", role: "alert" });
    const lines = make("div", { class: "banner" });
    /** @param {Site} site */
    const fill = ({ troubles }) => {
      lines.hidden = !troubles.length;
      while (lines.children.length > troubles.length) lines.lastElementChild?.remove();
      troubles.forEach((trouble, index) => {
        const line = lines.children[index] ?? make("p", {}, make("b"), make("span"));
        if (!line.parentNode) lines.append(line);
        this.#tell(/** @type {Element} */ (line.firstElementChild), trouble.title);
        put(/** @type {Element} */ (line.lastElementChild), trouble.text);
      });
      // Read out once: not again each second.
      const keys = troubles.map((trouble) => trouble.key + trouble.charger_id).join();
      if (heard.dataset.keys !== keys) {
        heard.dataset.keys = keys;
        const said = [...lines.children].flatMap((line) => [...line.children]);
        put(heard, said.map((each) => each.textContent).join(" ").trim());
      }
    };
    return { node: make("div", {}, heard, lines), fill };
  }

  /** @param {Site} first */
  #limits(first) {
    const rows = first.limits.map((limit) => this.#limit(limit, first.chargers));
    const free = make("li", {}, make("i", { style: "--c: var(--track)" }), this.#text("free"));
    const house = make("li", {}, make("i", { style: "--c: var(--house)" }), this.#text("house"));
    const cars = first.chargers.map((charger, index) =>
      make("li", {}, make("i", { style: `--c: ${color(index)}` }), charger.name),
    );
    const legend = make("ul", { class: "legend", "aria-hidden": "true" }, house, ...cars, free);
    const bars = make("div", { class: "limits" }, ...rows.map((row) => row.node));
    /** @param {Site} site */
    const fill = (site) => {
      rows.forEach((row, index) => row.fill(/** @type {Limit} */ (site.limits[index])));
      legend.hidden = site.limits.every((limit) => limit.current_a === null);
    };
    return { node: make("div", {}, bars, legend), fill };
  }

  /** @param {Limit} first @param {Charger[]} chargers */
  #limit(first, chargers) {
    const label = make("span", { class: "label" }, first.name);
    const figure = make("span", { class: "figure" });
    const segments = [null, ...chargers].map((charger, index) =>
      make("i", { style: `--c: ${charger ? color(index - 1) : "var(--house)"}` }),
    );
    const line = make("u");
    const over = make("s");
    const free = make("em");
    const flow = make("div", { class: "flow" }, free, ...segments, over);
    const bar = make("div", { class: "bar" }, flow, line);
    const node = make("div", { role: "img" }, label, bar, figure);
    /** @param {Limit} limit */
    const fill = (limit) => {
      const hass = /** @type {HomeAssistant} */ (this.#hass);
      const { most_a: most, current_a: current, over_for_s: overFor } = limit;
      const scale = 100 / Math.max(most * HEADROOM, (current ?? 0) * 1.02);
      const isOver = overFor !== null && current !== null;
      const binds = !isOver && limit.binds.length > 0;
      node.className = `limit${first.is_main ? "" : " more"}${isOver ? " over" : ""}${
        binds ? " binds" : ""
      }`;
      const shares = chargers.map((charger) => limit.shares_a?.[charger.charger_id] ?? 0);
      const amps = [limit.house_a ?? 0, ...shares];
      segments.forEach((segment, index) => {
        segment.style.width = `${scale * (current === null ? 0 : (amps[index] ?? 0))}%`;
      });
      free.style.width = `${current === null ? 0 : scale * most}%`;
      line.style.insetInlineStart = `calc(${scale * most}% - 1px)`;
      over.style.insetInlineStart = `${scale * most}%`;
      over.style.insetInlineEnd = `${100 - scale * Math.max(current ?? 0, most)}%`;
      over.hidden = !isOver;
      const whole = this.#number(most, Number.isInteger(most) ? 0 : 1);
      if (current === null) {
        put(figure, "–");
        node.setAttribute("aria-label", `${first.name} ${this.#text("unknown")}`);
        return;
      }
      const now = this.#number(current, 1);
      const since = isOver ? ` · ${span(hass, -this.#left(-overFor))}` : "";
      if (figure.textContent !== `${now} ${this.#text("of", { most: whole })}${since}`) {
        figure.replaceChildren(make("b", {}, now), ` ${this.#text("of", { most: whole })}${since}`);
      }
      const names = [this.#text("house"), ...chargers.map((charger) => charger.name)];
      const drawn = names.flatMap((name, index) => {
        const drawnA = amps[index] ?? 0;
        return index && !drawnA ? [] : [`${name} ${this.#number(drawnA, 1)} A`];
      });
      const rest = `${this.#text("free")} ${this.#number(Math.max(most - current, 0), 1)} A`;
      const told = `${first.name} ${now} ${this.#text("of", { most: whole })}${since}`.trim();
      node.setAttribute("aria-label", `${told}: ${[...drawn, rest].join(", ")}`);
    };
    return { node, fill };
  }

  /**
   * What a charger has, and what is to be said of it: of one that takes more, what it takes.
   * @param {Charger} charger @returns {[string, string]}
   */
  #amps(charger) {
    const to = ` → ${this.#number(charger.target_a)} A`;
    if (charger.is_unobserved) return ["–", ""];
    if (isDefiant(charger)) return [`${this.#number(charger.drawn_a ?? 0)} A`, to];
    const setTo = `${this.#number(charger.set_a)} A`;
    if (this.#site?.is_observing) return [setTo, ` – ${this.#text("not_sent")}`];
    if (charger.target_a !== charger.set_a && charger.is_enabled) return [setTo, to];
    const most = { most: this.#number(charger.most_a) };
    return [setTo, charger.set_a > 0 ? ` ${this.#text("of_maximum", most)}` : ""];
  }

  /** @param {string} id @param {number} index */
  #charger(id, index) {
    const now = () => this.#site?.chargers.find((charger) => charger.charger_id === id);
    const icon = make("ha-icon", { "aria-hidden": "true" });
    const dot = make("span", { class: "dot" }, icon);
    const name = make("span", { class: "name" });
    const amps = make("span", { class: "amps" });
    const reason = make("span");
    const waits = make("span");
    const draws = make("span", { class: "draws" });
    const why = make("span", { class: "why" }, make("span", {}, reason, " ", waits), draws);
    const more = () => this.#openMore(now()?.entities.limited_by);
    const open = make("button", { class: "open", onclick: more }, dot, name, amps, why);
    const toggle = make("button", {
      class: "switch",
      role: "switch",
      onclick: () => {
        const entity = now()?.entities.enabled;
        if (entity) this.#hass?.callService("switch", "toggle", { entity_id: entity });
      },
    });
    const acts = this.#acts(now);
    const dots = make("button", { class: "dots", "aria-expanded": "false" });
    dots.append(make("ha-icon", { icon: "mdi:dots-vertical", "aria-hidden": "true" }));
    dots.addEventListener("click", () => {
      const isOpen = dots.getAttribute("aria-expanded") !== "true";
      dots.setAttribute("aria-expanded", String(isOpen));
      this.#update?.();
    });
    const hands = make("div", { class: "hands" }, toggle, dots);
    const node = make("div", { style: `--c: ${color(index)}` }, open, hands, acts.node);
    const fill = () => {
      const charger = now();
      if (!charger) return;
      const look = lookOf(charger);
      node.className = `charger${look === "trouble" ? " trouble" : ""}${
        ["running", "held", "trouble"].includes(look) ? "" : " rest"
      }`;
      const mdi = `mdi:${ICONS[look]}`;
      if (icon.getAttribute("icon") !== mdi) icon.setAttribute("icon", mdi);
      dot.style.setProperty("--part", `${this.#part(charger)}%`);
      put(name, charger.name);
      const [setTo, small] = this.#amps(charger);
      if (amps.textContent !== setTo + small) amps.replaceChildren(setTo, make("small", {}, small));
      put(reason, charger.why);
      const isWaiting = charger.wait && this.#left(charger.wait.in_s ?? 0) > 0;
      if (charger.wait && isWaiting) this.#tell(waits, charger.wait);
      else put(waits, "");
      const drawn = charger.drawn_a;
      const isWorthIt = drawn !== null && (drawn > 0 || charger.set_a > 0) && !isDefiant(charger);
      put(draws, isWorthIt ? this.#text("draws", { current: this.#number(drawn, 1) }) : "");
      toggle.setAttribute("aria-checked", String(charger.is_enabled));
      toggle.setAttribute("aria-label", this.#text("balanced", { charger: charger.name }));
      toggle.hidden = !charger.entities.enabled;
      dots.setAttribute("aria-label", this.#text("actions", { charger: charger.name }));
      acts.fill(charger, dots.getAttribute("aria-expanded") === "true");
    };
    return { node, fill };
  }

  /** @param {() => Charger | undefined} now */
  #acts(now) {
    /** @param {string} service @param {Record<string, unknown>} data */
    const call = (service, data) =>
      this.#hass?.callService("ev_lb", service, { device_id: now()?.device_id, ...data });
    /** @param {number} amperes @param {number} seconds */
    const limit = (amperes, seconds) =>
      call("set_limit", { current_a: amperes, duration: { seconds: Math.round(seconds) } });
    /** @param {string} key @param {() => unknown} act */
    const button = (key, act) =>
      make("button", { type: "button", onclick: () => act() }, this.#text(key));
    const end = button("end_limit", () => call("clear_limit", {}));
    const hour = button("pause_hour", () => limit(0, 3600));
    const tomorrow = button("pause_tomorrow", () => limit(0, untilTomorrowS()));
    const most = now()?.most_a ?? 16;
    const amperes = /** @type {HTMLInputElement} */ (
      make("input", { type: "number", min: 0, max: most, step: 1, required: "", value: most })
    );
    amperes.setAttribute("aria-label", this.#text("limit_amperes"));
    const duration = /** @type {HTMLSelectElement} */ (make("select", { dir: "ltr" }));
    duration.setAttribute("aria-label", this.#text("limit_duration"));
    for (const hours of DURATIONS_H) {
      duration.append(make("option", { value: hours * 3600 }, `${this.#number(hours)} h`));
    }
    duration.append(make("option", { value: "" }, this.#text("until_tomorrow")));
    /** @param {Event} event */
    const onsubmit = (event) => {
      event.preventDefault();
      limit(Number(amperes.value), Number(duration.value) || untilTomorrowS());
    };
    const submit = make("button", { type: "submit" }, this.#text("set_limit"));
    const form = make("form", { onsubmit }, amperes, "A", duration, submit);
    const node = make("div", { class: "acts" }, end, hour, tomorrow, form);
    /** @param {Charger} charger @param {boolean} isOpen */
    const fill = (charger, isOpen) => {
      end.hidden = charger.limit === null;
      for (const each of [hour, tomorrow, form]) each.hidden = !isOpen;
      node.hidden = !isOpen && end.hidden;
    };
    return { node, fill };
  }

  /** @param {Charger} charger @returns {number} the part of its wait that is to come, in % */
  #part({ charger_id: id, wait }) {
    if (wait?.form !== "countdown" || wait.in_s === undefined) {
      this.#waits.delete(id);
      return 0;
    }
    const left = Math.max(this.#left(wait.in_s), 0);
    const ends = Date.now() / 1000 + left;
    const known = this.#waits.get(id);
    const isSame = known && Math.abs(known.ends - ends) < 2;
    if (!isSame) this.#waits.set(id, { ends, of: Math.max(left, 1) });
    return Math.min((100 * left) / (isSame ? known.of : Math.max(left, 1)), 100);
  }
}

/** @param {number} index */
function color(index) {
  return `var(--${COLORS[index % COLORS.length]}-color)`;
}

/** It is seen to take more than it was told. @param {Charger} charger */
function isDefiant({ is_unresponsive: isDeaf, drawn_a: drawn, target_a: target }) {
  return isDeaf && drawn !== null && drawn > target;
}

/** @param {Charger} charger */
function lookOf({ is_unresponsive: isDeaf, is_failing: isFailing, is_enabled: isOn, ...charger }) {
  if (isDeaf || isFailing) return "trouble";
  if (!isOn || charger.reason === "disabled") return "disabled";
  if (charger.car === "absent") return "absent";
  if (charger.target_a === 0) return "stopped";
  if (charger.car === "idle") return "idle";
  return charger.wait?.form === "countdown" ? "held" : "running";
}

register("ev-lb-card", EvLbCard);
window.customCards ??= [];
window.customCards.push({
  type: "ev-lb-card",
  name: "EV charger load balancing",
  description: "Who draws what through the breaker, and why each car gets what it gets.",
  preview: true,
  documentationURL: "https://github.com/alexisml/ha-ev-charger-balancer",
  getEntitySuggestion: (hass, entityId) => {
    const entity = hass.entities[entityId];
    if (entity?.platform !== "ev_lb" || !entity.device_id) return null;
    return { config: { type: "custom:ev-lb-card", device_id: entity.device_id } };
  },
});
