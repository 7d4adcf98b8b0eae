"""Names that stand in stored data and in Home Assistant's registries, and their defaults."""

from homeassistant.const import Platform

DOMAIN = "ev_lb"
PLATFORMS = (
    Platform.BINARY_SENSOR,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SENSOR,
    Platform.SWITCH,
)
SUBENTRY_TYPE_CHARGER = "charger"

CONF_SERVICE_VOLTAGE_V = "service_voltage_v"
CONF_SERVICE_CURRENT_A = "service_current_a"
CONF_POWER_METER = "power_meter"
CONF_VOLTAGE_SENSOR = "voltage_sensor"
CONF_UNAVAILABLE_BEHAVIOR = "unavailable_behavior"
CONF_RAMP_UP_TIME_S = "ramp_up_time_s"
CONF_METER_TIMEOUT_S = "meter_timeout_s"
CONF_METER_DELAY_S = "meter_delay_s"

CONF_MAX_CHARGER_CURRENT_A = "max_charger_current_a"
CONF_MIN_EV_CURRENT_A = "min_ev_current_a"
CONF_PRIORITY = "priority"
CONF_MAX_STARTS_PER_HOUR = "max_starts_per_hour"
CONF_FALLBACK_CURRENT_A = "fallback_current_a"
CONF_SET_CURRENT_SCRIPT = "set_current_script"
CONF_STOP_CHARGING_SCRIPT = "stop_charging_script"
CONF_START_CHARGING_SCRIPT = "start_charging_script"
CONF_RESPONSE_TIME_S = "response_time_s"
CONF_COMMAND_INTERVAL_S = "command_interval_s"
CONF_DRAW_SENSOR = "draw_sensor"
CONF_STATUS_SENSOR = "status_sensor"
CONF_CHARGING_WORDS = "charging_words"
CONF_IDLE_WORDS = "idle_words"
CONF_ABSENT_WORDS = "absent_words"

SECTION_METER = "meter_details"
SECTION_TIMING = "timing"
SECTION_CAR = "car_sensors"

DEFAULT_SERVICE_VOLTAGE_V = 230
DEFAULT_SERVICE_CURRENT_A = 25
DEFAULT_RAMP_UP_TIME_S = 30
DEFAULT_MAX_CHARGER_CURRENT_A = 16
DEFAULT_MIN_EV_CURRENT_A = 6
DEFAULT_PRIORITY = 50
DEFAULT_MAX_STARTS_PER_HOUR = 4
DEFAULT_FALLBACK_CURRENT_A = 6
DEFAULT_RESPONSE_TIME_S = 10
DEFAULT_COMMAND_INTERVAL_S = 0

MAX_SERVICE_CURRENT_A = 200
MAX_CHARGER_CURRENT_A = 80
MAX_MIN_EV_CURRENT_A = 32
MAX_PRIORITY = 100
MAX_MAX_STARTS_PER_HOUR = 20
MIN_RAMP_UP_TIME_S, MAX_RAMP_UP_TIME_S = 5, 3600
MAX_METER_TIMEOUT_S = 86400
MAX_METER_DELAY_S = 60
MAX_RESPONSE_TIME_S = 60
MAX_COMMAND_INTERVAL_S = 3600
