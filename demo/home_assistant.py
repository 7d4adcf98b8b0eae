"""A real Home Assistant in a process of its own: seeded, started, asked over its APIs, ended."""

import asyncio
import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import requests

PYTHON = os.environ.get("HASS_PYTHON", sys.executable)
"""Whose Home Assistant is started: that of another environment may be another release."""

RESTART_EXIT_CODE = 100
"""What `hass` ends with when its user asked for a restart."""

LOOPBACK = "127.0.0.1"
POLL_S = 0.1
PROGRESS_S = 10.0
"""How often it is said that something is still being waited for."""

REQUEST_TIMEOUT_S = 30.0
START_TIMEOUT_S = 180.0
"""It needs 7 to 14 s on an idle machine."""

STOP_TIMEOUT_S = 30.0
TOKEN_LIFE_S = 20 * 60.0
"""A new login after this; Home Assistant's own limit for an access token is 30 min."""

BASE_CONFIGURATION = """\
homeassistant:
  name: Home
  country: ES
  unit_system: metric
  time_zone: UTC
  auth_providers:
    - type: trusted_networks
      trusted_networks: [127.0.0.1/32]
      allow_bypass_login: true
config:
frontend:
history:
logbook:
recorder:
  commit_interval: 1
"""
"""What every configuration of ours begins with: whoever sits at this machine is the owner."""

FLOW_PATH = "/api/config/config_entries/flow"
SUBENTRY_FLOW_PATH = "/api/config/config_entries/subentries/flow"

type Json = Any
"""Whatever the REST API answers."""

type Answers = Mapping[str, Mapping[str, Any]]
"""What to enter in a dialog, by its step; the rest stays as the dialog proposes it."""


