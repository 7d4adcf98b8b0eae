"""What integrations outside core say of their chargers' entities, recorded from their sources.

Only what a device offers beside each other matters: names, unique ids, units, ranges and options,
also of those that must not be taken.
"""

from collections.abc import Iterable
from dataclasses import replace

from custom_components.ev_lb.control.charger_device import ChargerEntity


def an_entity(
    entity_id: str,
    unit: str | None = None,
    *,
    platform: str = "mqtt",
    unique_id: str = "",
    name: str | None = None,
    device_class: str | None = None,
    options: tuple[str, ...] = (),
    minimum: float | None = None,
    maximum: float | None = None,
    is_enabled: bool = True,
) -> ChargerEntity:
    """Return an enabled entity; without a name it is called like its id."""
    domain, _, key = entity_id.partition(".")
    return ChargerEntity(
        entity_id=entity_id,
        platform=platform,
        domain=domain,
        translation_key=None,
        unique_id=unique_id or key,
        name=key.replace("_", " ") if name is None else name,
        device_class=device_class,
        unit=unit,
        options=options,
        minimum=minimum,
        maximum=maximum,
        step=None if minimum is None else 1,
        is_enabled=is_enabled,
    )


def of_platform(platform: str, *found: ChargerEntity) -> list[ChargerEntity]:
    """Return the entities as those of an integration."""
    return [replace(entity, platform=platform) for entity in found]


def disabled(found: Iterable[ChargerEntity], *entity_ids: str) -> list[ChargerEntity]:
    """Return the entities with these disabled."""
    return [
        replace(entity, is_enabled=False) if entity.entity_id in entity_ids else entity
        for entity in found
    ]


def ocpp(connector: int | None = None) -> list[ChargerEntity]:
    """Return a charge point of one connector, or the device of one of several.

    lbbrhzn/ocpp a37fed3, number.py, switch.py, sensor.py, const.py (sensor_unique_id).
    """
    middle = "charger" if connector is None else f"charger.conn{connector}"
    own = [
        an_entity(
            "number.maximum_current",
            "A",
            unique_id=f"number.ocpp.{middle}.maximum_current",
            minimum=0,
            maximum=32,
        ),
        an_entity("switch.charge_control", unique_id=f"switch.ocpp.{middle}.charge_control"),
        *(
            an_entity(f"sensor.{key}", unit, unique_id=f"ocpp.{middle}.{key}.sensor")
            for key, unit in (
                ("current_import", "A"),
                ("current_offered", "A"),
                ("energy_active_import_register", "kWh"),
                ("power_active_import", "kW"),
                ("power_offered", "kW"),
                ("voltage", "V"),
                ("status_connector", None),
                ("stop_reason", None),
                ("transaction_id", None),
                ("time_session", "min"),
                ("energy_session", "kWh"),
                ("energy_meter_start", "kWh"),
            )
        ),
    ]
    return of_platform("ocpp", *own, *(ocpp_station() if connector is None else ()))


def ocpp_station() -> list[ChargerEntity]:
    """Return what the device of the whole charge point has, however many connectors it has.

    lbbrhzn/ocpp a37fed3, sensor.py (CHARGER_ONLY), switch.py.
    """
    return of_platform(
        "ocpp",
        an_entity("switch.availability", unique_id="switch.ocpp.charger.availability"),
        *(
            an_entity(f"sensor.{key}", unique_id=f"ocpp.charger.{key}.sensor")
            for key in ("status", "error_code", "heartbeat", "features", "connectors", "id_tag")
        ),
    )


def easee() -> list[ChargerEntity]:
    """Return an Easee charger. nordicopen/easee_hass 0a95d0d, const.py, entity.py."""
    sensors = {
        "status": None,
        "power": "kW",
        "session_energy": "kWh",
        "lifetime_energy": "kWh",
        "output_limit": "A",
        "current": "A",
        "circuit_current": "A",
        "dynamic_circuit_limit": "A",
        "max_circuit_limit": "A",
        "dynamic_charger_limit": "A",
        "max_charger_limit": "A",
        "voltage": "V",
        "reason_for_no_current": None,
    }
    found = of_platform(
        "easee",
        *(
            an_entity(f"sensor.{key}", unit, unique_id=f"EH123456_{key}")
            for key, unit in sensors.items()
        ),
        an_entity("switch.is_enabled", unique_id="EH123456_is_enabled"),
        an_entity("switch.smart_charging", unique_id="EH123456_smart_charging"),
        an_entity("binary_sensor.online", unique_id="EH123456_online"),
    )
    return disabled(
        found,
        "sensor.output_limit",
        "sensor.current",
        "sensor.circuit_current",
        "sensor.dynamic_circuit_limit",
        "sensor.max_circuit_limit",
        "sensor.dynamic_charger_limit",
        "sensor.max_charger_limit",
        "sensor.voltage",
        "sensor.reason_for_no_current",
    )


