"""A real Mosquitto, as the tests start, kill and restart it."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from demo.home_assistant import LOOPBACK, end_with_parent, free_port, wait_until

SEARCHED = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin"))
"""Debian's package puts it where not every user looks."""

MOSQUITTO = shutil.which("mosquitto", path=SEARCHED)
LISTENING_S = 10.0

NEEDS_MOSQUITTO = pytest.mark.skipif(
    MOSQUITTO is None, reason="no Mosquitto here: apt-get install -y mosquitto"
)

CONFIGURATION = """
listener {port} {host}
allow_anonymous true
user root
persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval 1
"""
"""What is retained is on the disk at once, and so survives being killed."""


class Broker:
    """A broker on loopback, that keeps what is retained."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._configuration = folder / "mosquitto.conf"
        self._configuration.write_text(
            CONFIGURATION.format(host=LOOPBACK, port=self.port, folder=folder), encoding="utf-8"
        )
        self._log = folder / "mosquitto.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        assert MOSQUITTO is not None
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [MOSQUITTO, "-c", self._configuration],
                stdout=log,
                stderr=log,
                # Unsafe beside threads whose locks it needs: it needs none.
                preexec_fn=end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            )
        wait_until(self._is_listening, LISTENING_S, f"Mosquitto (see {self._log})")

    def kill(self) -> None:
        """End it as a power cut would."""
        if (process := self._process) is not None:
            process.kill()
            process.wait()
            self._process = None

    def _is_listening(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((LOOPBACK, self.port)) == 0