class HomeAssistantError(Exception):
    """Home Assistant did not do what it was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedState:
    """A state, from that moment on."""

    at: float
    """As a Unix time."""

    state: str


class HomeAssistantProcess:
    """One `hass` on a folder of its own, on loopback only."""

    def __init__(self, config_dir: Path, *, preferred_port: int = 0) -> None:
        self.config_dir = config_dir.absolute()
        self.port = free_port(preferred_port)
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.log_path = self.config_dir / "hass.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy of the environment has no business on loopback
        self._token = ""
        self._token_until = 0.0

    def seed(
        self,
        configuration: str,
        *,
        integrations: Mapping[str, Path],
        files: Mapping[str, str] | None = None,
        default_panel: str | None = None,
    ) -> None:
        """Make the folder anew: an owner, no onboarding, our YAML; the integrations are links.

        Raises `HomeAssistantError` while another Home Assistant runs on it, or if it is not ours.
        """
        wait_until_free(self.config_dir)
        try:
            shutil.rmtree(self.config_dir)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise HomeAssistantError(f"{error}: delete {self.config_dir} by hand.") from error
        texts = {
            **(files or {}),
            "configuration.yaml": BASE_CONFIGURATION + configuration,
            **stored_files(self.port, default_panel),
        }
        for name, text in texts.items():
            path = self.config_dir / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for name, folder in integrations.items():
            link = self.config_dir / "custom_components" / name
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(folder.absolute(), target_is_directory=True)

    # The process

    @property
    def exit_code(self) -> int | None:
        """Return what the process ended with; None while it runs."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start the process, without waiting for it."""
        self._token_until = 0.0
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [PYTHON, "-m", "homeassistant", "--skip-pip", "--config", "."],
                cwd=self.config_dir,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is ours to pass on
                # Unsafe beside threads, of which we have none.
                preexec_fn=end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            )

    def wait_until_running(self, timeout_s: float = START_TIMEOUT_S) -> None:
        """Wait until everything is loaded."""
        wait_until(self._is_running, timeout_s, f"Home Assistant to start (see {self.log_path})")

    def _is_running(self) -> bool:
        if self.exit_code is not None:
            words = self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
            raise HomeAssistantError(
                "\n".join(["Home Assistant ended while starting. Its last words:", *words[-15:]])
            )
        try:
            return self.request("GET", "/api/config")["state"] == "RUNNING"
        except HomeAssistantError:
            return False  # not listening yet, or without its login page

    def stop(self) -> None:
        """End it as a user would: it saves what it must."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if (process := self._process) is None:
            return
        process.send_signal(how)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._process = None

    def restart(self) -> None:
        """Stop it and wait until it runs again."""
        self.stop()
        self.start()
        self.wait_until_running()

    # What one asks it

    def request(self, method: str, path: str, payload: object = None) -> Json:
        """Ask the REST API as the owner and return the answer."""
        self._ensure_token()
        return self._send(method, path, json=payload)

    def command(self, kind: str, **data: object) -> Json:
        """Send a command to the WebSocket API as the owner and return its result."""
        self._ensure_token()
        return asyncio.run(self._command({"id": 1, "type": kind, **data}))

    async def _command(self, message: Json) -> Json:
        async with (
            asyncio.timeout(REQUEST_TIMEOUT_S),
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{self.url}/api/websocket") as socket,
        ):
            await socket.receive_json()  # that it wants to know who we are
            await socket.send_json({"type": "auth", "access_token": self._token})
            await socket.receive_json()
            await socket.send_json(message)
            answer = await socket.receive_json()
        if not answer["success"]:
            raise HomeAssistantError(f"{message['type']}: {answer['error']}")
        return answer["result"]

    def _ensure_token(self) -> None:
        if time.monotonic() > self._token_until:
            self._log_in()

    def _log_in(self) -> None:
        self._session.headers.pop("Authorization", None)
        client = {"client_id": f"{self.url}/"}
        login = {**client, "redirect_uri": f"{self.url}/", "handler": ["trusted_networks", None]}
        code = self._send("POST", "/auth/login_flow", json=login)["result"]
        grant = {**client, "grant_type": "authorization_code", "code": code}
        self._token = self._send("POST", "/auth/token", data=grant)["access_token"]
        self._session.headers["Authorization"] = f"Bearer {self._token}"
        self._token_until = time.monotonic() + TOKEN_LIFE_S

    def _send(self, method: str, path: str, **body: Json) -> Json:
        try:
            response = self._session.request(
                method, self.url + path, timeout=REQUEST_TIMEOUT_S, **body
            )
        except requests.RequestException as error:
            raise HomeAssistantError(f"{method} {path}: {error}") from error
        if not response.ok:
            raise HomeAssistantError(f"{method} {path}: {response.status_code} {response.text}")
        is_json = "json" in response.headers.get("Content-Type", "")
        return response.json() if is_json else response.text

    def states(self) -> dict[str, Json]:
        """Return every entity's state with its attributes and times, by entity id."""
        return {state["entity_id"]: state for state in self.request("GET", "/api/states")}

    def history(self, entity_id: str, begin: datetime, end: datetime) -> list[RecordedState]:
        """Return the recorded states of an entity, oldest first, without the times it had none."""
        query = {
            "filter_entity_id": entity_id,
            "end_time": end.isoformat(),
            "significant_changes_only": "0",
        }
        found = self.request("GET", f"/api/history/period/{begin.isoformat()}?{urlencode(query)}")
        return [
            RecordedState(
                at=datetime.fromisoformat(row["last_updated"]).timestamp(), state=row["state"]
            )
            for rows in found
            for row in rows
            if row["state"] not in ("unknown", "unavailable")
        ]

    def get_state(self, entity_id: str) -> str | None:
        """Return an entity's state; None if there is no such entity."""
        return self.states().get(entity_id, {}).get("state")

    def set_state(self, entity_id: str, state: object, **attributes: object) -> None:
        """Write a state, as an integration would."""
        payload = {"state": str(state), "attributes": attributes}
        self.request("POST", f"/api/states/{entity_id}", payload)

    def call_service(self, service: str, **data: object) -> None:
        """Call `domain.service` and wait for its end."""
        self.request("POST", f"/api/services/{service.replace('.', '/')}", data)

    def device_of(self, entity_id: str) -> str:
        """Return the id of the device that an entity belongs to."""
        template = f"{{{{ device_id('{entity_id}') }}}}"
        return self.request("POST", "/api/template", {"template": template})

    # Dialogs

    def run_flow(self, domain: str, answers: Answers) -> Json:
        """Set an integration up through its dialog and return the dialog's result."""
        form = self.begin_flow(domain)
        return self._answer(FLOW_PATH, form, answers)

    def begin_flow(self, domain: str) -> Json:
        """Open the dialog of an integration and return its first step."""
        return self.request("POST", FLOW_PATH, {"handler": domain})

    def submit(self, form: Json, answer: Mapping[str, Any]) -> Json:
        """Answer one step of an integration's dialog and return the next one."""
        return self._submit(FLOW_PATH, form, answer)

    def set_options(self, entry_id: str, answers: Answers) -> None:
        """Change the options of an entry through their dialog."""
        path = "/api/config/config_entries/options/flow"
        self._answer(path, self.request("POST", path, {"handler": entry_id}), answers)

    def change_entry(self, domain: str, entry_id: str, answers: Answers) -> None:
        """Change an entry through the dialog that set it up."""
        form = self.request("POST", FLOW_PATH, {"handler": domain, "entry_id": entry_id})
        self._answer(FLOW_PATH, form, answers)

    def add_subentry(self, entry_id: str, subentry_type: str, answers: Answers) -> Json:
        """Add something to an entry through its dialog."""
        form = self.begin_subentry(entry_id, subentry_type)
        return self._answer(SUBENTRY_FLOW_PATH, form, answers)

    def change_subentry(
        self, entry_id: str, subentry_type: str, subentry_id: str, answers: Answers
    ) -> None:
        """Change something of an entry through its dialog."""
        of_entry = {"handler": [entry_id, subentry_type], "subentry_id": subentry_id}
        form = self.request("POST", SUBENTRY_FLOW_PATH, of_entry)
        self._answer(SUBENTRY_FLOW_PATH, form, answers)

    def begin_subentry(self, entry_id: str, subentry_type: str) -> Json:
        """Open the dialog that adds something to an entry and return its first step."""
        return self.request("POST", SUBENTRY_FLOW_PATH, {"handler": [entry_id, subentry_type]})

    def submit_subentry(self, form: Json, answer: Mapping[str, Any]) -> Json:
        """Answer one step of such a dialog and return the next one."""
        return self._submit(SUBENTRY_FLOW_PATH, form, answer)

    def go_on_with_subentry(self, result: Json, answers: Answers) -> Json:
        """Answer the dialog that another one opened at its end."""
        _, flow_id = result["next_flow"]
        form = self.request("GET", f"{SUBENTRY_FLOW_PATH}/{flow_id}")
        return self._answer(SUBENTRY_FLOW_PATH, form, answers)

    def _answer(self, path: str, form: Json, answers: Answers) -> Json:
        while form["type"] in ("form", "menu"):
            step = form["step_id"]
            if form.get("errors"):
                raise HomeAssistantError(f"the dialog refuses step {step}: {form['errors']}")
            form = self._submit(path, form, answers.get(step, {}))
        is_changed = form.get("reason") == "reconfigure_successful"
        if form["type"] != "create_entry" and not is_changed:
            raise HomeAssistantError(f"the dialog ended with {form['type']}: {form.get('reason')}")
        return form

    def _submit(self, path: str, form: Json, answer: Mapping[str, Any]) -> Json:
        """Answer one step; what is not answered stays as the form shows it."""
        payload = {**filled_in(form.get("data_schema")), **answer}
        return self.request("POST", f"{path}/{form['flow_id']}", payload)