def easee_equalizer() -> list[ChargerEntity]:
    """Return Easee's meter. nordicopen/easee_hass 0a95d0d, const.py (EASEE_EQ_ENTITIES)."""
    return of_platform(
        "easee",
        an_entity("binary_sensor.online", unique_id="QP123456_online"),
        an_entity("sensor.current_l1", "A", unique_id="QP123456_current_l1"),
        an_entity("sensor.import_power", "kW", unique_id="QP123456_import_power"),
        an_entity("switch.surplus", unique_id="QP123456_surplus"),
    )


ZAPTEC_CHARGER = "4a6b0a1c-0d9d-4f57-a5a5-8a5ee4e7fd9e"
ZAPTEC_INSTALLATION = "0f1c5c1a-6f0c-4d1b-9b0a-1a2b3c4d5e6f"


def zaptec() -> list[ChargerEntity]:
    """Return a Zaptec charger. custom-components/zaptec b1a02b3, its platforms, entity.py.

    The number's highest is ChargeCurrentInstallationMaxLimit; the modes are of the API.
    """
    sensors = {
        "current_phase1": "A",
        "current_phase2": "A",
        "current_phase3": "A",
        "voltage_phase1": "V",
        "total_charge_power": "W",
        "total_charge_power_session": "kWh",
        "signed_meter_value_kwh": "kWh",
        "completed_session.Energy": "kWh",
        "charge_current_set": "A",
    }
    modes = (
        "unknown",
        "disconnected",
        "connected_requesting",
        "connected_charging",
        "connected_finished",
    )
    numbers = ("charger_min_current", "charger_max_current")
    return of_platform(
        "zaptec",
        *(
            an_entity(
                f"number.{key}", "A", unique_id=f"{ZAPTEC_CHARGER}_{key}", minimum=0, maximum=32
            )
            for key in numbers
        ),
        an_entity("button.resume_charging", unique_id=f"{ZAPTEC_CHARGER}_resume_charging"),
        an_entity("button.stop_charging", unique_id=f"{ZAPTEC_CHARGER}_stop_charging_final"),
        an_entity(
            "switch.charger_operation_mode", unique_id=f"{ZAPTEC_CHARGER}_charger_operation_mode"
        ),
        an_entity(
            "sensor.charger_operation_mode",
            unique_id=f"{ZAPTEC_CHARGER}_charger_operation_mode",
            options=modes,
        ),
        *(
            an_entity(f"sensor.{key}", unit, unique_id=f"{ZAPTEC_CHARGER}_{key}")
            for key, unit in sensors.items()
        ),
    )


def zaptec_installation() -> list[ChargerEntity]:
    """Return the device above the chargers. custom-components/zaptec b1a02b3."""
    numbers = ("available_current", "three_to_one_phase_switch_current")
    sensors = tuple(f"available_current_phase{phase}" for phase in (1, 2, 3))
    return of_platform(
        "zaptec",
        *(
            an_entity(
                f"number.{key}",
                "A",
                unique_id=f"{ZAPTEC_INSTALLATION}_{key}",
                minimum=0,
                maximum=25,
            )
            for key in numbers
        ),
        *(
            an_entity(f"sensor.{key}", "A", unique_id=f"{ZAPTEC_INSTALLATION}_{key}")
            for key in (*sensors, "max_current")
        ),
    )


def openevse_of_firstof9() -> list[ChargerEntity]:
    """Return the other OpenEVSE. firstof9/openevse 0694f3a, const.py and its platforms."""
    sensors = {
        "Station Status": None,
        "Charging Status": None,
        "Usage this Session": "kWh",
        "Total Usage": "kWh",
        "Charging Current": "A",
        "Max Amps": "A",
        "Min Amps": "A",
        "Current Capacity": "A",
        "Current Power Usage (Calculated)": "W",
        "Current Power Usage (Actual)": "W",
        "PV Charge Rate": "A",
        "Max Current": "A",
        "Override State": None,
    }
    selects = {
        "Charge Rate": tuple(map(str, range(6, 33))),
        "Override State": ("active", "auto", "disabled"),
        "Divert Mode": ("fast", "eco"),
    }
    found = of_platform(
        "openevse",
        an_entity(
            "number.charge_rate",
            "A",
            unique_id="Charge Rate_01JEVSE",
            name="openevse Charge Rate",
            minimum=6,
            maximum=32,
        ),
        *(
            an_entity(
                f"select.{name.lower().replace(' ', '_')}",
                unique_id=f"openevse {name}_01JEVSE",
                name=f"openevse {name}",
                options=options,
            )
            for name, options in selects.items()
        ),
        *(
            an_entity(
                f"sensor.{name.lower().replace(' ', '_').strip('()')}",
                unit,
                unique_id=f"{name}_01JEVSE",
                name=f"openevse {name}",
            )
            for name, unit in sensors.items()
        ),
    )
    return disabled(found, "select.charge_rate")


