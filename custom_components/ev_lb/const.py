"""Names that stand in stored data and in Home Assistant's registries, and their defaults."""

from homeassistant.const import Platform

DOMAIN = "ev_lb"
MANUFACTURER = "EV Charger Load Balancing"
"""Who makes the devices: they are the balancing of a site and a charger, not their hardware."""

PLATFORMS = (
    Platform.BINARY_SENSOR,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SENSOR,
    Platform.SWITCH,
)
ENTRY_VERSION, ENTRY_MINOR_VERSION = 1, 3
"""The shape of a site's stored data.

1.2 knows how many phases there are, 1.3 in which way each charger is controlled.
"""

SUBENTRY_TYPE_CHARGER = "charger"
SUBENTRY_TYPE_CIRCUIT = "circuit"

CONF_PHASES = "phases"
CONF_SERVICE_VOLTAGE_V = "service_voltage_v"
CONF_SERVICE_CURRENT_A = "service_current_a"
CONF_TOTAL_CURRENT_A = "total_current_a"
CONF_POWER_METER = "power_meter"
CONF_EXPORT_METER = "export_meter"
CONF_CURRENT_METER = "current_meter"
CONF_REVERSED = "reversed"
CONF_VOLTAGE_SENSOR = "voltage_sensor"
CONF_HEARTBEAT = "heartbeat"
CONF_PRICE_SENSOR = "price_sensor"
CONF_UNAVAILABLE_BEHAVIOR = "unavailable_behavior"
CONF_RAMP_UP_TIME_S = "ramp_up_time_s"
CONF_METER_TIMEOUT_S = "meter_timeout_s"
CONF_METER_DELAY_S = "meter_delay_s"
CONF_OBSERVE_ONLY = "observe_only"

CONF_WIRING = "wiring"
CONF_CIRCUIT = "circuit"
CONF_CIRCUIT_CURRENT_A = "circuit_current_a"
CONF_MAX_CHARGER_CURRENT_A = "max_charger_current_a"
CONF_MIN_EV_CURRENT_A = "min_ev_current_a"
CONF_PRIORITY = "priority"
CONF_MAX_STARTS_PER_HOUR = "max_starts_per_hour"
CONF_FALLBACK_CURRENT_A = "fallback_current_a"
CONF_CONTROL = "control"
CONF_SET_CURRENT_SCRIPT = "set_current_script"
CONF_STOP_CHARGING_SCRIPT = "stop_charging_script"
CONF_START_CHARGING_SCRIPT = "start_charging_script"
CONF_CURRENT_NUMBER = "current_number"
CONF_PAUSE = "pause"
CONF_PAUSE_SWITCH = "pause_switch"
CONF_START_BUTTON = "start_button"
CONF_STOP_BUTTON = "stop_button"
CONF_PAUSE_SELECT = "pause_select"
CONF_CHARGING_OPTION = "charging_option"
CONF_PAUSED_OPTION = "paused_option"
CONF_START_ORDER = "start_order"
CONF_SET_CURRENT_ACTION = "set_current_action"
CONF_STOP_CHARGING_ACTION = "stop_charging_action"
CONF_START_CHARGING_ACTION = "start_charging_action"
CONF_FOLLOW_MANUAL_LIMIT = "follow_manual_limit"
CONF_RESPONSE_TIME_S = "response_time_s"
CONF_COMMAND_INTERVAL_S = "command_interval_s"
CONF_DRAW_SENSOR = "draw_sensor"
CONF_DRAW_SENSOR_L2 = "draw_sensor_l2"
CONF_DRAW_SENSOR_L3 = "draw_sensor_l3"
CONF_STATUS_SENSOR = "status_sensor"
CONF_ENERGY_SENSOR = "energy_sensor"
CONF_CHARGING_WORDS = "charging_words"
CONF_IDLE_WORDS = "idle_words"
CONF_ABSENT_WORDS = "absent_words"

SECTION_PHASES = "phase_ratings"
SECTION_COST = "cost"
SECTION_CHANNELS = "meter_channels"
SECTION_METER = "meter_details"
SECTION_CIRCUIT = "circuit_meter"
SECTION_TIMING = "timing"
SECTION_CAR = "car_sensors"

DEFAULT_PHASES = 1
DEFAULT_SERVICE_VOLTAGE_V = 230
DEFAULT_SERVICE_CURRENT_A = 25
DEFAULT_CIRCUIT_CURRENT_A = 20
DEFAULT_RAMP_UP_TIME_S = 30
DEFAULT_MAX_CHARGER_CURRENT_A = 16
DEFAULT_MIN_EV_CURRENT_A = 6
DEFAULT_PRIORITY = 50
DEFAULT_MAX_STARTS_PER_HOUR = 4
DEFAULT_FALLBACK_CURRENT_A = 6
DEFAULT_RESPONSE_TIME_S = 10
DEFAULT_COMMAND_INTERVAL_S = 0

MAX_PHASES = 3
MAX_SERVICE_CURRENT_A = 200
MAX_TOTAL_CURRENT_A = MAX_PHASES * MAX_SERVICE_CURRENT_A
MAX_CIRCUIT_CURRENT_A = 200
MAX_CHARGER_CURRENT_A = 80
MAX_MIN_EV_CURRENT_A = 32
MAX_PRIORITY = 100
MAX_MAX_STARTS_PER_HOUR = 20
MIN_RAMP_UP_TIME_S, MAX_RAMP_UP_TIME_S = 5, 3600
MAX_METER_TIMEOUT_S = 86400
MAX_METER_DELAY_S = 60
MAX_RESPONSE_TIME_S = 60
MAX_COMMAND_INTERVAL_S = 3600


def of_phase(key: str, phase: int | None) -> str:
    """Return the key of a phase's own value, its unit still at the end; None: of all phases."""
    if phase is None:
        return key
    name, unit = (key.removesuffix("_a"), "_a") if key.endswith("_a") else (key, "")
    return f"{name}_l{phase + 1}{unit}"