def filled_in(fields: Json) -> dict[str, Json]:
    """Return what a form holds before anything is entered: the browser would send it."""
    values: dict[str, Json] = {}
    for field in fields or ():
        name, description = field["name"], field.get("description") or {}
        if field.get("type") == "expandable":
            values[name] = filled_in(field["schema"])
        elif description.get("suggested_value") is not None:
            values[name] = description["suggested_value"]
        elif "default" in field:
            values[name] = field["default"]
    return values


def wait_until(is_done: Callable[[], object], timeout_s: float, what: str) -> None:
    """Wait until the check says so; raises `HomeAssistantError` after the timeout."""
    began = time.monotonic()
    told_s = 0.0
    while not is_done():
        waited_s = time.monotonic() - began
        if waited_s > timeout_s:
            raise HomeAssistantError(f"Waited {timeout_s:.0f} s in vain for {what}.")
        if waited_s > told_s + PROGRESS_S:
            told_s = waited_s
            print(f"  still waiting for {what}: {waited_s:.0f} s", flush=True)
        time.sleep(POLL_S)


def free_port(preferred: int = 0) -> int:
    """Return a loopback port that nobody listens on, the preferred one if possible."""
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((LOOPBACK, preferred))
        except OSError:
            candidate.bind((LOOPBACK, 0))
        return candidate.getsockname()[1]


def end_with_parent() -> None:
    """Have Linux end this process when its parent dies, however it dies."""
    set_death_signal = 1  # PR_SET_PDEATHSIG
    ctypes.CDLL(None).prctl(set_death_signal, signal.SIGTERM)


def wait_until_free(config_dir: Path) -> None:
    """Wait for a Home Assistant on this folder whose starter was killed to end, too."""
    lock = config_dir / ".ha_run.lock"
    if not lock.exists():
        return

    def is_free() -> bool:
        with lock.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

    try:
        wait_until(is_free, STOP_TIMEOUT_S, "the other Home Assistant on it to end")
    except HomeAssistantError as error:
        owner = json.loads(lock.read_text())["pid"]
        raise HomeAssistantError(
            f"{config_dir} is in use by process {owner}, another demo perhaps: end that one first."
        ) from error


def stored_files(port: int, default_panel: str | None) -> dict[str, str]:
    """Return the part of `.storage` that onboarding and its clicks would write."""
    owner = {
        "id": "00000000000000000000000000000001",
        "group_ids": ["system-admin"],
        "is_owner": True,
        "is_active": True,
        "name": "Owner",
        "system_generated": False,
        "local_only": True,
    }
    http = {
        "server_host": [LOOPBACK],
        "server_port": port,
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": False,
        "ssl_profile": "modern",
        "use_x_frame_options": True,
        "created_at": "2026-01-01T00:00:00+00:00",
        "error": None,
        "error_message": None,
    }
    auth = {
        "users": [owner],
        "groups": [{"id": "system-admin", "name": "Administrators"}],
        "credentials": [],
        "refresh_tokens": [],
    }
    stored = (
        ("onboarding", 4, 1, {"done": ["user", "core_config", "analytics", "integration"]}),
        ("http", 2, 2, {"stable": http, "pending": None, "yaml_migration_done": True}),
        ("auth", 1, 1, auth),
        ("frontend.system_data", 1, 1, {"core": {"default_panel": default_panel}}),
    )
    return {
        f".storage/{key}": json.dumps(
            {"version": version, "minor_version": minor, "key": key, "data": data}
        )
        for key, version, minor, data in stored
    }
