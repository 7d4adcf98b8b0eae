"""What the figures were made on."""

import os
import platform
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")


def machine() -> str:
    """Return the machine and the Python in one line."""
    cores = os.process_cpu_count()
    return f"{cpu_model()}, {cores} cores, {platform.system()}, Python {platform.python_version()}"


def cpu_model() -> str:
    """Return the processor's name, as far as the system tells it."""
    if CPU_INFO.exists():
        for line in CPU_INFO.read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