def goecharger_api2() -> list[ChargerEntity]:
    """Return a go-e charger. marq24/ha-goecharger-api2 b48a90c, const.py, __init__.py."""
    start = "goecharger_api2.goe_123456"
    numbers = {"ama": True, "amp": True, "mca": True, "lof": False, "lot_amp": False}
    selects = {"frc": ("0", "1", "2"), "lmo": ("3", "4", "5"), "psm": ("0", "1", "2")}
    sensors = {
        **{f"nrg_{index}": "V" for index in range(4)},
        **{f"nrg_{index}": "A" for index in range(4, 7)},
        **{f"nrg_{index}": "W" for index in range(7, 12)},
        "car_value": None,
        "modelstatus_value": None,
        "wh": "kWh",
    }
    return of_platform(
        "goecharger_api2",
        *(
            an_entity(
                f"number.{key}",
                "A",
                unique_id=f"{start}_{key}",
                minimum=6,
                maximum=16,
                is_enabled=is_enabled,
            )
            for key, is_enabled in numbers.items()
        ),
        *(
            an_entity(f"select.{key}", unique_id=f"{start}_{key}", options=options)
            for key, options in selects.items()
        ),
        *(
            an_entity(f"sensor.{key}", unit, unique_id=f"{start}_{key}")
            for key, unit in sensors.items()
        ),
        an_entity("sensor.car", unique_id=f"{start}_car", is_enabled=False),
    )


def goecharger_mqtt() -> list[ChargerEntity]:
    """Return a go-e charger. syssi/homeassistant-goecharger-mqtt 4754303, definitions/."""
    sensors = {
        "ama-0": "A",
        "mca-0": "A",
        **{f"nrg-{index}": "A" for index in range(4, 7)},
        "nrg-11": "W",
        "car-car": None,
        "modelStatus-modelStatus": None,
        "wh-0": "Wh",
    }
    return of_platform(
        "goecharger_mqtt",
        *(
            an_entity(
                f"number.{key}", "A", unique_id=f"123456-number-{key}-0", minimum=6, maximum=32
            )
            for key in ("ama", "amp")
        ),
        an_entity(
            "select.frc",
            unique_id="123456-select-frc-frc",
            options=("Neutral", "Don't charge", "Charge"),
        ),
        an_entity(
            "select.psm",
            unique_id="123456-select-psm-psm",
            options=("Auto", "Force single phase", "Force three phases"),
        ),
        *(
            an_entity(
                f"sensor.{key.replace('-', '_').lower()}", unit, unique_id=f"123456-sensor-{key}"
            )
            for key, unit in sensors.items()
        ),
    )


def alfen(sockets: int = 1) -> list[ChargerEntity]:
    """Return an Alfen. leeyuentuen/alfen_wallbox bc96986, number.py, sensor.py."""
    device = "alfen_ACE0123456"
    numbers = ("alb_safe_current", "max_station_current", "main_external_max_current_socket_1")
    found = [
        an_entity(f"number.{key}", "A", unique_id=f"{device}_{key}", minimum=0, maximum=16)
        for key in numbers
    ]
    for socket in range(1, sockets + 1):
        key = f"main_normal_max_current_socket_{socket}"
        found.append(
            an_entity(f"number.{key}", "A", unique_id=f"{device}_{key}", minimum=0, maximum=16)
        )
        sensors = {
            f"mode_3_state_socket_{socket}": None,
            f"main_state_socket_{socket}": None,
            f"current_n_socket_{socket}": "A",
            **{f"current_l{phase}_socket_{socket}": "A" for phase in (1, 2, 3)},
            f"active_power_total_socket_{socket}": "W",
            f"main_static_lb_max_current_socket_{socket}": "A",
            f"meter_reading_socket_{socket}": "kWh",
            f"custom_transaction_socket_{socket}_charging": "kWh",
            f"custom_transaction_socket_{socket}_charging_time": "min",
            f"custom_transaction_socket_{socket}_charged": "kWh",
        }
        found += [
            an_entity(f"sensor.{key}", unit, unique_id=f"{device}-{key}")
            for key, unit in sensors.items()
        ]
    return of_platform("alfen_wallbox", *found)


