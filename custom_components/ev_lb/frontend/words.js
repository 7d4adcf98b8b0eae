// Numbers and times as the frontend's user wants to read them.

const FAR_S = 12 * 3600; // from there on a clock time alone would not say of which day it is
const LONGEST_IN_S = 100;
const LONGEST_IN_MIN = 100;

/** @type {Record<string, string | undefined>} */
const NUMBER_LOCALES = {
  comma_decimal: "en-US",
  decimal_comma: "de",
  none: "en-US",
  quote_decimal: "de-CH",
  space_comma: "fr",
  system: undefined,
};

/** @param {HomeAssistant} hass @param {number} value @param {number} [digits] */
export function number({ locale }, value, digits = 0) {
  const format = locale.number_format;
  const language = format in NUMBER_LOCALES ? NUMBER_LOCALES[format] : locale.language;
  return new Intl.NumberFormat(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    useGrouping: false,
  }).format(value);
}

/** @param {HomeAssistant} hass @param {number} seconds */
export function span(hass, seconds) {
  const whole = Math.round(seconds);
  if (whole < LONGEST_IN_S) return `${number(hass, whole)}\u00a0s`;
  const minutes = Math.round(whole / 60);
  if (minutes < LONGEST_IN_MIN) return `${number(hass, minutes)}\u00a0min`;
  return `${number(hass, Math.floor(minutes / 60))}\u00a0h ${number(hass, minutes % 60)}\u00a0min`;
}

/** @param {HomeAssistant} hass @param {number} inS seconds from now */
export function clock({ locale, config }, inS) {
  const { time_format: format, language } = locale;
  const cycle = /** @type {Record<string, "h12" | "h23">} */ ({ 12: "h12", 24: "h23" })[format];
  return new Intl.DateTimeFormat(format === "system" ? undefined : language, {
    ...(Math.abs(inS) > FAR_S ? { weekday: "short" } : {}),
    hour: "numeric",
    minute: "2-digit",
    hourCycle: cycle,
    timeZone: locale.time_zone === "server" ? config.time_zone : undefined,
  }).format(Date.now() + inS * 1000);
}

export function untilTomorrowS() {
  const tomorrow = new Date();
  tomorrow.setHours(24, 0, 0, 0);
  return Math.max((tomorrow.getTime() - Date.now()) / 1000, 1);
}
