// What the card uses of Home Assistant's frontend, and what our subscription tells it.

interface HomeAssistant {
  connection: {
    subscribeMessage<T>(
      onMessage: (message: T) => void,
      message: { type: string } & Record<string, unknown>,
    ): Promise<() => Promise<void>>;
  };
  locale: {
    language: string;
    number_format: string;
    time_format: string;
    time_zone: string;
  };
  config: { time_zone: string };
  translationMetadata?: { translations: Record<string, { isRTL?: boolean }> };
  entities: Record<string, EntityEntry>;
  devices: Record<string, { id: string; name: string | null; name_by_user?: string | null; via_device_id?: string | null }>;
  states: Record<string, unknown>;
  localize: Localize;
  callService(domain: string, service: string, data: Record<string, unknown>): Promise<unknown>;
  loadBackendTranslation(category: string, integration: string): Promise<Localize>;
}

type Localize = (key: string, values?: Record<string, string | number>) => string;

interface EntityEntry {
  entity_id: string;
  device_id?: string;
  platform?: string;
  translation_key?: string;
  hidden?: boolean;
  entity_category?: string;
}

interface Told {
  text: string;
  form?: "countdown" | "elapsed" | "clock";
  in_s?: number;
}

interface Trouble {
  key: string;
  title: Told;
  text: string;
  charger_id: string | null;
}

interface Limit {
  key: string;
  name: string;
  is_main: boolean;
  most_a: number;
  binds: string[];
  over_for_s: number | null;
  current_a: number | null;
  house_a?: number;
  shares_a?: Record<string, number>;
}

interface Charger {
  charger_id: string;
  name: string;
  device_id: string | null;
  entities: Record<string, string>;
  is_enabled: boolean;
  is_unobserved: boolean;
  target_a: number;
  set_a: number;
  drawn_a: number | null;
  most_a: number;
  state: string;
  reason: string;
  why: string;
  wait: Told | null;
  limit: { current_a: number; ends_in_s: number } | null;
  car: string | null;
  is_unresponsive: boolean;
  is_failing: boolean;
  error: string | null;
}

interface Site {
  is_loaded: true;
  name: string;
  device_id: string | null;
  entities: Record<string, string>;
  is_enabled: boolean;
  is_observing: boolean;
  unobserved: string[];
  status: { key: string; text: string };
  troubles: Trouble[];
  limits: Limit[];
  chargers: Charger[];
}

interface CardConfig {
  type: string;
  device_id?: string;
  title?: string;
}

interface Picked {
  type: string;
  name: string;
  description: string;
}

interface Window {
  customCards?: (Picked & {
    preview: boolean;
    documentationURL: string;
    getEntitySuggestion(
      hass: HomeAssistant,
      entityId: string,
    ): { config: CardConfig } | null;
  })[];
  customStrategies?: (Picked & { strategyType: "dashboard" })[];
}