def smartevse() -> list[ChargerEntity]:
    """Return a SmartEVSE by its own integration. dingo35/ha-SmartEVSEv3 24b887b, const.py."""
    sensors = {
        "mode": None,
        "state": None,
        "state_id": None,
        "charge_current": "A",
        "current_max": "A",
        "ev_import_active_power": "kW",
        "ev_charged_kwh": "kWh",
        "ev_total_kwh": "kWh",
        "ev_total": "A",
        "ev_l1": "A",
        "ev_l2": "A",
        "ev_l3": "A",
        "l1": "A",
        "l2": "A",
        "l3": "A",
    }
    return of_platform(
        "smartevse",
        an_entity(
            "number.override_current",
            "A",
            unique_id="5144_smartevse_override_current",
            minimum=6,
            maximum=16,
        ),
        an_entity(
            "number.solar_max_import",
            "A",
            unique_id="5144_smartevse_solar_max_import",
            minimum=0,
            maximum=20,
        ),
        an_entity(
            "select.mode_id",
            unique_id="5144_smartevse_mode_id",
            options=("OFF", "NORMAL", "SOLAR", "SMART", "PAUSE"),
        ),
        *(
            an_entity(f"sensor.{key}", unit, unique_id=f"5144_smartevse_{key}")
            for key, unit in sensors.items()
        ),
    )


def smartevse_by_mqtt() -> list[ChargerEntity]:
    """Return a SmartEVSE by MQTT. dingo35/SmartEVSE-3.5 2d95cf0, esp32.cpp, network_common.cpp."""
    sensors = {
        "Charge Current": "A",
        "Max Current": "A",
        "Mains Current L1": "A",
        "Mains Current L2": "A",
        "Mains Current L3": "A",
        "EV Current L1": "A",
        "EV Current L2": "A",
        "EV Current L3": "A",
        "EV Charge Power": "W",
        "EV Energy Charged": "Wh",
        "EV Total Energy Charged": "Wh",
        "EV Plug State": None,
        "State": None,
        "StateID": None,
    }
    return [
        an_entity(
            "number.charge_current_override",
            unique_id="SmartEVSE-51446-ChargeCurrentOverride",
            name="Charge Current Override",
            minimum=0,
            maximum=16,
        ),
        an_entity(
            "select.mode",
            unique_id="SmartEVSE-51446-Mode",
            name="Mode",
            options=("Off", "Normal", "Smart", "Solar", "Pause"),
        ),
        *(
            an_entity(
                f"sensor.{name.lower().replace(' ', '_')}",
                unit,
                unique_id=f"SmartEVSE-51446-{name.replace(' ', '')}",
                name=name,
            )
            for name, unit in sensors.items()
        ),
    ]


def esp32_evse() -> list[ChargerEntity]:
    """Return an ESP32-EVSE. nagyrobi/esp32evse-esphome 039aa40, esphome.yaml."""
    sensors = {
        "EVSE Power": "W",
        "EVSE Session Energy": "Wh",
        "EVSE Total Energy": "Wh",
        "EVSE Voltage L1": "V",
        "EVSE Current L1": "A",
        "EVSE Current L2": "A",
        "EVSE Current L3": "A",
        "EVSE State": None,
        "EVSE MCU": None,
        "EVSE Wi-Fi SSID": None,
    }
    numbers = ("Charging Current", "Default Charging Current", "Maximum Charging Current")
    switches = ("EVSE Charging Enable", "EVSE Available", "EVSE Request Authorization")
    return of_platform(
        "esphome",
        *(
            an_entity(
                f"number.evse_{name.lower().replace(' ', '_')}",
                "A",
                name=f"EVSE {name}",
                minimum=6,
                maximum=32,
            )
            for name in numbers
        ),
        an_entity("number.evse_under_power_limit", "W", minimum=0, maximum=10000),
        *(an_entity(f"switch.{name.lower().replace(' ', '_')}", name=name) for name in switches),
        an_entity("binary_sensor.evse_pending_authorization"),
        an_entity("button.evse_reset"),
        *(
            an_entity(f"sensor.{name.lower().replace(' ', '_')}", unit, name=name)
            for name, unit in sensors.items()
        ),
    )


def goe_by_its_own_discovery() -> list[ChargerEntity]:
    """Return a go-e charger by the discovery of its firmware. goecharger/go-eCharger-API-v2#328."""
    return [
        an_entity(
            "number.set_max_ampere_limit",
            "A",
            name="Set Max Ampere Limit",
            minimum=6,
            maximum=16,
        ),
        an_entity("sensor.energy_charged", "Wh", name="Energy Charged"),
        an_entity("sensor.car_state", name="Car State"),
    ]
